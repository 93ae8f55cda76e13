-- What users do to the tables' columns, which the rules of own columns do not mention: columns that bear the names of our statements'
-- own words, columns of ours that are given another type, defaults that part a batch into several statements.
-- In a database of its own: dropped columns would stay behind in the tables.
\set VERBOSITY terse
SELECT current_database() AS database \gset
\c postgres
CREATE DATABASE product_upsert_hostile_columns TEMPLATE :"database";
\c product_upsert_hostile_columns
SELECT test.clean();
TRUNCATE product_change;

\echo own_columns_bear_any_name
-- Each letter, and words that statements and functions of ours use for tables, columns, parameters and variables.
SET client_min_messages = warning;
DO $$
DECLARE
    relation text;
BEGIN
    FOREACH relation IN ARRAY '{product,product_variant}'::text[] LOOP
        EXECUTE (SELECT format('ALTER TABLE %I ', relation) || string_agg(format('ADD COLUMN IF NOT EXISTS %I text DEFAULT ''own''', word), ', ')
                   FROM (SELECT chr(n) FROM generate_series(97, 122) n UNION SELECT unnest('{item,rule,place,position,key,value,old,new,tid,row,found,said,seen,rows,ids,action,scope,named,
        organization,gone,back,retired,document,documents,source,field,fields,profile,status,errors,changed,one,held,done,consumer,most,keep,holder,them,missing,noted,nth}'::text[])) w (word));
    END LOOP;
END $$;
RESET client_min_messages;
INSERT INTO product_custom_field (organization_id, reference, name, type, unique_value) VALUES (1, 'ean', 'EAN', 'text', true);
INSERT INTO product_feature (organization_id, reference, name) VALUES (1, 'f1', 'F');
SET product_upsert.change_feed = on;
CREATE VIEW test.feed AS SELECT jsonb_build_object('external_id', 'a' || n, 'name', 'n', 'parent_product_id', CASE WHEN n > 1 THEN 'a1' END, 'features', '["f1"]'::jsonb,
    'custom_fields', jsonb_build_object('ean', n::text), 'variants', jsonb_build_array(jsonb_build_object('sku', 's' || n, 'price', n))) AS document FROM generate_series(1, 3) n;
SELECT status FROM product_upsert_from('test.feed');
SELECT status, changed FROM product_upsert_rows('[{"external_id": "a1", "name": "m", "variants": [{"sku": "s1", "price": 5}, {"sku": "s9", "price": 1}]}, {"external_id": "a2", "parent_product_id": null}, {"external_id": "a3", "custom_fields": {"ean": "x"}, "features": []}]');
SET product_upsert.direct_writes = off;
SELECT status, changed FROM product_upsert_rows('[{"external_id": "a1", "name": "k", "variants": [{"sku": "s1", "price": 6}]}, {"external_id": "a4", "name": "4", "parent_product_id": "a1"}]');
RESET product_upsert.direct_writes;
SELECT action, product_id, (SELECT string_agg(key, ',' ORDER BY key) FROM jsonb_object_keys(changed) key WHERE changed -> key -> 'new' <> '"own"') AS changed FROM product_change ORDER BY id;
SELECT product_upsert('{"external_id": "a1", "name": "single"}') ->> 'version';
SELECT status, candidates FROM product_match('{"external_id": "a1"}');
SELECT product_get(1) ->> 'name';
SELECT status FROM product_request('retail', 'GET', '/v3/products', NULL, '{}', '{"Authorization": "t"}');
SELECT * FROM product_retire('test.feed', most => 100);
SELECT * FROM product_retire('test.feed', most => 100, scope => '{"name": "4"}', action => 'delete');
SELECT external_id, is_archived FROM product ORDER BY id;
SELECT product_identity_create('natural', '{manufacturer,brand,name,size,size_unit}', true, '{manufacturer}', '{case,case,case,exact,case}');
SELECT product_custom_field_index('ean', is_identifier => true);
SELECT product_tables_upgrade();
RESET product_upsert.change_feed;

\echo own_columns_of_the_other_tables_bear_any_name
-- Every parameter and variable of the functions, and more, in every other table.
SELECT test.clean();
SET client_min_messages = warning;
DO $$
DECLARE
    added text;
BEGIN
    FOR added IN
        SELECT format('ALTER TABLE %I ', t) || string_agg(format('ADD COLUMN IF NOT EXISTS %I text', w), ', ') FROM unnest(product_tables_names()) t, unnest(ARRAY(
            SELECT unnest(p.proargnames) FROM pg_proc p WHERE p.proname LIKE 'product\_%'
            UNION SELECT m[1] FROM pg_proc p, regexp_matches(p.prosrc, '^ {4}([a-z_]+) [a-z]+[][a-z ]*(?: :=.*)?;$', 'gn') m WHERE p.proname LIKE 'product\_%' AND p.prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')
            UNION SELECT unnest('{item,rule,place,i,d,n,e,held,one}'::text[]))) w
         WHERE t IN (SELECT relname FROM pg_class WHERE relkind = 'r') AND t NOT IN ('product', 'product_variant')
         GROUP BY t
    LOOP
        EXECUTE added;
    END LOOP;
END $$;
RESET client_min_messages;
SET product_upsert.change_feed = on;
CREATE TABLE test.documents (line bigint PRIMARY KEY, document jsonb);
INSERT INTO test.documents SELECT n, jsonb_build_object('external_id', 'i' || n, 'name', 'n') FROM generate_series(1, 3) n;
INSERT INTO test.documents VALUES (4, '{"external_id": "i4", "name": 4}');
SET client_min_messages = warning;
CALL product_import('test.documents', batch_size => 2, full_feed => true, most => 100);
CALL product_import('test.documents', retry_rejects => true);
RESET client_min_messages;
SELECT status, "position", created, updated, unchanged, rejected, retired FROM product_import ORDER BY id;
SELECT "position", key, test.short(errors) FROM product_import_reject ORDER BY import_id, "position";
SELECT action, product_id FROM product_changes_read('c', 2);
SELECT count(*) FROM product_changes_read('c');
SELECT product_changes_prune('0', unread => true) >= 14 AS pruned;
INSERT INTO product_profile (name, definition) SELECT 'parks', jsonb_set(definition, '{fields,category_id,missing}', '"park"') FROM product_profile WHERE name = 'catalog';
SELECT status, test.short(errors) FROM product_upsert_rows('[{"external_id": "p", "name": "p", "category_id": "none"}]', profile => 'parks', on_error => 'skip');
SELECT key, status, id, test.short(errors) FROM product_parked_retry();
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'none', 'N');
SELECT key, status, errors FROM product_parked_retry();
SELECT count(*) FROM product_parked;
SELECT product_identity_create('mine', '{upc}'), product_identity_drop('mine');
INSERT INTO product_custom_field (organization_id, reference, name, type) VALUES (1, 'ean', 'EAN', 'text');
SELECT product_custom_field_index('ean', unique_value => true), product_custom_field_release('ean');
CREATE ROLE product_upsert_hostile;
SELECT product_grant('product_upsert_hostile', 'PRODUCT.CREATE'), product_grant('product_upsert_hostile', 'PRODUCT.VIEW'), product_revoke('product_upsert_hostile', 'PRODUCT.CREATE');
SELECT permissions FROM product_member WHERE member = 'product_upsert_hostile';
SELECT product_revoke('product_upsert_hostile', 'PRODUCT.VIEW');
REVOKE USAGE ON SCHEMA public FROM product_upsert_hostile;
DROP ROLE product_upsert_hostile;
SELECT status FROM product_request('billing', 'GET', '/v1/products/i1', NULL, '{}', '{"Authorization": "t"}');
SELECT status FROM product_request('retail', 'POST', '/v3/products/update-create', '{"external_id": "i1", "title": "t"}', '{}', '{"Authorization": "t", "Idempotency-Key": "k"}');
SELECT product_tables_upgrade();
RESET product_upsert.change_feed;
DROP TABLE test.documents;

\echo a_parent_goes_in_before_its_child_where_defaults_part_the_batch
SELECT test.clean();
SELECT status, test.short(errors) FROM product_upsert_rows('[{"external_id": "child", "name": "c", "parent_product_id": "top"}, {"external_id": "top", "name": "t"}]', on_error => 'skip');
INSERT INTO product_profile (name, definition) SELECT 'own', jsonb_set(definition, '{fields,a}', '{"type": "text"}') || '{"identity": ["external_id"]}' FROM product_profile WHERE name = 'catalog';
SELECT test.clean();
-- a, c and e say the column, b and d leave it to the default: neither kind can go in whole before the other.
SELECT status, test.short(errors) FROM product_upsert_rows('[
    {"external_id": "e", "name": "e", "a": "1", "parent_product_id": "d"}, {"external_id": "d", "name": "d", "parent_product_id": "c"},
    {"external_id": "c", "name": "c", "a": "1", "parent_product_id": "b"}, {"external_id": "b", "name": "b", "parent_product_id": "a"},
    {"external_id": "a", "name": "a", "a": "1"}, {"external_id": "f", "name": "f", "parent_product_id": "g"}, {"external_id": "g", "name": "g"}]', profile => 'own', on_error => 'skip');
SELECT c.external_id, c.a, p.external_id AS parent FROM product c LEFT JOIN product p ON p.id = c.parent_product_id ORDER BY 1;

\echo a_column_of_ours_that_has_been_given_another_type_is_told
SELECT test.clean();
SELECT status FROM product_upsert_rows('[{"external_id": "a", "name": "a", "price": 1, "meta": {"a": 1}, "variants": [{"sku": "s", "price": 1}]}]');
ALTER TABLE product ALTER COLUMN price TYPE real;
SELECT state, message, hint FROM test.error($$SELECT product_upsert('{"external_id": "a", "price": 2}')$$);
SELECT state, message FROM test.error($$SELECT * FROM product_upsert_rows('[{"external_id": "a", "price": 2}]', on_error => 'skip')$$);
SELECT state, message FROM test.error($$SELECT product_get(1)$$);
ALTER TABLE product ALTER COLUMN price TYPE numeric(12,2), ALTER COLUMN meta TYPE json;
SELECT state, message FROM test.error($$SELECT product_upsert('{"external_id": "a", "meta": {"b": 2}}')$$);
ALTER TABLE product ALTER COLUMN meta TYPE jsonb, ALTER COLUMN external_id TYPE varchar(2500);
SELECT product_upsert('{"external_id": "a", "price": 2.5, "meta": {"b": 2}}') ->> 'version';
ALTER TABLE product_variant ALTER COLUMN price TYPE double precision;
SELECT state, message FROM test.error($$SELECT product_upsert('{"external_id": "a", "variants": [{"sku": "s", "price": 2}]}')$$);
ALTER TABLE product_variant ALTER COLUMN price TYPE numeric;
SELECT product_upsert('{"external_id": "a", "variants": [{"sku": "s", "price": 2}]}') ->> 'version';

\echo a_column_of_ours_that_holds_less_than_it_did_is_held_to_that
-- What the column would store is what counts: no update for ever, and what does not fit is the document's fault.
SELECT test.clean();
CREATE DOMAIN test.short AS text CHECK (length(VALUE) <= 3);
ALTER TABLE product ALTER COLUMN price TYPE numeric(8,2), ALTER COLUMN size TYPE numeric(6,1), ALTER COLUMN name TYPE varchar(5), ALTER COLUMN brand TYPE test.short;
ALTER TABLE product_variant ALTER COLUMN price TYPE numeric(6,1), ALTER COLUMN title TYPE varchar(3), ALTER COLUMN barcode TYPE test.short;
SELECT status, version, changed FROM product_upsert_rows('[{"external_id": "a", "name": "n", "price": 1.005, "manufacturer": "m", "size": 0.25, "variants": [{"sku": "s", "price": 1.55}]}]');
SELECT status, version, changed FROM product_upsert_rows('[{"external_id": "a", "name": "n", "price": 1.005, "manufacturer": "m", "size": 0.25, "variants": [{"sku": "s", "price": 1.55}]}]');
SELECT status, decided_by, version, changed FROM product_upsert_rows('[{"manufacturer": "m", "name": "n", "size": 0.251, "price": 1.006}]');
SELECT p.price, p.size, v.price FROM product p, product_variant v;
SELECT status, test.short(errors) FROM product_upsert_rows('[{"external_id": "a", "price": 12345678.5}, {"external_id": "b", "name": "too long"}, {"external_id": "c", "name": "c", "brand": "long"},
    {"external_id": "d", "name": "d", "variants": [{"sku": "d", "price": 1000000}]}, {"external_id": "e", "name": "e", "variants": [{"sku": "e", "price": 1, "title": "long", "barcode": "long"}]}]', on_error => 'skip');
INSERT INTO product_profile (name, definition) SELECT 'computed', jsonb_set(definition, '{fields,price,marked_up}', '{"base": "cost", "percent": "markup"}') FROM product_profile WHERE name = 'catalog';
SELECT status, version, changed FROM product_upsert_rows('[{"external_id": "m", "name": "m", "cost": 1, "markup": 0.5}]', profile => 'computed');
-- 1.0051 is 1.01 as well.
SELECT status, version, changed FROM product_upsert_rows('[{"external_id": "m", "cost": 1, "markup": 0.51}]', profile => 'computed');
SELECT status, test.short(errors) FROM product_upsert_rows('[{"external_id": "m", "cost": 999999, "markup": 100}]', profile => 'computed', on_error => 'skip');
ALTER TABLE product ALTER COLUMN price TYPE numeric, ALTER COLUMN name TYPE text;
SELECT status, version, changed FROM product_upsert_rows('[{"external_id": "a", "name": "not too long", "price": 1.005}]');

\echo changes_tell_old_and_new_of_an_instant_in_one_notation
SELECT test.clean();
TRUNCATE product_change;
ALTER TABLE product ADD COLUMN seen_at timestamptz;
INSERT INTO product_profile (name, definition) SELECT 'seen', jsonb_set(definition, '{fields,seen_at}', '{"type": "timestamp"}') FROM product_profile WHERE name = 'catalog';
SET product_upsert.change_feed = on;
SET timezone = 'Europe/Berlin';
SELECT status FROM product_upsert_rows('[{"external_id": "a", "name": "a", "seen_at": "2026-07-01T10:00:00Z"}]', profile => 'seen');
SELECT status FROM product_upsert_rows('[{"external_id": "a", "name": "b", "seen_at": "2026-07-02T10:00:00.5Z"}]', profile => 'seen');
SELECT status FROM product_upsert_rows('[{"external_id": "a", "seen_at": null}]', profile => 'seen');
SELECT changed -> 'seen_at' AS seen_at, changed -> 'name' AS name FROM product_change ORDER BY id;

\c postgres
DROP DATABASE product_upsert_hostile_columns;
