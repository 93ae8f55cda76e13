-- A document that changes nothing writes nothing. Measured in this backend alone, so that others cannot disturb.
\set VERBOSITY terse
SELECT test.clean();
SET product_upsert.profile = 'vending';

-- The WAL that a statement makes in this backend, the rows it wrote, whether it was given a transaction id, and ids used.
CREATE FUNCTION test.cost(statement text, OUT wal_records bigint, OUT wal_bytes numeric, OUT inserted bigint, OUT updated bigint, OUT deleted bigint, OUT ids bigint) LANGUAGE plpgsql AS $$
DECLARE
    plan json;
    before record;
    last bigint := (SELECT last_value FROM product_id_seq);
BEGIN
    SELECT sum(n_tup_ins) AS ins, sum(n_tup_upd) AS upd, sum(n_tup_del) AS del INTO before FROM pg_stat_xact_user_tables;
    EXECUTE 'EXPLAIN (ANALYZE, WAL, FORMAT JSON) ' || statement INTO plan;
    wal_records := plan #>> '{0,Plan,WAL Records}';
    wal_bytes := plan #>> '{0,Plan,WAL Bytes}';
    SELECT sum(n_tup_ins) - before.ins, sum(n_tup_upd) - before.upd, sum(n_tup_del) - before.del INTO inserted, updated, deleted FROM pg_stat_xact_user_tables;
    SELECT last_value - last INTO ids FROM product_id_seq;
END
$$;
CREATE TABLE test.feed AS SELECT jsonb_agg(jsonb_build_object('manufacturer', 'M' || i % 10, 'brand', 'B' || i % 50, 'name', 'N' || i, 'size', i * 0.5, 'unitsForSize', 'oz', 'cost', i * 0.25,
    'customField1', 'c' || i, 'customData', jsonb_build_object('i', i, 'd', 1.10))) AS documents FROM generate_series(1, 500) i;
SELECT count(*) FROM test.feed, product_upsert_rows(documents) WHERE status = 'created';
-- What the load left behind is cleaned away now, so that reading does not do it.
VACUUM (ANALYZE) product;
SELECT test.state() AS before FROM (SELECT count(*) FROM product) hint_bits \gset

\echo unchanged_the_bulk_call_writes_nothing
SELECT * FROM test.cost('SELECT product_upsert_bulk(documents) FROM test.feed');
\echo unchanged_the_row_call_writes_nothing
SELECT * FROM test.cost('SELECT count(*) FROM test.feed, product_upsert_rows(documents)');
\echo unchanged_the_single_call_writes_nothing
SELECT * FROM test.cost($$SELECT product_upsert('{"manufacturer": "M1", "brand": "B1", "name": "N1", "size": 0.5, "unitsForSize": "oz"}')$$);
SELECT sum(wal_records) AS wal_records, sum(updated) AS updated, sum(ids) AS ids FROM test.feed, jsonb_array_elements(documents) d, test.cost(format('SELECT product_upsert(%L)', d));
\echo unchanged_match_and_get_write_nothing
SELECT * FROM test.cost($$SELECT product_match('{"manufacturer": "M1", "brand": "B1", "name": "other", "size": 0.5, "unitsForSize": "oz"}')$$);
SELECT * FROM test.cost($$SELECT product_get(1)$$);
\echo unchanged_no_transaction_id_no_row_lock
BEGIN;
SELECT count(*) FROM test.feed, product_upsert_rows(documents) WHERE status = 'unchanged';
SELECT pg_current_xact_id_if_assigned() IS NULL AS no_transaction_id;
SELECT count(*) AS locked_rows FROM product WHERE xmax <> 0;
COMMIT;
\echo unchanged_no_new_ctid_xmin_version_or_time
SELECT test.state() = :'before' AS same;
\echo unchanged_it_works_in_a_read_only_transaction
BEGIN READ ONLY;
SELECT count(*) FROM test.feed, product_upsert_rows(documents) WHERE status = 'unchanged';
SELECT product_upsert('{"manufacturer": "M1", "brand": "B1", "name": "N1", "size": 0.5, "unitsForSize": "oz", "cost": 9}');
ROLLBACK;
\echo unchanged_the_yardstick_a_change_costs
BEGIN;
SELECT wal_bytes > 0 AS wal, updated, ids FROM test.cost($$SELECT product_upsert('{"manufacturer": "M1", "brand": "B1", "name": "N1", "size": 0.5, "unitsForSize": "oz", "cost": 7}')$$);
SELECT wal_bytes > 0 AS wal, inserted, ids FROM test.cost($$SELECT product_upsert('{"manufacturer": "M1", "brand": "B1", "name": "new"}')$$);
ROLLBACK;
\echo unchanged_but_for_a_few_writes_only_those
SELECT wal_bytes > 0 AS wal, inserted, updated, ids FROM test.cost($$SELECT count(*) FROM product_upsert_rows((SELECT jsonb_agg(CASE WHEN n % 100 = 0 THEN d || '{"cost": 1000}' ELSE d END) FROM test.feed, jsonb_array_elements(documents) WITH ORDINALITY t (d, n)))$$);
SELECT count(*) FILTER (WHERE version = 2) AS changed, count(*) FILTER (WHERE version = 1) AS as_before FROM product;
\echo unchanged_an_update_consumes_no_id
SELECT updated, ids FROM test.cost($$SELECT product_upsert_bulk((SELECT jsonb_agg(d || '{"cost": 2000}') FROM test.feed, jsonb_array_elements(documents) d))$$);
\echo unchanged_a_rejected_batch_consumes_no_id
SELECT last_value AS last FROM product_id_seq \gset
SELECT test.try($$SELECT product_upsert_bulk('[{"manufacturer": "M", "brand": "B", "name": "new 1"}, {"manufacturer": "M", "brand": "B", "name": "new 1"}]')$$) LIKE '23505 %' AS rejected;
SELECT last_value - :last AS ids FROM product_id_seq;
\echo unchanged_every_type_of_field
SET product_upsert.profile = 'catalog';
SELECT '{"external_id": "all", "uuid": "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "name": " padded ", "size": 1e2, "price": 1.50, "cost": 123456789012345678901234567890.5, "markup": -0.0, "available_from": "2024-02-29", "calories": 7.0,
  "is_common": false, "tags": [], "systems": ["a", "b", ""], "channels": ["quote\"", "back\\slash", "{}", ",", "NULL"], "images": [{"url": "u", "sort_order": 1.0}], "translations": {}, "custom_data": {"b": [1.10, null, "x"], "a": {}}, "meta": {"k": null},
  "description": "", "size_unit": "", "manufacturer": "M\u00a0", "department": null}' AS document \gset
SELECT product_upsert(:'document') ->> 'name' AS created;
SELECT test.ways(:'document', 'catalog');
SELECT * FROM test.cost(format('SELECT product_upsert(%L)', :'document'));

DROP FUNCTION test.cost;
DROP TABLE test.feed;
SELECT test.clean();
RESET product_upsert.profile;
