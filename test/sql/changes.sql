-- The change feed: product_change, written by the engine where product_upsert.change_feed is on, and read by consumers.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT test.clean();
TRUNCATE product_change RESTART IDENTITY;
TRUNCATE product_change_consumer;
CREATE VIEW test.feed_of_changes AS SELECT c.product_id, c.action, c.changed, c.version FROM product_change c ORDER BY id;

-- Whatever else runs in the server, an autovacuum say, is an older transaction, for which readers wait.
CREATE PROCEDURE test.settle() LANGUAGE plpgsql AS $$
BEGIN
    WHILE pg_snapshot_xmin(pg_current_snapshot()) < pg_snapshot_xmax(pg_current_snapshot()) LOOP PERFORM pg_sleep(0.01); END LOOP;
END
$$;

\echo changes_are_off_by_default_and_cost_nothing
SELECT status FROM product_upsert_rows('[{"external_id": "a", "name": "A", "price": 1}]');
SHOW product_upsert.change_feed;
SELECT count(*) FROM product_change;

\echo changes_tell_old_and_new
SET product_upsert.change_feed = on;
SELECT status FROM product_upsert_rows('[{"external_id": "a", "name": "AA", "price": 1.00, "tags": ["x"]}, {"external_id": "b", "name": "B", "price": 12345678901234567890.50}]');
SELECT * FROM test.feed_of_changes;
\echo changes_are_of_what_changed_alone
SELECT status FROM product_upsert_rows('[{"external_id": "a", "name": "AA"}, {"external_id": "b", "name": ""}, {"external_id": "c", "price": "x"}]', on_error => 'skip');
SELECT count(*) FROM product_change;
SELECT status FROM product_upsert_rows('[{"external_id": "a", "name": "A3"}]', dry_run => true);
SELECT status FROM product_match('{"external_id": "a", "name": "A3"}');
SELECT test.try($$SELECT product_upsert_bulk('[{"external_id": "a", "name": "A3"}, {"external_id": "d"}]')$$);
SELECT count(*) FROM product_change;
BEGIN;
SELECT product_upsert('{"external_id": "a", "name": "A3"}') ->> 'name' AS name;
ROLLBACK;
SELECT count(*) FROM product_change;

\echo changes_of_variants_show_them_as_they_are_now
TRUNCATE product_change RESTART IDENTITY;
SELECT product_upsert('{"external_id": "v", "name": "V", "variants": [{"sku": "v1", "price": 1, "position": 1}]}') ->> 'name' AS name;
SELECT product_upsert('{"external_id": "v", "variants": [{"sku": "v1", "price": 2}, {"sku": "v2", "price": 3}]}') ->> 'name' AS name;
SELECT action, version, changed - 'variants' AS changed FROM product_change ORDER BY id;
SELECT action, jsonb_path_query_array(changed, '$.variants.new[*].sku') AS skus, jsonb_path_query_array(changed, '$.variants.new[*].price') AS prices FROM product_change ORDER BY id;

\echo changes_are_the_same_below_sql_however_far_apart_products_are
TRUNCATE product_change RESTART IDENTITY;
CREATE FUNCTION test.far_apart(direct text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    told text;
    apart int;
BEGIN
    PERFORM set_config('product_upsert.direct_writes', direct, true);
    -- Every third one has variants, and gets other ones; 3, 6 and 9 have been there in several versions.
    PERFORM product_upsert_bulk(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('external_id', 'far' || i, 'name', 'F' || i, 'variants', CASE WHEN i % 3 = 0 THEN
        (SELECT jsonb_agg(jsonb_build_object('sku', 'far' || i || '-' || v, 'price', v, 'position', v)) FROM generate_series(1, 1 + i % 4) v) END)) ORDER BY i)) FROM generate_series(1, 90) i;
    PERFORM product_upsert(jsonb_build_object('external_id', 'far' || i, 'number', 'n' || i || '-' || v)) FROM generate_series(3, 9, 3) i, generate_series(1, 3) v;
    PERFORM product_upsert(jsonb_build_object('external_id', 'far' || i, 'number', 'm' || i)) FROM generate_series(90, 50, -10) i;
    FOREACH apart IN ARRAY '{1, 2, 7, 8, 9, 30, 89}'::int[] LOOP
        PERFORM product_upsert_bulk(jsonb_agg(jsonb_build_object('external_id', 'far' || i, 'price', apart) || CASE WHEN i % 3 = 0 THEN jsonb_build_object('variants',
            jsonb_build_array(jsonb_build_object('sku', 'far' || i || '-1', 'price', apart + 10, 'position', 1))) ELSE '{}' END ORDER BY i % 10, i)) FROM generate_series(1, 90, apart) i;
    END LOOP;
    DELETE FROM product WHERE external_id = 'far45';
    PERFORM product_upsert_bulk(jsonb_agg(jsonb_build_object('external_id', 'far' || i, 'price', 0))) FROM generate_series(40, 50) i WHERE i <> 45;
    SELECT concat_ws(' ', count(*), count(DISTINCT c.product_id), sum(c.version), count(c.changed -> 'variants'),
                     md5(string_agg(concat(c.product_id - f.first, c.action, c.version, regexp_replace(c.changed::text, '"(id|created_at|updated_at)": ("[^"]*"|[0-9]+)', '', 'g')), ',' ORDER BY c.id)))
      INTO told FROM product_change c, (SELECT min(product_id) AS first FROM product_change) f;
    RAISE EXCEPTION USING ERRCODE = 'TS000', MESSAGE = told;
EXCEPTION WHEN SQLSTATE 'TS000' THEN
    RETURN SQLERRM;
END
$$;
SELECT test.far_apart('on') = test.far_apart('off') AS same, regexp_replace(test.far_apart('on'), ' [0-9a-f]+$', '') AS told;
-- However PostgreSQL joins the changes with their products.
SET enable_nestloop = off;
SET enable_mergejoin = off;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
DISCARD PLANS;
SELECT test.far_apart('on') = test.far_apart('off') AS same;
RESET enable_nestloop;
RESET enable_mergejoin;
RESET enable_indexscan;
RESET enable_bitmapscan;
DISCARD PLANS;
DROP FUNCTION test.far_apart;

\echo changes_by_every_way_in
TRUNCATE product_change RESTART IDENTITY;
CREATE TABLE test.change_lines (line int PRIMARY KEY, document jsonb);
INSERT INTO test.change_lines SELECT i, jsonb_build_object('external_id', 'l' || i, 'name', 'L' || i) FROM generate_series(1, 3) i;
SELECT count(*) FROM product_upsert_from('test.change_lines');
UPDATE test.change_lines SET document = document || '{"price": 7}';
SET application_name = 'nightly';
CALL product_import('test.change_lines', batch_size => 2);
SELECT count(*), count(DISTINCT called_at) AS calls, count(DISTINCT xact) AS transactions, min(changed_by) = current_user AS who, array_agg(DISTINCT application) AS application FROM product_change GROUP BY action ORDER BY action;
RESET application_name;
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'c', 'C') RETURNING id AS category \gset
SELECT left(test.ask('billing', 'POST', '/v1/products', jsonb_build_object('name', 'gone', 'reference', 'gone', 'category_id', :category)), 4) AS created;
SELECT left(test.ask('billing', 'DELETE', '/v1/products/gone'), 4) AS deleted;
SELECT action, product_id = (SELECT max(product_id) FROM product_change) AS same, version FROM product_change ORDER BY id DESC LIMIT 2;

\echo changes_are_read_once_by_each_consumer
CALL test.settle();
SELECT action, changed #>> '{price,new}' AS price, version FROM product_changes_read('search', 4);
SELECT action, changed #>> '{price,new}' AS price, version FROM product_changes_read('search', 100);
SELECT count(*) FROM product_changes_read('search');
SELECT count(*) FROM product_changes_read('shop');
SELECT count(*) FROM product_changes_read('shop', organization_id => 2);
BEGIN;
SELECT count(*) FROM product_changes_read('third');
ROLLBACK;
SELECT count(*) FROM product_changes_read('third');
SELECT organization_id, name, xact > '0' AS has_read FROM product_change_consumer ORDER BY 1, 2;

\echo changes_are_kept_until_all_have_read_them
SELECT product_changes_prune();
SELECT product_upsert('{"external_id": "l1", "name": "L4"}') ->> 'name' AS name;
SELECT changed FROM product_change ORDER BY id DESC LIMIT 1;
CALL test.settle();
SELECT count(*) FROM product_changes_read('search');
SELECT product_changes_prune('0'), product_changes_prune('0', unread => true);
SELECT count(*) FROM product_change;

\echo changes_of_another_server_are_told
UPDATE product_change_consumer SET xact = '999999999999' WHERE name = 'shop';
SELECT * FROM product_changes_read('shop');

UPDATE product_change_consumer SET xact = '0' WHERE name = 'shop';
-- The server has caught up with it: what it has written meanwhile would lie before what was read.
CREATE PROCEDURE test.count_on(more integer) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..more LOOP
        COMMIT;
        PERFORM pg_current_xact_id();
    END LOOP;
END
$$;
SELECT product_upsert('{"external_id": "l1", "name": "L5"}') ->> 'name' AS name;
CALL test.settle();
SELECT count(*) FROM product_changes_read('behind');
BEGIN;
UPDATE product_change_consumer SET xact = (pg_current_xact_id()::text::bigint + 5)::text::xid8 WHERE name = 'behind';
COMMIT;
SELECT product_upsert('{"external_id": "l1", "name": "L6"}') ->> 'name' AS name;
CALL test.count_on(10);
CALL test.settle();
SELECT count(*) FROM product_changes_read('behind');
SELECT count(*) FROM product_changes_read('shop');
UPDATE product_change SET xact = (pg_current_xact_id()::text::bigint + 5)::text::xid8 WHERE changed #>> '{name,new}' = 'L6';
CALL test.count_on(10);
CALL test.settle();
SELECT count(*) FROM product_changes_read('shop');
SELECT count(*) FROM product_changes_read('new');
DELETE FROM product_change;
DELETE FROM product_change_consumer;
SELECT product_upsert('{"external_id": "l1", "name": "L7"}') ->> 'name' AS name;
-- Written and noted below a savepoint.
BEGIN;
SAVEPOINT s;
SELECT count(*) >= 0 AS read FROM product_changes_read('new');
RELEASE s;
SELECT count(*) >= 0 AS read FROM product_changes_read('new');
COMMIT;
VACUUM FREEZE product_change, product_change_consumer;
CALL test.settle();
SELECT count(*) >= 0 AS read FROM product_changes_read('new');
SELECT count(*) FROM product_changes_read('fresh');
DELETE FROM product_change;

\echo changes_on_citus_are_not_read_by_consumers
-- Each node counts its own transactions there.
BEGIN;
SET LOCAL allow_system_table_mods = on;
CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass);
SELECT count(*) FROM product_changes_read('third');
INSERT INTO pg_dist_partition VALUES ('product_change');
SELECT * FROM test.error($$SELECT product_changes_read('third')$$);
ROLLBACK;

\echo changes_that_a_subscription_brings_are_not_read_by_consumers
-- They come in the order of commits: one of a long transaction would lie before what was read.
BEGIN;
SET LOCAL allow_system_table_mods = on;
INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate) VALUES (1, 'product_change'::regclass, 'r');
SELECT * FROM test.error($$SELECT product_changes_read('third')$$);
ROLLBACK;
SELECT count(*) FROM product_changes_read('third');

\echo changes_without_sense_are_clear_errors
SELECT * FROM test.error($$SELECT product_changes_read(NULL)$$);
SELECT * FROM test.error($$SELECT product_changes_read('')$$);
SELECT * FROM test.error($$SELECT product_changes_read('x', 0)$$);
SELECT * FROM test.error($$SELECT product_changes_prune(NULL)$$);

\echo changes_with_the_rights_of_members
CREATE ROLE test_reader;
SELECT product_grant('test_reader', 'PRODUCT.VIEW', 2);
SELECT product_upsert('{"external_id": "two", "name": "two"}', organization_id => 2) ->> 'name' AS name;
CALL test.settle();
SET ROLE test_reader;
SELECT action FROM product_changes_read('theirs', organization_id => 2);
SELECT action FROM product_changes_read('theirs');
SELECT product_changes_prune('0', 2, true);
RESET ROLE;
DROP OWNED BY test_reader;
DELETE FROM product_member WHERE member = 'test_reader';
DROP ROLE test_reader;
CREATE ROLE test_writer;
SELECT product_grant('test_writer', 'PRODUCT.UPDATE', 2);
SET ROLE test_writer;
SELECT product_upsert('{"external_id": "two", "name": "second"}', organization_id => 2) ->> 'name' AS name;
RESET ROLE;
SELECT changed, changed_by FROM product_change ORDER BY id DESC LIMIT 1;
DROP OWNED BY test_writer;
DELETE FROM product_member WHERE member = 'test_writer';
DROP ROLE test_writer;
\echo changes_go_on_where_their_sequence_is_behind_their_rows
TRUNCATE product_change;
TRUNCATE product_change_consumer;
DELETE FROM product;
-- Rows that were restored without the sequence: 1 to 5, 7, a gap, 5000 to 5002, and far behind them one more. Another organization has others.
INSERT INTO product_change (organization_id, id, product_id, action, xact) SELECT 1, i, 1, 'created', '5' FROM unnest('{1,2,3,4,5,7,5000,5001,5002,900000000000}'::bigint[]) i;
INSERT INTO product_change (organization_id, id, product_id, action, xact) SELECT 2, i, 1, 'created', '5' FROM generate_series(5003, 7000) i;
SELECT setval(pg_get_serial_sequence('product_change', 'id'), 1, false);
CREATE FUNCTION test.told_next() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat(c.action, ' ', c.id), ', ' ORDER BY c.id) FROM product_change c WHERE c.xact = pg_current_xact_id() AND c.organization_id = 1
$$;
BEGIN; SELECT product_upsert('{"external_id": "s1", "name": "S1"}') ->> 'name' AS name; SELECT test.told_next(); COMMIT;
BEGIN; SELECT status FROM product_upsert_rows('[{"external_id": "s1", "name": "S2"}]'); SELECT test.told_next(); COMMIT;
SELECT setval(pg_get_serial_sequence('product_change', 'id'), 2);
BEGIN; SET LOCAL product_upsert.direct_writes = off; SELECT status FROM product_upsert_rows('[{"external_id": "s1", "name": "S3"}, {"external_id": "s2", "name": "S"}]'); SELECT test.told_next(); COMMIT;
SELECT setval(pg_get_serial_sequence('product_change', 'id'), 3, true);
CREATE TABLE test.one_of_two AS SELECT '{"external_id": "s1"}'::jsonb AS document;
BEGIN; SELECT done FROM product_retire('test.one_of_two', most => 100); SELECT test.told_next(); ROLLBACK;
SELECT setval(pg_get_serial_sequence('product_change', 'id'), 4999);
BEGIN; SELECT done FROM product_retire('test.one_of_two', most => 100, action => 'delete'); SELECT test.told_next(); COMMIT;
\echo changes_of_other_organizations_pass_theirs
BEGIN; SELECT status FROM product_upsert_rows('[{"external_id": "s1", "name": "S1"}]', organization_id => 2); SELECT id FROM product_change WHERE xact = pg_current_xact_id(); COMMIT;
BEGIN; SELECT product_upsert('{"external_id": "s1", "name": "S4"}') ->> 'name' AS name; SELECT test.told_next(); COMMIT;
-- A deletion over HTTP, and a member who may neither read the feed nor the sequence.
SELECT setval(pg_get_serial_sequence('product_change', 'id'), 1, false);
SELECT left(test.ask('billing', 'POST', '/v1/products', jsonb_build_object('name', 'gone', 'reference', 'gone', 'category_id', :category)), 4) AS created;
SELECT setval(pg_get_serial_sequence('product_change', 'id'), 1, false);
SELECT left(test.ask('billing', 'DELETE', '/v1/products/gone'), 4) AS deleted;
SELECT setval(pg_get_serial_sequence('product_change', 'id'), 1, false);
CREATE ROLE test_behind;
SELECT product_grant('test_behind', 'PRODUCT.CREATE', 1);
SET ROLE test_behind;
SELECT product_upsert('{"external_id": "s5", "name": "S5"}') ->> 'name' AS name;
RESET ROLE;
\echo changes_of_a_session_that_knew_its_sequence_fail_once
SELECT setval(pg_get_serial_sequence('product_change', 'id'), 10000);
SELECT product_upsert('{"external_id": "s5", "name": "S6"}', organization_id => 3) ->> 'name' AS name;
INSERT INTO product_change (organization_id, id, product_id, action, xact) SELECT 3, i, 1, 'created', '5' FROM generate_series(10002, 10100) i;
SELECT left(test.try($$SELECT product_upsert('{"external_id": "s5", "name": "S7"}', organization_id => 3)$$), 5) AS refused;
SELECT product_upsert('{"external_id": "s5", "name": "S7"}', organization_id => 3) ->> 'name' AS name;
\echo changes_are_read_in_their_order_all_the_same
CALL test.settle();
SELECT count(*) AS read, count(DISTINCT (xact, id)) AS different FROM product_changes_read('behind', 100000);
SELECT count(*) FROM product_changes_read('behind');
DROP OWNED BY test_behind;
DELETE FROM product_member WHERE member = 'test_behind';
DROP ROLE test_behind;
DROP FUNCTION test.told_next;
DROP TABLE test.one_of_two;
RESET product_upsert.change_feed;
SELECT test.clean();
