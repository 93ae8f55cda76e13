"""psycopg2: as psycopg 3, but for pgcode in place of sqlstate, and COPY, which reads from a file."""
import io
import json
from decimal import Decimal

import psycopg2

connection = psycopg2.connect("")
connection.autocommit = True
cursor = connection.cursor()

document = {"external_id": "C-1", "name": "Espresso beans", "price": 12.90}
cursor.execute("SELECT product_upsert(%s, 'external_id')", [json.dumps(document)])
product, = cursor.fetchone()
print(f"upsert: product {product['id']} is {product['name']} at {product['price']:.2f}")

documents = [document, {"external_id": "C-2", "name": "Filter papers", "price": 3.50}, {"external_id": "C-3", "price": "cheap"}]
cursor.execute("SELECT position, status, errors FROM product_upsert_rows(%s, on_error => 'skip')", [json.dumps(documents)])
for position, status, errors in cursor:
    print(f"bulk: {position} {status}" + (": " + ", ".join(f"{e['field']} {e['code']}" for e in errors) if errors else ""))

try:
    cursor.execute("SELECT product_upsert_bulk(%s)", [json.dumps([documents[2]])])
except psycopg2.Error as error:
    errors = json.loads(error.diag.message_detail)["errors"]
    print(f"error: {error.pgcode}: " + ", ".join(f"{e['field']} {e['code']}" for e in errors))

price = Decimal("12345678901234567890.123456789")
cursor.execute("SELECT product_upsert(jsonb_build_object('external_id', %s::text, 'price', %s::numeric))::text", ["C-2", price])
print(f"exact: {json.loads(cursor.fetchone()[0], parse_float=Decimal)['price']}")

# Quote and delimiter are two characters that JSON cannot have, so each line is taken as it is.
lines = json.dumps({"external_id": "C-4", "name": 'Pot "No. 1"', "price": 24.00}) + "\n"
cursor.copy_expert(r"COPY feed (document) FROM STDIN (FORMAT csv, QUOTE e'\x01', DELIMITER e'\x02')", io.StringIO(lines))
cursor.execute("SELECT name, price FROM product WHERE external_id = 'C-4'")
for name, price in cursor:
    print(f"feed: {name} at {price:.2f}")
