-- Rule 58: the same Idempotency-Key with the same call answers the first answer again; with another call it is refused.
\pset format unaligned
\pset footer off
SELECT test.clean();
INSERT INTO product_category (organization_id, id, name) VALUES (1, 1, 'Plans') ON CONFLICT DO NOTHING;
INSERT INTO product_organization (organization_id, reference) VALUES (1, 'own') ON CONFLICT DO NOTHING;
CREATE FUNCTION test.ask_once(key text, profile text, method text, path text, body jsonb, parameters jsonb DEFAULT '{}') RETURNS TABLE (status integer, answer text, headers jsonb) LANGUAGE sql AS $$
    SELECT r.status, coalesce(r.body ->> 'code', r.body ->> 'key', r.body ->> 'message', r.body ->> 'id', r.body #>> '{data,id}', r.body::text), r.headers
      FROM product_request(profile, method, path, body, parameters, jsonb_build_object('Authorization', 't', 'X-Api-Key', 'k', 'company', '1', 'version', '1', 'Idempotency-Key', key)) r
$$;

\echo rule_58_the_same_key_with_the_same_call_answers_the_first_answer_again
SELECT n, r.* FROM generate_series(1, 2) n, test.ask_once('k1', 'agency', 'POST', '/api/products', jsonb_build_object('name', 'Once')) r WHERE n > 0;
SELECT r.* FROM test.ask_once('k1', 'agency', 'POST', '/api/products', '{"name": "Once"}') r;
SELECT count(*) FROM product;
SELECT a.body = b.body AS the_same_body, a.headers = b.headers AS the_same_headers
  FROM product_request('retail', 'POST', '/v3/products', '{"title": "T", "handle": "t", "external_id": "t", "brand": "B", "variants": [{"sku": "t", "price": 1.50, "position": 1}]}', headers => '{"authorization": "t", "idempotency-key": "k2"}') a,
       product_request('retail', 'POST', '/v3/products', '{"title": "T", "handle": "t", "external_id": "t", "brand": "B", "variants": [{"sku": "t", "price": 1.50, "position": 1}]}', headers => '{"authorization": "t", "idempotency-key": "k2"}') b;
\echo rule_58_as_text_too_and_without_a_body
SELECT r.status, r.body ->> 'id' FROM generate_series(1, 2) n, LATERAL product_request_text('billing', 'POST', '/v1/products', CASE WHEN n > 0 THEN '{"reference": "once", "name": "O", "category_id": 1}' END, headers => '{"x-api-key": "k", "IDEMPOTENCY-KEY": "k3"}') r;
SELECT r.* FROM generate_series(1, 2) n, test.ask_once('k4', 'billing', 'DELETE', '/v1/products/once', CASE WHEN n > 0 THEN NULL::jsonb END) r;
SELECT r.status, r.body FROM generate_series(1, 2) n, test.ask_once('k5', 'vending', 'PUT', '/products', jsonb_build_array(jsonb_build_object('manufacturer', 'M', 'brand', 'B', 'name', left('N' || n, 1)))) o, LATERAL (SELECT o.status, o.answer AS body) r;

\echo rule_58_with_another_call_it_is_refused_in_each_contracts_own_form
SELECT r.status, r.answer FROM test.ask_once('k1', 'agency', 'POST', '/api/products', '{"name": "Another"}') r;
SELECT r.status, r.answer FROM test.ask_once('k1', 'billing', 'POST', '/v1/products', '{"name": "Once"}') r;
SELECT r.status, r.answer FROM test.ask_once('k1', 'retail', 'POST', '/v3/products', '{"name": "Once"}') r;
SELECT r.status, r.answer FROM test.ask_once('k1', 'subscription', 'POST', '/catalogue/products', '{"name": "Once"}') r;
SELECT r.status, r.answer FROM test.ask_once('k1', 'vending', 'PUT', '/products', '[]') r;
SELECT r.status, r.answer FROM test.ask_once(repeat('k', 256), 'billing', 'POST', '/v1/products', '{"name": "Once"}') r;

\echo rule_58_what_is_refused_leaves_its_key_free
SELECT r.status, r.answer FROM test.ask_once('k6', 'billing', 'POST', '/v1/products', '{"reference": "later", "category_id": 1}') r;
SELECT r.status, r.answer FROM test.ask_once('k6', 'billing', 'POST', '/v1/products', '{"reference": "later", "name": "L", "category_id": 1}') r;

\echo rule_58_reading_takes_no_key
SELECT r.status, r.answer FROM test.ask_once('k1', 'retail', 'GET', '/v3/products/99', NULL) r;
SELECT key, status FROM product_idempotency ORDER BY key;

\echo rule_58_a_key_stands_for_24_hours_and_expired_ones_go
UPDATE product_idempotency SET created_at = now() - interval '25 hours' WHERE key IN ('k1', 'k2', 'k3');
UPDATE product_idempotency SET created_at = now() - interval '23 hours' WHERE key = 'k5';
SELECT r.status FROM test.ask_once('k1', 'agency', 'POST', '/api/products', '{"name": "Another"}') r;
SELECT key, created_at > now() - interval '1 hour' AS new FROM product_idempotency ORDER BY key;

\echo rule_58_a_key_is_its_organizations_and_its_callers
INSERT INTO product_organization (organization_id) VALUES (2) ON CONFLICT DO NOTHING;
SELECT r.status FROM product_request('agency', 'POST', '/api/products', '{"name": "Theirs"}', headers => '{"Authorization": "t", "company": "2", "version": "1", "idempotency-key": "k1"}') r;
CREATE ROLE regress_idempotent;
SELECT product_grant('regress_idempotent', 'PRODUCT.CREATE', 1);
GRANT USAGE ON SCHEMA test TO regress_idempotent;
SET ROLE regress_idempotent;
SELECT r.status FROM product_request('agency', 'POST', '/api/products', '{"name": "Mine"}', headers => '{"Authorization": "t", "company": "1", "version": "1", "idempotency-key": "k1"}') r;
SELECT r.status FROM product_request('agency', 'POST', '/api/products', '{"name": "Other"}', headers => '{"Authorization": "t", "company": "1", "version": "1", "idempotency-key": "k1"}') r;
RESET ROLE;
SELECT product_revoke('regress_idempotent', 'PRODUCT.CREATE', 1);
REVOKE USAGE ON SCHEMA test FROM regress_idempotent;
DROP ROLE regress_idempotent;

\echo rule_58_a_profile_says_how_long
INSERT INTO product_profile (name, definition) VALUES ('brief', '{"identity": ["reference"], "fields": {"reference": {"type": "text"}, "name": {"type": "text"}}, "http": {"idempotency": {"hours": 1}, "routes": [{"method": "POST", "path": "/x", "action": "create"}], "error": {"m": "{sentence}"}, "errors": [{"status": 400}]}}');
SELECT r.status FROM product_request('brief', 'POST', '/x', '{"reference": "b", "name": "b"}', headers => '{"idempotency-key": "b"}') r;
UPDATE product_idempotency SET created_at = now() - interval '61 minutes' WHERE key = 'b';
SELECT r.status FROM product_request('brief', 'POST', '/x', '{"reference": "c", "name": "c"}', headers => '{"idempotency-key": "b"}') r;
SELECT message FROM test.error($$UPDATE product_profile SET definition = jsonb_set(definition, '{http,idempotency,hours}', '0') WHERE name = 'brief'$$);
DELETE FROM product_profile WHERE name = 'brief';
DELETE FROM product_idempotency;

\echo rule_58_a_key_where_the_tables_are_older_than_keys_is_an_error_that_says_what_to_do
BEGIN;
DROP TABLE product_idempotency;
CREATE OR REPLACE VIEW product_tables_version AS SELECT 1 AS version;
SELECT r.status FROM product_request('agency', 'POST', '/api/products', '{"name": "Keyless"}', headers => '{"Authorization": "t", "company": "1", "version": "1"}') r;
SELECT * FROM test.error($$SELECT product_request('agency', 'POST', '/api/products', '{"name": "A"}', headers => '{"Authorization": "t", "company": "1", "version": "1", "Idempotency-Key": "k"}')$$);
ROLLBACK;
DROP FUNCTION test.ask_once;
SELECT test.clean();
