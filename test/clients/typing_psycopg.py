"""What psycopg's types of parameters come to: each works, or is told with a HINT."""
import json
import math

import psycopg
from psycopg.types.json import Json, Jsonb

connection = psycopg.connect(autocommit=True)
document = {"external_id": "T-1", "name": "Tee", "tags": ["cotton"]}
text = json.dumps(document)
ONE = "SELECT product_upsert(%s)"
MANY = "SELECT product_upsert_bulk(%s, on_duplicate => 'same')"
CAST = "42883 No function matches the given name and argument types. You might need to add explicit type casts."


def outcome(sql, parameters):
    try:
        connection.execute(sql, parameters)
        return "works"
    except psycopg.Error as error:
        return f"{error.sqlstate} {error.diag.message_hint}"


wrong = []
for sql, parameters, expected in [
        (ONE, [text], "works"),
        (ONE, [Json(document)], "works"),
        (ONE, [Jsonb(document)], "works"),
        (ONE, [None], "22004 Pass a JSON object, or an array of them to the bulk functions."),
        (ONE, [str(document)], "22023 JSON strings have double quotes, as json.dumps writes them."),
        (ONE, [json.dumps({"external_id": "T-1", "price": math.nan})], "22023 JSON has no such word: use null."),
        (ONE, [text.encode()], CAST),
        (MANY, [json.dumps([document, document])], "works"),
        (MANY, [Json([document, document])], "works"),
        (MANY, [[text, text]], "22023 This is a PostgreSQL array. Pass one JSON text: JSON.stringify(documents), json.dumps(documents)."),
        (MANY, [[Json(document)]], CAST),
        ("SELECT product_upsert(%s, profile => %s, organization_id => %s, if_version => %s)", [text, None, None, None], "works"),
        ("SELECT product_upsert(%s, mode => %s)", [text, None], "22004 Valid are upsert, create, update."),
        ("SELECT product_upsert(%s, dry_run => %s)", [text, None], "22004 Valid are true, false."),
        ("SELECT product_upsert(%s, dry_run => %s)", [text, True], "works"),
        ("SELECT product_upsert(%s, dry_run => %s)", [text, 1], CAST),
        ("SELECT product_upsert(%s, if_version => %s, organization_id => %s)", [text, 1, 1], "works"),
        ("SELECT product_upsert(%s, if_version => %s)", [text, 1 << 32], CAST),
        ("SELECT product_upsert(%s, field_actions => %s)", [text, '{"tags": "APPEND"}'], "works"),
        ("SELECT product_upsert(%s, field_actions => %s)", [text, Jsonb({"tags": "APPEND"})], "works"),
        ("SELECT product_upsert(%s, field_actions => %s)", [text, Json({"tags": "APPEND"})], CAST),
        ("SELECT product_get(%s), product_get(%s)", [1, "1"], "works"),
        ("SELECT * FROM product_upsert_from(%s)", ["feed"], "works"),
        ("SELECT * FROM product_request_text(%s, %s, %s, %s, headers => %s)", ["agency", "GET", "/api/products/1", None, "{}"], "works"),
]:
    came = outcome(sql, parameters)
    if came != expected:
        wrong.append(f"{sql} {parameters}: {came}\n  and not: {expected}")
print("\n".join(wrong))
raise SystemExit(bool(wrong))
