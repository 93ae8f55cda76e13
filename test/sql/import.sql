-- product_import: a transaction for every batch, resumed by the same call.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT test.clean();
TRUNCATE product_import RESTART IDENTITY CASCADE;
SET product_upsert.profile = 'vending';

CREATE FUNCTION test.item(i bigint, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('manufacturer', 'Maker ' || i % 7, 'brand', 'Brand ' || i % 49, 'name', 'Product ' || i) || more
$$;
CREATE VIEW test.imports AS
    SELECT id, source, status, "position", total, created, updated, unchanged, rejected, batches, retry_of, error FROM product_import ORDER BY id;
CREATE VIEW test.rejects AS SELECT import_id, "position", key, document, test.short(errors) FROM product_import_reject ORDER BY 1, 2;
CREATE TABLE test.lines (line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document jsonb);
CREATE TABLE test.heap (document jsonb);

\echo import_tells_what_it_does
INSERT INTO test.lines (document) SELECT test.item(i) FROM generate_series(1, 25) i;
INSERT INTO test.heap SELECT document FROM test.lines ORDER BY line;
SET client_min_messages = notice;
CALL product_import('test.lines', batch_size => 10);
CALL product_import('test.heap');
SET client_min_messages = warning;
SELECT * FROM test.imports;
SELECT state, done, total, percent, created, unchanged, time_left, pid, started_by = current_user AS started_by, finished_at >= started_at AS in_time FROM product_import_progress ORDER BY id;
SELECT options, resume - 'mark' AS resume FROM product_import WHERE id = 1;

\echo import_of_many_pages_reads_every_row_once
TRUNCATE test.heap;
INSERT INTO test.heap SELECT test.item(i) FROM generate_series(1, 1500) i;
DELETE FROM test.heap WHERE document ->> 'name' LIKE '%7';
CALL product_import('test.heap', batch_size => 200);
SELECT total, "position", created, unchanged, rejected, batches > 5 AS several FROM product_import WHERE id = 3;
SELECT count(*) FROM product;

\echo import_of_nothing
CREATE TABLE test.empty_lines (LIKE test.lines INCLUDING ALL);
CREATE TABLE test.empty_heap (document jsonb);
CALL product_import('test.empty_lines');
CALL product_import('test.empty_heap');
SELECT * FROM test.imports WHERE id > 3;

\echo import_is_refused_in_a_transaction_block
BEGIN;
CALL product_import('test.lines');
ROLLBACK;
SELECT * FROM test.error($$CALL product_import('test.lines')$$);
DO $$ BEGIN CALL product_import('test.empty_lines'); END $$;
SELECT * FROM test.imports WHERE id > 5;

\echo import_keeps_what_is_rejected
SELECT test.clean();
TRUNCATE product_import RESTART IDENTITY CASCADE;
TRUNCATE test.lines RESTART IDENTITY;
INSERT INTO test.lines (document) SELECT test.item(i, CASE WHEN i % 5 = 0 THEN '{"cost": -1}'::jsonb ELSE '{}' END) FROM generate_series(1, 10) i;
INSERT INTO test.lines (document) VALUES (NULL), ('[]'), ('"text"');
CALL product_import('test.lines', batch_size => 4);
SELECT * FROM test.imports;
SELECT * FROM test.rejects;
SELECT errors FROM product_import_reject WHERE import_id = 1 AND position = 5;

\echo import_retries_what_was_rejected_as_the_source_has_it_now
UPDATE test.lines SET document = test.item(line, '{"cost": 1}') WHERE line IN (5, 11);
DELETE FROM test.lines WHERE line = 12;
CALL product_import('test.lines', retry_rejects => true, batch_size => 2);
SELECT * FROM test.imports WHERE id = 2;
SELECT * FROM test.rejects WHERE import_id = 2;
UPDATE test.lines SET document = test.item(line) WHERE line IN (10, 13);
CALL product_import('test.lines', retry_rejects => true);
SELECT * FROM test.imports WHERE id = 3;
SELECT * FROM test.rejects WHERE import_id = 3;
SELECT count(*), count(*) FILTER (WHERE cost = 1) AS mended FROM product;

\echo import_retries_what_it_kept_where_there_is_no_key
TRUNCATE test.heap;
INSERT INTO test.heap VALUES (test.item(100, '{"cost": -1}')), (test.item(101)), (test.item(102, '{"cost": "x"}'));
CALL product_import('test.heap');
UPDATE product_import_reject SET document = document || '{"cost": 2}' WHERE import_id = 4 AND position = 3;
CALL product_import('test.heap', retry_rejects => true);
SELECT * FROM test.imports WHERE id >= 4;
SELECT * FROM test.rejects WHERE import_id >= 4;

\echo import_of_documents_of_one_product_the_later_stands
SELECT test.clean();
TRUNCATE test.lines RESTART IDENTITY;
TRUNCATE product_import RESTART IDENTITY CASCADE;
INSERT INTO test.lines (document) SELECT test.item(1, jsonb_build_object('cost', i)) FROM generate_series(1, 7) i;
CALL product_import('test.lines', batch_size => 3);
SELECT created, updated, unchanged, rejected FROM test.imports;
SELECT cost, version FROM product;
CALL product_import('test.lines', batch_size => 3, on_duplicate => 'reject');
SELECT created, updated, unchanged, rejected FROM test.imports WHERE id = 2;
SELECT import_id, position, errors #>> '{0,message}' AS message FROM product_import_reject WHERE import_id = 2 AND position < 5 ORDER BY 2;

\echo import_that_fails_goes_on_with_the_same_call
SELECT test.clean();
TRUNCATE test.lines RESTART IDENTITY;
TRUNCATE product_import RESTART IDENTITY CASCADE;
INSERT INTO test.lines (document) SELECT test.item(i) FROM generate_series(1, 10) i;
UPDATE test.lines SET document = document || '{"cost": -1}' WHERE line = 6;
CALL product_import('test.lines', batch_size => 2, on_error => 'abort');
SELECT * FROM test.imports;
SELECT state, done, total, error FROM product_import_progress;
SELECT count(*) FROM product;
CALL product_import('test.lines', batch_size => 2);
CALL product_import('test.lines', profile => 'catalog', on_error => 'abort', key_column => 'line', mode => 'create');
UPDATE test.lines SET document = document || '{"cost": 1}' WHERE line = 6;
SET client_min_messages = notice;
CALL product_import('test.lines', batch_size => 3, on_error => 'abort');
SET client_min_messages = warning;
SELECT * FROM test.imports;
SELECT count(*), sum(version) FROM product;

\echo import_begins_again_where_it_is_told_to
UPDATE test.lines SET document = document || '{"cost": -1}' WHERE line = 6;
CALL product_import('test.lines', batch_size => 2, on_error => 'abort');
CALL product_import('test.lines', batch_size => 2, restart => true);
SELECT id, status, position, unchanged, rejected FROM test.imports;

\echo import_does_not_go_on_in_a_source_that_was_filled_again
CALL product_import('test.lines', batch_size => 2, on_error => 'abort');
CREATE TABLE test.again AS SELECT document FROM test.lines ORDER BY line;
TRUNCATE test.lines RESTART IDENTITY;
INSERT INTO test.lines (document) SELECT document FROM test.again;
CALL product_import('test.lines', batch_size => 2, on_error => 'abort');
CALL product_import('test.lines', restart => true);
TRUNCATE test.heap;
INSERT INTO test.heap SELECT test.item(i) FROM generate_series(1, 300) i;
INSERT INTO test.heap VALUES (test.item(301, '{"cost": -1}'));
CALL product_import('test.heap', batch_size => 2, on_error => 'abort');
UPDATE test.heap SET document = test.item(301) WHERE document ? 'cost';
CALL product_import('test.heap', batch_size => 2, on_error => 'abort');
TRUNCATE test.heap;
CALL product_import('test.heap', batch_size => 2, on_error => 'abort');
SELECT status, error FROM test.imports WHERE source = 'test.heap';

\echo import_of_views_and_json
CREATE VIEW test.counted AS SELECT row_number() OVER () AS line, document::json AS "The Doc" FROM test.again;
CALL product_import('test.counted', 'The Doc');
CALL product_import('test.counted', 'The Doc', batch_size => 3, key_column => 'line');
SELECT position, unchanged, rejected, batches FROM test.imports WHERE source = 'test.counted';
SELECT * FROM test.rejects WHERE import_id = (SELECT max(id) FROM product_import);
CALL product_import('test.counted', 'The Doc', key_column => 'line', retry_rejects => true);
SELECT position, unchanged, rejected, batches FROM test.imports WHERE source = 'test.counted' AND retry_of IS NOT NULL;
CREATE TABLE test.parts (k text COLLATE "C", document jsonb) PARTITION BY HASH (k);
CREATE TABLE test.parts_0 PARTITION OF test.parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE test.parts_1 PARTITION OF test.parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO test.parts SELECT 'k''' || i % 4, test.item(i) FROM generate_series(1, 20) i;
CALL product_import('test.parts');
\echo import_of_text_as_copy_brings_it
CREATE DOMAIN test.line_of_json AS varchar(300);
CREATE TABLE test.lines_text (line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, words text, short varchar(300), wide char(100), named test.line_of_json);
INSERT INTO test.lines_text (words) SELECT test.item(i, '{"cost": 1.10}')::text FROM generate_series(201, 205) i;
INSERT INTO test.lines_text (words) VALUES ('{"manufacturer": "Maker 3", "brand": "Brand 3", "name": "Product 206", "cost": 1.10, "cost": 2.20}'), ('{"manufacturer": '), ('"text"'), ('{"name": "\u0000"}'), (NULL), ('{"name": 5}');
UPDATE test.lines_text SET short = words, wide = words, named = words;
CALL product_import('test.lines_text', 'words', batch_size => 4);
SELECT position, created, unchanged, rejected FROM test.imports WHERE source = 'test.lines_text' ORDER BY id DESC LIMIT 1;
SELECT "position", key, document, short FROM test.rejects WHERE import_id = (SELECT max(id) FROM product_import);
SELECT name, cost FROM product WHERE name ~ '20[56]$' ORDER BY name;
UPDATE test.lines_text SET words = test.item(207)::text WHERE line = 7;
CALL product_import('test.lines_text', 'words', retry_rejects => true);
SELECT position, created, unchanged, rejected FROM test.imports WHERE source = 'test.lines_text' ORDER BY id DESC LIMIT 1;
SELECT "position", key, document, short FROM test.rejects WHERE import_id = (SELECT max(id) FROM product_import);
CALL product_import('test.lines_text', 'short');
CALL product_import('test.lines_text', 'wide');
CALL product_import('test.lines_text', 'named');
SELECT position, created, unchanged, rejected FROM test.imports WHERE source = 'test.lines_text' ORDER BY id DESC LIMIT 3;
CREATE TABLE test.text_heap AS SELECT words AS document FROM test.lines_text ORDER BY line;
CALL product_import('test.text_heap');
CALL product_import('test.text_heap', retry_rejects => true);
SELECT position, created, unchanged, rejected FROM test.imports WHERE source = 'test.text_heap';
SELECT "position", document, short FROM test.rejects WHERE import_id = (SELECT max(id) FROM product_import);
CALL product_import('test.lines_text', 'line');

\echo import_by_a_key_that_repeats_loses_nothing
CALL product_import('test.parts', key_column => 'k', batch_size => 2);
SELECT position, total, created + unchanged AS written, batches FROM test.imports WHERE source = 'test.parts';
UPDATE test.parts SET k = NULL WHERE k = 'k''1';
CALL product_import('test.parts', key_column => 'k');

\echo import_without_sense_is_a_clear_error_and_leaves_nothing
SELECT count(*) AS imports FROM product_import \gset
CALL product_import(NULL);
CALL product_import('test.lines', NULL);
CALL product_import('test.lines', dry_run => NULL);
CALL product_import('test.lines', restart => NULL);
CALL product_import('test.lines', batch_size => 0);
CALL product_import('test.lines', batch_size => NULL);
CALL product_import('test.lines', 'doc');
CALL product_import('test.lines', 'line');
CALL product_import('test.lines', key_column => 'document');
CALL product_import('test.lines', key_column => 'none');
CALL product_import('test.heap', key_column => 'ctid');
CALL product_import('product_pkey');
CALL product_import(4294967000::oid::regclass);
CALL product_import('test.lines', profile => 'vendin');
CALL product_import('test.lines', identifier_field => 'sku');
CALL product_import('test.lines', on_error => 'keep');
CALL product_import('test.lines', mode => 'insert');
CALL product_import('test.empty_heap', retry_rejects => true, organization_id => 9);
SELECT count(*) - :imports AS left_behind FROM product_import;

\echo import_under_the_same_key_is_answered_by_the_first
SELECT test.clean();
TRUNCATE product_import RESTART IDENTITY CASCADE;
CALL product_import('test.lines', batch_size => 4, idempotency_key => 'night 1');
SELECT id, status, position, created, unchanged, rejected FROM test.imports;
SET client_min_messages = notice;
CALL product_import('test.lines', batch_size => 7, idempotency_key => 'night 1');
SET client_min_messages = warning;
CALL product_import('test.lines', idempotency_key => 'night 1', restart => true);
SELECT id, status, position, created, unchanged, rejected FROM test.imports;
SELECT to_regclass('pg_temp.product_import_batch'), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory') AS locks;
CALL product_import('test.lines', idempotency_key => 'night 1', mode => 'create');
CALL product_import('test.heap', idempotency_key => 'night 1');
UPDATE test.lines SET document = document || '{"cost": 2}' WHERE line = 3;
CALL product_import('test.lines', idempotency_key => 'night 1');
CALL product_import('test.lines', idempotency_key => 'night 2');
CALL product_import('test.lines', idempotency_key => 'night 1', organization_id => 2);
TRUNCATE test.heap;
INSERT INTO test.heap SELECT document FROM test.lines ORDER BY line;
CALL product_import('test.heap', idempotency_key => 'heap');
TRUNCATE test.heap;
INSERT INTO test.heap SELECT document FROM test.lines ORDER BY line;
CALL product_import('test.heap', idempotency_key => 'heap');
TRUNCATE test.heap;
INSERT INTO test.heap SELECT document FROM test.lines ORDER BY line DESC;
CALL product_import('test.heap', idempotency_key => 'heap');
SELECT i.id, i.source, i.organization_id, i.options ->> 'idempotency_key' AS key, i.created, i.updated, i.unchanged FROM product_import i ORDER BY i.id;
CALL product_import('test.lines', idempotency_key => '');
CALL product_import('test.lines', idempotency_key => 'x', dry_run => true);
CALL product_import('test.lines', idempotency_key => 'x', retry_rejects => true);
\echo import_that_failed_goes_on_under_its_key
UPDATE test.lines SET document = document || '{"cost": -1}' WHERE line = 6;
CALL product_import('test.lines', batch_size => 2, on_error => 'abort', idempotency_key => 'night 3');
UPDATE test.lines SET document = document || '{"cost": 1}' WHERE line = 6;
CALL product_import('test.lines', batch_size => 2, on_error => 'abort', idempotency_key => 'night 3');
SELECT id, status, position FROM test.imports ORDER BY id DESC LIMIT 1;
UPDATE test.lines SET document = document - 'cost' || CASE line WHEN 6 THEN '{"cost": -1}' ELSE '{}' END::jsonb WHERE line IN (3, 6);

\echo import_dry_run_writes_nothing_and_goes_on_nowhere
SELECT test.clean();
TRUNCATE product_import RESTART IDENTITY CASCADE;
CALL product_import('test.lines', dry_run => true, batch_size => 4);
SELECT id, status, position, created, rejected FROM test.imports;
SELECT * FROM test.rejects;
SELECT count(*) FROM product;

\echo import_tries_again_what_another_transaction_was_in_the_way_of
CREATE SEQUENCE test.tries;
CREATE FUNCTION test.in_the_way() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('test.tries') < 3 THEN
        RAISE EXCEPTION 'somebody was in the way' USING ERRCODE = CASE currval('test.tries') WHEN 1 THEN 'deadlock_detected' ELSE 'serialization_failure' END;
    END IF;
    RETURN new;
END
$$;
CREATE CONSTRAINT TRIGGER in_the_way AFTER INSERT ON product DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (new.name = 'Product 4') EXECUTE FUNCTION test.in_the_way();
CALL product_import('test.lines', batch_size => 3);
DROP TRIGGER in_the_way ON product;
SELECT id, status, position, created, rejected, batches, (SELECT retries FROM product_import i WHERE i.id = t.id) AS retries FROM test.imports t WHERE id = 2;

\echo import_a_deferred_constraint_is_the_batchs_affair
SELECT test.clean();
CREATE FUNCTION test.no_five() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no product 5 today' USING HINT = 'Tomorrow.'; END $$;
CREATE CONSTRAINT TRIGGER no_five AFTER INSERT ON product DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (new.name = 'Product 5') EXECUTE FUNCTION test.no_five();
CALL product_import('test.lines', batch_size => 3);
SELECT id, status, position, created, error FROM test.imports WHERE id = 3;
SELECT count(*) FROM product;
DROP TRIGGER no_five ON product;
CALL product_import('test.lines', batch_size => 3);
SELECT id, status, position, created, error FROM test.imports WHERE id = 3;
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory';

\echo import_shows_in_pg_stat_activity_and_leaves_the_session_as_it_was
SELECT test.clean();
CREATE TABLE test.names (name text);
CREATE FUNCTION test.note_name() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO test.names SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid(); RETURN NULL; END $$;
CREATE TRIGGER note_name AFTER INSERT ON product FOR EACH STATEMENT EXECUTE FUNCTION test.note_name();
SET application_name = 'mine';
CALL product_import('test.lines', batch_size => 4);
DROP TRIGGER note_name ON product;
SELECT * FROM test.names;
SHOW application_name;
SELECT to_regclass('pg_temp.product_import_batch');

\echo import_with_the_rights_of_the_caller
SELECT test.clean();
TRUNCATE product_import RESTART IDENTITY CASCADE;
CREATE ROLE test_importer;
GRANT USAGE ON SCHEMA test TO test_importer;
SELECT product_grant('test_importer', p, 3) FROM unnest('{PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) p;
CALL product_import('test.lines');
SET ROLE test_importer;
CALL product_import('test.lines', organization_id => 3);
RESET ROLE;
GRANT SELECT ON test.lines TO test_importer;
SET ROLE test_importer;
CALL product_import('test.lines');
CALL product_import('test.lines', organization_id => 3, batch_size => 4);
SELECT organization_id, state, done, created, rejected, started_by FROM product_import_progress;
SELECT count(*) FROM product_import_reject;
RESET ROLE;
SELECT organization_id, state, done, created, rejected FROM product_import_progress ORDER BY 1;
DROP OWNED BY test_importer;
DELETE FROM product_member WHERE member = 'test_importer';
DROP ROLE test_importer;

\echo import_under_another_search_path
CREATE SCHEMA test_hostile;
CREATE FUNCTION test_hostile.gotcha(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called'; END $$;
CREATE OPERATOR test_hostile.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = test_hostile.gotcha);
CREATE OPERATOR test_hostile.> (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = test_hostile.gotcha);
SET search_path = test_hostile, pg_catalog;
CALL public.product_import('test.lines', batch_size => 4);
RESET search_path;
SELECT status, unchanged FROM test.imports ORDER BY id DESC LIMIT 1;
DROP SCHEMA test_hostile CASCADE;
SELECT test.clean();

\echo import_takes_documents_in_their_order_whatever_their_lengths
-- A table does not keep rows of many lengths in the order in which they were inserted, and batches go through one.
CREATE TABLE test.lengths (line int PRIMARY KEY, document jsonb);
INSERT INTO test.lengths SELECT i, jsonb_build_object('external_id', 'o' || i / 3, 'name', 'O', 'price', CASE i % 19 WHEN 0 THEN to_jsonb('dear'::text) ELSE to_jsonb(i) END,
    'description', (SELECT string_agg(md5(format('%s %s', i, n)), '') FROM generate_series(1, ('{1,2,9,28,46}'::int[])[1 + (hashint4(i) & 32767) % 5]) n))
  FROM generate_series(1, 1500) i;
CALL product_import('test.lengths', batch_size => 70, profile => 'catalog');
SELECT state, done, total, created + updated + unchanged + rejected = total AS once, rejected FROM product_import_progress ORDER BY id DESC LIMIT 1;
SELECT count(*) AS of_others FROM product_import_reject WHERE document ->> 'price' <> 'dear';
SELECT count(*) AS not_the_last FROM product p WHERE p.price <> (SELECT max(l.line) FROM test.lengths l WHERE l.document ->> 'external_id' = p.external_id AND l.line % 19 <> 0);
SELECT test.clean();
DELETE FROM product_import;
CALL product_import('test.lengths', batch_size => 5000, profile => 'catalog');
SELECT state, done, total, created + updated + unchanged + rejected = total AS once, rejected FROM product_import_progress ORDER BY id DESC LIMIT 1;
SELECT count(*) AS of_others FROM product_import_reject WHERE document ->> 'price' <> 'dear';
SELECT count(*) AS not_the_last FROM product p WHERE p.price <> (SELECT max(l.line) FROM test.lengths l WHERE l.document ->> 'external_id' = p.external_id AND l.line % 19 <> 0);
SELECT test.clean();
DELETE FROM product_import;
DROP TABLE test.lengths;

\echo import_passes_ids_that_rows_have_taken
-- COPY or a subscription has brought rows, and left the sequence behind them.
SELECT last_value AS counted FROM product_import_id_seq \gset
INSERT INTO product_import (organization_id, id, source, profile, status) SELECT 1, i, 'elsewhere', 'catalog', 'completed' FROM generate_series(1, 3) i;
SELECT setval('product_import_id_seq', 1, false);
CREATE TABLE test.few (line int PRIMARY KEY, document jsonb);
INSERT INTO test.few VALUES (1, '{"external_id": "few", "name": "Few"}');
CALL product_import('test.few', profile => 'catalog');
SELECT id, state, created FROM product_import_progress WHERE source = 'test.few';
SELECT setval('product_import_id_seq', :counted) = :counted AS as_before;
SELECT test.clean();
DELETE FROM product_import;
DROP TABLE test.few;

\echo import_a_kept_reject_that_the_source_has_mended_is_not_read_again
-- The source's column has been corrected and altered to json meanwhile: what was kept is none.
CREATE TABLE test.mended (line int PRIMARY KEY, document text);
INSERT INTO test.mended VALUES (1, '{"name":'), (2, '{"external_id": "mended2", "name": "Two"}');
CALL product_import('test.mended', profile => 'catalog');
UPDATE test.mended SET document = '{"external_id": "mended1", "name": "One"}' WHERE line = 1;
ALTER TABLE test.mended ALTER document TYPE json USING document::json;
CALL product_import('test.mended', profile => 'catalog', retry_rejects => true);
SELECT external_id, name FROM product ORDER BY external_id;
SELECT test.clean();
DELETE FROM product_import;
DROP TABLE test.mended;
