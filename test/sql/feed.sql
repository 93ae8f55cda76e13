-- product_upsert_from: a table or view of any size, as one call.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT test.clean();
SET product_upsert.profile = 'vending';

-- The document of one product; i tells products apart.
CREATE FUNCTION test.fed(i bigint, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('manufacturer', 'Maker ' || i % 7, 'brand', 'Brand ' || i % 49, 'name', 'Product ' || i) || more
$$;
CREATE TABLE test.feed (line bigint GENERATED ALWAYS AS IDENTITY, document jsonb, other integer);

\echo feed_every_row_is_a_document_and_answers_come_in_the_order_of_the_source
INSERT INTO test.feed (document) VALUES
    (test.fed(1)), (test.fed(2)), (test.fed(8)), (test.fed(50)), (test.fed(99, '{"defaultPrice": 2.50}'));
SELECT position, status, id, decided_by, version, changed, errors FROM product_upsert_from('test.feed');
UPDATE test.feed SET document = document || '{"cost": 1.10}' WHERE line IN (2, 5);
SELECT position, status, id, decided_by, version, changed FROM product_upsert_from('test.feed') ORDER BY position;

\echo feed_of_a_view_has_the_order_of_the_view
CREATE VIEW test.feed_view AS SELECT document::json AS "The Document" FROM test.feed ORDER BY line DESC;
SELECT position, status, id FROM product_upsert_from('test.feed_view', 'The Document');

\echo feed_without_rows_is_an_empty_answer
CREATE TABLE test.feed_empty (document jsonb);
SELECT count(*) FROM product_upsert_from('test.feed_empty');

\echo feed_takes_every_option
TRUNCATE test.feed;
INSERT INTO test.feed (document) VALUES ('{"name": "A", "external_id": "a", "tags": ["x"]}'), ('{"name": "B", "external_id": "b"}');
SELECT position, status, decided_by FROM product_upsert_from('test.feed', identifier_field => 'external_id', profile => 'catalog', organization_id => 5, mode => 'create');
SELECT organization_id, external_id FROM product WHERE organization_id = 5 ORDER BY 2;
SELECT test.try($$SELECT count(*) FROM product_upsert_from('test.feed', profile => 'catalog', organization_id => 5, mode => 'create')$$);
SELECT test.try($$SELECT count(*) FROM product_upsert_from('test.feed', profile => 'catalog', organization_id => 6, mode => 'update', identifier_field => 'external_id')$$);
SELECT test.try($$SELECT count(*) FROM product_upsert_from('test.feed', profile => 'catalog', organization_id => 5, if_version => 7)$$);
UPDATE test.feed SET document = document || '{"name": "C", "tags": ["y"]}';
SELECT position, status, changed FROM product_upsert_from('test.feed', profile => 'catalog', organization_id => 5, field_actions => '{"name": "IGNORE", "tags": "APPEND"}');

\echo feed_dry_run_answers_and_writes_nothing
SELECT test.clean();
TRUNCATE test.feed;
INSERT INTO test.feed (document) SELECT test.fed(i) FROM generate_series(1, 12000) i;
SELECT status, count(*), min(position), max(position) FROM product_upsert_from('test.feed', dry_run => true) GROUP BY status;
SELECT count(*) FROM product;

\echo feed_larger_than_a_batch_is_one_call_and_repeated_it_writes_nothing
SELECT status, count(*), min(position), max(position) FROM product_upsert_from('test.feed') GROUP BY status;
SELECT test.state() AS before \gset
SELECT status, count(*), min(position), max(position) FROM product_upsert_from('test.feed') GROUP BY status;
SELECT test.state() = :'before' AS nothing_written;

\echo feed_abort_undoes_all_batches_and_tells_the_position
SELECT test.clean();
INSERT INTO test.feed (document) VALUES (test.fed(20000, '{"cost": -1}'));
SELECT test.try($$SELECT count(*) FROM product_upsert_from('test.feed')$$);
SELECT count(*) FROM product;

\echo feed_skip_leaves_out_the_rejects_and_writes_the_rest
INSERT INTO test.feed (document) VALUES (NULL), ('[]'), ('"text"'), ('null'), (test.fed(20001));
SELECT status, count(*) FROM product_upsert_from('test.feed', on_error => 'skip') GROUP BY status ORDER BY status;
SELECT position, status, test.short(errors) FROM product_upsert_from('test.feed', on_error => 'skip') WHERE position > 12000;
SELECT count(*) FROM product;

\echo vending_32_two_documents_of_one_feed_collide_across_batches
SELECT test.clean();
TRUNCATE test.feed;
INSERT INTO test.feed (document) SELECT test.fed(i) FROM generate_series(1, 12000) i;
INSERT INTO test.feed (document) VALUES (test.fed(3));
SELECT * FROM test.error($$SELECT count(*) FROM product_upsert_from('test.feed')$$);
SELECT count(*) FROM product;
SELECT position, status, id, errors #>> '{0,message}' AS message FROM product_upsert_from('test.feed', on_error => 'skip') WHERE status <> 'created';
SELECT count(*) FROM product;

\echo feed_says_the_same_as_the_row_call_whatever_collides_with_what
SELECT test.clean();
TRUNCATE test.feed RESTART IDENTITY;
SELECT count(*) FROM product_upsert_rows((SELECT jsonb_agg(test.fed(i, jsonb_build_object('productId', i))) FROM generate_series(1, 200) i));
INSERT INTO test.feed (document) SELECT test.fed(i) FROM generate_series(1001, 26000) i;
UPDATE test.feed f SET document = c.document FROM (VALUES
    -- new, and new again in the third batch
    (10, test.fed(900)), (24000, test.fed(900)),
    -- stored, three times, by two rules
    (11, test.fed(1)), (12000, '{"productId": 1, "cost": 5}'), (12001, test.fed(1, '{"cost": 4}')),
    -- a reject is a document too
    (12, test.fed(901, '{"cost": -1}')), (12002, test.fed(901)),
    -- renamed, and called by the old name and by the new one
    (13, '{"productId": 2, "name": "renamed"}'), (13000, test.fed(2)), (25000, test.fed(2, '{"name": "renamed"}')),
    (14, '{"productId": 3, "name": "renamed"}'), (13001, test.fed(3, '{"name": "renamed"}')),
    (15, '{"productId": 4, "name": "renamed"}'), (24001, test.fed(4, '{"cost": 1}')),
    -- renamed to what another one is called until then
    (16, '{"productId": 5, "name": "renamed"}'), (24002, test.fed(5, '{"productId": 6}')),
    -- renamed to what a new one is called, and to what another is renamed to
    (17, test.fed(7, '{"name": "wanted"}')), (14000, '{"productId": 7, "name": "wanted"}'),
    (18, test.fed(8, '{"productId": 8, "name": "wanted too"}')), (14001, test.fed(8, '{"productId": 15, "name": "wanted too"}')),
    -- an id that two want, and nothing at all
    (19, test.fed(902, '{"productId": 50000}')), (24003, test.fed(903, '{"productId": 50000}')), (24004, NULL),
    -- in one batch
    (20, test.fed(904)), (21, test.fed(904))) c (line, document) WHERE f.line = c.line;
CREATE TABLE test.one_call AS
SELECT r.* FROM product_upsert_rows((SELECT jsonb_agg(document ORDER BY line) FROM test.feed), on_error => 'skip', dry_run => true) r;
CREATE VIEW test.feed_in_order AS SELECT document FROM test.feed ORDER BY line;
CREATE TABLE test.fed AS SELECT r.* FROM product_upsert_from('test.feed_in_order', on_error => 'skip', dry_run => true) r;
SELECT position, f.*, o.*
  FROM test.one_call o JOIN test.fed f USING (position)
 WHERE (o.status, o.decided_by, o.version, o.changed, test.short(o.errors), jsonb_path_query_array(o.errors, '$[*].message'))
       IS DISTINCT FROM
       (f.status, f.decided_by, f.version, f.changed, test.short(f.errors), jsonb_path_query_array(f.errors, '$[*].message'));
SELECT status, count(*) FROM test.fed GROUP BY status ORDER BY status;
SELECT position, test.short(errors), errors #>> '{0,message}' AS message FROM test.fed WHERE status = 'rejected';
SELECT count(*), count(*) FILTER (WHERE version > 1) AS updated FROM product;

\echo feed_sources_that_cannot_be_read_are_clear_errors
SELECT * FROM test.error($$SELECT product_upsert_from(NULL)$$);
SELECT * FROM test.error($$SELECT product_upsert_from('test.feed', NULL)$$);
SELECT * FROM test.error($$SELECT product_upsert_from('test.feed', mode => NULL)$$);
SELECT * FROM test.error($$SELECT product_upsert_from('test.feed', on_error => NULL)$$);
SELECT * FROM test.error($$SELECT product_upsert_from('test.feed', dry_run => NULL)$$);
SELECT * FROM test.error($$SELECT product_upsert_from('test.feed', 'doc')$$);
SELECT * FROM test.error($$SELECT product_upsert_from('test.feed', 'other')$$);
SELECT * FROM test.error($$SELECT product_upsert_from('pg_class')$$);
SELECT * FROM test.error($$SELECT product_upsert_from('test.feed', on_error => 'keep')$$);
SELECT state, message FROM test.error($$SELECT product_upsert_from('test.feed', profile => 'vendin')$$);
SELECT * FROM test.error($$SELECT product_upsert_from('test.feed', identifier_field => 'sku')$$);
SELECT * FROM test.error($$SELECT product_upsert_from('product_pkey', 'x')$$);
SELECT * FROM test.error($$SELECT product_upsert_from(4294967000::oid)$$);

\echo feed_of_a_table_that_the_caller_may_not_read
CREATE ROLE test_feeder;
GRANT USAGE ON SCHEMA test TO test_feeder;
SELECT product_grant('test_feeder', p) FROM unnest('{PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) p;
SET ROLE test_feeder;
SELECT product_upsert_from('test.feed', 'doc');
RESET ROLE;
GRANT SELECT (line) ON test.feed TO test_feeder;
SET ROLE test_feeder;
SELECT product_upsert_from('test.feed');
RESET ROLE;
GRANT SELECT ON test.feed TO test_feeder;
TRUNCATE test.feed;
INSERT INTO test.feed (document) VALUES (test.fed(5000));
SET ROLE test_feeder;
SELECT status FROM product_upsert_from('test.feed');
RESET ROLE;
DROP OWNED BY test_feeder;
DELETE FROM product_member WHERE member = 'test_feeder';
DROP ROLE test_feeder;

\echo feed_sees_what_its_own_statement_inserted_before
WITH added AS (INSERT INTO test.feed (document) VALUES (test.fed(6000)) RETURNING 1)
SELECT (SELECT count(*) FROM product_upsert_from('test.feed')) FROM added;

\echo feed_can_be_cancelled_between_two_documents
TRUNCATE test.feed;
CREATE VIEW test.feed_slow AS SELECT test.fed(i) AS document FROM generate_series(1, 1000000) i, LATERAL (SELECT pg_sleep(0.001 * (i % 2))) s;
SET statement_timeout = '200ms';
SELECT count(*) FROM product_upsert_from('test.feed_slow');
RESET statement_timeout;
SELECT count(*) FROM product WHERE name = 'Product 7001';

\echo feed_of_documents_that_are_stored_out_of_line
ALTER TABLE test.feed ALTER document SET STORAGE EXTERNAL;
INSERT INTO test.feed (document) SELECT test.fed(i, jsonb_build_object('customData', repeat('x', 100000))) FROM generate_series(7001, 7400) i;
SELECT status, count(*), min(position), max(position) FROM product_upsert_from('test.feed') GROUP BY status;
SELECT count(*), min(length(custom_data #>> '{}')) FROM product WHERE custom_data IS NOT NULL;

\echo feed_of_batches_of_any_size
SHOW product_upsert.batch_documents;
SHOW product_upsert.batch_memory;
-- The messages of 18 have the unit.
\set VERBOSITY sqlstate
SET product_upsert.batch_documents = 0;
SET product_upsert.batch_memory = '63kB';
\set VERBOSITY terse
SET product_upsert.batch_documents = 1;
SET product_upsert.batch_memory = '64kB';
SELECT status, count(*), min(position), max(position) FROM product_upsert_from('test.feed') GROUP BY status;
SET product_upsert.batch_documents = 1000000;
SELECT status, count(*), min(position), max(position) FROM product_upsert_from('test.feed') GROUP BY status;
RESET product_upsert.batch_documents;
RESET product_upsert.batch_memory;

DROP TABLE test.feed, test.feed_empty, test.one_call, test.fed CASCADE;
DROP VIEW test.feed_slow;
DROP FUNCTION test.fed;
