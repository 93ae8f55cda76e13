-- What a full feed does not name any more: product_retire.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT test.clean();
TRUNCATE product_import RESTART IDENTITY CASCADE;
CREATE TABLE test.full_feed (line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document jsonb);
INSERT INTO test.full_feed (document) SELECT jsonb_build_object('external_id', 'f' || i, 'name', 'F' || i, 'brand', CASE WHEN i <= 10 THEN 'A' ELSE 'B' END) FROM generate_series(1, 20) i;
CREATE VIEW test.retired AS SELECT external_id, is_archived, is_deleted, version FROM product WHERE is_archived OR is_deleted ORDER BY id;
SELECT count(*) FROM product_upsert_from('test.full_feed');

\echo retire_nothing_of_what_is_named
SELECT * FROM product_retire('test.full_feed');

\echo retire_what_is_named_no_more
DELETE FROM test.full_feed WHERE line IN (1, 11);
SELECT * FROM product_retire('test.full_feed', dry_run => true);
SELECT * FROM test.retired;
SELECT * FROM product_retire('test.full_feed');
SELECT * FROM test.retired;
SELECT * FROM product_retire('test.full_feed');

\echo retire_no_more_than_so_many_percent_of_the_scope
DELETE FROM test.full_feed WHERE line IN (12, 13);
SELECT * FROM test.error($$SELECT * FROM product_retire('test.full_feed')$$);
SELECT * FROM test.error($$SELECT * FROM product_retire('test.full_feed', scope => '{"brand": "B"}', most => 20)$$);
SELECT * FROM product_retire('test.full_feed', scope => '{"brand": "A"}');
SELECT done, count(*) FROM product_retire('test.full_feed', scope => '{"brand": "B"}', most => 22.3, dry_run => true) GROUP BY 1;
SELECT * FROM test.retired;
SELECT done, count(*) FROM product_retire('test.full_feed', scope => '{"brand": "B"}', most => 22.3) GROUP BY 1;
CREATE TABLE test.empty_feed (document jsonb);
SELECT * FROM test.error($$SELECT * FROM product_retire('test.empty_feed', most => 99)$$);

\echo retire_takes_back_what_is_named_again
INSERT INTO test.full_feed (document) VALUES ('{"external_id": "f12", "name": "F12 again"}'), ('{"external_id": "new", "name": "new"}');
SELECT r.done, p.external_id FROM product_retire('test.full_feed', revive => true) r JOIN product p USING (id);
SELECT * FROM test.retired;
SELECT name FROM product WHERE external_id IN ('f12', 'new');

\echo retire_what_is_rejected_is_named_all_the_same
UPDATE test.full_feed SET document = '{"external_id": "f2", "name": 5}' WHERE line = 2;
SELECT * FROM product_retire('test.full_feed');

\echo retire_nothing_where_it_is_not_known_which_products_are_meant
INSERT INTO test.full_feed (document) VALUES ('{"name": "without a key"}'), ('5'), ('{"external_id": 7}');
SELECT * FROM test.error($$SELECT * FROM product_retire('test.full_feed')$$);
SELECT count(*) FROM product_retire('test.full_feed', dry_run => true);
DELETE FROM test.full_feed WHERE line > 22;

\echo retire_knows_tombstones_of_no_product
INSERT INTO product_profile (name, definition) SELECT 'retire_graves', definition || '{"tombstone": {"field": "gone"}}' FROM product_profile WHERE name = 'catalog';
CREATE TABLE test.grave_feed AS SELECT document FROM test.full_feed;
INSERT INTO test.grave_feed VALUES ('{"external_id": "nobody", "gone": true}'), ('{"external_id": "nobody", "gone": true}');
SELECT count(*) FROM product_retire('test.grave_feed', profile => 'retire_graves');
\echo retire_takes_back_nothing_of_which_the_feed_says_that_it_is_deleted
UPDATE product SET is_deleted = true WHERE external_id IN ('f2', 'f3', 'f4');
DELETE FROM test.grave_feed WHERE document ->> 'external_id' IN ('f3', 'f4');
INSERT INTO test.grave_feed VALUES ('{"external_id": "f3", "gone": true}'), ('{"external_id": "f4", "is_deleted": true}');
SELECT p.external_id, r.done FROM product_retire('test.grave_feed', action => 'delete_softly', most => 100, revive => true, dry_run => true, profile => 'retire_graves') r JOIN product p USING (id) WHERE p.external_id IN ('f2', 'f3', 'f4');
UPDATE product SET is_deleted = false WHERE external_id IN ('f2', 'f3', 'f4');
DROP TABLE test.grave_feed;
DELETE FROM product_profile WHERE name = 'retire_graves';

\echo retire_nothing_where_a_document_means_one_of_two_products
INSERT INTO product_custom_field (organization_id, reference, type, is_identifier) VALUES (1, 'code', 'text', true);
SELECT count(*) FROM product_upsert_rows('[{"external_id": "z1", "name": "Z1", "brand": "Z", "custom_fields": {"code": "c"}}, {"external_id": "z2", "name": "Z2", "brand": "Z", "custom_fields": {"code": "c"}}]');
CREATE TABLE test.code_feed (document jsonb);
INSERT INTO test.code_feed VALUES ('{"custom_fields": {"code": "c"}, "parent_product_id": "nobody"}');
SELECT * FROM test.error($$SELECT * FROM product_retire('test.code_feed', scope => '{"brand": "Z"}', most => 100, identifier_field => 'custom_field', custom_field_reference => 'code')$$);
DROP TABLE test.code_feed;
DELETE FROM product WHERE brand = 'Z';

\echo retire_nothing_where_a_document_names_two_products
UPDATE product SET handle = 'h8' WHERE external_id = 'f8';
CREATE TABLE test.two_feed AS SELECT * FROM test.full_feed WHERE document ->> 'external_id' NOT IN ('f7', 'f8');
INSERT INTO test.two_feed VALUES (7, '{"external_id": "f7", "handle": "h8"}');
SELECT * FROM test.error($$SELECT * FROM product_retire('test.two_feed', most => 50)$$);
DROP TABLE test.two_feed;

\echo retire_softly_and_for_good
DELETE FROM test.full_feed WHERE line IN (3, 14);
SELECT r.done, p.external_id FROM product_retire('test.full_feed', action => 'delete_softly', scope => '{"brand": "B", "is_archived": false}', most => 50) r JOIN product p USING (id);
SELECT * FROM test.retired;
SET product_upsert.change_feed = on;
TRUNCATE product_change RESTART IDENTITY;
SELECT done, count(*) FROM product_retire('test.full_feed', action => 'delete', most => 50) GROUP BY 1;
SELECT external_id FROM product ORDER BY id LIMIT 3;
SELECT action, count(version), count(*) FROM product_change GROUP BY 1;
DELETE FROM test.full_feed WHERE line = 4;
SELECT done FROM product_retire('test.full_feed', most => 50);
SELECT action, changed FROM product_change ORDER BY id DESC LIMIT 1;
RESET product_upsert.change_feed;
TRUNCATE product_change RESTART IDENTITY;

\echo retire_whatever_the_profile_catalog_has_become
SELECT definition AS catalog FROM product_profile WHERE name = 'catalog' \gset
DELETE FROM test.full_feed WHERE line = 7;
UPDATE product_profile SET definition = definition || '{"tombstone": {"field": "is_archived", "action": "delete"}}' WHERE name = 'catalog';
SELECT p.external_id, r.done FROM product_retire('test.full_feed', most => 50) r JOIN product p USING (id);
UPDATE product SET is_archived = false WHERE external_id = 'f7';
UPDATE product_profile SET definition = jsonb_set(:'catalog', '{fields,is_archived,read_only}', '"ignore"') WHERE name = 'catalog';
SELECT p.external_id, r.done FROM product_retire('test.full_feed', most => 50) r JOIN product p USING (id);
SELECT * FROM test.retired WHERE external_id = 'f7';
UPDATE product SET is_archived = false WHERE external_id = 'f7';
UPDATE product_profile SET definition = jsonb_set(:'catalog', '{precedence}', '{"*": ["hand"]}') WHERE name = 'catalog';
UPDATE product SET field_sources = '{"is_archived": "hand"}' WHERE external_id = 'f7';
SELECT p.external_id, r.done FROM product_retire('test.full_feed', most => 50) r JOIN product p USING (id);
SELECT * FROM test.retired WHERE external_id = 'f7';
UPDATE product_profile SET definition = :'catalog' WHERE name = 'catalog';

\echo retire_what_a_trigger_keeps_is_told
DELETE FROM test.full_feed WHERE line = 8;
CREATE FUNCTION test.keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON product FOR EACH ROW WHEN (OLD.external_id = 'f8') EXECUTE FUNCTION test.keep();
SELECT * FROM test.error($$SELECT product_retire('test.full_feed', most => 50)$$);
DROP TRIGGER keep ON product;
DROP FUNCTION test.keep;
INSERT INTO test.full_feed (document) VALUES ('{"external_id": "f8"}');

\echo retire_at_the_highest_version_is_told_as_by_other_calls
UPDATE product SET version = 2147483647 WHERE external_id = 'f8';
DELETE FROM test.full_feed WHERE document ->> 'external_id' = 'f8';
SELECT * FROM test.error($$SELECT product_retire('test.full_feed', most => 50)$$);
SELECT * FROM test.error($$SELECT product_retire('test.full_feed', action => 'delete_softly', most => 50)$$);
SELECT * FROM test.error($$SELECT product_upsert('{"external_id": "f8", "is_archived": true}')$$);
UPDATE product SET version = 1 WHERE external_id = 'f8';
INSERT INTO test.full_feed (document) VALUES ('{"external_id": "f8"}');

\echo retire_without_sense_is_a_clear_error
SELECT * FROM test.error($$SELECT product_retire(NULL)$$);
SELECT * FROM test.error($$SELECT product_retire('test.full_feed', action => NULL)$$);
SELECT * FROM test.error($$SELECT product_retire('test.full_feed', action => 'drop')$$);
SELECT * FROM test.error($$SELECT product_retire('test.full_feed', most => 101)$$);
SELECT * FROM test.error($$SELECT product_retire('test.full_feed', scope => '[]')$$);
SELECT * FROM test.error($$SELECT product_retire('test.full_feed', scope => '{"brand": "A", "supplier": "S"}')$$);
SELECT * FROM test.error($$SELECT product_retire('test.full_feed', 'line')$$);

\echo retire_with_the_rights_of_members
CREATE ROLE test_retirer;
GRANT USAGE ON SCHEMA test TO test_retirer;
GRANT SELECT ON test.full_feed TO test_retirer;
SELECT product_grant('test_retirer', 'PRODUCT.UPDATE', 1);
SET ROLE test_retirer;
SELECT count(*) FROM product_retire('test.full_feed', most => 50);
RESET ROLE;
DELETE FROM test.full_feed WHERE line = 5;
SET ROLE test_retirer;
SELECT count(*) FROM product_retire('test.full_feed', most => 50);
RESET ROLE;
DELETE FROM test.full_feed WHERE line = 6;
SET ROLE test_retirer;
SELECT product_retire('test.full_feed', action => 'delete', most => 50);
RESET ROLE;
SELECT external_id FROM product WHERE external_id IN ('f5', 'f6') ORDER BY id;
CREATE POLICY test_kept ON product AS RESTRICTIVE FOR UPDATE TO test_retirer USING (external_id <> 'f6');
UPDATE test.full_feed SET document = '{"external_id": "f2"}' WHERE line = 2;
SET ROLE test_retirer;
SELECT * FROM test.error($$SELECT product_retire('test.full_feed', most => 50)$$);
RESET ROLE;
DROP POLICY test_kept ON product;
DROP OWNED BY test_retirer;
DELETE FROM product_member WHERE member = 'test_retirer';
DROP ROLE test_retirer;

\echo retire_within_an_import_what_a_full_feed_does_not_name
SELECT test.clean();
DELETE FROM product_import;
DROP TABLE test.full_feed;
CREATE TABLE test.full_feed (line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document jsonb);
INSERT INTO test.full_feed (document) SELECT jsonb_build_object('external_id', 'i' || i, 'name', 'I' || i, 'brand', CASE WHEN i <= 10 THEN 'A' END) FROM generate_series(1, 20) i;
CALL product_import('test.full_feed', full_feed => true, batch_size => 7);
SELECT state, done, created, retired, error FROM product_import_progress ORDER BY id DESC LIMIT 1;
DELETE FROM test.full_feed WHERE line = 1;
INSERT INTO test.full_feed (document) VALUES ('{"external_id": "i21", "name": "I21"}'), ('{"external_id": "i2", "price": "dear"}');
CALL product_import('test.full_feed', full_feed => true, batch_size => 7, dry_run => true);
SELECT state, done, created, rejected, retired FROM product_import_progress ORDER BY id DESC LIMIT 1;
SELECT * FROM test.retired;
CALL product_import('test.full_feed', full_feed => true, batch_size => 7, action => 'delete_softly');
SELECT state, done, created, rejected, retired FROM product_import_progress ORDER BY id DESC LIMIT 1;
SELECT * FROM test.retired;
\echo retire_within_an_import_is_refused_before_anything_is_written
DELETE FROM test.full_feed WHERE line IN (2, 3, 12, 23);
INSERT INTO test.full_feed (document) VALUES ('{"external_id": "i22", "name": "I22"}');
CALL product_import('test.full_feed', full_feed => true);
SELECT count(*) FROM product WHERE external_id = 'i22';
SELECT count(*) AS imports FROM product_import;
CALL product_import('test.full_feed', full_feed => true, scope => '{"brand": "A"}', most => 30);
SELECT state, created, retired FROM product_import_progress ORDER BY id DESC LIMIT 1;
-- A null of the scope is one.
CALL product_import('test.full_feed', full_feed => true, scope => '{"brand": null}', most => 5);
CALL product_import('test.full_feed', full_feed => true, scope => '{"brand": null}', action => 'delete');
SELECT state, created, retired FROM product_import_progress ORDER BY id DESC LIMIT 1;
SELECT * FROM test.retired;
SELECT count(*) AS left FROM product;
INSERT INTO test.full_feed (document) VALUES ('{"name": "nobody"}');
CALL product_import('test.full_feed', full_feed => true);
DELETE FROM test.full_feed WHERE document ->> 'name' = 'nobody';
\echo retire_within_an_import_goes_on_where_it_stopped
DELETE FROM test.full_feed WHERE line = 5;
CREATE FUNCTION test.no_retiring() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''kept''; END';
CREATE TRIGGER no_retiring BEFORE UPDATE ON product FOR EACH ROW WHEN (NEW.is_archived AND NOT OLD.is_archived) EXECUTE FUNCTION test.no_retiring();
CALL product_import('test.full_feed', full_feed => true, batch_size => 5);
SELECT state, done = total AS whole, retired, error FROM product_import_progress ORDER BY id DESC LIMIT 1;
CALL product_import('test.full_feed', batch_size => 5);
DROP TRIGGER no_retiring ON product;
CALL product_import('test.full_feed', full_feed => true, batch_size => 5);
SELECT state, done = total AS whole, retired, error FROM product_import_progress ORDER BY id DESC LIMIT 1;
SELECT external_id FROM test.retired WHERE is_archived ORDER BY 1;
\echo retire_within_an_import_of_a_table_without_a_key
CREATE TABLE test.heap_feed AS SELECT document FROM test.full_feed WHERE line <> 6;
CALL product_import('test.heap_feed', full_feed => true, batch_size => 5);
SELECT state, done = total AS whole, retired FROM product_import_progress ORDER BY id DESC LIMIT 1;
DROP TABLE test.heap_feed;
\echo retire_within_an_import_errors
CALL product_import('test.full_feed', full_feed => NULL);
CALL product_import('test.full_feed', full_feed => true, action => 'burn');
CALL product_import('test.full_feed', full_feed => true, most => 101);
CALL product_import('test.full_feed', full_feed => true, scope => '{"colour": "red"}');
CALL product_import('test.full_feed', full_feed => true, retry_rejects => true);
DROP FUNCTION test.no_retiring;
DELETE FROM product_import;

\echo retire_under_another_search_path
CREATE SCHEMA test_hostile;
CREATE FUNCTION test_hostile.gotcha(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called'; END $$;
CREATE OPERATOR test_hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = test_hostile.gotcha);
CREATE FUNCTION test_hostile.more(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called'; END $$;
CREATE OPERATOR test_hostile.> (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = test_hostile.more);
SET search_path = test_hostile, pg_catalog;
SELECT pg_catalog.count(*) FROM public.product_retire('test.full_feed', most => 50);
RESET search_path;
DROP SCHEMA test_hostile CASCADE;
DROP VIEW test.retired;
DROP TABLE test.full_feed, test.empty_feed;
SELECT test.clean();
