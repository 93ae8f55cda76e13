CREATE TYPE @extschema@.product_response AS (status integer, body jsonb, headers jsonb);
COMMENT ON TYPE @extschema@.product_response IS 'What answers a request: an HTTP status, a body, which is null where there is none, and headers: an object of name and text.';

CREATE FUNCTION @extschema@.product_request(
    profile text, method text, path text, body jsonb DEFAULT NULL,
    parameters jsonb DEFAULT '{}', headers jsonb DEFAULT '{}') RETURNS @extschema@.product_response
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_request';
COMMENT ON FUNCTION @extschema@.product_request(text, text, text, jsonb, jsonb, jsonb) IS
    'Answers a call as the API that the profile describes documents it: status, body and headers, success and error.'
    ' A refused request leaves nothing behind.';

CREATE FUNCTION @extschema@.product_request_text(
    profile text, method text, path text, body text DEFAULT NULL,
    parameters jsonb DEFAULT '{}', headers jsonb DEFAULT '{}') RETURNS @extschema@.product_response
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_request_text';
COMMENT ON FUNCTION @extschema@.product_request_text(text, text, text, text, jsonb, jsonb) IS
    'The same with the body as it came, JSON text; an empty one is none. What is no JSON is answered as the API answers it.';

CREATE FUNCTION @extschema@.product_profile_schema(name text) RETURNS jsonb
LANGUAGE C STABLE
AS 'MODULE_PATHNAME', 'product_profile_schema';
COMMENT ON FUNCTION @extschema@.product_profile_schema(text) IS
    'The documents, answers, errors and endpoints of a profile as an OpenAPI 3.1 description; NULL is the profile of the setting.';
