-- product_tables_create(partitions => N): products and what grows with them, by the hash of their organization.
\pset format unaligned
\pset footer off
\set main :DBNAME
SET client_min_messages = warning;
CREATE DATABASE regress_product_partitions TEMPLATE :"main";
\c regress_product_partitions
SET client_min_messages = warning;
CREATE SCHEMA parted;
DROP EXTENSION product_upsert CASCADE;
CREATE EXTENSION product_upsert SCHEMA parted;
RESET client_min_messages;
SET search_path = parted, public;

\echo partitions_that_cannot_be
SELECT test.try('SELECT product_tables_create(partitions => 0)'), test.try('SELECT product_tables_create(1001)');

\echo partitions_are_made
SELECT product_tables_create(partitions => 4);
SELECT c.relname, count(*) AS partitions, min(pg_get_expr(p.relpartbound, p.oid)) AS first, string_agg(DISTINCT p.reloptions::text, ' ') AS options, bool_and(p.relrowsecurity) AS row_security
  FROM pg_class c JOIN pg_inherits i ON i.inhparent = c.oid JOIN pg_class p ON p.oid = i.inhrelid
 WHERE c.relnamespace = 'parted'::regnamespace AND c.relkind = 'p' GROUP BY 1 ORDER BY 1;
-- All that plain tables have: columns, keys, checks, indexes, policies, comments, privileges.
CREATE SCHEMA plain;
CREATE FUNCTION test.described(home regnamespace) RETURNS SETOF text LANGUAGE sql SET search_path = pg_catalog AS $$
    SELECT replace(concat_ws(' ', c.relname, 'column', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, col_description(c.oid, a.attnum)), home::text, '-')
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.relnamespace = home AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    UNION ALL
    SELECT replace(concat_ws(' ', c.relname, k.conname, pg_get_constraintdef(k.oid)), home::text, '-')
      FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid WHERE c.relnamespace = home AND NOT c.relispartition AND k.conparentid = 0
    UNION ALL
    SELECT replace(replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON '), home::text, '-')
      FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid WHERE c.relnamespace = home AND NOT c.relispartition
    UNION ALL
    SELECT replace(concat_ws(' ', c.relname, p.polname, p.polcmd, pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid)), home::text, '-')
      FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid WHERE c.relnamespace = home
    UNION ALL
    SELECT concat_ws(' ', c.relname, c.relrowsecurity, c.relacl, obj_description(c.oid, 'pg_class')) FROM pg_class c WHERE c.relnamespace = home AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
$$;
CREATE TABLE test.parted AS SELECT * FROM test.described('parted') d;
SET client_min_messages = warning;
DROP SCHEMA parted CASCADE;
CREATE EXTENSION product_upsert SCHEMA plain;
RESET client_min_messages;
SELECT plain.product_tables_create() IS NOT NULL AS made;
(SELECT '+', d FROM test.described('plain') d EXCEPT ALL SELECT '+', d FROM test.parted) UNION ALL (SELECT '-', d FROM test.parted EXCEPT ALL SELECT '-', d FROM test.described('plain') d) ORDER BY 2, 1;
SET client_min_messages = warning;
DROP SCHEMA plain CASCADE;
DROP TABLE test.parted;
DROP FUNCTION test.described;
CREATE SCHEMA parted;
CREATE EXTENSION product_upsert SCHEMA parted;
RESET client_min_messages;
SELECT product_tables_create(4) IS NOT NULL AS made;

\echo partitions_hold_what_belongs_to_them
SELECT o.id AS organization, status, count(*)
  FROM generate_series(1, 8) o (id),
       product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'e' || n, 'handle', 'h' || n, 'title', 't', 'brand', 'b', 'variants', jsonb_build_array(jsonb_build_object('sku', 's' || n, 'price', n, 'position', 1))))
                              FROM generate_series(1, 3) n), profile => 'retail', organization_id => o.id)
 GROUP BY 1, 2 ORDER BY 1;
SELECT count(DISTINCT tableoid) AS partitions, count(*) AS products, count(*) = count(DISTINCT id) AS ids_differ FROM product;
SELECT count(*) AS variants, count(DISTINCT v.tableoid) AS partitions, bool_and(right(p.tableoid::regclass::text, 1) = right(v.tableoid::regclass::text, 1)) AS beside
  FROM product_variant v JOIN product p ON (p.organization_id, p.id) = (v.organization_id, v.product_id);
-- Direct writes and statements come to the same, and matching finds it.
SET product_upsert.direct_writes = off;
SELECT o.id AS organization, status, count(*)
  FROM unnest('{2,7}'::bigint[]) o (id),
       product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'e' || n, 'handle', 'h' || n, 'title', 't' || n % 2, 'brand', 'b', 'variants', jsonb_build_array(jsonb_build_object('sku', 's' || n, 'price', n, 'position', 1))))
                              FROM generate_series(3, 6) n), profile => 'retail', organization_id => o.id)
 GROUP BY 1, 2 ORDER BY 1, 2;
RESET product_upsert.direct_writes;
SELECT o.id AS organization, status, count(*)
  FROM unnest('{2,3}'::bigint[]) o (id),
       product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'e' || n, 'handle', 'h' || n, 'title', 't' || n % 2, 'brand', 'b', 'variants', jsonb_build_array(jsonb_build_object('sku', 's' || n, 'price', n, 'position', 1))))
                              FROM generate_series(1, 800) n), profile => 'retail', organization_id => o.id)
 GROUP BY 1, 2 ORDER BY 1, 2;
-- Enough keys beside few pages: the partition is read from end to end, and it alone.
SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'e' || n, 'title', 'again')) FROM generate_series(1, 900) n), profile => 'retail', organization_id => 3, mode => 'update', on_error => 'skip') GROUP BY 1 ORDER BY 1;
SELECT organization_id, title, count(*) FROM (SELECT organization_id, CASE name WHEN 'again' THEN name ELSE 'other' END AS title FROM product) p GROUP BY 1, 2 ORDER BY 1, 2;

\echo partitions_and_rules_of_a_user
ALTER TABLE product ADD COLUMN season text;
SELECT product_identity_create('season', '{season}');
INSERT INTO product_profile (name, definition) SELECT 'seasons', jsonb_set(definition, '{fields,season}', '{"type": "text", "column": "season"}') FROM product_profile WHERE name = 'catalog';
SELECT status, decided_by FROM product_upsert_rows('[{"season": "S", "name": "N"}]', profile => 'seasons', identifier_field => 'season', organization_id => 5);
SELECT status, decided_by FROM product_upsert_rows('[{"season": "S", "name": "O"}]', profile => 'seasons', identifier_field => 'season', organization_id => 5);
SELECT test.try($$INSERT INTO product (organization_id, season) VALUES (5, 'S')$$) ~ '^23505' AS held;

\echo partitions_and_members
CREATE ROLE partitions_member;
GRANT USAGE ON SCHEMA parted, test TO partitions_member;
SELECT product_grant('partitions_member', p, 5) FROM unnest('{PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) p \g /dev/null
SET ROLE partitions_member;
SELECT status FROM product_upsert_rows('[{"external_id": "e1", "name": "mine"}, {"external_id": "m", "name": "mine"}]', organization_id => 5);
SELECT test.try($$SELECT product_upsert('{"external_id": "e1", "name": "mine"}', organization_id => 6)$$);
SELECT DISTINCT organization_id FROM product;
SELECT test.try('SELECT count(*) FROM product_p' || n) FROM generate_series(0, 3) n;
RESET ROLE;
-- Who may read all tables sees no more by the partition's name.
GRANT pg_read_all_data TO partitions_member;
SET ROLE partitions_member;
SELECT test.try('SELECT count(*) FROM product_p' || n) FROM generate_series(0, 3) n;
RESET ROLE;
REVOKE pg_read_all_data FROM partitions_member;
-- A partition of another owner's could run his SQL with every writer's rights.
ALTER TABLE product_p2 OWNER TO partitions_member;
SELECT message FROM test.error($$SELECT product_upsert('{"external_id": "e1", "name": "x"}', organization_id => 5)$$);
ALTER TABLE product_p2 OWNER TO CURRENT_USER;

\echo partitions_with_triggers_rules_and_other_bounds
CREATE TABLE test.seen (row_ text);
CREATE FUNCTION test.see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO test.seen VALUES (TG_OP || ' ' || coalesce(NEW.name, 'null')); RETURN NEW; END $$;
CREATE TRIGGER see AFTER INSERT OR UPDATE ON product FOR EACH ROW EXECUTE FUNCTION test.see();
SELECT status FROM product_upsert_rows('[{"external_id": "e1", "name": "seen"}, {"external_id": "t", "name": "new"}]', organization_id => 5);
TABLE test.seen ORDER BY 1;
DROP TRIGGER see ON product;
CREATE TRIGGER see AFTER INSERT OR UPDATE ON product_p0 FOR EACH ROW EXECUTE FUNCTION test.see();
SELECT count(*) FROM generate_series(1, 8) o (id), product_upsert_rows('[{"external_id": "of one", "name": "of one"}]', organization_id => o.id);
SELECT count(*) = (SELECT count(*) FROM product_p0 WHERE name = 'of one') AS of_the_partition FROM test.seen WHERE row_ = 'INSERT of one';
DROP TRIGGER see ON product_p0;
-- A partition's own default says nothing: rows come through the table.
ALTER TABLE product_p0 ALTER status SET DEFAULT 'of the partition';
ALTER TABLE product ALTER tax_category SET DEFAULT 'of the table';
SELECT count(*) FROM generate_series(1, 8) o (id), product_upsert_rows('[{"external_id": "defaults", "name": "d"}]', organization_id => o.id);
SELECT DISTINCT status, tax_category FROM product WHERE external_id = 'defaults';
-- Nor for who stays with one organization, whose rows are written by the partition's name then; its triggers do.
SELECT min(organization_id) AS there FROM product_p0 \gset
SELECT count(product_upsert(jsonb_build_object('external_id', 'stays' || i, 'name', 'd'), organization_id => :there)) FROM generate_series(1, 4) i;
SELECT DISTINCT tableoid::regclass AS partition, status, tax_category FROM product WHERE external_id LIKE 'stays%';
ALTER TABLE product_p0 ALTER status DROP DEFAULT;
SELECT count(product_upsert(jsonb_build_object('external_id', 'same' || i, 'name', 'd'), organization_id => :there)) FROM generate_series(1, 4) i;
ALTER TABLE product_p0 ALTER status SET DEFAULT 'of the partition';
SELECT count(product_upsert(jsonb_build_object('external_id', 'stays again' || i, 'name', 'd'), organization_id => :there)) FROM generate_series(1, 4) i;
CREATE FUNCTION test.once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.department := TG_TABLE_NAME || ' ' || TG_LEVEL; RETURN NEW; END $$;
CREATE TRIGGER once BEFORE INSERT ON product_p0 FOR EACH ROW EXECUTE FUNCTION test.once();
SELECT count(product_upsert(jsonb_build_object('external_id', 'stays triggered' || i, 'name', 'd'), organization_id => :there)) FROM generate_series(1, 4) i;
DROP TRIGGER once ON product_p0;
CREATE FUNCTION test.statement() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING '% of %', TG_OP, TG_TABLE_NAME; RETURN NULL; END $$;
CREATE TRIGGER statement AFTER INSERT ON product FOR EACH STATEMENT EXECUTE FUNCTION test.statement();
SELECT count(product_upsert(jsonb_build_object('external_id', 'stays told' || i, 'name', 'd'), organization_id => :there)) FROM generate_series(1, 2) i;
DROP TRIGGER statement ON product;
DROP FUNCTION test.once, test.statement;
SELECT regexp_replace(external_id, '.$', '') AS products, count(*), tableoid::regclass AS partition, status, tax_category, department FROM product WHERE external_id ~ '^(stays|same)' GROUP BY 1, 3, 4, 5, 6 ORDER BY 1;
DELETE FROM product WHERE external_id ~ '^(stays|same)';
ALTER TABLE product ALTER tax_category DROP DEFAULT;
ALTER TABLE product_p0 ALTER status DROP DEFAULT;
-- Without a partition for it an organization has no place.
DELETE FROM product;
BEGIN;
ALTER TABLE product DETACH PARTITION product_p1;
SELECT o.id, test.try(format($$SELECT status FROM product_upsert_rows('[{"external_id": "detached", "name": "d"}]', organization_id => %s)$$, o.id)) FROM generate_series(1, 8) o (id);
ROLLBACK;
DROP OWNED BY partitions_member CASCADE;
\c :main
DROP DATABASE regress_product_partitions;
DROP ROLE partitions_member;
