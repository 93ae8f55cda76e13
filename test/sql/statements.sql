-- Plans are prepared once a session and kept: no more of them after many calls of many sizes. How many statements a batch
-- executes is counted in test/t/006_statements.pl, which needs a server of its own for it.
\set VERBOSITY terse
SELECT test.clean();
\c
SET product_upsert.profile = 'catalog';
CREATE VIEW test.plans AS SELECT ident FROM pg_backend_memory_contexts WHERE name = 'CachedPlanSource' AND ident LIKE '%product%' AND ident NOT LIKE '%test.%';
CREATE FUNCTION test.feed(prefix text, documents int, price int) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_agg(jsonb_build_object('external_id', prefix || i, 'name', 'n', 'price', price)) FROM generate_series(1, documents) i
$$;
-- Everything once: create, update, unchanged; one, few, many; single, bulk and row call; match and get.
CREATE FUNCTION test.everything(prefix text, documents int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM product_upsert_rows(test.feed(prefix, documents, 1));
    PERFORM product_upsert_bulk(test.feed(prefix, documents, 2));
    PERFORM product_upsert_bulk(test.feed(prefix, documents, 2));
    PERFORM product_upsert(test.feed(prefix, 1, 3) -> 0);
    PERFORM product_upsert(test.feed(prefix || 'single', 1, 3) -> 0);
    PERFORM FROM product_upsert_rows(test.feed(prefix, documents, 4));
    PERFORM product_match(test.feed(prefix, 1, 5) -> 0);
    PERFORM product_get(1);
END
$$;
\echo statements_plans_are_prepared_once_a_session
SELECT count(*) AS before FROM test.plans;
SELECT test.everything('a', 3), test.everything('b', 300);
SELECT count(*) AS kept, count(*) > 0 AS some FROM test.plans \gset
SELECT :'some' AS plans_are_kept, :kept < 30 AS and_they_are_few;
SELECT count(test.everything('c' || i || '-', i * 7)) AS calls FROM generate_series(1, 60) i;
SELECT count(*) - :kept AS more FROM test.plans;
\echo statements_failing_calls_leave_no_plans_behind
SELECT count(test.try(format('SELECT product_upsert_bulk(%L)', test.feed('x', 2, i) || '[{"external_id": "x1", "name": "n"}]'))) AS calls FROM generate_series(1, 30) i;
SELECT count(*) - :kept AS more FROM test.plans;
\echo statements_many_single_calls_in_one_transaction_use_no_subtransaction
BEGIN;
SELECT count(product_upsert(jsonb_build_object('external_id', 's' || i, 'name', 'n', 'price', i))) AS created FROM generate_series(1, 200) i;
SELECT count(product_upsert(jsonb_build_object('external_id', 's' || i, 'price', -i))) AS updated FROM generate_series(1, 200) i;
SELECT count(DISTINCT xmin::text) AS transaction_ids FROM product WHERE external_id LIKE 's%';
COMMIT;
\echo statements_plans_follow_changes_of_the_table
ALTER TABLE product ADD COLUMN users_own text DEFAULT 'own';
CREATE INDEX users_index ON product (users_own);
SELECT status FROM product_upsert_rows(test.feed('a', 1, 9));
SELECT status FROM product_upsert_rows(test.feed('fresh', 1, 9));
SELECT users_own FROM product WHERE external_id = 'fresh1';
ALTER TABLE product DROP COLUMN users_own;
SELECT status FROM product_upsert_rows(test.feed('a', 1, 10));
DISCARD PLANS;
SELECT status FROM product_upsert_rows(test.feed('a', 1, 11));
DISCARD ALL;
SELECT status FROM product_upsert_rows(test.feed('a', 1, 12));

DROP VIEW test.plans;
DROP FUNCTION test.everything, test.feed;
SELECT test.clean();
