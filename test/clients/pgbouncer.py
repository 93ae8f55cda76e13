"""Calls through pgbouncer in transaction pooling: two clients by turns, more often than psycopg needs to prepare a statement."""
import json

import psycopg

clients = [psycopg.connect(autocommit=True, prepare_threshold=None) for _ in range(2)]
for turn in range(20):
    for n, client in enumerate(clients):
        document = json.dumps({"external_id": f"B-{n}", "name": f"Bowl {n}", "price": turn})
        row = client.execute("SELECT status, version FROM product_upsert_rows(%s)", [document]).fetchone()
        assert row == ("created" if turn == 0 else "updated", turn + 1), (turn, n, row)

# A setting that lasts as long as the transaction is the next client's no longer.
with clients[0].transaction():
    clients[0].execute("SET LOCAL product_upsert.profile = 'vending'")
    id, = clients[0].execute("SELECT product_upsert_bulk(%s)", ['[{"manufacturer": "M", "brand": "B", "name": "N"}]']).fetchone()[0]
for client in clients * 4:
    assert client.execute("SELECT current_setting('product_upsert.profile')").fetchone() == ("catalog",)
assert clients[1].execute("SELECT product_get(%s) ->> 'brand'", [id]).fetchone() == ("B",)
print("pgbouncer: ok")
