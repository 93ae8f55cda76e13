-- Columns that a user adds to product and product_variant are mapped, matched, compared, merged, answered and written as the
-- built-in ones are.
-- In a database of its own: dropped columns would stay behind in the tables.
\set VERBOSITY terse
SELECT current_database() AS database \gset
\c postgres
CREATE DATABASE product_upsert_own_column TEMPLATE :"database";
\c product_upsert_own_column
SELECT test.clean();

CREATE DOMAIN test.kilograms AS numeric(8,3) CHECK (VALUE > 0);
CREATE DOMAIN test.code AS text CONSTRAINT code_is_upper CHECK (VALUE = upper(VALUE)) NOT NULL DEFAULT 'NONE';
CREATE DOMAIN test.short_list AS text[] CONSTRAINT short_list_is_short CHECK (cardinality(VALUE) <= 2);
CREATE TYPE test.mood AS ENUM ('sad', 'so so', 'happy');
CREATE DOMAIN test.good_mood AS test.mood CONSTRAINT good_mood_is_good CHECK (VALUE <> 'sad');
ALTER TABLE product
    ADD COLUMN "Own ""text" text, ADD COLUMN own_integer integer, ADD COLUMN own_bigint bigint, ADD COLUMN own_numeric numeric,
    ADD COLUMN own_boolean boolean, ADD COLUMN own_date date, ADD COLUMN own_timestamptz timestamptz, ADD COLUMN own_uuid uuid,
    ADD COLUMN own_texts text[], ADD COLUMN own_jsonb jsonb, ADD COLUMN own_price numeric(10,2), ADD COLUMN own_varchar varchar(5),
    ADD COLUMN weight test.kilograms, ADD COLUMN code test.code, ADD COLUMN list test.short_list, ADD COLUMN mood test.mood,
    ADD COLUMN good_mood test.good_mood, ADD COLUMN shelf text DEFAULT 'store', ADD COLUMN unmapped integer DEFAULT 7,
    ADD COLUMN doubled numeric GENERATED ALWAYS AS (own_numeric * 2) STORED, ADD COLUMN place point;
ALTER TABLE product_variant ADD COLUMN own_colour text, ADD COLUMN own_mood test.mood, ADD COLUMN own_weight test.kilograms, ADD COLUMN own_flag boolean DEFAULT true;
INSERT INTO product_profile (name, definition) VALUES ('own', '{
    "identity": ["external_id"],
    "fields": {
        "id": {"type": "integer", "read_only": "match"},
        "external_id": {"type": "text"},
        "name": {"type": "text"},
        "text": {"type": "text", "column": "Own \"text"},
        "integer": {"type": "integer", "column": "own_integer"},
        "bigint": {"type": "integer", "column": "own_bigint"},
        "numeric": {"type": "decimal", "column": "own_numeric"},
        "boolean": {"type": "boolean", "column": "own_boolean"},
        "date": {"type": "date", "column": "own_date"},
        "timestamp": {"type": "timestamp", "column": "own_timestamptz"},
        "uuid": {"type": "uuid", "column": "own_uuid"},
        "texts": {"type": "texts", "column": "own_texts"},
        "json": {"type": "json", "column": "own_jsonb"},
        "price": {"type": "decimal", "column": "own_price"},
        "varchar": {"type": "text", "column": "own_varchar"},
        "weight": {"type": "decimal"}, "code": {"type": "text"}, "list": {"type": "texts"}, "mood": {"type": "text"},
        "good_mood": {"type": "text"}, "shelf": {"type": "text"},
        "variants": {"role": "variants", "fields": {
            "id": {"type": "integer", "read_only": "ignore"}, "sku": {"type": "text"}, "title": {"type": "text"},
            "colour": {"type": "text", "column": "own_colour"}, "mood": {"type": "text", "column": "own_mood"},
            "weight": {"type": "decimal", "column": "own_weight"}, "flag": {"type": "boolean", "column": "own_flag"}}}}}');
SET product_upsert.profile = 'own';

\echo own_column_every_type_is_written_compared_and_answered
SELECT product_upsert('{"external_id": "a", "name": "A", "text": "T", "integer": 5, "bigint": 9007199254740993, "numeric": 12345678901234567890.12, "boolean": true,
    "date": "2026-01-31", "timestamp": "2026-01-31T12:00:00+01:00", "uuid": "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "texts": ["x", "y"], "json": {"k": [1, null]},
    "price": 1.005, "varchar": "abcde", "weight": 1.5, "code": "ABC", "list": ["one"], "mood": "so so", "good_mood": "happy", "shelf": null}');
SELECT "Own ""text", own_integer, own_bigint, own_numeric, own_boolean, own_date, own_timestamptz AT TIME ZONE 'UTC' AS own_timestamptz, own_uuid, own_texts, own_jsonb, own_price, own_varchar,
       weight, code, list, mood, good_mood, shelf, unmapped, doubled FROM product;
CREATE TABLE test.fields AS SELECT * FROM (VALUES
    ('text', '"T"'::jsonb, '"t"'::jsonb), ('integer', '5', '6'), ('bigint', '9007199254740993', '9007199254740994'), ('numeric', '12345678901234567890.12', '0.5'), ('boolean', 'true', 'false'),
    ('date', '"2026-01-31"', '"2026-02-01"'), ('timestamp', '"2026-01-31T11:00:00.000Z"', '"2026-01-31T12:00:00Z"'), ('uuid', '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"', '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12"'), ('texts', '["x", "y"]', '["y", "x"]'),
    ('json', '{"k": [1, null]}', '{"k": [1]}'), ('price', '1.005', '1.02'), ('price', '1.0054', '1.015'), ('varchar', '"abcde"', '"abc"'), ('weight', '1.5', '1.501'), ('weight', '1.4999', '2'),
    ('code', '"ABC"', '"DEF"'), ('list', '["one"]', '["one", "two"]'), ('mood', '"so so"', '"happy"'), ('good_mood', '"happy"', '"so so"'), ('shelf', 'null', '"top"'))
    f (field, same, other);
SELECT field, test.ways(jsonb_build_object('external_id', 'a', field, same), 'own') AS same, test.ways(jsonb_build_object('external_id', 'a', field, other), 'own') AS other,
       CASE WHEN field <> 'code' THEN test.ways(jsonb_build_object('external_id', 'a', field, NULL), 'own') END AS cleared
  FROM test.fields;
SELECT changed, errors FROM product_match('{"external_id": "a", "weight": 2, "mood": "happy"}');
SELECT product_get((SELECT id FROM product)) -> 'good_mood' AS got;

\echo own_column_what_a_type_does_not_let_in_is_a_reject_with_the_fields_name
SELECT document ->> 'external_id' AS external_id, r.status, e ->> 'field' AS field, e ->> 'code' AS code, e ->> 'message' AS message, e -> 'constraint' AS "constraint", e -> 'valid' AS valid
  FROM (SELECT jsonb_agg(d ORDER BY n) AS documents FROM unnest(ARRAY[
        '{"external_id": "1", "weight": -1}', '{"external_id": "2", "weight": 100000}', '{"external_id": "3", "code": "abc"}', '{"external_id": "4", "code": null}',
        '{"external_id": "5", "list": ["1", "2", "3"]}', '{"external_id": "6", "mood": "angry"}', '{"external_id": "a", "mood": ""}', '{"external_id": "7", "good_mood": "sad"}', '{"external_id": "8", "good_mood": "bad"}',
        '{"external_id": "9", "price": 123456789}', '{"external_id": "10", "varchar": "abcdef"}', '{"external_id": "11", "integer": 3000000000}', '{"external_id": "12", "weight": "x"}',
        '{"external_id": "13", "variants": [{"sku": "s1", "mood": "sad"}, {"sku": "s2", "mood": "angry", "weight": 0}]}',
        '{"external_id": "good", "weight": 3}']::jsonb[]) WITH ORDINALITY u (d, n)) b,
       product_upsert_rows(documents, on_error => 'skip') r LEFT JOIN jsonb_array_elements(r.errors) e ON true, LATERAL (SELECT documents -> (r.position - 1)::int AS document) d;
SELECT external_id, weight, code, shelf, unmapped FROM product ORDER BY external_id;

\echo own_column_the_tables_default_is_for_documents_that_say_nothing_whatever_others_of_the_call_say
SELECT status, count(*) FROM product_upsert_rows('[{"external_id": "d1", "shelf": "top", "code": "X"}, {"external_id": "d2"}, {"external_id": "d3", "shelf": null}, {"external_id": "d4", "code": "Y"}]') GROUP BY status;
SELECT external_id, shelf, code, unmapped FROM product WHERE external_id LIKE 'd%' ORDER BY external_id;

\echo own_column_field_actions
SELECT test.ways('{"external_id": "a", "texts": ["z", "x"]}', 'own', ', field_actions => ''{"texts": "APPEND"}''') AS append,
       test.ways('{"external_id": "a", "list": ["two", "three"]}', 'own', ', field_actions => ''{"list": "APPEND"}''') AS append_too_many,
       test.ways('{"external_id": "a", "list": ["one"]}', 'own', ', field_actions => ''{"list": "REMOVE"}''') AS remove,
       test.ways('{"external_id": "a", "mood": "angry", "weight": -1}', 'own', ', field_actions => ''{"mood": "IGNORE", "weight": "IGNORE"}''') AS ignored,
       test.ways('{"external_id": "a"}', 'own', ', field_actions => ''{"mood": "CLEAR", "json": "CLEAR"}''') AS cleared;

\echo own_column_variants
SELECT product_upsert('{"external_id": "v", "name": "V", "variants": [{"sku": "v1", "colour": "red", "mood": "happy", "weight": 2}, {"sku": "v2", "flag": false}]}') -> 'variants' #- '{0,id}' #- '{1,id}' AS variants;
SELECT sku, own_colour, own_mood, own_weight, own_flag FROM product_variant ORDER BY sku;
SELECT status, changed FROM product_upsert_rows('[{"external_id": "v", "variants": [{"sku": "v1", "colour": "red", "mood": "happy", "weight": 2.0001}, {"sku": "v2", "flag": false}]}]');
SELECT status, changed FROM product_upsert_rows('[{"external_id": "v", "variants": [{"sku": "v1", "mood": "sad"}, {"sku": "v2", "weight": 5}]}]');
SELECT sku, own_colour, own_mood, own_weight, own_flag FROM product_variant ORDER BY sku;

\echo own_column_identity_rules
SELECT product_identity_create('own_text_rule', '{"Own \"text",own_integer}');
SELECT product_identity_create('mood_rule', '{mood,weight}');
SELECT product_identity_create('code_rule', '{own_varchar}');
SELECT test.try($$SELECT product_identity_create('r', '{own_jsonb}')$$) AS jsonb, test.try($$SELECT product_identity_create('r', '{list}')$$) AS domain_over_an_array,
       test.try($$SELECT product_identity_create('r', '{doubled}')$$) AS generated, test.try($$SELECT product_identity_create('r', '{own_timestamptz}')$$) AS instant;
UPDATE product_profile SET definition = jsonb_set(definition, '{identity}', '["external_id", "own_text_rule", "mood_rule", "code_rule"]') WHERE name = 'own';
SELECT test.ways('{"text": "T", "integer": 5, "numeric": 1}', 'own') AS by_text, test.ways('{"mood": "so so", "weight": 1.5, "numeric": 1}', 'own') AS by_enum_and_domain,
       test.ways('{"varchar": "abcde", "numeric": 1}', 'own') AS by_varchar, test.ways('{"mood": "so so", "weight": 9, "name": "New"}', 'own') AS new,
       test.ways('{"mood": "angry", "weight": 1.5, "numeric": 1}', 'own') AS no_such_mood;
SELECT test.ways('{"external_id": "good", "mood": "so so", "weight": 1.5}', 'own') AS taken;
SELECT test.try($$SELECT product_upsert_bulk('[{"external_id": "x", "varchar": "same"}, {"external_id": "y", "varchar": "same"}]')$$) AS collide;
SELECT test.try($$UPDATE product SET own_varchar = 'abcde' WHERE external_id = 'good'$$) AS direct_sql_is_held, test.try($$UPDATE product SET own_varchar = ' x' WHERE external_id = 'good'$$) LIKE '23514%' AS and_to_identity_text;
SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('varchar', 'v' || i, 'integer', i, 'text', 'T')) FROM generate_series(1, 1000) i)) GROUP BY status;
SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('varchar', 'v' || i, 'integer', i, 'text', 'T', 'mood', CASE WHEN i = 500 THEN 'happy' END)) FROM generate_series(1, 1000) i)) GROUP BY status;

\echo own_column_directly_or_by_sql_the_same
SET product_upsert.direct_writes = off;
SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'sql' || i, 'numeric', i, 'shelf', CASE WHEN i % 2 = 0 THEN 'x' END)) FROM generate_series(1, 500) i)) GROUP BY status;
RESET product_upsert.direct_writes;
SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'dir' || i, 'numeric', i, 'shelf', CASE WHEN i % 2 = 0 THEN 'x' END)) FROM generate_series(1, 500) i)) GROUP BY status;
SELECT left(external_id, 3) AS way, count(*), sum(own_numeric), sum(doubled), sum(unmapped), count(shelf) FROM product WHERE external_id ~ '^(sql|dir)' GROUP BY 1 ORDER BY 1;

\echo own_column_renamed_dropped_and_retyped_in_the_session
ALTER TABLE product RENAME COLUMN own_numeric TO renamed;
SELECT message, errors FROM test.error($$SELECT product_upsert('{"external_id": "a", "numeric": 1}')$$) CROSS JOIN LATERAL (SELECT 1) x;
ALTER TABLE product RENAME COLUMN renamed TO own_numeric;
SELECT test.ways('{"external_id": "a", "numeric": 1}', 'own') AS back;
ALTER TABLE product ALTER COLUMN own_integer TYPE text USING own_integer::text;
SELECT split_part(message, ';', 1) AS message FROM test.error($$SELECT product_upsert('{"external_id": "a", "integer": 1}')$$);
UPDATE product_profile SET definition = jsonb_set(definition, '{fields,integer,type}', '"text"') WHERE name = 'own';
SELECT test.ways('{"external_id": "a", "integer": "5"}', 'own') AS same, test.ways('{"external_id": "a", "integer": "five"}', 'own') AS other;
ALTER TYPE test.mood ADD VALUE 'angry';
SELECT test.ways('{"external_id": "a", "mood": "angry"}', 'own') AS a_new_label;
ALTER DOMAIN test.kilograms ADD CONSTRAINT not_too_heavy CHECK (VALUE < 50);
SELECT test.ways('{"external_id": "a", "weight": 60}', 'own') AS a_new_check;
-- A check that raises an error, and is not merely false: the document is at fault, and no other one.
ALTER DOMAIN test.kilograms ADD CONSTRAINT not_seven CHECK (1 / (VALUE - 7) <> 0);
SELECT test.ways('{"external_id": "a", "weight": 7}', 'own') AS a_check_that_raises;
SELECT "position", status, errors #>> '{0,field}' AS field, errors #>> '{0,message}' AS message, errors #>> '{0,sqlstate}' AS sqlstate
  FROM product_upsert_rows('[{"external_id": "w1", "weight": 6}, {"external_id": "w2", "weight": 7}, {"external_id": "w3", "weight": 8},
        {"external_id": "w4", "variants": [{"sku": "w4", "weight": 7}]}]', 'external_id', on_error => 'skip', dry_run => true);
SELECT state, message FROM test.error($$SELECT product_upsert('{"external_id": "a", "weight": 7}')$$);
ALTER DOMAIN test.kilograms DROP CONSTRAINT not_seven;
ALTER TABLE product ALTER COLUMN shelf SET DEFAULT 'cellar';
SELECT product_upsert('{"external_id": "e", "name": "E"}') ->> 'shelf' AS a_new_default;
ALTER TABLE product_variant DROP COLUMN own_colour;
SELECT split_part(message, ';', 1) AS message FROM test.error($$SELECT product_upsert('{"external_id": "a", "integer": "1"}')$$);
UPDATE product_profile SET definition = definition #- '{fields,variants,fields,colour}' WHERE name = 'own';
SELECT status, changed FROM product_upsert_rows('[{"external_id": "v", "variants": [{"sku": "v1", "mood": "happy"}]}]');
SELECT sku, own_mood, own_weight, own_flag FROM product_variant ORDER BY sku;

\echo own_column_a_profile_that_names_none_is_refused_when_it_is_written
SELECT split_part(message, ';', 1) AS message, message LIKE '%, field_sources, Own "text, own_integer, %' AS lists_them, errors #>> '{0,field}' AS path
  FROM test.error($$INSERT INTO product_profile VALUES ('wrong', '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "weigth": {"type": "decimal"}}}')$$);
SELECT split_part(message, ';', 1) AS message, errors #>> '{0,field}' AS path
  FROM test.error($$INSERT INTO product_profile VALUES ('wrong', '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "place": {"type": "text"}}}')$$);
SELECT split_part(message, ';', 1) AS message, message LIKE '%own_mood%' AS lists_them, errors #>> '{0,field}' AS path
  FROM test.error($$INSERT INTO product_profile VALUES ('wrong', '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "v": {"role": "variants", "fields": {"sku": {"type": "text"}, "colour": {"type": "text"}}}}}')$$);
SELECT split_part(message, ';', 1) AS message, errors #>> '{0,field}' AS path
  FROM test.error($$INSERT INTO product_profile VALUES ('wrong', '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "mood": {"type": "integer"}}}')$$);

\echo own_column_a_timestamp_is_rounded_as_the_column_rounds_it
ALTER TABLE product ADD COLUMN own_second timestamptz(0), ADD COLUMN own_tick timestamptz(4);
INSERT INTO product_profile VALUES ('seconds', '{"identity": ["external_id"], "fields": {"external_id": {"type": "text"}, "name": {"type": "text"},
    "own_second": {"type": "timestamp"}, "own_tick": {"type": "timestamp", "default": "2026-03-01T11:00:00.12345+01:00"}}}');
SELECT r.status, r.changed FROM (VALUES (1, 'a', '1999-12-31T23:59:58.5Z'), (2, 'a', '1999-12-31T23:59:58.4Z'), (3, 'b', '2026-03-01T10:00:00.5Z'), (4, 'b', '2026-03-01T11:00:01.4999999+01:00')) v (n, e, at),
       LATERAL product_upsert_rows(jsonb_build_array(jsonb_build_object('external_id', 'second ' || e, 'own_second', at, 'name', 'N')), profile => 'seconds') r ORDER BY n;
SELECT own_second AT TIME ZONE 'UTC' AS own_second, own_tick AT TIME ZONE 'UTC' AS own_tick, version FROM product WHERE own_second IS NOT NULL ORDER BY 1;

\echo own_column_keys_move_where_they_must_not_be_null
DELETE FROM product;
ALTER TABLE product ADD COLUMN own_place uuid;
SELECT product_identity_create('own_place', '{own_place}');
INSERT INTO product_profile VALUES ('kept', '{"identity": ["external_id"], "tombstone": {"field": "gone", "action": "delete"}, "fields": {"external_id": {"type": "text"}, "handle": {"type": "text"}, "own_place": {"type": "uuid"}}}');
SELECT r.status FROM product_upsert_rows('[{"external_id": "a", "handle": "h1", "own_place": "00000000-0000-4000-8000-000000000001"}, {"external_id": "b", "handle": "h2", "own_place": "00000000-0000-4000-8000-000000000002"}]', profile => 'kept') r;
ALTER TABLE product ALTER handle SET NOT NULL, ALTER own_place SET NOT NULL;
SELECT r.status, r.changed FROM product_upsert_rows('[{"external_id": "a", "handle": "h2", "own_place": "00000000-0000-4000-8000-000000000002"}, {"external_id": "b", "handle": "h1", "own_place": "00000000-0000-4000-8000-000000000001"}]', profile => 'kept') r;
SELECT r.status FROM product_upsert_rows('[{"external_id": "c", "handle": "h2", "own_place": "00000000-0000-4000-8000-000000000002"}, {"external_id": "a", "gone": true}]', profile => 'kept') r;
SELECT external_id, handle, own_place, version FROM product ORDER BY external_id;
SELECT product_identity_drop('own_place');
ALTER TABLE product ALTER handle DROP NOT NULL, DROP COLUMN own_place;
DELETE FROM product;

\echo own_column_a_reference_to_a_product_of_the_same_call
ALTER TABLE product ADD COLUMN like_id bigint, ADD COLUMN next_id bigint, ADD FOREIGN KEY (organization_id, next_id) REFERENCES product;
INSERT INTO product_profile VALUES ('likes', '{"identity": ["external_id"], "fields": {"external_id": {"type": "text"}, "name": {"type": "text", "required": true}, "shelf": {"type": "text"},
    "parent": {"role": "reference", "column": "parent_product_id", "table": "product", "by": ["external_id"]},
    "like": {"role": "reference", "column": "like_id", "table": "product", "by": ["external_id"]},
    "replaced_by": {"role": "reference", "column": "next_id", "table": "product", "by": ["external_id"]}}}');
CREATE TABLE test.likes (line bigint, document jsonb);
INSERT INTO test.likes SELECT n, d FROM jsonb_array_elements('[
    {"external_id": "a", "name": "A", "like": "c", "replaced_by": "d"}, {"external_id": "b", "name": "B", "like": "a", "parent": "c"}, {"external_id": "c", "name": "C", "like": "b", "shelf": "top"},
    {"external_id": "d", "name": "D", "replaced_by": "e", "shelf": "low"}, {"external_id": "e", "name": "E", "like": "e"}, {"external_id": "f", "name": "F", "like": "nobody"},
    {"external_id": "g", "name": "G", "replaced_by": "h"}, {"external_id": "h"}, {"external_id": "i", "name": "I", "parent": "j", "like": "j"}, {"external_id": "j", "name": "J", "parent": "i"}]') WITH ORDINALITY x (d, n);
CREATE VIEW test.likes_in_order AS SELECT document FROM test.likes ORDER BY line;
CREATE VIEW test.liked AS SELECT p.external_id, l.external_id AS "like", n.external_id AS replaced_by, o.external_id AS parent
    FROM product p LEFT JOIN product l ON l.id = p.like_id LEFT JOIN product n ON n.id = p.next_id LEFT JOIN product o ON o.id = p.parent_product_id;
CREATE TABLE test.liked_in_one AS SELECT r.position, r.status, test.short(r.errors) AS errors FROM product_upsert_rows((SELECT jsonb_agg(document ORDER BY line) FROM test.likes), profile => 'likes', on_error => 'skip') r;
SELECT * FROM test.liked_in_one ORDER BY position;
SELECT * FROM test.liked ORDER BY external_id;
DELETE FROM product;
SET product_upsert.batch_documents = 1;
SELECT count(*) AS otherwise FROM (SELECT f.position, f.status, test.short(f.errors) AS errors FROM product_upsert_from('test.likes_in_order', profile => 'likes', on_error => 'skip') f) f
  FULL JOIN test.liked_in_one o ON o.position = f.position AND o.status = f.status AND o.errors IS NOT DISTINCT FROM f.errors WHERE f.position IS NULL OR o.position IS NULL;
RESET product_upsert.batch_documents;
SELECT * FROM test.liked ORDER BY external_id;
\echo own_column_of_several_documents_that_say_a_name_the_one_that_gives_it_is_referred_to
UPDATE product_profile SET definition = jsonb_set(definition, '{identity}', '["external_id", "number"]') || '{"judged_by": "at"}'
    || jsonb_build_object('fields', definition -> 'fields' || '{"number": {"type": "text"}, "at": {"type": "timestamp", "column": "meta", "member": "at"}}') WHERE name = 'likes';
INSERT INTO product (organization_id, external_id, number, name, meta) VALUES (1, 's', 'n', 'S', '{"at": "2026-02-01T00:00:00Z"}');
TRUNCATE test.likes;
INSERT INTO test.likes VALUES (1, '{"external_id": "t", "number": "n", "at": "2026-01-01T00:00:00Z"}'), (2, '{"external_id": "b", "name": "B", "like": "t"}'), (3, '{"external_id": "t", "number": "k", "name": "T"}');
SELECT r.position, r.status, test.short(r.errors) AS errors FROM product_upsert_from('test.likes_in_order', profile => 'likes', on_error => 'skip') r ORDER BY 1;
SELECT external_id, "like" FROM test.liked ORDER BY 1;
DELETE FROM product;
DROP TABLE test.likes, test.liked_in_one CASCADE;
DROP VIEW test.liked;

\echo own_column_300_columns_and_200_rules
SELECT product_identity_drop(name) FROM product_identity WHERE name IN ('own_text_rule', 'mood_rule', 'code_rule');
DO $$
BEGIN
    EXECUTE (SELECT 'ALTER TABLE product ' || string_agg(format('ADD COLUMN c%s %s', i, CASE i % 3 WHEN 0 THEN 'integer' WHEN 1 THEN 'text' ELSE 'numeric' END), ', ') FROM generate_series(1, 300) i);
    PERFORM product_identity_create('many_' || i, ARRAY['c' || i]) FROM generate_series(1, 200) i;
END $$;
INSERT INTO product_profile SELECT 'many', jsonb_build_object(
    'identity', (SELECT jsonb_agg('many_' || i ORDER BY i) FROM generate_series(1, 200) i),
    'fields', (SELECT jsonb_object_agg('c' || i, jsonb_build_object('type', CASE i % 3 WHEN 0 THEN 'integer' WHEN 1 THEN 'text' ELSE 'decimal' END)) FROM generate_series(1, 300) i) || '{"name": {"type": "text"}}');
SET product_upsert.profile = 'many';
SELECT status, decided_by FROM product_upsert_rows((SELECT jsonb_agg(d) FROM (SELECT jsonb_object_agg('c' || i, CASE i % 3 WHEN 1 THEN to_jsonb((1000 * n + i)::text) ELSE to_jsonb(1000 * n + i) END) AS d FROM generate_series(1, 300) i, generate_series(1, 3) n GROUP BY n ORDER BY n) x));
SELECT status, decided_by, changed FROM product_upsert_rows('[{"c200": 1200, "c300": 5}, {"c64": "2064", "c65": 2065, "name": "x"}, {"c1": "3001", "c200": 3200, "c299": 3299}]');
SELECT test.try($$SELECT product_upsert('{"c1": "1001", "c200": 2200}')$$) AS two_products, test.try($$SELECT product_upsert_bulk('[{"c200": 7, "name": "a"}, {"c200": 7.0, "name": "b"}]')$$) AS twice,
       test.try($$SELECT product_upsert('{"c1": "1001", "c199": "2199"}', 'many_1')$$) AS taken;
SELECT c200, c300, name FROM product WHERE c200 IS NOT NULL ORDER BY c200;
RESET product_upsert.profile;

\c :database
DROP DATABASE product_upsert_own_column;
