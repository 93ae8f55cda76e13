-- product_import with workers: what is there afterwards is what an import without them leaves.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT test.clean();
TRUNCATE product_import RESTART IDENTITY CASCADE;
CREATE SCHEMA par;

CREATE TABLE par.lines (line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document jsonb);
CREATE VIEW par.imports AS
    SELECT id, source, status, "position", total, created, updated, unchanged, rejected, error FROM product_import ORDER BY id;
CREATE VIEW par.rejects AS SELECT "position", key, document, test.short(errors) AS errors, regexp_replace(errors #>> '{0,message}', 'product \d+', 'product N', 'g') AS message FROM product_import_reject;
-- Ids are given in another order.
CREATE VIEW par.products AS
    SELECT external_id, reference, handle, name, price, is_archived, version, (SELECT coalesce(o.external_id, o.reference) FROM product o WHERE o.id = p.parent_product_id) AS parent
      FROM product p;

CREATE TABLE par.left_by (n int, what text, row jsonb);
CREATE FUNCTION par.note(n int) RETURNS void LANGUAGE sql AS $$
    INSERT INTO par.left_by SELECT n, 'product', to_jsonb(p) FROM par.products p
    UNION ALL SELECT n, 'reject', to_jsonb(r) FROM par.rejects r
    UNION ALL SELECT n, 'import', to_jsonb(i) - 'id' - 'source' FROM par.imports i
$$;
-- What differs between an import without workers and one with them.
CREATE FUNCTION par.differing() RETURNS TABLE (n int, what text, "row" jsonb) LANGUAGE sql AS $$
    (SELECT 1, l.what, l.row FROM par.left_by l WHERE l.n = 1 EXCEPT ALL SELECT 1, l.what, l.row FROM par.left_by l WHERE l.n = 2)
    UNION ALL (SELECT 2, l.what, l.row FROM par.left_by l WHERE l.n = 2 EXCEPT ALL SELECT 2, l.what, l.row FROM par.left_by l WHERE l.n = 1)
$$;
CREATE PROCEDURE par.both(source regclass, batch_size int DEFAULT 50, stored text DEFAULT 'SELECT', key_column name DEFAULT NULL, document_column name DEFAULT 'document',
    identifier_field text DEFAULT NULL, full_feed boolean DEFAULT false, idempotency_key text DEFAULT NULL, scope jsonb DEFAULT '{}')
LANGUAGE plpgsql AS $$
DECLARE
    n int;
BEGIN
    TRUNCATE par.left_by;
    FOR n IN 1 .. 2 LOOP
        PERFORM test.clean();
        TRUNCATE product_import RESTART IDENTITY CASCADE;
        EXECUTE stored;
        COMMIT;
        CALL product_import(source, document_column, batch_size => batch_size, parallel => CASE n WHEN 1 THEN 1 ELSE 3 END, key_column => key_column,
                            identifier_field => identifier_field, full_feed => full_feed, idempotency_key => idempotency_key, scope => scope);
        PERFORM par.note(n);
        COMMIT;
    END LOOP;
END
$$;

\echo parallel_is_a_number_from_1_to_64
INSERT INTO par.lines (document) VALUES ('{"external_id": "e", "name": "n"}');
CALL product_import('par.lines', parallel => 0);
CALL product_import('par.lines', parallel => -1);
CALL product_import('par.lines', parallel => 1000);
CALL product_import('par.lines', parallel => NULL);
SELECT count(*) FROM product_import;
TRUNCATE par.lines RESTART IDENTITY;

\echo parallel_leaves_the_same_rows_rejects_and_counts
INSERT INTO par.lines (document)
SELECT jsonb_build_object('external_id', 'e' || i % 90, 'name', 'Product ' || i, 'price', i)
       || CASE WHEN i % 9 = 0 THEN '{"price": "dear"}' WHEN i % 11 = 0 THEN jsonb_build_object('reference', 'r' || i % 33) WHEN i % 13 = 0 THEN '{"category_id": 987654}' ELSE '{}'::jsonb END
  FROM generate_series(1, 220) i;
INSERT INTO par.lines (document) VALUES (NULL), ('[]'), ('{"external_id": "unknown", "no_such_field": 1}');
CALL par.both('par.lines');
SELECT * FROM par.differing();
SELECT * FROM par.imports;
SELECT count(*) FROM par.products;
SELECT * FROM par.rejects ORDER BY "position" LIMIT 3;

\echo parallel_again_everything_is_unchanged
CALL product_import('par.lines', batch_size => 100, parallel => 2);
SELECT * FROM par.imports;

\echo parallel_reads_tables_without_a_key
CREATE TABLE par.heap (document jsonb);
INSERT INTO par.heap SELECT document FROM par.lines ORDER BY line;
DELETE FROM par.heap WHERE document ->> 'external_id' LIKE '%7';
CALL par.both('par.heap');
SELECT * FROM par.differing();
SELECT * FROM par.imports;

\echo parallel_reads_views_and_text
CREATE VIEW par.texts AS SELECT line, document::text AS document FROM par.lines UNION ALL SELECT 1000, '{"external_id": ';
CALL par.both('par.texts', key_column => 'line');
SELECT * FROM par.differing();
SELECT * FROM par.imports;

\echo parallel_reads_rows_as_documents
CREATE TABLE par.cells (line int PRIMARY KEY, external_id text, name text, price text);
INSERT INTO par.cells SELECT i, 'e' || i % 70, 'Cell ' || i, CASE WHEN i % 5 > 0 THEN i END FROM generate_series(1, 100) i;
CALL par.both('par.cells', 20, document_column => '*');
SELECT * FROM par.differing();
SELECT * FROM par.imports;

\echo parallel_keys_that_only_stored_products_have
-- In each batch a half takes the handles that the other half gives up, without saying which those were, or all of them those of the next;
-- the last of all takes one that nobody gives up.
TRUNCATE par.lines RESTART IDENTITY;
INSERT INTO par.lines (document)
SELECT jsonb_build_object('external_id', 'e' || i, 'handle', CASE WHEN i > 60 THEN 'h62' WHEN i > 20 THEN 'h' || (i - 1) / 20 * 20 + i % 20 + 1 WHEN i % 2 = 0 THEN 'n' || i ELSE 'h' || i + 1 END)
  FROM generate_series(1, 61) i;
CALL par.both('par.lines', 20, identifier_field => 'external_id', stored =>
               $$SELECT product_upsert_bulk(jsonb_agg(jsonb_build_object('external_id', 'e' || i, 'handle', 'h' || i, 'name', 'Product ' || i))) FROM generate_series(1, 62) i$$);
SELECT * FROM par.differing();
SELECT updated, rejected FROM par.imports;
SELECT "position", errors FROM par.rejects;

\echo parallel_documents_of_one_stored_product_by_different_keys
TRUNCATE par.lines RESTART IDENTITY;
INSERT INTO par.lines (document)
SELECT CASE WHEN i % 2 = 0 THEN jsonb_build_object('external_id', 'e' || i / 4) ELSE jsonb_build_object('reference', 'r' || i / 4) END || jsonb_build_object('price', i)
  FROM generate_series(4, 123) i;
CALL par.both('par.lines', 40, stored =>
               $$SELECT product_upsert_bulk(jsonb_agg(jsonb_build_object('external_id', 'e' || i, 'reference', 'r' || i, 'name', 'Product ' || i))) FROM generate_series(1, 30) i$$);
SELECT * FROM par.differing();
SELECT "position", updated, unchanged, rejected FROM par.imports;

\echo parallel_parents_and_their_cycles
TRUNCATE par.lines RESTART IDENTITY;
INSERT INTO par.lines (document)
SELECT jsonb_build_object('reference', 'r' || i, 'name', 'Product ' || i)
       || CASE WHEN i % 10 = 0 THEN jsonb_build_object('parent_product_id', jsonb_build_object('reference', 'r' || (i + 5) % 65)) ELSE '{}' END
  FROM generate_series(1, 60) i;
INSERT INTO par.lines (document) VALUES ('{"reference": "r71", "name": "a", "parent_product_id": {"reference": "r72"}}'), ('{"reference": "r72", "name": "b", "parent_product_id": {"reference": "r71"}}');
CALL par.both('par.lines', 31);
SELECT * FROM par.differing();
SELECT "position", created, updated, unchanged, rejected FROM par.imports;

\echo parallel_is_left_alone_where_a_batch_is_judged_as_a_whole
SET client_min_messages = notice;
CALL product_import('par.lines', batch_size => 40, parallel => 2, dry_run => true);
CALL product_import('par.lines', batch_size => 40, parallel => 2, on_error => 'abort', restart => true);
CALL product_import('par.lines', parallel => 2, retry_rejects => true, restart => true);
SET default_transaction_isolation = 'repeatable read';
CALL product_import('par.lines', parallel => 2, restart => true);
RESET default_transaction_isolation;
SET client_min_messages = warning;

\echo parallel_full_feeds_and_idempotency
TRUNCATE par.lines RESTART IDENTITY;
INSERT INTO par.lines (document) SELECT jsonb_build_object('external_id', 'e' || i, 'name', 'Product ' || i) FROM generate_series(1, 95) i;
CALL par.both('par.lines', 20, full_feed => true, idempotency_key => 'night', scope => '{"price": null}', stored =>
               $$SELECT product_upsert_bulk(jsonb_agg(jsonb_build_object('external_id', 'e' || i, 'name', 'Product ' || i))) FROM generate_series(1, 100) i$$);
SELECT * FROM par.differing();
SELECT count(*) FILTER (WHERE is_archived) AS retired FROM product;
SET client_min_messages = notice;
CALL product_import('par.lines', parallel => 2, full_feed => true, idempotency_key => 'night', scope => '{"price": null}', batch_size => 20);
SET client_min_messages = warning;

\echo parallel_is_left_alone_where_products_are_found_by_a_custom_field
-- No index keeps two workers from creating a product each for one value.
INSERT INTO product_custom_field (organization_id, reference, name, type, is_identifier) VALUES (1, 'shelf', 'Shelf', 'text', true);
CREATE TABLE par.shelves (id integer PRIMARY KEY, document jsonb);
INSERT INTO par.shelves SELECT i, jsonb_build_object('name', 'Product ' || i, 'custom_fields', jsonb_build_object('shelf', (i % 10)::text)) FROM generate_series(1, 40) i;
CALL product_import('par.shelves', custom_field_reference => 'shelf', parallel => 2);
SELECT custom_fields ->> 'shelf' AS shelf, name FROM product WHERE custom_fields ? 'shelf' ORDER BY 1;

\echo parallel_workers_are_the_caller
CREATE ROLE import_worker;
GRANT USAGE ON SCHEMA par TO import_worker;
GRANT SELECT ON par.lines TO import_worker;
SELECT product_grant('import_worker', p, 1) FROM unnest('{PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) p;
CREATE TABLE par.seen (name text, value text, UNIQUE (name, value));
GRANT INSERT, SELECT ON par.seen TO import_worker;
CREATE FUNCTION par.see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO par.seen SELECT name, value FROM (VALUES
        ('current_user', current_user::text), ('session_user', (session_user = new.name)::text), ('search_path', current_setting('search_path')), ('work_mem', current_setting('work_mem')),
        ('my.own', current_setting('my.own', true)), ('organization', current_setting('product_upsert.organization_id')), ('application', substring(current_setting('application_name') FROM '^product_import par.lines'))) v (name, value)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TABLE par.workers (pid int);
GRANT INSERT ON par.workers TO import_worker;
CREATE FUNCTION par.who() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO par.workers SELECT pg_backend_pid(); RETURN NULL; END $$;
TRUNCATE product, product_import RESTART IDENTITY CASCADE;
UPDATE par.lines SET document = document || jsonb_build_object('name', session_user);
CREATE TRIGGER who AFTER INSERT ON product FOR EACH STATEMENT EXECUTE FUNCTION par.who();
SET ROLE import_worker;
SET work_mem = '7MB';
SET my.own = 'mine';
SET search_path = par, public;
CALL product_import('lines', batch_size => 40, parallel => 2);
RESET ROLE;
RESET search_path;
SELECT count(DISTINCT pid) > 1 AS several, count(*) FILTER (WHERE pid = pg_backend_pid()) AS by_the_caller FROM par.workers;
DROP TRIGGER who ON product;
TRUNCATE product, product_import RESTART IDENTITY CASCADE;
-- Whoever sees the row first holds it until the batch is decided: one part is in the other's way, and all goes well.
CREATE TRIGGER see AFTER INSERT ON product FOR EACH ROW EXECUTE FUNCTION par.see();
SET ROLE import_worker;
SET search_path = par, public;
CALL product_import('lines', batch_size => 40, parallel => 2);
RESET ROLE;
RESET search_path;
SELECT * FROM par.seen ORDER BY 1;
SELECT "position", created, rejected FROM par.imports;
DROP TRIGGER see ON product;
RESET work_mem;
RESET my.own;

\echo parallel_an_error_of_a_worker_is_the_callers
CREATE FUNCTION par.fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the disk is full' USING ERRCODE = '53100', DETAIL = 'really', HINT = 'buy one';
END
$$;
TRUNCATE product, product_import RESTART IDENTITY CASCADE;
CREATE TRIGGER fail BEFORE INSERT ON product FOR EACH ROW WHEN (new.external_id = 'e77') EXECUTE FUNCTION par.fail();
\set VERBOSITY default
\set SHOW_CONTEXT never
CALL product_import('par.lines', batch_size => 20, parallel => 3);
\set VERBOSITY terse
SELECT * FROM par.imports;
SELECT count(*) FROM product;
DROP TRIGGER fail ON product;
CALL product_import('par.lines', batch_size => 25, parallel => 2);
SELECT * FROM par.imports;

\echo parallel_takes_documents_in_their_order_whatever_their_lengths
-- A table does not keep rows of many lengths in the order in which they were inserted, and batches go through one.
CREATE TABLE par.lengths (line int PRIMARY KEY, document jsonb);
INSERT INTO par.lengths SELECT i, jsonb_build_object('external_id', 'o' || i / 3, 'name', 'O', 'price', CASE i % 19 WHEN 0 THEN to_jsonb('dear'::text) ELSE to_jsonb(i) END,
    'description', (SELECT string_agg(md5(format('%s %s', i, n)), '') FROM generate_series(1, ('{1,2,9,28,46}'::int[])[1 + (hashint4(i) & 32767) % 5]) n))
  FROM generate_series(1, 1500) i;
SELECT test.clean();
DELETE FROM product_import;
CALL product_import('par.lengths', batch_size => 200, parallel => 2);
SELECT state, done, total, created + updated + unchanged + rejected = total AS once, rejected FROM product_import_progress ORDER BY id DESC LIMIT 1;
SELECT count(*) AS of_others FROM product_import_reject WHERE document ->> 'price' <> 'dear';
SELECT count(*) AS not_the_last FROM product p WHERE p.price <> (SELECT max(l.line) FROM par.lengths l WHERE l.document ->> 'external_id' = p.external_id AND l.line % 19 <> 0);
SELECT test.clean();
DELETE FROM product_import;
DROP TABLE par.lengths;

\echo parallel_functions_of_workers_are_no_others
SELECT test.try('SELECT product_import_say(0, true)');
SELECT test.try('SELECT product_import_deal(''{}'')');
SELECT test.try('SELECT * FROM product_import_received() r (a int, b int, c int, d int)');
SELECT product_import_dismiss();
SELECT count(*) AS workers FROM pg_stat_activity WHERE backend_type = 'product_import worker';

SELECT product_revoke('import_worker', p, 1) FROM unnest('{PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) p;
DROP OWNED BY import_worker;
DROP ROLE import_worker;
DROP SCHEMA par CASCADE;
SELECT test.clean();
