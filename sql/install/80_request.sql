CREATE TYPE @extschema@.product_response AS (status integer, body jsonb, headers jsonb);
COMMENT ON TYPE @extschema@.product_response IS
    'The answer to a request: an HTTP status, a body (null if there is none), and headers as an object of names and texts.';

CREATE FUNCTION @extschema@.product_request(
    profile text, method text, path text, body jsonb DEFAULT NULL,
    parameters jsonb DEFAULT '{}', headers jsonb DEFAULT '{}') RETURNS @extschema@.product_response
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_request';
COMMENT ON FUNCTION @extschema@.product_request(text, text, text, jsonb, jsonb, jsonb) IS
    'Answers a call as the documented API of the profile would: status, body and headers, for success and error. A refused request leaves nothing behind.';

CREATE FUNCTION @extschema@.product_request_text(
    profile text, method text, path text, body text DEFAULT NULL,
    parameters jsonb DEFAULT '{}', headers jsonb DEFAULT '{}') RETURNS @extschema@.product_response
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_request_text';
COMMENT ON FUNCTION @extschema@.product_request_text(text, text, text, text, jsonb, jsonb) IS
    'The same, with the body as JSON text; an empty text is no body. For invalid JSON it returns the API''s own error.';

CREATE FUNCTION @extschema@.product_profile_schema(name text) RETURNS jsonb
LANGUAGE C STABLE
AS 'MODULE_PATHNAME', 'product_profile_schema';
COMMENT ON FUNCTION @extschema@.product_profile_schema(text) IS
    'Returns the documents, answers, errors and endpoints of a profile as an OpenAPI 3.1 description. NULL: the profile of the setting.';
