"""psycopg with the types of catalog.py: a misspelt or mistyped member is found by mypy."""
import json
from typing import List

import psycopg

from catalog import Document, Product

connection = psycopg.connect(autocommit=True)


def upsert(document: Document) -> Product:
    row = connection.execute("SELECT product_upsert(%s)", [json.dumps(document)]).fetchone()
    assert row is not None
    product: Product = row[0]
    return product


documents: List[Document] = [
    {"external_id": "C-1", "name": "Espresso beans", "price": 12.90, "tags": ["coffee"]},
    {"external_id": "C-1", "price": 13.20},
]
for document in documents:
    product = upsert(document)
    print(f"{product['external_id']} is {product['name']} at version {product['version']}: {', '.join(product['tags'] or [])}")
