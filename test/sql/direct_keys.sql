-- Direct writes and PostgreSQL's own checks: what a statement would have queued, refused or seen, a direct write does too.
-- Each case runs with direct writes and without; the two must be the same.
SELECT test.clean();
INSERT INTO product_category (organization_id, id, reference, name) OVERRIDING SYSTEM VALUE VALUES (1, 1, 'c', 'C');
CREATE FUNCTION test.many(first int, price numeric) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_agg(jsonb_build_object('external_id', 'D' || i, 'name', 'D', 'price', price)) FROM generate_series(first, first + 249) i
$$;

\echo direct_keys_a_row_of_the_same_statement
-- The foreign key of what INSERT wrote is asked of the row as it is at the statement's end, so the second version needs its own check.
SET product_upsert.direct_writes = on;
WITH i AS (INSERT INTO product (organization_id, external_id, name, category_id) VALUES (1, 'K', 'K', 999) RETURNING external_id)
SELECT r.status FROM i, product_upsert_rows(jsonb_build_array(jsonb_build_object('external_id', i.external_id, 'price', 1))) r;
SET product_upsert.direct_writes = off;
WITH i AS (INSERT INTO product (organization_id, external_id, name, category_id) VALUES (1, 'K', 'K', 999) RETURNING external_id)
SELECT r.status FROM i, product_upsert_rows(jsonb_build_array(jsonb_build_object('external_id', i.external_id, 'price', 1))) r;
SELECT count(*) FROM product;

\echo direct_keys_deferred
DELETE FROM product;
ALTER TABLE product ALTER CONSTRAINT product_organization_id_category_id_fkey DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE product_variant ALTER CONSTRAINT product_variant_organization_id_product_id_fkey DEFERRABLE INITIALLY DEFERRED;
SET product_upsert.direct_writes = on;
BEGIN;
INSERT INTO product (organization_id, external_id, name, category_id) VALUES (1, 'K', 'K', 999);
SELECT status FROM product_upsert_rows('[{"external_id": "K", "price": 1}]');
COMMIT;
-- In subtransactions too, released or not, and twice.
BEGIN;
SAVEPOINT a;
INSERT INTO product (organization_id, external_id, name, category_id) VALUES (1, 'K', 'K', 999);
RELEASE a;
SELECT status FROM product_upsert_rows('[{"external_id": "K", "price": 1}]');
SAVEPOINT b;
SELECT status FROM product_upsert_rows('[{"external_id": "K", "price": 2}]');
COMMIT;
SELECT count(*) FROM product;
-- A check that holds by then.
BEGIN;
INSERT INTO product (organization_id, external_id, name, category_id) VALUES (1, 'K', 'K', 999);
SELECT status FROM product_upsert_rows('[{"external_id": "K", "price": 1}]');
INSERT INTO product_category (organization_id, id, reference, name) OVERRIDING SYSTEM VALUE VALUES (1, 999, 'late', 'L');
COMMIT;
SELECT count(*), max(price) FROM product;
-- A variant whose product comes later, or not.
BEGIN;
INSERT INTO product_variant (organization_id, product_id, sku, price) SELECT 1, id, 'v', 1 FROM product WHERE external_id = 'K';
SELECT status FROM product_upsert_rows('[{"external_id": "K", "variants": [{"sku": "v", "price": 2}]}]');
DELETE FROM product WHERE external_id = 'K';
COMMIT;
SELECT (SELECT count(*) FROM product) AS products, (SELECT count(*) FROM product_variant) AS variants;
ALTER TABLE product ALTER CONSTRAINT product_organization_id_category_id_fkey NOT DEFERRABLE;
ALTER TABLE product_variant ALTER CONSTRAINT product_variant_organization_id_product_id_fkey NOT DEFERRABLE;

\echo direct_keys_of_users_deferred_with_a_default
DELETE FROM product;
CREATE TABLE test.shelf (shelf int PRIMARY KEY);
ALTER TABLE product ADD shelf int DEFAULT 7 REFERENCES test.shelf DEFERRABLE INITIALLY DEFERRED;
BEGIN;
SELECT count(*) FROM product_upsert_rows(test.many(1, 1)) WHERE status = 'created';
SELECT count(*) FROM product_upsert_rows(test.many(1, 2)) WHERE status = 'updated';
COMMIT;
SELECT count(*) FROM product;
ALTER TABLE product DROP shelf;

\echo direct_keys_match_full
DELETE FROM product;
-- A key that is not validated, half null: an update of anything else fails, by SQL.
SELECT count(*) FROM product_upsert_rows('[{"external_id": "F", "name": "F"}]');
CREATE TABLE test.place (a int, b int, PRIMARY KEY (a, b));
ALTER TABLE product ADD a int, ADD b int DEFAULT 5;
ALTER TABLE product ADD CONSTRAINT place FOREIGN KEY (a, b) REFERENCES test.place MATCH FULL NOT VALID;
SET product_upsert.direct_writes = on;
SELECT left(test.try($$SELECT status FROM product_upsert_rows('[{"external_id": "F", "price": 1}]')$$), 60) AS direct;
SET product_upsert.direct_writes = off;
SELECT left(test.try($$SELECT status FROM product_upsert_rows('[{"external_id": "F", "price": 1}]')$$), 60) AS sql;
ALTER TABLE product DROP a, DROP b;
DROP TABLE test.shelf, test.place;

\echo direct_keys_of_a_domain_that_refuses_null
DELETE FROM product;
CREATE DOMAIN test.shelf AS text NOT NULL;
ALTER TABLE product ADD shelf test.shelf DEFAULT 'a';
ALTER TABLE product ALTER shelf DROP DEFAULT;
SET product_upsert.direct_writes = on;
SELECT left(test.try($$SELECT count(*) FROM product_upsert_rows(test.many(1, 1))$$), 60) AS direct;
SET product_upsert.direct_writes = off;
SELECT left(test.try($$SELECT count(*) FROM product_upsert_rows(test.many(1, 1))$$), 60) AS sql;
ALTER TABLE product DROP shelf;
DROP DOMAIN test.shelf;
CREATE DOMAIN test.shelf AS text CHECK (VALUE IS NOT NULL);
ALTER TABLE product_variant ADD shelf test.shelf;
CREATE FUNCTION test.with_variants() RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_agg(jsonb_build_object('external_id', 'D' || i, 'name', 'D', 'variants', jsonb_build_array(jsonb_build_object('sku', 's' || i, 'price', 1)))) FROM generate_series(1, 250) i
$$;
SET product_upsert.direct_writes = on;
SELECT left(test.try($$SELECT count(*) FROM product_upsert_rows(test.with_variants())$$), 60) AS direct;
SET product_upsert.direct_writes = off;
SELECT left(test.try($$SELECT count(*) FROM product_upsert_rows(test.with_variants())$$), 60) AS sql;
ALTER TABLE product_variant DROP shelf;
DROP DOMAIN test.shelf;
DROP FUNCTION test.with_variants;

\echo direct_keys_checks_that_count_rows
DELETE FROM product;
CREATE FUNCTION test.few(products bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) <= products FROM product); END $$;
ALTER TABLE product ADD CONSTRAINT few CHECK (test.few(100));
SET product_upsert.direct_writes = on;
SELECT left(test.try($$SELECT count(*) FROM product_upsert_rows(test.many(1, 1))$$), 60) AS direct;
SET product_upsert.direct_writes = off;
SELECT left(test.try($$SELECT count(*) FROM product_upsert_rows(test.many(1, 1))$$), 60) AS sql;
ALTER TABLE product DROP CONSTRAINT few;
DROP FUNCTION test.few;
DELETE FROM product;
-- One that only says that it is immutable, of a column that does not change.
CREATE FUNCTION test.few(name text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN (SELECT count(*) <= 1 FROM product); END $$;
SELECT count(*) FROM product_upsert_rows('[{"external_id": "G", "name": "G"}]');
ALTER TABLE product ADD CONSTRAINT few CHECK (test.few(name));
INSERT INTO product (organization_id, external_id, name) VALUES (1, 'H', 'H');
SET product_upsert.direct_writes = on;
SELECT left(test.try($$SELECT status FROM product_upsert_rows('[{"external_id": "G", "price": 2}]')$$), 60) AS direct;
SET product_upsert.direct_writes = off;
SELECT left(test.try($$SELECT status FROM product_upsert_rows('[{"external_id": "G", "price": 3}]')$$), 60) AS sql;
ALTER TABLE product DROP CONSTRAINT few;
DROP FUNCTION test.few;

\echo direct_keys_dropped_columns
-- What a dropped column held goes with the next version of the row.
DELETE FROM product;
ALTER TABLE product ADD secret text;
INSERT INTO product (organization_id, external_id, name, secret) VALUES (1, 'S', 'S', repeat('secret ', 10));
ALTER TABLE product DROP secret;
SET product_upsert.direct_writes = on;
SELECT pg_column_size(p.*) AS before FROM product p \gset
SELECT status FROM product_upsert_rows('[{"external_id": "S", "name": "T"}]');
SELECT :before - pg_column_size(p.*) > 70 AS is_gone FROM product p;

\echo direct_keys_ids_generated_always
ALTER TABLE product ALTER id SET GENERATED ALWAYS;
ALTER TABLE product_variant ALTER id SET GENERATED ALWAYS;
SET product_upsert.direct_writes = on;
SELECT left(test.try($$SELECT count(*) FROM product_upsert_rows(test.many(1, 1)) WHERE status = 'created'$$), 60) AS direct;
SET product_upsert.direct_writes = off;
SELECT left(test.try($$SELECT count(*) FROM product_upsert_rows(test.many(1001, 1)) WHERE status = 'created'$$), 60) AS sql;
SELECT test.try($$SELECT status FROM product_upsert_rows('[{"external_id": "A", "name": "A", "variants": [{"sku": "a", "price": 1}]}]')$$) AS one;
ALTER TABLE product ALTER id SET GENERATED BY DEFAULT;
ALTER TABLE product_variant ALTER id SET GENERATED BY DEFAULT;

\echo direct_keys_the_highest_version
SELECT test.clean();
INSERT INTO product (organization_id, external_id, name, version) VALUES (1, 'V', 'V', 2147483647);
SET product_upsert.direct_writes = on;
SELECT position, status, test.short(errors) FROM product_upsert_rows('[{"external_id": "V", "price": 1}, {"external_id": "W", "name": "W"}]', on_error => 'skip');
SET product_upsert.direct_writes = off;
SELECT position, status, test.short(errors) FROM product_upsert_rows('[{"external_id": "V", "price": 1}, {"external_id": "W", "price": 2}]', on_error => 'skip');
SELECT test.try($$SELECT product_upsert('{"external_id": "V", "price": 1}')$$);
SELECT status FROM product_upsert_rows('[{"external_id": "V", "name": "V"}]');

\echo direct_keys_distributed_tables
-- A table that Citus notes as spread over other servers is written by SQL. An error tells which way it was.
CREATE FUNCTION test.way() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    context text;
BEGIN
    PERFORM product_upsert_rows('[{"external_id": "V", "description": "bad"}]');
    RETURN 'written';
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
    RETURN CASE WHEN context LIKE '%"UPDATE %' THEN 'by SQL' ELSE 'directly' END;
END
$$;
UPDATE product SET version = 1;
ALTER TABLE product ADD CONSTRAINT not_bad CHECK (description <> 'bad');
SET product_upsert.direct_writes = on;
SELECT test.way();
BEGIN;
SET LOCAL allow_system_table_mods = on;
CREATE TABLE pg_catalog.pg_dist_partition (other int, logicalrelid regclass);
SELECT test.way();
INSERT INTO pg_dist_partition VALUES (1, 'product_variant'), (2, 'product');
SELECT test.way();
ROLLBACK;
SELECT test.way();
ALTER TABLE product DROP CONSTRAINT not_bad;
DROP FUNCTION test.way;

SELECT test.clean();
RESET product_upsert.direct_writes;
DROP FUNCTION test.many;
