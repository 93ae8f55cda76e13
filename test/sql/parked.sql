-- Documents that wait for rows that they name (`missing`: `park`).
\set VERBOSITY terse
SELECT test.clean();
TRUNCATE product_import RESTART IDENTITY CASCADE;
INSERT INTO product_profile (name, definition) VALUES ('parked', '{
  "identity": ["external_id"],
  "request": {"list": "items"},
  "unknown_fields": "reject",
  "fields": {
    "external_id": {"type": "text"},
    "name":        {"type": "text", "required": true},
    "price":       {"type": "decimal"},
    "category":    {"role": "reference", "column": "category_id", "table": "category", "by": ["id", "reference"], "missing": "park", "shape": {"reference": "reference"}},
    "parent":      {"role": "reference", "column": "parent_product_id", "table": "product", "by": ["external_id"], "missing": "park"},
    "features":    {"role": "links", "table": "feature", "by": ["reference"], "missing": "park"}
  }}');
SET product_upsert.profile = 'parked';
CREATE FUNCTION test.waiting() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' | ', organization_id, CASE WHEN key ~ ':' THEN key ELSE 'a digest' END, document, options, test.short(errors), product_id, tries) FROM product_parked ORDER BY organization_id, parked_at, key
$$;

\echo parked_a_document_waits_and_the_rest_is_written
SELECT position, status, errors FROM product_upsert_rows('[
    {"external_id": "a", "name": "A", "category": "tea", "features": ["hot"]}, {"external_id": "b", "name": "B"}, {"name": "No key", "category": 7},
    {"external_id": "c", "name": "C", "parent": "p"}, {"external_id": "d", "name": "D", "category": "tea", "price": "dear"}, {"external_id": "b2", "name": "B2", "parent": "c"}]', on_error => 'skip');
SELECT * FROM test.waiting();
SELECT field, resource_type, resource_id, documents, since <= now() AS since FROM product_parked_missing ORDER BY field, resource_id;
\echo parked_where_one_reject_undoes_the_call_nobody_waits
SELECT test.try($$SELECT product_upsert('{"external_id": "e", "name": "E", "category": "tea"}')$$), test.try($$SELECT * FROM product_upsert_rows('[{"external_id": "e", "name": "E", "category": "tea"}]')$$);
SELECT status, test.short(errors) FROM product_match('{"external_id": "e", "name": "E", "category": "tea"}');
SELECT position, status, test.short(errors) FROM product_upsert_rows('[{"external_id": "e", "name": "E", "category": "tea"}]', on_error => 'skip', dry_run => true);
SELECT count(*) FROM product_parked WHERE key ~ ' e$';
\echo parked_a_later_document_of_the_key_takes_its_place
SELECT status FROM product_upsert_rows('[{"external_id": "a", "name": "A2", "category": "tea"}]', on_error => 'skip', field_actions => '{"features": "CLEAR"}');
SELECT * FROM test.waiting() w WHERE w ~ 'external_id: a ';
SELECT status FROM product_upsert_rows('[{"external_id": "a", "name": "A3"}]', on_error => 'skip');
SELECT count(*) FROM test.waiting() w WHERE w ~ 'external_id: a ';
\echo parked_what_waits_is_upserted_once_what_it_names_is_there
SELECT status FROM product_upsert_rows('[{"external_id": "a", "price": 5, "category": "tea"}]', on_error => 'skip');
SELECT key !~ ':' AS digest, status, test.short(errors) FROM product_parked_retry() ORDER BY key COLLATE "C";
SELECT tries, count(*) FROM product_parked GROUP BY 1;
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'tea', 'Tea');
SELECT status FROM product_upsert_rows('[{"external_id": "p", "name": "P"}]');
SELECT count(*) AS asked FROM product_parked_retry(most => 1);
SELECT key, status, test.short(errors) FROM product_parked_retry('parked') WHERE key ~ ':' ORDER BY key COLLATE "C";
SELECT * FROM test.waiting();
SELECT p.external_id, p.name, p.price, c.reference, q.external_id AS parent FROM product p LEFT JOIN product_category c ON c.id = p.category_id LEFT JOIN product q ON q.id = p.parent_product_id ORDER BY 1;
\echo parked_one_that_is_rejected_then_says_why
SELECT status FROM product_upsert_rows('[{"external_id": "new", "category": "coffee"}, {"external_id": "a", "category": "coffee"}]', on_error => 'skip', mode => 'update', identifier_field => 'external_id');
ALTER TABLE product ADD CONSTRAINT no_coffee CHECK (category_id < 2);
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'coffee', 'Coffee');
SELECT key, status, test.short(errors) FROM product_parked_retry() WHERE key ~ ':' ORDER BY 1;
SELECT * FROM test.waiting() w WHERE w ~ ':';
ALTER TABLE product DROP CONSTRAINT no_coffee;
DELETE FROM product_parked;
\echo parked_what_waits_of_a_product_that_is_deleted_is_superseded
INSERT INTO product_profile (name, definition) SELECT 'parked_' || n, definition || '{"tombstone": {"field": "gone", "action": "delete"}}' FROM product_profile, unnest('{1,2}'::text[]) n WHERE name = 'parked';
SELECT status FROM product_upsert_rows('[{"external_id": "g1", "name": "G"}, {"external_id": "g2", "name": "G"}, {"external_id": "g3", "name": "G"}]');
SELECT status, test.short(errors) FROM product_upsert_rows('[{"external_id": "g1", "category": "cake"}, {"external_id": "g2", "category": "cake"}, {"external_id": "g4", "name": "G", "category": "cake"}]', on_error => 'skip', profile => 'parked_1');
DELETE FROM product WHERE external_id = 'g1';
\echo parked_a_tombstone_counts_whichever_profile_it_came_by_and_what_comes_behind_it_waits
SELECT status, test.short(errors) FROM product_upsert_rows('[{"external_id": "g4", "gone": true}, {"external_id": "g2", "gone": true}, {"external_id": "g3", "gone": true}, {"external_id": "g3", "name": "G again", "category": "cake"}]', on_error => 'skip', on_duplicate => 'last', profile => 'parked_2');
SELECT * FROM test.waiting() w WHERE w ~ 'external_id: g';
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'cake', 'Cake');
SELECT key, status, test.short(errors) FROM product_parked_retry() WHERE key ~ ': g' ORDER BY 1;
SELECT external_id, name FROM product WHERE external_id ~ '^g' ORDER BY 1;
DELETE FROM product_profile WHERE name IN ('parked_1', 'parked_2');
\echo parked_through_every_door_the_same
CREATE TABLE test.source (line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document jsonb, text text, external_id text, name text, category text, price numeric);
INSERT INTO test.source (document, text, external_id, name, category) SELECT d::jsonb, d, d::jsonb ->> 'external_id', d::jsonb ->> 'name', d::jsonb ->> 'category'
  FROM unnest(ARRAY['{"external_id": "s1", "name": "S1", "category": "juice"}', '{"external_id": "s2", "name": "S2"}', '{"name":"S3", "external_id": "s3",  "category": "milk"}']) d;
CREATE PROCEDURE test.door(name text, statement text) LANGUAGE plpgsql AS $$
DECLARE
    told text;
BEGIN
    DELETE FROM product_parked;
    EXECUTE statement;
    SELECT string_agg(concat_ws(' ', key, document), '; ' ORDER BY key) INTO told FROM product_parked;
    RAISE NOTICE '%: %', name, told;
END
$$;
CREATE TABLE test.kept (document jsonb, status text);
CREATE TRIGGER t BEFORE INSERT ON test.kept FOR EACH ROW EXECUTE FUNCTION product_upsert_trigger('document', 'parked', '', 'keep');
CALL test.door('rows', $$SELECT FROM product_upsert_rows((SELECT jsonb_agg(document ORDER BY line) FROM test.source), on_error => 'skip')$$);
CALL test.door('envelope', $$SELECT FROM product_upsert_rows(jsonb_build_object('items', (SELECT jsonb_agg(document ORDER BY line) FROM test.source)), on_error => 'skip')$$);
CALL test.door('bulk', $$SELECT product_upsert_bulk((SELECT jsonb_agg(document ORDER BY line) FROM test.source), on_error => 'skip')$$);
CALL test.door('text', $$SELECT FROM product_upsert_rows((SELECT '[' || string_agg(text, ', ' ORDER BY line) || ']' FROM test.source), on_error => 'skip')$$);
CALL test.door('text, bulk', $$SELECT product_upsert_bulk((SELECT '[' || string_agg(text, ', ' ORDER BY line) || ']' FROM test.source), on_error => 'skip')$$);
CALL test.door('envelope of text', $$SELECT FROM product_upsert_rows((SELECT '{"items": [' || string_agg(text, ', ' ORDER BY line) || ']}' FROM test.source), on_error => 'skip')$$);
CALL test.door('lines', $$SELECT FROM product_upsert_rows((SELECT string_agg(text, e'\n' ORDER BY line) FROM test.source), on_error => 'skip')$$);
CALL test.door('one line', $$SELECT FROM product_upsert_rows((SELECT text FROM test.source WHERE line = 1), on_error => 'skip')$$);
CALL test.door('from', $$SELECT FROM product_upsert_from('test.source', on_error => 'skip')$$);
CALL test.door('from, text', $$SELECT FROM product_upsert_from('test.source', 'text', on_error => 'skip')$$);
ALTER TABLE test.source DROP document, DROP text;
CALL test.door('from, rows', $$SELECT FROM product_upsert_from('test.source', '*', key_column => 'line', on_error => 'skip')$$);
CALL test.door('trigger', $$INSERT INTO test.kept (document) VALUES ('{"external_id": "s1", "name": "S1", "category": "juice"}')$$);
CALL product_import('test.source', '*', profile => 'parked');
SELECT * FROM test.waiting();
DELETE FROM product_parked;
\echo parked_in_a_feed_of_many_batches
CREATE TABLE test.feed AS SELECT jsonb_build_object('external_id', 'f' || i, 'name', 'F', 'category', CASE WHEN i % 1000 = 0 THEN 'none' END) AS document FROM generate_series(1, 25000) i;
SELECT status, count(*) FROM product_upsert_from('test.feed', on_error => 'skip') GROUP BY 1 ORDER BY 1;
SELECT count(*), min(key COLLATE "C"), max(tries) FROM product_parked;
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'none', 'None');
SELECT status, count(*) FROM product_parked_retry() GROUP BY 1;
SELECT count(*) FROM product_parked;
\echo parked_is_the_callers
CREATE ROLE test_parked;
SELECT product_grant('test_parked', 'PRODUCT.CREATE', 2);
SELECT status FROM product_upsert_rows('[{"external_id": "x", "name": "X", "category": "nowhere"}]', on_error => 'skip');
SET ROLE test_parked;
SELECT status FROM product_upsert_rows('[{"external_id": "y", "name": "Y", "category": "nowhere"}]', on_error => 'skip', organization_id => 2);
SELECT count(*) AS seen, count(DISTINCT organization_id) FROM product_parked;
SELECT organization_id, field, resource_id, documents FROM product_parked_missing;
SELECT count(*) AS of_others FROM product_parked_retry(organization_id => 1);
SELECT status FROM product_parked_retry(organization_id => 2);
RESET ROLE;
SELECT product_revoke('test_parked', 'PRODUCT.CREATE', 2);
DROP OWNED BY test_parked;
DROP ROLE test_parked;
\echo parked_what_waited_never_overwrites_what_came_after_it
-- By another profile; by another key; behind it in the same call; and of two that wait.
INSERT INTO product_profile (name, definition) SELECT 'unparked', definition || '{"identity": ["external_id", "reference"]}' || jsonb_build_object('fields', definition -> 'fields' || '{"reference": {"type": "text"}}') FROM product_profile WHERE name = 'parked';
UPDATE product_profile SET definition = jsonb_set(definition, '{fields,category,missing}', '"reject"') WHERE name = 'unparked';
UPDATE product_profile SET definition = definition || '{"identity": ["external_id", "reference"]}' || jsonb_build_object('fields', definition -> 'fields' || '{"reference": {"type": "text"}}') WHERE name = 'parked';
SELECT status, test.short(errors) FROM product_upsert_rows('[
    {"external_id": "l1", "name": "old", "category": "later"}, {"external_id": "l2", "reference": "L2", "name": "old", "category": "later"}, {"external_id": "l3", "name": "old", "category": "later"}, {"external_id": "l3", "name": "new"},
    {"external_id": "l4", "reference": "L4", "name": "old"}, {"reference": "L4", "name": "new", "category": "later"}, {"external_id": "l5", "name": "old", "category": "never", "reference": "L5"}, {"external_id": "l6", "name": "old", "category": "later"}]', on_error => 'skip', on_duplicate => 'last');
SELECT status FROM product_upsert_rows('[{"external_id": "l1", "name": "new"}]', profile => 'unparked');
SELECT status FROM product_upsert_rows('[{"reference": "L2", "name": "new"}]');
SELECT status, test.short(errors) FROM product_upsert_rows('[{"reference": "L5", "name": "new", "category": "later"}]', on_error => 'skip', field_actions => '{"price": "IGNORE"}');
SELECT key, product_id IS NOT NULL AS of_a_product FROM product_parked ORDER BY key COLLATE "C";
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'later', 'Later');
SELECT key, status, test.short(errors) FROM product_parked_retry() ORDER BY key COLLATE "C";
SELECT p.external_id, p.reference, p.name, c.reference AS category FROM product p LEFT JOIN product_category c ON c.id = p.category_id WHERE p.external_id ~ '^l' OR p.reference ~ '^L' ORDER BY 1, 2;
\echo parked_what_is_tried_leaves_later_ones_to_wait
SELECT status FROM product_upsert_rows('[{"external_id": "m1", "name": "first"}]');
SELECT status FROM product_upsert_rows('[{"external_id": "m1", "name": "second", "category": "m"}]', on_error => 'skip');
SELECT status FROM product_upsert_rows('[{"external_id": "m1", "reference": "M1", "category": "m2"}]', on_error => 'skip', identifier_field => 'external_id', field_actions => '{"price": "IGNORE"}', profile => 'unparked');
UPDATE product_profile SET definition = jsonb_set(definition, '{fields,category,missing}', '"park"') WHERE name = 'unparked';
SELECT status FROM product_upsert_rows('[{"external_id": "m1", "name": "third", "category": "m2"}]', on_error => 'skip', profile => 'unparked');
SELECT status FROM product_upsert_rows('[{"external_id": "m1", "name": "fourth", "category": "m3"}]', on_error => 'skip', mode => 'update', profile => 'parked');
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'm2', 'M2');
SELECT key, status, test.short(errors) FROM product_parked_retry() WHERE key ~ 'm1' ORDER BY status;
SELECT profile, document ->> 'name' AS name FROM product_parked WHERE key ~ 'm1';
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'm3', 'M3');
SELECT key, status, test.short(errors) FROM product_parked_retry() WHERE key ~ 'm1' ORDER BY status;
SELECT name FROM product WHERE external_id = 'm1';
DELETE FROM product_parked;
DELETE FROM product_profile WHERE name = 'unparked';
\echo parked_waits_behind_no_later_document
-- One that changes nothing, in a call that aborts, a single one, or by a profile of which nothing waits; and one that made the product, which is gone again.
INSERT INTO product_profile (name, definition) SELECT 'refusing', jsonb_set(definition, '{fields,category,missing}', '"reject"') FROM product_profile WHERE name = 'parked';
SELECT status FROM product_upsert_rows('[{"external_id": "n1", "name": "now"}, {"external_id": "n2", "name": "now"}, {"external_id": "n3", "name": "now"}]');
SELECT status, test.short(errors) FROM product_upsert_rows('[{"external_id": "n1", "name": "old", "category": "n"}, {"external_id": "n2", "name": "old", "category": "n"}, {"external_id": "n3", "name": "old", "category": "n"},
    {"external_id": "n4", "name": "old", "category": "n"}, {"external_id": "n5", "name": "waits", "category": "n"}]', on_error => 'skip');
SELECT status FROM product_upsert_rows('[{"external_id": "n1", "name": "now"}]');
SELECT product_upsert('{"external_id": "n2", "name": "now"}') -> 'name' AS name;
SELECT status FROM product_upsert_rows('[{"external_id": "n3", "name": "now"}]', on_error => 'skip', profile => 'refusing');
SELECT status FROM product_upsert_rows('[{"external_id": "n4", "name": "now"}]', profile => 'refusing');
DELETE FROM product WHERE external_id = 'n4';
SELECT status FROM product_upsert_rows('[{"external_id": "n5", "name": "never"}]', dry_run => true);
INSERT INTO product_profile (name, definition) SELECT 'ending', definition || '{"tombstone": {"field": "gone", "action": "delete"}}' FROM product_profile WHERE name = 'refusing';
INSERT INTO product (organization_id, external_id, name) VALUES (1, 'n7', 'by SQL');
SELECT status, test.short(errors) FROM product_upsert_rows('[{"external_id": "n6", "name": "old", "category": "n"}, {"external_id": "n7", "name": "old", "category": "n"}]', on_error => 'skip');
SELECT status FROM product_upsert_rows('[{"external_id": "n6", "gone": true}, {"external_id": "n7", "gone": true}]', profile => 'ending');
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'n', 'N');
SELECT key, status, test.short(errors) FROM product_parked_retry();
SELECT external_id, name FROM product WHERE external_id ~ '^n' ORDER BY 1;
DELETE FROM product_profile WHERE name IN ('refusing', 'ending');
\echo parked_rejects_of_an_import_are_tried_by_its_retry_where_the_source_has_them_corrected
CREATE TABLE test.rejected_lines (line integer PRIMARY KEY, document json);
INSERT INTO test.rejected_lines VALUES (1, '{"external_id": "o1", "name": "old", "category": "o"}'), (2, '{"external_id": "o2", "name": "old", "category": "o"}'), (3, '{"external_id": "o3", "name": 3}'), (4, '{"external_id": "o4", "name": "waits", "category": "o"}');
SET client_min_messages = warning;
CALL product_import('test.rejected_lines', key_column => 'line', profile => 'parked');
SELECT status FROM product_upsert_rows('[{"external_id": "o1", "name": "new"}, {"external_id": "o2", "name": "new"}]');
UPDATE test.rejected_lines SET document = '{"external_id": "o2", "name": "newest"}' WHERE line = 2;
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'o', 'O');
CALL product_import('test.rejected_lines', key_column => 'line', profile => 'parked', retry_rejects => true, batch_size => 1);
RESET client_min_messages;
SELECT total, updated, rejected FROM product_import ORDER BY id DESC LIMIT 1;
SELECT key, status FROM product_parked_retry();
SELECT external_id, name FROM product WHERE external_id ~ '^o' ORDER BY 1;
\echo parked_is_looked_up_by_its_indexes
-- By calls that leave nothing to wait and by those that may, however much waits.
INSERT INTO product_parked (organization_id, profile, key, document, options, errors, product_id)
  SELECT 1, 'parked', 'external_id: p' || i, '{}', '{}', '[]', CASE WHEN i % 2 = 0 THEN -i END FROM generate_series(1, 3000) i;
ANALYZE product_parked;
BEGIN;
SELECT seq_scan AS scans FROM pg_stat_xact_user_tables WHERE relname = 'product_parked' \gset
SELECT status FROM product_upsert_rows('[{"external_id": "q1", "name": "Q"}]');
SELECT status FROM product_upsert_rows('[{"external_id": "q1", "name": "Q"}]');
SELECT status FROM product_upsert_rows('[{"external_id": "q1", "name": "Q"}, {"external_id": "q2", "name": "Q"}]', on_error => 'skip');
SELECT seq_scan - :scans AS scans FROM pg_stat_xact_user_tables WHERE relname = 'product_parked';
ROLLBACK;
DELETE FROM product_parked WHERE product_id IS NULL OR product_id < 0;
\echo parked_is_not_superseded_by_an_older_product_that_one_transaction_restored_beside_it
-- Plain SQL gave the product its key. pg_restore -1 writes all rows in one transaction.
INSERT INTO product (organization_id, name) VALUES (1, 'older');
SELECT status FROM product_upsert_rows('[{"external_id": "restored", "name": "R", "category": "of the restored"}]', on_error => 'skip');
UPDATE product SET external_id = 'restored' WHERE name = 'older';
BEGIN;
CREATE TEMPORARY TABLE dumped ON COMMIT DROP AS SELECT * FROM product_parked WHERE key ~ 'restored$';
DELETE FROM product_parked WHERE key ~ 'restored$';
INSERT INTO product_parked SELECT * FROM dumped;
UPDATE product SET name = name WHERE external_id = 'restored';
COMMIT;
SELECT count(DISTINCT xmin::text) AS transactions FROM (SELECT xmin FROM product_parked WHERE key ~ 'restored$' UNION ALL SELECT xmin FROM product WHERE external_id = 'restored') x;
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'of the restored', 'C');
SELECT key, status FROM product_parked_retry() WHERE key ~ 'restored$';
-- One that was created behind it in its own transaction still supersedes it.
BEGIN;
SELECT status FROM product_upsert_rows('[{"external_id": "behind", "name": "B1", "category": "nowhere"}]', on_error => 'skip');
INSERT INTO product (organization_id, external_id, name) VALUES (1, 'behind', 'B2');
COMMIT;
SELECT key, status FROM product_parked_retry() WHERE key ~ 'behind$';
\echo parked_an_empty_cell_that_empties_its_field_does_so_once_the_document_is_tried
INSERT INTO product_profile (name, definition) SELECT 'parked_cells', jsonb_set(definition, '{fields,price,empty}', '"null"') FROM product_profile WHERE name = 'parked';
CREATE TABLE test.parked_cells (external_id text, name text, price numeric, category text);
SELECT status FROM product_upsert_rows('[{"external_id": "cell", "name": "C", "price": 5}]', profile => 'parked_cells');
INSERT INTO test.parked_cells VALUES ('cell', NULL, NULL, 'of the cell');
SELECT status FROM product_upsert_from('test.parked_cells', '*', profile => 'parked_cells', on_error => 'skip');
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'of the cell', 'C');
SELECT key, status FROM product_parked_retry('parked_cells');
SELECT name, price FROM product WHERE external_id = 'cell';
DROP TABLE test.parked_cells;
DELETE FROM product_profile WHERE name = 'parked_cells';
\echo parked_errors
SELECT test.try($$SELECT product_parked_retry(most => 0)$$), test.try($$SELECT product_parked_retry(most => NULL)$$);

DELETE FROM product_parked;
DROP TABLE test.source, test.kept, test.feed, test.rejected_lines;
DROP FUNCTION test.waiting;
DROP PROCEDURE test.door;
DELETE FROM product_import;
RESET product_upsert.profile;
DELETE FROM product_profile WHERE name = 'parked';
SELECT test.clean();
