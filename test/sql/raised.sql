-- What the owner's triggers raise when a call reports nothing but an error.
SELECT test.clean();
CREATE FUNCTION test.fall() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF new.name LIKE 'fall%' THEN RAISE EXCEPTION USING ERRCODE = substr(new.name, 5), MESSAGE = 'fallen', DETAIL = 'why'; END IF;
    RETURN new;
END
$$;
CREATE TRIGGER fall BEFORE INSERT OR UPDATE ON product FOR EACH ROW EXECUTE FUNCTION test.fall();
CREATE VIEW test.states AS SELECT state FROM unnest('{01000,02000,0A000,21000,22012,23514,28000,2F005,38000,39P01,42P01,42501,54000,55000,ABCDE,FALLS,HV000,P0001}'::text[]) state;

\echo rule_60_what_a_trigger_raises_keeps_its_sqlstate_and_gets_our_detail
SELECT s.state, e.state = s.state AS kept, test.short(e.errors) AS errors, e.errors #>> '{0,sqlstate}' AS sqlstate, e.errors #>> '{0,detail}' AS detail
  FROM test.states s, test.error(format('SELECT product_upsert(%L)', json_build_object('external_id', 'one', 'name', 'fall' || s.state))) e;
SELECT count(*), count(DISTINCT e.errors) FILTER (WHERE e.state = s.state AND test.short(e.errors) IN (':constraint@2', ':permission@2')) AS told
  FROM test.states s, test.error(format('SELECT product_upsert_bulk(%L)', json_build_array(json_build_object('external_id', 'two', 'name', 'T'), json_build_object('external_id', 'one', 'name', 'fall' || s.state)))) e;
\echo rule_60_but_a_fault_of_the_server_stays_what_it_is
SELECT s.state, e.state = s.state AS kept, e.errors FROM unnest('{08006,25006,40001,53100,55P03,58030,XX000}'::text[]) s(state),
       test.error(format('SELECT product_upsert(%L)', json_build_object('external_id', 'one', 'name', 'fall' || s.state))) e;
\echo fine_point_f_the_position_is_told_where_one_document_alone_is_written
SELECT status FROM product_upsert_rows('[{"external_id": "same", "name": "S"}, {"external_id": "old", "name": "O"}]');
CREATE TABLE test.feed (document jsonb);
INSERT INTO test.feed VALUES ('{"external_id": "same", "name": "S"}'), ('{"external_id": "new", "name": "fallP0001"}');
CREATE TABLE test.inbox (document jsonb);
CREATE TRIGGER feed AFTER INSERT ON test.inbox REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger();
ALTER TABLE product ADD CONSTRAINT cheap CHECK (price < 100);
SELECT door, state, message, test.short(errors) AS errors FROM (VALUES
    ('bulk', $$SELECT product_upsert_bulk('[{"external_id": "same", "name": "S"}, {"external_id": "new", "name": "fallP0001"}]')$$),
    ('bulk, alone', $$SELECT product_upsert_bulk('[{"external_id": "new", "name": "fallP0001"}]')$$),
    ('rows, alone', $$SELECT * FROM product_upsert_rows('[{"external_id": "old", "price": 100}]')$$),
    ('text, alone', $$SELECT * FROM product_upsert_rows('{"external_id": "old", "price": 100}'::text)$$),
    ('a single call', $$SELECT product_upsert('{"external_id": "old", "price": 100}')$$),
    ('bulk, an update', $$SELECT product_upsert_bulk('[{"external_id": "same", "name": "S"}, {"external_id": "old", "name": "fallP0001"}]')$$),
    ('rows, a check', $$SELECT * FROM product_upsert_rows('[{"external_id": "same", "name": "S"}, {"external_id": "old", "price": 100}]')$$),
    ('text', $$SELECT * FROM product_upsert_rows(E'{"external_id": "same", "name": "S"}\n{"external_id": "old", "price": 100}'::text)$$),
    ('from', $$SELECT * FROM product_upsert_from('test.feed')$$),
    ('from, the last batch', $$SELECT * FROM set_config('product_upsert.batch_documents', '1', true), product_upsert_from('test.feed')$$),
    ('trigger', $$INSERT INTO test.inbox SELECT document FROM test.feed$$),
    ('trigger, alone', $$INSERT INTO test.inbox VALUES ('{"external_id": "new", "name": "fallP0001"}')$$)) doors (door, call), test.error(call);
RESET product_upsert.batch_documents;
SELECT external_id, name, price, version FROM product ORDER BY id;

\echo rule_60_the_field_of_a_column_that_the_owner_lets_hold_no_null
UPDATE product SET web_url = '', invoice_visibility = 'always';
ALTER TABLE product ALTER web_url SET NOT NULL, ALTER invoice_visibility SET NOT NULL, ADD COLUMN shelf text NOT NULL DEFAULT '';
ALTER TABLE product ALTER shelf DROP DEFAULT;
SELECT door, state, test.short(errors) AS errors FROM (VALUES
    ('a single call', $$SELECT product_upsert('{"external_id": "x", "name": "X"}')$$),
    ('rows, alone', $$SELECT * FROM product_upsert_rows('[{"external_id": "x", "name": "X"}]')$$),
    ('rows', $$SELECT * FROM product_upsert_rows('[{"external_id": "x", "name": "X"}, {"external_id": "same", "name": "S"}]')$$),
    ('rows, both', $$SELECT * FROM product_upsert_rows('[{"external_id": "x", "name": "X"}, {"external_id": "y", "name": "Y"}]')$$),
    ('an update', $$SELECT product_upsert('{"external_id": "same", "web_url": null}')$$),
    ('as a profile calls it', $$SELECT product_upsert('{"name": "X"}', profile => 'subscription', mode => 'create')$$),
    ('an own column', $$SELECT product_upsert('{"external_id": "x", "name": "X", "web_url": "", "invoice_visibility": "always"}')$$)) doors (door, call), test.error(call);
SELECT position, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "x", "name": "X"}, {"external_id": "y", "name": "Y", "web_url": "", "invoice_visibility": "always"}]', on_error => 'skip');
ALTER TABLE product ALTER web_url DROP NOT NULL, ALTER invoice_visibility DROP NOT NULL, DROP COLUMN shelf;

\echo errors_stay_below_64_kb_whatever_they_quote
SELECT call, state, octet_length(message) < 4000 AS short, octet_length(errors::text) < 65536 AS whole FROM (VALUES
    ($$product_custom_field_release(repeat('a', 100000))$$), ($$product_custom_field_index(repeat('é', 100000))$$), ($$product_identity_create(repeat('a', 100000), '{name}')$$),
    ($$product_identity_create('own', ARRAY[repeat('a', 100000)])$$), ($$product_identity_drop(repeat('a', 100000))$$), ($$product_grant(repeat('a', 100000), 'PRODUCT.VIEW')$$),
    ($$product_grant('public', repeat('a', 100000))$$), ($$product_retire('product', 'name', repeat('a', 100000))$$)) calls (call), test.error('SELECT ' || call);
INSERT INTO product_custom_field (organization_id, reference, type) VALUES (1, 'shelf', 'text');
SELECT count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', n::text, 'name', 'N', 'custom_fields', jsonb_build_object('shelf', repeat('a', 1000) || n % 60))) FROM generate_series(1, 12000) n));
SELECT state, left(message, 46) AS message, octet_length(message) < 4000 AS short, octet_length(errors::text) < 65536 AS whole, jsonb_array_length(errors) AS told FROM test.error($$SELECT product_custom_field_index('shelf', true)$$);

ALTER TABLE product DROP CONSTRAINT cheap;
DROP TABLE test.feed, test.inbox;
DROP VIEW test.states;
DROP TRIGGER fall ON product;
DROP FUNCTION test.fall;

-- A call that waits for a lock for too long begins again. One that was told so by the owner does not.
\echo rule_60_a_lock_that_the_owners_function_did_not_get_ends_the_call
CREATE FUNCTION test.is_free(name text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF name = 'busy' THEN RAISE lock_not_available USING MESSAGE = 'canceling statement due to lock timeout'; END IF;
    RETURN true;
END
$$;
ALTER TABLE product ADD CONSTRAINT is_free CHECK (test.is_free(name));
SET statement_timeout = '10s';
SELECT e.state, e.message FROM test.error($$SELECT * FROM product_upsert_rows('[{"external_id": "free", "name": "F"}, {"external_id": "busy", "name": "busy"}]', on_error => 'skip')$$) e;
RESET statement_timeout;
ALTER TABLE product DROP CONSTRAINT is_free;
DROP FUNCTION test.is_free;
-- What a parallel worker raises arrives without the name that PostgreSQL has for the message.
CREATE TABLE test.locks WITH (parallel_workers = 2) AS SELECT i FROM generate_series(1, 1000) i;
CREATE FUNCTION test.take(i int) RETURNS int LANGUAGE plpgsql PARALLEL SAFE AS $$
BEGIN
    IF i = 500 THEN RAISE lock_not_available USING MESSAGE = 'busy'; END IF;
    RETURN i;
END
$$;
CREATE FUNCTION test.is_free(name text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF name = 'busy' THEN PERFORM count(test.take(i)) FROM test.locks; END IF;
    RETURN true;
END
$$;
ALTER TABLE product ADD CONSTRAINT is_free CHECK (test.is_free(name));
SET statement_timeout = '10s';
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SELECT e.state, e.message FROM test.error($$SELECT * FROM product_upsert_rows('[{"external_id": "free", "name": "F"}, {"external_id": "busy", "name": "busy"}]', on_error => 'skip')$$) e;
RESET statement_timeout;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;
ALTER TABLE product DROP CONSTRAINT is_free;
DROP FUNCTION test.is_free, test.take;
DROP TABLE test.locks;
SELECT test.clean();
