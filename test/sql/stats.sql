-- What calls were and took: product_upsert_stats. Times are the clock's: only that there are some is held.
\set VERBOSITY terse
SELECT test.clean();
SELECT product_upsert_stats_reset();
CREATE FUNCTION test.stats() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', profile, calls, failed, documents, created, updated, unchanged, rejected, retries) FROM product_upsert_stats() WHERE calls > 0 ORDER BY 1
$$;
\echo stats_count_calls_and_what_became_of_documents_by_profile
SELECT count(*) FROM product_upsert_rows('[{"external_id": "a", "name": "A"}, {"external_id": "b", "name": "B"}, {"external_id": "c"}]', on_error => 'skip');
SELECT product_upsert('{"external_id": "a", "name": "A"}') IS NOT NULL, product_upsert('{"external_id": "b", "name": "B2"}') IS NOT NULL;
SELECT product_upsert('{"manufacturer": "M", "brand": "B", "name": "N"}', profile => 'vending') IS NOT NULL;
SELECT * FROM test.stats();
\echo stats_count_failed_calls_and_none_of_their_documents
SELECT test.try($$SELECT product_upsert_bulk('[{"external_id": "d", "name": "D"}, {"external_id": "e"}]')$$);
SELECT * FROM test.stats();
\echo stats_count_no_dry_runs_and_no_matches
SELECT product_upsert('{"external_id": "f", "name": "F"}', dry_run => true) IS NOT NULL, (SELECT status FROM product_match('{"external_id": "f", "name": "F"}'));
SELECT * FROM test.stats();
\echo stats_count_what_is_rolled_back
BEGIN;
SELECT product_upsert('{"external_id": "g", "name": "G"}') IS NOT NULL;
ROLLBACK;
SELECT * FROM test.stats();
\echo stats_count_the_documents_of_a_feed_once
CREATE TABLE test.stats_feed AS SELECT jsonb_build_object('external_id', 'x' || i, 'name', 'X', 'parent_product_id', CASE WHEN i = 1 THEN 'x15000' END) AS document FROM generate_series(1, 15000) i;
SELECT product_upsert_stats_reset();
SELECT status, count(*) FROM product_upsert_from('test.stats_feed') GROUP BY 1;
SELECT * FROM test.stats();
SELECT read_ms > 0 AS read, decide_ms > 0 AS decided, write_ms > 0 AS wrote, waiting_ms >= 0 AND waiting_ms < 1000 * extract(epoch FROM clock_timestamp() - since) AS waited, since <= now() AS since, scope IN ('server', 'session') AS scope FROM product_upsert_stats() WHERE profile = 'catalog';
\echo stats_of_others_are_not_anybodys_to_forget
CREATE ROLE test_stats;
SET ROLE test_stats;
SELECT count(*) > 0 AS look FROM product_upsert_stats();
SELECT product_upsert_stats_reset();
RESET ROLE;
DROP ROLE test_stats;
DROP TABLE test.stats_feed;
DROP FUNCTION test.stats;
SELECT test.clean();
