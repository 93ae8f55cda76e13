-- product_upsert.require_organization: no call falls back on the setting, which another client of the same pool may have left behind.
\pset format unaligned
\pset footer off
SELECT test.clean();
SET product_upsert.organization_id = 7;
SET product_upsert.require_organization = on;

\echo require_organization_is_refused_at_every_door
CREATE TABLE test.documents (document jsonb);
INSERT INTO test.documents VALUES ('{"manufacturer": "M", "brand": "B", "name": "N"}');
SELECT call, state, message, hint IS NOT NULL AS hint, test.short(errors) AS errors
  FROM (VALUES
    ($$product_upsert('{"title": "T"}', profile => 'retail')$$),
    ($$product_upsert('{"title": "T"}'::text, profile => 'retail')$$),
    ($$product_upsert_bulk('[{"title": "T"}]', profile => 'retail')$$),
    ($$product_upsert_rows('[{"title": "T"}]', profile => 'retail', on_error => 'skip')$$),
    ($$product_upsert_from('test.documents', profile => 'retail', on_error => 'skip')$$),
    ($$product_match('{"title": "T"}', profile => 'retail')$$),
    ($$product_get(1)$$),
    ($$product_get(1, 'vending')$$),
    ($$product_retire('test.documents', profile => 'vending')$$),
    ($$product_changes_read('consumer')$$),
    ($$product_changes_prune()$$)) v (call), test.error('SELECT * FROM ' || call);
SELECT hint FROM test.error($$SELECT product_get(1)$$);
\set VERBOSITY terse
CALL product_import('test.documents', profile => 'vending');
\set VERBOSITY default

\echo require_organization_of_documents_that_name_their_own
SELECT position, status, test.short(errors) AS errors
  FROM product_upsert_rows('[{"organizationId": 3, "manufacturer": "M", "brand": "B", "name": "N"}, {"manufacturer": "M", "brand": "B", "name": "O"},
                             {"organizationId": null, "manufacturer": "M", "brand": "B", "name": "P"}, {"organizationId": "x", "manufacturer": "M", "brand": "B", "name": "Q"}, 1]',
                           profile => 'vending', on_error => 'skip');
SELECT test.try($$SELECT product_upsert('{"manufacturer": "M", "brand": "B", "name": "O"}', profile => 'vending')$$);
SELECT test.try($$SELECT product_upsert('{"external_id": "E", "name": "O"}')$$);
SELECT test.try($$SELECT status FROM product_match('{"manufacturer": "M", "brand": "B", "name": "O"}', profile => 'vending')$$);
SELECT organization_id, name FROM product ORDER BY 1, 2;

\echo require_organization_of_the_argument
SELECT status FROM product_upsert_rows('[{"manufacturer": "M", "brand": "B", "name": "N"}]', profile => 'vending', organization_id => 4);
SELECT status, test.short(errors) AS errors FROM product_upsert_rows('[{"organizationId": 5, "manufacturer": "M", "brand": "B", "name": "N"}]', profile => 'vending', organization_id => 4, on_error => 'skip');
SELECT count(*) FROM product_upsert_from('test.documents', profile => 'vending', organization_id => 6);
SELECT product_get(id, 'vending', 6) ->> 'name' AS name FROM product WHERE organization_id = 6;
SELECT organization_id, name FROM product ORDER BY 1, 2;

\echo require_organization_of_a_trigger
CREATE TABLE test.staged (document jsonb, id bigint, status text, errors jsonb);
CREATE TRIGGER upsert BEFORE INSERT ON test.staged FOR EACH ROW EXECUTE FUNCTION product_upsert_trigger('document', 'vending', '', 'keep');
INSERT INTO test.staged VALUES ('{"organizationId": 3, "manufacturer": "M", "brand": "B", "name": "R"}'), ('{"manufacturer": "M", "brand": "B", "name": "S"}')
    RETURNING status, test.short(errors) AS errors;
CREATE TABLE test.retail (document jsonb);
CREATE TRIGGER upsert AFTER INSERT ON test.retail REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger('document', 'retail');
SELECT test.try($$INSERT INTO test.retail VALUES ('{}')$$);

\echo require_organization_of_requests
-- billing and agency have a header for it, vending a field, retail and subscription neither.
SELECT test.ask('billing', 'GET', '/v1/products/1');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "N"}');
SELECT test.ask('billing', 'GET', '/v1/products', NULL, '{}', '{"x-api-key": "k", "x-platform-id": "4"}');
SELECT test.ask('retail', 'GET', '/v3/products/1');
SELECT test.ask('subscription', 'GET', '/catalogue/products');
SELECT test.ask('vending', 'PUT', '/products', '[{"organizationId": 3, "manufacturer": "M", "brand": "B", "name": "T"}]') LIKE '20_ [%]' AS named;
SELECT test.ask('vending', 'PUT', '/products', '[{"manufacturer": "M", "brand": "B", "name": "V"}]');
SELECT test.ask('vending', 'PUT', '/products', '[{"organizationId": 3, "manufacturer": "M", "brand": "B", "name": "V"}]', '{}', '{"x-api-key": "k", "Idempotency-Key": "i"}');
SELECT organization_id, name FROM product WHERE name IN ('R', 'S', 'T', 'V') ORDER BY 1, 2;
SELECT count(*) FROM product WHERE organization_id IN (1, 7);

RESET product_upsert.require_organization;

\echo require_organization_of_calls_that_citus_has_sent
-- A call without the argument is sent to the node that has organization NULL, in a session whose settings are not the caller's.
SET application_name = 'citus_internal gpid=10000001234';
SELECT state, message, hint FROM test.error($$SELECT product_upsert('{"handle": "H", "title": "T"}', profile => 'retail')$$);
SELECT state, message, hint FROM test.error($$SELECT product_upsert('{"handle": "H", "title": "T"}', organization_id => 3)$$);
SELECT test.try($$SELECT product_upsert('{"manufacturer": "M", "brand": "B", "name": "C"}', profile => 'vending')$$);
SELECT status FROM product_upsert_rows('[{"organizationId": 3, "manufacturer": "M", "brand": "B", "name": "C"}]', profile => 'vending');
SELECT product_upsert('{"name": "C"}', profile => 'catalog', organization_id => 3) -> 'name' AS name;
RESET application_name;
RESET product_upsert.organization_id;
DROP TABLE test.documents, test.staged, test.retail;
SELECT test.clean();
