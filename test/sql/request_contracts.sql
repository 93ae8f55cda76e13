-- Rules 19, 58 and 59 for every endpoint of every built-in profile, as its description lists them.
\pset format unaligned
\pset tuples_only on
SELECT test.clean();
INSERT INTO product_organization (organization_id) VALUES (1);
INSERT INTO product_category (organization_id, id, name) VALUES (1, 1, 'c');
INSERT INTO product (organization_id, id, uuid, reference, external_id, name, status) VALUES (1, 1, '11111111-1111-4111-8111-111111111111', 'r1', 'e1', 'One', 'DRAFT');
CREATE VIEW test.endpoint AS
    SELECT name AS profile, upper(o.key) AS method,
           replace(replace(p.key, '{version}', '1'), '{id}', CASE name WHEN 'subscription' THEN '11111111-1111-4111-8111-111111111111' ELSE '1' END) AS path,
           o.value ? 'requestBody' AS takes_body
      FROM product_profile, jsonb_each(product_profile_schema(name) -> 'paths') p, jsonb_each(p.value) o WHERE is_builtin;
CREATE FUNCTION test.headers(more jsonb = '{}') RETURNS jsonb LANGUAGE sql RETURN '{"Authorization": "Bearer t", "X-Api-Key": "k", "company": "1", "version": "1"}'::jsonb || more;
SELECT profile, count(*) FROM test.endpoint GROUP BY profile ORDER BY profile;

\echo rule_58_a_missing_body_or_one_that_is_no_document_is_a_4xx_and_changes_nothing
CREATE TEMP TABLE before AS SELECT test.state();
SELECT e.profile, e.method, e.path, b AS body, r.status, r.body FROM test.endpoint e, unnest('{NULL,"null",7,"\"x\"","[7]","{"}'::text[]) b,
       product_request_text(e.profile, e.method, e.path, b, '{}', test.headers()) r
 WHERE e.takes_body AND r.status NOT BETWEEN 400 AND 499 ORDER BY 1, 2, 3, 4;
SELECT state = test.state() AS as_it_was FROM before;
\echo rule_58_a_method_that_is_not_there_is_405_with_allow_or_404
SELECT DISTINCT e.profile, e.path, r.status, r.headers FROM test.endpoint e, product_request(e.profile, 'TRACE', e.path, headers => test.headers()) r ORDER BY 1, 2;
\echo rule_58_x_request_id_is_given_back_by_every_call
SELECT e.profile, e.method, e.path FROM test.endpoint e, product_request(e.profile, e.method, e.path, headers => test.headers('{"x-request-id": "q"}')) r
 WHERE e.method <> 'DELETE' AND r.headers ->> 'X-Request-Id' IS DISTINCT FROM 'q';
\echo rule_59_without_credentials_every_call_is_401
SELECT e.profile, r.status, count(*) FROM test.endpoint e, product_request(e.profile, e.method, e.path, '{}', headers => '{"company": "1", "version": "1"}') r GROUP BY 1, 2 ORDER BY 1, 2;
\echo rule_58_a_parameter_that_is_not_known_is_an_error
SELECT e.profile, r.status, count(*) FROM test.endpoint e, product_request(e.profile, e.method, e.path, '{}', '{"unknown": 1}', test.headers()) r GROUP BY 1, 2 ORDER BY 1, 2;
\echo rule_58_another_version_than_if_match_is_412
TRUNCATE before;
INSERT INTO before SELECT test.state();
SELECT e.profile, e.method, e.path, r.status FROM test.endpoint e, product_request(e.profile, e.method, e.path, '{}', headers => test.headers('{"If-Match": "\"9\""}')) r
 WHERE e.path ~ '1$' AND e.method <> 'GET' ORDER BY 1, 2;
SELECT state = test.state() AS as_it_was FROM before;
\echo billing_19_no_code_that_the_vendors_list_lacks
SELECT DISTINCT code #>> '{}' FROM jsonb_path_query(product_profile_schema('billing'), '$.components.schemas.*.**.properties.code.const') code
EXCEPT SELECT unnest('{RESOURCE_NOT_FOUND,RESOURCES_NOT_FOUND,UNABLE_TO_PROCESS_INSTRUCTIONS,BAD_REQUEST,UNSUPPORTED_MEDIA_TYPE,RESOURCE_ALREADY_EXISTS,CUSTOM_FIELD_VALUE_ALREADY_EXISTS,COULD_NOT_CREATE_RESOURCE,COULD_NOT_UPDATE_RESOURCE,COULD_NOT_DELETE_RESOURCE,MISSING_VERSION,UNSUPPORTED_VERSION,UNAUTHORISED,PLATFORM_NOT_FOUND,PRODUCT_NOT_FOUND,MISSING_ID,INVALID_ID,MISSING_REFERENCE,MISSING_FIELD,INVALID_FIELD,INVALID_OPERATION,INTERNAL_ERROR,USER_NOT_ALLOWED,IDEMPOTENCY_CHECK_FAILED,INVALID_REQUEST}'::text[]);
SELECT count(DISTINCT code) FROM jsonb_path_query(product_profile_schema('billing'), '$.components.schemas.*.**.properties.code.const') code;

\echo rule_60_what_a_trigger_raises_is_400_but_500_for_classes_53_57_58_and_xx
CREATE FUNCTION test.fall() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = new.name, MESSAGE = 'fallen'; END $$;
CREATE TRIGGER fall BEFORE INSERT ON product FOR EACH ROW EXECUTE FUNCTION test.fall();
SET client_min_messages = error;
SELECT state, string_agg(r.status::text, ' ' ORDER BY c.profile) FROM unnest('{P0001,22012,23514,55000,53100,57P03,58030,XX001}'::text[]) WITH ORDINALITY states (state, n),
       (VALUES ('agency', 'POST', '/api/products', '{"name": "%s"}'), ('billing', 'POST', '/v1/products', '{"name": "%s", "reference": "r", "category_id": 1}'),
               ('retail', 'POST', '/v3/products', '{"title": "%s", "handle": "h", "external_id": "e", "brand": "b", "variants": [{"sku": "s", "price": 1, "position": 1}]}'),
               ('subscription', 'POST', '/catalogue/products', '{"name": "%s"}'), ('vending', 'PUT', '/products', '[{"manufacturer": "m", "brand": "b", "name": "%s"}]')) c (profile, method, path, body),
       product_request(c.profile, c.method, c.path, format(c.body, state)::jsonb, headers => test.headers()) r GROUP BY state, n ORDER BY n;
RESET client_min_messages;
DROP TRIGGER fall ON product;
DROP FUNCTION test.fall();

DROP TABLE before;
DROP VIEW test.endpoint;
DROP FUNCTION test.headers;
SELECT test.clean();
