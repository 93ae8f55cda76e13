"""psycopg 3: the connection is told by PGHOST, PGDATABASE and so on, as psql's is."""
import json
from decimal import Decimal

import psycopg

connection = psycopg.connect(autocommit=True)

# One document. As text it is read as it comes: give json.dumps, not Jsonb.
document = {"external_id": "C-1", "name": "Espresso beans", "price": 12.90}
product, = connection.execute("SELECT product_upsert(%s, 'external_id')", [json.dumps(document)]).fetchone()
print(f"upsert: product {product['id']} is {product['name']} at {product['price']:.2f}")

# Many, and what became of each.
documents = [document, {"external_id": "C-2", "name": "Filter papers", "price": 3.50}, {"external_id": "C-3", "price": "cheap"}]
for position, status, errors in connection.execute(
        "SELECT position, status, errors FROM product_upsert_rows(%s, on_error => 'skip')", [json.dumps(documents)]):
    print(f"bulk: {position} {status}" + (": " + ", ".join(f"{e['field']} {e['code']}" for e in errors) if errors else ""))

# Where all or nothing is written, the same errors stand in the DETAIL of the one that is raised.
try:
    connection.execute("SELECT product_upsert_bulk(%s)", [json.dumps([documents[2]])])
except psycopg.Error as error:
    errors = json.loads(error.diag.message_detail)["errors"]
    print(f"error: {error.sqlstate}: " + ", ".join(f"{e['field']} {e['code']}" for e in errors))

# Decimals go in as parameters of type numeric, and come out as they went in.
price = Decimal("12345678901234567890.123456789")
answer, = connection.execute(
    "SELECT product_upsert(jsonb_build_object('external_id', %s::text, 'price', %s::numeric))::text", ["C-2", price]).fetchone()
print(f"exact: {json.loads(answer, parse_float=Decimal)['price']}")

# A COPY into a table with the trigger is a bulk call.
with connection.cursor().copy("COPY feed (document) FROM STDIN") as copy:
    copy.write_row([json.dumps({"external_id": "C-4", "name": 'Pot "No. 1"', "price": 24.00})])
for name, price in connection.execute("SELECT name, price FROM product WHERE external_id = 'C-4'"):
    print(f"feed: {name} at {price:.2f}")
