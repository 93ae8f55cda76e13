-- Rule 58: what a request answers, what it leaves to its caller, and that a refused one leaves nothing behind.
\pset format unaligned
\pset footer off
\set VERBOSITY terse
SELECT test.clean();
INSERT INTO product_category (organization_id, name) VALUES (1, 'c');
CREATE TABLE test.noted (what text);
CREATE FUNCTION test.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO test.noted VALUES (NEW.name);
    CASE split_part(NEW.name, ' ', 1)
        WHEN 'raise' THEN RAISE EXCEPTION USING ERRCODE = split_part(NEW.name, ' ', 2), MESSAGE = 'a secret of the trigger';
        WHEN 'sleep' THEN PERFORM pg_sleep(10);
        ELSE NULL;
    END CASE;
    RETURN NEW;
END
$$;
CREATE TRIGGER note BEFORE INSERT OR UPDATE ON product FOR EACH ROW EXECUTE FUNCTION test.note();
CREATE FUNCTION test.ask_each(named text) RETURNS TABLE (answer text) LANGUAGE sql AS $$
    SELECT test.ask('vending', 'PUT', '/products', jsonb_build_array(jsonb_build_object('manufacturer', 'm', 'brand', 'b', 'name', named)))
    UNION ALL SELECT test.ask('billing', 'PUT', '/v1/products', jsonb_build_object('reference', 'r', 'category_id', 1, 'name', named))
    UNION ALL SELECT test.ask('retail', 'POST', '/v3/products/update-create', jsonb_build_object('external_id', 'e', 'handle', 'h', 'brand', 'b', 'title', named, 'variants', '[{"sku": "s", "price": 1, "position": 1}]'::jsonb))
    UNION ALL SELECT test.ask('subscription', 'POST', '/catalogue/products', jsonb_build_object('name', named))
    UNION ALL SELECT test.ask('agency', 'POST', '/api/products', jsonb_build_object('name', named))
$$;
INSERT INTO product_organization (organization_id) VALUES (1);

\echo request_58_an_error_of_postgresql_is_500_what_a_trigger_raises_400_and_undone
SELECT * FROM test.ask_each('raise P0001');
SELECT * FROM test.ask_each('raise XX000');
SELECT count(*) FROM product;
SELECT count(*) FROM test.noted;
\echo request_58_missing_privileges_are_403
SELECT * FROM test.ask_each('raise 42501');
\echo request_58_what_may_succeed_when_tried_again_is_raised
SELECT state, test.try(format('SELECT * FROM test.ask_each(%L)', 'raise ' || state)) FROM unnest('{40001,40P01}'::text[]) state;
\echo request_58_a_timeout_cancels
SET statement_timeout = '100ms';
SELECT * FROM test.ask_each('sleep');
RESET statement_timeout;
SELECT count(*) FROM product;
\echo request_58_the_transaction_goes_on
BEGIN;
SELECT test.ask('agency', 'POST', '/api/products', '{"name": "before"}') LIKE '201 %';
SELECT test.ask('agency', 'POST', '/api/products', '{"name": "raise P0001"}');
SELECT test.ask('agency', 'POST', '/api/products', '{"nme": "refused"}');
SELECT test.ask('agency', 'POST', '/api/products', '{"name": "after"}') LIKE '201 %';
COMMIT;
SELECT test.products();
SELECT * FROM test.noted;
\echo request_58_a_read_only_transaction_reads
BEGIN READ ONLY;
SELECT left(test.ask('billing', 'GET', '/v1/products'), 3), left(test.ask('subscription', 'GET', '/catalogue/products'), 3);
SELECT test.ask('agency', 'POST', '/api/products', '{"name": "n"}');
ROLLBACK;

\echo request_58_arguments_of_any_kind_are_answered
SELECT p, count(*), string_agg(DISTINCT left(test.ask(p, method, path, body, parameters, headers), 3), ' ' ORDER BY left(test.ask(p, method, path, body, parameters, headers), 3))
  FROM unnest('{agency,billing,retail,subscription,vending}'::text[]) p,
       unnest(ARRAY['PUT', 'post', '', NULL]) method,
       unnest(ARRAY['/products', '/v1/products', '/v3/products/update-create', '/catalogue/products', '/api/products', '', '/', '//', '?', '/v1/products/%', NULL]) path,
       unnest(ARRAY['null', '1', '""', '[]', '{}', '[[]]', '{"body": {}}', NULL]::jsonb[]) body,
       unnest(ARRAY['{}', '[]', '1', '{"version": {}, "field_actions": [], "limit": {}, "identifier_field": 1}', NULL]::jsonb[]) parameters,
       unnest(ARRAY['{"authorization": "t", "x-api-key": "k", "company": "1", "version": "1"}', '{"authorization": "t", "x-api-key": "k", "company": {}, "version": []}', '[]', '1', NULL]::jsonb[]) headers
 GROUP BY 1 ORDER BY 1;
SELECT left(test.ask('agency', 'POST', '/api/products', (repeat('[', 600) || repeat(']', 600))::jsonb), 130);
SELECT left(test.ask('vending', 'PUT', '/products', (repeat('[', 600) || repeat(']', 600))::jsonb), 130);
\echo request_58_parameters_and_headers_that_nest_too_deeply_are_answered_too
SELECT p, status, body ->> 'message' AS message, body ->> 'field' AS field FROM (SELECT ('{"a": ' || repeat('[', 600) || repeat(']', 600) || '}')::jsonb AS deep) d, unnest('{agency,billing,retail,subscription,vending}'::text[]) p,
       LATERAL (SELECT status, body FROM product_request(p, 'GET', '/v1/products', parameters => deep, headers => '{"authorization": "t", "x-api-key": "k"}')
                UNION ALL SELECT status, body FROM product_request(p, 'GET', '/v1/products', headers => deep)) a;
SELECT count(*) FROM product;
\echo request_58_without_an_api_there_is_no_shape_to_answer_in
SELECT test.try($$SELECT product_request('nobody', 'GET', '/')$$), test.try($$SELECT product_request('catalog', 'GET', '/')$$);
SET product_upsert.profile = 'vending';
SELECT status FROM product_request(NULL, 'PUT', '/products', '[]', headers => '{"x-api-key": "k"}');
RESET product_upsert.profile;

DROP TRIGGER note ON product;
DROP FUNCTION test.ask_each, test.note;
DROP TABLE test.noted;
SELECT test.clean();
