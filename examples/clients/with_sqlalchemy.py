"""SQLAlchemy: functions are func.product_upsert and so on; what PostgreSQL said stands in the error's orig."""
import io
import json
from decimal import Decimal
from functools import partial

from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import DBAPIError

# json and jsonb come out with exact decimals.
engine = create_engine("postgresql+psycopg2://", json_deserializer=partial(json.loads, parse_float=Decimal))

document = {"external_id": "C-1", "name": "Espresso beans", "price": 12.90}
with engine.begin() as connection:
    product = connection.scalar(select(func.product_upsert(json.dumps(document), "external_id")))
    print(f"upsert: product {product['id']} is {product['name']} at {product['price']:.2f}")

documents = [document, {"external_id": "C-2", "name": "Filter papers", "price": 3.50}, {"external_id": "C-3", "price": "cheap"}]
with engine.begin() as connection:
    for position, status, errors in connection.execute(
            text("SELECT position, status, errors FROM product_upsert_rows(:documents, on_error => 'skip')"), {"documents": json.dumps(documents)}):
        print(f"bulk: {position} {status}" + (": " + ", ".join(f"{e['field']} {e['code']}" for e in errors) if errors else ""))

try:
    with engine.begin() as connection:
        connection.execute(select(func.product_upsert_bulk(json.dumps([documents[2]]))))
except DBAPIError as error:
    errors = json.loads(error.orig.diag.message_detail)["errors"]
    print(f"error: {error.orig.pgcode}: " + ", ".join(f"{e['field']} {e['code']}" for e in errors))

price = Decimal("12345678901234567890.123456789")
with engine.begin() as connection:
    product = connection.scalar(
        text("SELECT product_upsert(jsonb_build_object('external_id', :code, 'price', CAST(:price AS numeric)))"), {"code": "C-2", "price": price})
    print(f"exact: {product['price']}")

# COPY is the driver's, and this one's is psycopg2's.
lines = json.dumps({"external_id": "C-4", "name": 'Pot "No. 1"', "price": 24.00}) + "\n"
with engine.begin() as connection:
    with connection.connection.cursor() as cursor:
        cursor.copy_expert(r"COPY feed (document) FROM STDIN (FORMAT csv, QUOTE e'\x01', DELIMITER e'\x02')", io.StringIO(lines))
    for name, price in connection.execute(text("SELECT name, price FROM product WHERE external_id = 'C-4'")):
        print(f"feed: {name} at {price:.2f}")
