"""GraphQL calls to PostGraphile in front of product_upsert, with nothing but the standard library. Its address: the first argument."""
import json
import sys
import urllib.error
import urllib.request


def ask(query, **variables):
    request = urllib.request.Request(sys.argv[1], json.dumps({"query": query, "variables": variables}).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as answer:
        return json.load(answer)


def told(errors):
    return ", ".join(f"{e['field']} {e['code']}" for e in errors)


UPSERT = "mutation($document: JSON!) { upsertProduct(input: {document: $document}) { json } }"
UPSERT_MANY = """mutation($documents: JSON!) {
    upsertProducts(input: {documents: $documents}) { outcomes { position status errors } } }"""

document = {"external_id": "C-1", "name": "Espresso beans", "price": 12.90}
product = ask(UPSERT, document=document)["data"]["upsertProduct"]["json"]
print(f"upsert: product {product['id']} is {product['name']} at {product['price']:.2f}")

documents = [document, {"external_id": "C-2", "name": "Filter papers", "price": 3.50}, {"external_id": "C-3", "price": "cheap"}]
for row in ask(UPSERT_MANY, documents=documents)["data"]["upsertProducts"]["outcomes"]:
    print(f"bulk: {row['position']} {row['status']}" + (f": {told(row['errors'])}" if row["errors"] else ""))

error = ask(UPSERT, document=documents[2])["errors"][0]
print(f"error: {error['errcode']}: {told(json.loads(error['detail'])['errors'])}")
