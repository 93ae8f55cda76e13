"""What the faults are injected into: one operation of every kind, over one small catalogue."""
import json

SETUP = r"""
CREATE EXTENSION product_upsert;
DO $$ BEGIN IF to_regproc('product_tables_create') IS NOT NULL THEN PERFORM product_tables_create(); END IF; END $$;
CREATE SCHEMA fault;
CREATE FUNCTION fault.arm(kinds int, first bigint, times bigint, sqlstate text) RETURNS void AS '$libdir/product_upsert', 'product_upsert_fault_arm' LANGUAGE C;
CREATE FUNCTION fault.seen() RETURNS bigint[] AS '$libdir/product_upsert', 'product_upsert_fault_seen' LANGUAGE C;
CREATE FUNCTION fault.heap() RETURNS bigint AS '$libdir/product_upsert', 'product_upsert_fault_heap' LANGUAGE C;
CREATE FUNCTION fault.contexts() RETURNS bigint LANGUAGE sql AS 'SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts';
-- Sequences are not rolled back: they are set, so that a call gives the same ids again.
CREATE FUNCTION fault.sequences() RETURNS void LANGUAGE sql AS $$
    SELECT setval(format('%I.%I', schemaname, sequencename), 1000) FROM pg_sequences $$;
-- All there is but when, and without the ids where that is asked: every row of every table of ours and of the feeds.
CREATE FUNCTION fault.digest(volatile text[] DEFAULT '{created_at,updated_at,uuid}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    it text;
    one text;
    all_of_them text := '';
BEGIN
    FOR it IN SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
               WHERE relkind = 'r' AND (nspname = 'fault' OR nspname = 'public') ORDER BY 1 LOOP
        EXECUTE format($q$SELECT md5(string_agg(r, ',' ORDER BY r)) FROM (SELECT
            regexp_replace((to_jsonb(t) - $1)::text,
                '\d{4}-\d\d-\d\d[ T][0-9:.]+(Z|\+00:00)|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '', 'g') FROM %s t) s (r)$q$, it) INTO one USING volatile;
        all_of_them := all_of_them || it || ' ' || coalesce(one, '-') || E'\n';
    END LOOP;
    RETURN all_of_them;
END $$;
INSERT INTO product_category (organization_id, name, reference) VALUES (1, 'Plans', 'plans');
INSERT INTO product_feature (organization_id, reference, name) VALUES (1, 'f1', 'F'), (1, 'f2', 'G');
INSERT INTO product_family (organization_id, name) VALUES (1, 'family'), (1, 'other');
INSERT INTO product_custom_field (organization_id, reference, name, type, unique_value, is_identifier)
    VALUES (1, 'ext', 'External', 'text', true, true), (1, 'tag', 'Tag', 'text', false, true);
INSERT INTO product_custom_field (organization_id, reference, name, type, multiple_values) VALUES (1, 'many', 'Many', 'text', true);
ALTER TABLE product ADD CONSTRAINT users_check CHECK (price < 1000);
CREATE TABLE fault.feed AS SELECT i AS line, jsonb_build_object('external_id', 'feed' || i, 'name', 'Fed ' || i, 'price', i) AS document FROM generate_series(1, 40) i;
CREATE TABLE fault.fed (document jsonb);
CREATE TRIGGER upsert AFTER INSERT ON fault.fed REFERENCING NEW TABLE AS new FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger();
CREATE TABLE fault.fed_row (document jsonb, status text, id bigint, errors jsonb);
CREATE TRIGGER upsert BEFORE INSERT ON fault.fed_row FOR EACH ROW EXECUTE FUNCTION product_upsert_trigger('document', '', '', 'keep');
CREATE VIEW fault.fed_view AS SELECT NULL::jsonb AS document, NULL::text AS status, NULL::bigint AS id;
CREATE TRIGGER upsert INSTEAD OF INSERT ON fault.fed_view FOR EACH ROW EXECUTE FUNCTION product_upsert_trigger();
SELECT count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'e' || i, 'reference', 'r' || i, 'name', 'Name ' || i, 'price', i, 'tags', jsonb_build_array('a', i::text)))
    FROM generate_series(1, 30) i));
SELECT product_upsert('{"external_id": "shirt", "title": "Shirt", "handle": "shirt", "brand": "B", "variants": [{"sku": "s1", "price": 1, "position": 1}, {"sku": "s2", "price": 2, "position": 2}]}', profile => 'retail');
SELECT count(product_upsert(jsonb_build_object('reference', 'b' || i, 'name', 'Seat ' || i, 'category_id', 1, 'custom_fields', jsonb_build_array(jsonb_build_object('reference', 'ext', 'value', 'E' || i)),
    'features', '[{"reference": "f1"}]'::jsonb), profile => 'billing')) FROM generate_series(1, 3) i;
SELECT product_upsert_bulk('[{"manufacturer": "M", "brand": "B", "name": "N", "size": 1, "unitsForSize": "l", "cost": 1}, {"manufacturer": "M", "brand": "B", "name": "O"}]', profile => 'vending');
"""

MANY = "(SELECT jsonb_agg(jsonb_build_object('external_id', 'e' || i, 'name', 'Name ' || i, 'price', i + %s, 'tags', jsonb_build_array('b'))) FROM generate_series(%s, %s) i)"


def call(function, document, **options):
    given = "".join(f", {name} => {value}" for name, value in options.items())
    text = document if isinstance(document, str) else "'" + json.dumps(document).replace("'", "''") + "'"
    rows = "*" if function.endswith(("rows", "match", "from", "request")) else None
    return f"SELECT {'*' if rows else ''}{' FROM ' if rows else ''}{function}({text}{given})"


# name: the statement, and whether it may answer with rejects where a document met the fault.
OPERATIONS = {
    "create": call("product_upsert", {"external_id": "new", "name": "New", "price": 1.5, "tags": ["a", "b"]}),
    "update": call("product_upsert", {"external_id": "e1", "name": "Else", "price": 2, "custom_data": {"a": [1, None]}}),
    "unchanged": call("product_upsert", {"external_id": "e1", "name": "Name 1", "price": 1}),
    "dry_run": call("product_upsert", {"external_id": "e1", "name": "Else"}, dry_run="true"),
    "bulk_create": call("product_upsert_bulk", MANY % (0, 100, 140)),
    "bulk_update": call("product_upsert_bulk", MANY % (1, 1, 30)),
    "rows_mixed": call("product_upsert_rows", MANY % (1, 20, 60)),
    "rows_skip": call("product_upsert_rows", [{"external_id": "e1", "price": 5}, {"external_id": "x", "name": "x", "price": "no"}, {"external_id": "y", "name": "y", "price": 3},
                                              {"external_id": "e2", "handle": "h"}, {"external_id": "e3", "handle": "h"}], on_error="'skip'"),
    "rows_sql": "SET LOCAL product_upsert.direct_writes = off; " + call("product_upsert_rows", MANY % (1, 20, 60)),
    "actions": call("product_upsert", {"external_id": "e1", "tags": ["z"]}, field_actions="'{\"tags\": \"APPEND\"}'"),
    "vending": call("product_upsert_rows", [{"manufacturer": "M", "brand": "B", "name": "N", "size": 1, "unitsForSize": "l", "cost": 2}, {"manufacturer": "M2", "brand": "B", "name": "N"},
                                            {"productId": 700, "manufacturer": "M3", "brand": "B", "name": "P"}], profile="'vending'"),
    "variants": call("product_upsert", {"external_id": "shirt", "variants": [{"sku": "s1", "price": 3}, {"sku": "s3", "price": 4, "position": 3, "options": [{"name": "c", "value": "red"}]}]}, profile="'retail'"),
    "variants_replace": call("product_upsert", {"external_id": "shirt", "variants": [{"sku": "s2", "price": 3}]}, profile="'retail'", field_actions="'{\"variants\": \"REPLACE\"}'"),
    "variants_create": call("product_upsert_bulk", [{"external_id": f"v{i}", "title": "T", "handle": f"v{i}", "brand": "B", "variants": [{"sku": f"v{i}-{n}", "price": n, "position": n} for n in (1, 2)]}
                                                    for i in range(5)], profile="'retail'"),
    "custom_fields": call("product_upsert", {"reference": "b1", "custom_fields": [{"reference": "ext", "value": "E9"}, {"reference": "many", "values": ["a", "b"]}], "features": [{"reference": "f2"}],
                                             "parent_product_id": 1}, profile="'billing'"),
    "custom_bulk": call("product_upsert_rows", [{"reference": f"c{i}", "name": "C", "category_id": 1, "custom_fields": [{"reference": "ext", "value": f"C{i}"}, {"reference": "tag", "value": "t"}]}
                                                for i in range(4)], profile="'billing'", on_error="'skip'"),
    "by_custom_field": call("product_upsert", {"name": "By", "custom_fields": [{"reference": "ext", "value": "E2"}]}, profile="'billing'", identifier_field="'custom_field'", custom_field_reference="'ext'"),
    "subscription": call("product_upsert", {"number": "P-1", "name": "n", "type": "product", "productFamilies": [{"id": 1}], "translations": {"de": {"name": "x"}}}, profile="'subscription'", mode="'create'"),
    "match": call("product_match", {"external_id": "e1", "price": 9}),
    "match_vending": call("product_match", {"manufacturer": "M", "brand": "B", "name": "Z", "size": 1}, profile="'vending'"),
    "get": "SELECT product_get(1)",
    "from": call("product_upsert_from", "'fault.feed'"),
    "from_skip": call("product_upsert_from", "'fault.feed'", on_error="'skip'"),
    "trigger": "INSERT INTO fault.fed SELECT document FROM fault.feed",
    "trigger_row": "INSERT INTO fault.fed_row (document) SELECT document FROM fault.feed WHERE line < 4 RETURNING status, id, errors",
    "trigger_view": "INSERT INTO fault.fed_view (document) SELECT document FROM fault.feed WHERE line < 4 RETURNING status, id",
    "request_put": """SELECT * FROM product_request('billing', 'PUT', '/v1/products', '{"reference": "b2", "name": "Put"}', headers => '{"x-api-key": "k"}')""",
    "request_post": """SELECT * FROM product_request('retail', 'POST', '/v3/products/update-create', '{"external_id": "p", "title": "P", "handle": "p", "brand": "B", "variants": [{"sku": "p1", "price": 1, "position": 1}]}', headers => '{"authorization": "k"}')""",
    "request_list": """SELECT * FROM product_request('billing', 'GET', '/v1/products', headers => '{"x-api-key": "k"}')""",
    "request_bad": """SELECT * FROM product_request('billing', 'PUT', '/v1/products', '{"name": 7}', headers => '{"x-api-key": "k"}')""",
    "refused": call("product_upsert", {"external_id": "e1", "price": 5000}),
    "rows_constraint": call("product_upsert_rows", [{"external_id": "e1", "price": 5}, {"external_id": "e2", "price": 5000}, {"external_id": "z", "name": "z", "price": 6}], on_error="'skip'"),
    "unknown_profile": call("product_upsert", {"external_id": "e1"}, profile="'none'"),
    "new_profile": """INSERT INTO product_profile (name, definition) SELECT 'mine', definition FROM product_profile WHERE name = 'catalog'; SELECT product_upsert('{"external_id": "e1", "price": 4}', profile => 'mine')""",
    "new_identity": "SELECT product_identity_create('by_upc', '{upc}'); " + call("product_upsert", {"upc": "123", "name": "U"}),
}
