-- product_tables_upgrade: from the frozen tables of every version before, with data, the user's additions and profiles; and after
-- DROP EXTENSION ... CASCADE. In databases of their own.
\set VERBOSITY terse
\set main :DBNAME
SET client_min_messages = error;
CREATE ROLE product_helper;
CREATE DATABASE regress_product_fresh TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE regress_product_old TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
\c regress_product_fresh
SET client_min_messages = error;
\set ECHO none
\i test/fixtures/objects.sql
\set ECHO all
CREATE EXTENSION product_upsert;
SELECT product_tables_create() IS NOT NULL AS made;
SELECT json_agg(object) AS fresh FROM objects('public') \gset
\c regress_product_old
\set ECHO none
SET client_min_messages = error;
\o /dev/null
\i test/fixtures/tables_1.sql
\o
RESET search_path;
\i test/fixtures/objects.sql
\set ECHO all
CREATE VIEW public.state AS
    SELECT 'product' AS relation, p.id, to_jsonb(p) AS line FROM product p UNION ALL SELECT 'variant', id, to_jsonb(v) FROM product_variant v UNION ALL
    SELECT 'category', id, to_jsonb(c) FROM product_category c UNION ALL SELECT 'value', product_id, to_jsonb(v) FROM product_custom_value v UNION ALL
    SELECT 'use', custom_field_id, to_jsonb(u) FROM product_custom_field_use u UNION ALL SELECT 'change', id, to_jsonb(c) FROM product_change c UNION ALL
    SELECT 'reject', import_id, to_jsonb(r) FROM product_import_reject r UNION ALL SELECT 'member', organization_id, to_jsonb(m) FROM product_member m;
CREATE TABLE before_the_upgrade AS SELECT * FROM state;
-- What this library has of it is not what it came with.
UPDATE product_profile SET definition = jsonb_set(definition, '{fields,name,max_length}', '7'), shipped = jsonb_set(definition, '{fields,name,max_length}', '7') WHERE name = 'vending';

\echo tables_upgrade_the_version_before_works_as_it_is
SELECT status, changed FROM product_upsert_rows('[{"external_id": "e3", "price": 2}]', organization_id => 2, dry_run => true);
\echo tables_upgrade_imports_work_with_tables_of_version_2
CREATE DATABASE regress_product_two TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
\c regress_product_two
\set ECHO none
SET client_min_messages = error;
\o /dev/null
\i test/fixtures/tables_1.sql
\o
RESET search_path;
\set ECHO all
DO $$
DECLARE
    step record;
BEGIN
    FOR step IN SELECT * FROM product_tables_steps() s WHERE s.version = 2 ORDER BY s.name LOOP
        EXECUTE step.script;
    END LOOP;
    CREATE OR REPLACE VIEW product_tables_version AS SELECT 2 AS version;
END
$$;
CREATE TABLE old_feed (line bigint PRIMARY KEY, document jsonb);
INSERT INTO old_feed SELECT i, jsonb_build_object('external_id', 'two-' || i, 'name', CASE WHEN i < 7 THEN 'N' END) FROM generate_series(1, 7) i;
CALL product_import('old_feed', batch_size => 3);
SELECT state, done, total, created, rejected FROM product_import_progress ORDER BY id DESC LIMIT 1;
CALL product_import('old_feed', full_feed => true);
SELECT * FROM product_parked_retry();
\echo tables_upgrade_all_but_sources_works_with_tables_of_version_3
DO $$
DECLARE
    step record;
BEGIN
    FOR step IN SELECT * FROM product_tables_steps() s WHERE s.version = 3 ORDER BY s.name LOOP
        EXECUTE step.script;
    END LOOP;
    CREATE OR REPLACE VIEW product_tables_version AS SELECT 3 AS version;
END
$$;
INSERT INTO product_profile (name, definition) SELECT 'sourced', definition || '{"precedence": {"*": ["hand", "erp"]}}' FROM product_profile WHERE name = 'catalog';
INSERT INTO product_profile (name, definition) SELECT 'waits', jsonb_set(definition, '{fields,category_id,missing}', '"park"') FROM product_profile WHERE name = 'catalog';
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT product_upsert('{"external_id": "three", "name": "N"}', profile => 'sourced');
SELECT product_release(1);
\set VERBOSITY terse
SET product_upsert.source = 'erp';
SELECT status, changed FROM product_upsert_rows('[{"external_id": "two-1", "name": "M"}, {"external_id": "three", "name": "N"}]');
SELECT status FROM product_upsert_rows('[{"external_id": "two-1", "category_id": "later"}]', profile => 'waits', on_error => 'skip');
SELECT key, options FROM product_parked;
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'later', 'L');
SELECT status FROM product_parked_retry();
SELECT count(*) AS waiting FROM product_parked;
\c :main
DROP DATABASE regress_product_two;
\c regress_product_old
SET client_min_messages = error;
\echo tables_upgrade_is_the_owners
SET ROLE product_helper;
SELECT product_tables_upgrade();
RESET ROLE;
\echo tables_upgrade_is_one_transaction
BEGIN;
CREATE TABLE product_category_parent_idx ();
SELECT product_tables_upgrade();
ROLLBACK;
SELECT version FROM product_tables_version;
\echo tables_upgrade_brings_them_to_the_librarys_version
CREATE TABLE report AS SELECT product_tables_upgrade() AS line;
SELECT version = product_tables_library() AS of_the_library FROM product_tables_version;
SELECT line FROM report WHERE line LIKE 'version 2: category%' OR line LIKE 'profile vending%' OR line LIKE 'profile agency%' ORDER BY 1;
SELECT count(*) AS a_second_call_does_nothing FROM product_tables_upgrade() u WHERE u NOT LIKE 'profile agency: kept%';
\echo tables_upgrade_leaves_what_create_makes
-- But for what the user has changed (replica identity, storage, statistics), and beside what the user has added.
SELECT o AS changed FROM json_array_elements_text(:'fresh') o EXCEPT SELECT object FROM objects('public') ORDER BY 1;
SELECT split_part(object, ' ', 1) AS kind, count(*) FROM (SELECT object FROM objects('public') EXCEPT SELECT o FROM json_array_elements_text(:'fresh') o) a
 WHERE object LIKE '%user\_%' OR object LIKE 'column product%' OR object LIKE 'policy%' GROUP BY 1 ORDER BY 1;
\echo tables_upgrade_keeps_every_row
-- A later version may add a column to them.
SELECT b.* FROM before_the_upgrade b WHERE NOT EXISTS (SELECT FROM state s WHERE s.relation = b.relation AND s.id = b.id AND s.line @> b.line);
SELECT count(*) > 30 AS compared FROM before_the_upgrade;
\echo tables_upgrade_keeps_a_profile_that_the_user_has_changed
SELECT name, is_builtin, definition = shipped AS as_it_came, definition #>> '{fields,name,max_length}' AS own FROM product_profile WHERE name IN ('agency', 'vending', 'own') ORDER BY name;
SELECT count(*) AS differ_from_what_is_built_in FROM product_profiles_shipped() s JOIN product_profile p USING (name) WHERE p.shipped <> s.definition;
\echo tables_upgrade_and_all_works_on
SELECT status, decided_by, changed FROM product_upsert_rows('[{"upc": "u7", "price": 1}]', 'upc', organization_id => 2);
SELECT product_upsert('{"code": "u8", "price": 2}', profile => 'own') -> 'price' AS own_profile;
SELECT id > 5000 AS next_id FROM product_upsert_rows('[{"external_id": "fresh", "name": "fresh"}]');
INSERT INTO user_feed VALUES ('{"external_id": "fresh", "price": 3}');
SELECT price FROM product WHERE external_id = 'fresh';

\echo tables_upgrade_mends_texts_that_no_document_finds_and_no_dump_restores
-- As what an older version let in.
BEGIN;
ALTER TABLE product DROP CONSTRAINT product_external_id_check, DROP CONSTRAINT product_reference_check, DROP CONSTRAINT product_name_check;
ALTER TABLE product_category DROP CONSTRAINT product_category_reference_check;
INSERT INTO product (organization_id, id, external_id, reference, name) VALUES (7, 7001, E'seen\u200b', E'\ufeffboth', E'name\u00a0'), (7, 7002, 'seen2', E'a\tb', ''), (7, 7003, E'seen2\u200b', 'c', ''), (7, 7004, E'\u200b', 'd', '');
INSERT INTO product_category (organization_id, id, name, reference) VALUES (7, 7001, 'C', ' padded ');
ALTER TABLE product ADD CONSTRAINT product_external_id_check CHECK (product_identity_text(external_id)) NOT VALID, ADD CONSTRAINT product_reference_check CHECK (product_identity_text(reference)) NOT VALID;
SELECT * FROM product_tables_upgrade() u WHERE u NOT LIKE 'profile agency%' ORDER BY 1;
SELECT id, external_id, reference, name FROM product WHERE organization_id = 7 AND id IN (7001) ORDER BY id;
SELECT reference FROM product_category WHERE organization_id = 7;
SELECT status, decided_by FROM product_upsert_rows('[{"external_id": "seen", "price": 1}]', organization_id => 7);
ROLLBACK;
\echo tables_after_drop_extension_cascade_no_row_is_missing
INSERT INTO before_the_upgrade SELECT 'after ' || relation, id, line FROM state;
SELECT json_agg(object) AS whole FROM objects('public') \gset
DROP EXTENSION product_upsert CASCADE;
SELECT relation, id, line FROM before_the_upgrade WHERE relation LIKE 'after %' EXCEPT SELECT 'after ' || relation, id, line FROM state;
SELECT DISTINCT split_part(o, ' ', 1) AS lost FROM (SELECT o FROM json_array_elements_text(:'whole') o EXCEPT SELECT object FROM objects('public')) l;
\echo tables_created_again_and_upgraded_they_are_whole
CREATE EXTENSION product_upsert;
SELECT count(*) > 50 AS put_back, count(*) FILTER (WHERE u NOT LIKE 'check %' AND u NOT LIKE 'policy %' AND u NOT LIKE 'identity rule %' AND u NOT LIKE 'profile agency: kept%') AS else FROM product_tables_upgrade() u;
-- A trigger of the user's that called the extension is the user's to make again.
SELECT o FROM json_array_elements_text(:'whole') o EXCEPT SELECT object FROM objects('public');
SELECT object FROM objects('public') EXCEPT SELECT o FROM json_array_elements_text(:'whole') o;
SELECT status, decided_by FROM product_upsert_rows('[{"upc": "u9", "price": 1}]', 'upc', organization_id => 2);
\c :main
DROP DATABASE regress_product_fresh;
DROP DATABASE regress_product_old;
DROP ROLE product_helper;
