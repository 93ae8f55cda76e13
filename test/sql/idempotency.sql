-- idempotency_key of product_upsert, product_upsert_bulk and product_upsert_rows: the same call with the same key is answered as it was.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT test.clean();
DELETE FROM product_idempotency;

\echo idempotency_the_first_answer_comes_again
CREATE TABLE test.once (n int, door text, answer text);
CREATE PROCEDURE test.call_twice(door text, call text) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1..2 LOOP
        EXECUTE format('INSERT INTO test.once SELECT %s, %L, r::text FROM %s r', n, door, call);
        UPDATE product SET price = 100 + n;
    END LOOP;
END
$$;
CALL test.call_twice('single', $$product_upsert('{"external_id": "a", "name": "A", "price": 1.50}', idempotency_key => 'k1')$$);
CALL test.call_twice('single text', $$product_upsert('{"external_id": "a", "name": "A2"}'::text, idempotency_key => 'k2')$$);
CALL test.call_twice('single json', $$product_upsert('{"external_id": "a", "name": "A3"}'::json, profile => 'catalog', idempotency_key => 'k3')$$);
CALL test.call_twice('bulk', $$product_upsert_bulk('[{"external_id": "a", "name": "A4"}, {"external_id": "b", "name": "B", "price": "x"}]', on_error => 'skip', idempotency_key => 'k4')$$);
CALL test.call_twice('bulk ids', $$product_upsert_bulk('[{"manufacturer": "M", "brand": "B", "name": "N"}]', profile => 'vending', idempotency_key => 'k5')$$);
CALL test.call_twice('bulk text', $$product_upsert_bulk('{"external_id": "a", "name": "A5"}'::text, idempotency_key => 'k6')$$);
CALL test.call_twice('rows', $$product_upsert_rows('[{"external_id": "a", "name": "A6", "tags": ["t"]}, {"external_id": "a2", "name": "new"}, {"external_id": "b", "price": "x"}, 5]', on_error => 'skip', idempotency_key => 'k7')$$);
CALL test.call_twice('rows text', $$product_upsert_rows('{"external_id": "a", "name": "A7"}'::text, idempotency_key => 'k8')$$);
SELECT door, count(*) / 2 AS answers, (SELECT array_agg(answer ORDER BY ctid) FROM test.once f WHERE f.door = o.door AND n = 1) = (SELECT array_agg(answer ORDER BY ctid) FROM test.once s WHERE s.door = o.door AND n = 2) AS the_same FROM test.once o GROUP BY door ORDER BY 1;
SELECT answer FROM test.once WHERE door = 'rows' AND n = 2;
SELECT external_id, name, version FROM product WHERE external_id IS NOT NULL ORDER BY id;

\echo idempotency_another_call_is_refused
SELECT call, state, message, errors FROM unnest(ARRAY[
    $$product_upsert('{"external_id": "a", "name": "other"}', idempotency_key => 'k1')$$,
    $$product_upsert('{"external_id": "a", "name": "A", "price": 1.50}', 'external_id', idempotency_key => 'k1')$$,
    $$product_upsert('{"external_id": "a", "name": "A", "price": 1.50}', mode => 'update', idempotency_key => 'k1')$$,
    $$product_upsert_bulk('{"external_id": "a", "name": "A7"}'::text, idempotency_key => 'k8')$$,
    $$product_upsert_rows('{"external_id": "a", "name": "A7"}'::text, on_duplicate => 'last', idempotency_key => 'k8')$$,
    $$product_upsert_rows('{"external_id": "a", "name": "A7"}'::text, on_error => 'skip', idempotency_key => 'k8')$$]) call, test.error('SELECT ' || call);
SELECT r.status FROM product_request('agency', 'POST', '/api/products', '{"name": "Once"}', headers => '{"Authorization": "t", "company": "1", "version": "1", "Idempotency-Key": "k1"}') r;

\echo idempotency_a_key_has_to_be_one
SELECT call, state, message FROM unnest(ARRAY[
    $$product_upsert('{"external_id": "a"}', idempotency_key => '')$$, $$product_upsert('{"external_id": "a"}', idempotency_key => repeat('k', 256))$$,
    $$product_upsert('{"external_id": "a"}', dry_run => true, idempotency_key => 'k9')$$]) call, test.error('SELECT ' || call);
SELECT product_upsert('{"external_id": "a"}', idempotency_key => NULL) IS NOT NULL AS none_is_none;

\echo idempotency_what_is_refused_leaves_its_key_free
SELECT state FROM test.error($$SELECT product_upsert('{"external_id": "later"}', idempotency_key => 'k9')$$);
SELECT product_upsert('{"external_id": "later", "name": "L"}', idempotency_key => 'k9') ->> 'name' AS name;

\echo idempotency_a_key_is_its_callers_and_its_organizations
SELECT product_upsert('{"external_id": "a", "name": "theirs"}', organization_id => 2, idempotency_key => 'k1') ->> 'name' AS name;
CREATE ROLE regress_once;
SELECT product_grant('regress_once', 'PRODUCT.UPDATE', 1);
SET ROLE regress_once;
SELECT product_upsert('{"external_id": "a", "name": "mine"}', idempotency_key => 'k1') ->> 'name' AS name FROM generate_series(1, 2);
SELECT count(*) AS theirs FROM product_idempotency WHERE caller <> CURRENT_USER;
RESET ROLE;
DROP OWNED BY regress_once;
DROP ROLE regress_once;
TRUNCATE product_member;

\echo idempotency_a_key_stands_for_24_hours
UPDATE product_idempotency SET created_at = now() - interval '23 hours' WHERE key = 'k1';
SELECT product_upsert('{"external_id": "a", "name": "A", "price": 1.50}', idempotency_key => 'k1') ->> 'name' AS the_first;
UPDATE product_idempotency SET created_at = now() - interval '25 hours' WHERE key = 'k1';
SELECT product_upsert('{"external_id": "a", "name": "anew"}', idempotency_key => 'k1') ->> 'name' AS name;

DROP PROCEDURE test.call_twice;
DROP TABLE test.once;
DELETE FROM product_idempotency;
RESET client_min_messages;
SELECT test.clean();
