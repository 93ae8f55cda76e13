-- Each function takes its documents as jsonb, as text and as json. A literal or parameter of unknown type is taken as text: among fitting types, PostgreSQL prefers that one.
-- recipe: option
CREATE FUNCTION @extschema@.product_upsert(
    document jsonb, identifier_field text DEFAULT NULL, custom_field_reference text DEFAULT NULL,
    field_actions jsonb DEFAULT NULL, profile text DEFAULT NULL, organization_id bigint DEFAULT NULL,
    mode text DEFAULT 'upsert', if_version integer DEFAULT NULL, dry_run boolean DEFAULT false,
    idempotency_key text DEFAULT NULL) RETURNS jsonb
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_upsert';
COMMENT ON FUNCTION @extschema@.product_upsert(jsonb, text, text, jsonb, text, bigint, text, integer, boolean, text) IS
    'Creates or updates one product; returns it as stored, in the profile''s shape.';

CREATE FUNCTION @extschema@.product_upsert(
    document text, identifier_field text DEFAULT NULL, custom_field_reference text DEFAULT NULL,
    field_actions jsonb DEFAULT NULL, profile text DEFAULT NULL, organization_id bigint DEFAULT NULL,
    mode text DEFAULT 'upsert', if_version integer DEFAULT NULL, dry_run boolean DEFAULT false,
    idempotency_key text DEFAULT NULL) RETURNS jsonb
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_upsert_text';
COMMENT ON FUNCTION @extschema@.product_upsert(text, text, text, jsonb, text, bigint, text, integer, boolean, text) IS
    'Creates or updates one product; returns it as stored, in the profile''s shape. The document is JSON text.';

CREATE FUNCTION @extschema@.product_upsert(
    document json, identifier_field text DEFAULT NULL, custom_field_reference text DEFAULT NULL,
    field_actions jsonb DEFAULT NULL, profile text DEFAULT NULL, organization_id bigint DEFAULT NULL,
    mode text DEFAULT 'upsert', if_version integer DEFAULT NULL, dry_run boolean DEFAULT false,
    idempotency_key text DEFAULT NULL) RETURNS jsonb
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_upsert_text';
COMMENT ON FUNCTION @extschema@.product_upsert(json, text, text, jsonb, text, bigint, text, integer, boolean, text) IS
    'Creates or updates one product; returns it as stored, in the profile''s shape. The document is of type json.';

CREATE FUNCTION @extschema@.product_upsert_bulk(
    documents jsonb, identifier_field text DEFAULT NULL, custom_field_reference text DEFAULT NULL,
    field_actions jsonb DEFAULT NULL, profile text DEFAULT NULL, organization_id bigint DEFAULT NULL,
    mode text DEFAULT 'upsert', if_version integer DEFAULT NULL, on_error text DEFAULT 'abort',
    dry_run boolean DEFAULT false, on_duplicate text DEFAULT 'reject',
    idempotency_key text DEFAULT NULL) RETURNS jsonb
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_upsert_bulk';
COMMENT ON FUNCTION @extschema@.product_upsert_bulk(jsonb, text, text, jsonb, text, bigint, text, integer, text, boolean, text, text) IS
    'Creates or updates many products in one atomic call; returns the profile''s bulk answer: products, or ids.';

CREATE FUNCTION @extschema@.product_upsert_bulk(
    documents text, identifier_field text DEFAULT NULL, custom_field_reference text DEFAULT NULL,
    field_actions jsonb DEFAULT NULL, profile text DEFAULT NULL, organization_id bigint DEFAULT NULL,
    mode text DEFAULT 'upsert', if_version integer DEFAULT NULL, on_error text DEFAULT 'abort',
    dry_run boolean DEFAULT false, on_duplicate text DEFAULT 'reject',
    idempotency_key text DEFAULT NULL) RETURNS jsonb
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_upsert_bulk_text';
COMMENT ON FUNCTION @extschema@.product_upsert_bulk(text, text, text, jsonb, text, bigint, text, integer, text, boolean, text, text) IS
    'Creates or updates many products in one atomic call; returns the profile''s bulk answer: products, or ids. The documents are JSON text: a list, the profile''s envelope, '
    'or one document a line.';

CREATE FUNCTION @extschema@.product_upsert_bulk(
    documents json, identifier_field text DEFAULT NULL, custom_field_reference text DEFAULT NULL,
    field_actions jsonb DEFAULT NULL, profile text DEFAULT NULL, organization_id bigint DEFAULT NULL,
    mode text DEFAULT 'upsert', if_version integer DEFAULT NULL, on_error text DEFAULT 'abort',
    dry_run boolean DEFAULT false, on_duplicate text DEFAULT 'reject',
    idempotency_key text DEFAULT NULL) RETURNS jsonb
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_upsert_bulk_text';
COMMENT ON FUNCTION @extschema@.product_upsert_bulk(json, text, text, jsonb, text, bigint, text, integer, text, boolean, text, text) IS
    'Creates or updates many products in one atomic call; returns the profile''s bulk answer: products, or ids. The documents are of type json: a list, or the profile''s '
    'envelope.';

CREATE FUNCTION @extschema@.product_upsert_rows(
    documents jsonb, identifier_field text DEFAULT NULL, custom_field_reference text DEFAULT NULL,
    field_actions jsonb DEFAULT NULL, profile text DEFAULT NULL, organization_id bigint DEFAULT NULL,
    mode text DEFAULT 'upsert', if_version integer DEFAULT NULL, on_error text DEFAULT 'abort',
    dry_run boolean DEFAULT false, on_duplicate text DEFAULT 'reject',
    idempotency_key text DEFAULT NULL)
    RETURNS TABLE ("position" bigint, status text, id bigint, decided_by text, version integer, changed text[], errors jsonb)
LANGUAGE C VOLATILE ROWS 1000
AS 'MODULE_PATHNAME', 'product_upsert_rows';
COMMENT ON FUNCTION @extschema@.product_upsert_rows(jsonb, text, text, jsonb, text, bigint, text, integer, text, boolean, text, text) IS
    'Creates or updates many products; returns the outcome of each document, in input order.';

CREATE FUNCTION @extschema@.product_upsert_rows(
    documents text, identifier_field text DEFAULT NULL, custom_field_reference text DEFAULT NULL,
    field_actions jsonb DEFAULT NULL, profile text DEFAULT NULL, organization_id bigint DEFAULT NULL,
    mode text DEFAULT 'upsert', if_version integer DEFAULT NULL, on_error text DEFAULT 'abort',
    dry_run boolean DEFAULT false, on_duplicate text DEFAULT 'reject',
    idempotency_key text DEFAULT NULL)
    RETURNS TABLE ("position" bigint, status text, id bigint, decided_by text, version integer, changed text[], errors jsonb)
LANGUAGE C VOLATILE ROWS 1000
AS 'MODULE_PATHNAME', 'product_upsert_rows_text';
COMMENT ON FUNCTION @extschema@.product_upsert_rows(text, text, text, jsonb, text, bigint, text, integer, text, boolean, text, text) IS
    'Creates or updates many products; returns the outcome of each document, in input order. The documents are JSON text: a list, the profile''s envelope, or one document a line.';

CREATE FUNCTION @extschema@.product_upsert_rows(
    documents json, identifier_field text DEFAULT NULL, custom_field_reference text DEFAULT NULL,
    field_actions jsonb DEFAULT NULL, profile text DEFAULT NULL, organization_id bigint DEFAULT NULL,
    mode text DEFAULT 'upsert', if_version integer DEFAULT NULL, on_error text DEFAULT 'abort',
    dry_run boolean DEFAULT false, on_duplicate text DEFAULT 'reject',
    idempotency_key text DEFAULT NULL)
    RETURNS TABLE ("position" bigint, status text, id bigint, decided_by text, version integer, changed text[], errors jsonb)
LANGUAGE C VOLATILE ROWS 1000
AS 'MODULE_PATHNAME', 'product_upsert_rows_text';
COMMENT ON FUNCTION @extschema@.product_upsert_rows(json, text, text, jsonb, text, bigint, text, integer, text, boolean, text, text) IS
    'Creates or updates many products; returns the outcome of each document, in input order. The documents are of type json: a list, or the profile''s envelope.';

CREATE FUNCTION @extschema@.product_match(
    document jsonb, identifier_field text DEFAULT NULL, custom_field_reference text DEFAULT NULL,
    field_actions jsonb DEFAULT NULL, profile text DEFAULT NULL, organization_id bigint DEFAULT NULL,
    mode text DEFAULT 'upsert', if_version integer DEFAULT NULL,
    OUT status text, OUT id bigint, OUT decided_by text, OUT candidates jsonb, OUT changed text[],
    OUT errors jsonb, OUT explanation text) RETURNS record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_match';
COMMENT ON FUNCTION @extschema@.product_match(jsonb, text, text, jsonb, text, bigint, text, integer) IS
    'Tells which product a document is, by which rule, and what upserting it would change; writes nothing.';

CREATE FUNCTION @extschema@.product_match(
    document text, identifier_field text DEFAULT NULL, custom_field_reference text DEFAULT NULL,
    field_actions jsonb DEFAULT NULL, profile text DEFAULT NULL, organization_id bigint DEFAULT NULL,
    mode text DEFAULT 'upsert', if_version integer DEFAULT NULL,
    OUT status text, OUT id bigint, OUT decided_by text, OUT candidates jsonb, OUT changed text[],
    OUT errors jsonb, OUT explanation text) RETURNS record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_match_text';
COMMENT ON FUNCTION @extschema@.product_match(text, text, text, jsonb, text, bigint, text, integer) IS
    'Tells which product a document is, by which rule, and what upserting it would change; writes nothing. The document is JSON text.';

CREATE FUNCTION @extschema@.product_match(
    document json, identifier_field text DEFAULT NULL, custom_field_reference text DEFAULT NULL,
    field_actions jsonb DEFAULT NULL, profile text DEFAULT NULL, organization_id bigint DEFAULT NULL,
    mode text DEFAULT 'upsert', if_version integer DEFAULT NULL,
    OUT status text, OUT id bigint, OUT decided_by text, OUT candidates jsonb, OUT changed text[],
    OUT errors jsonb, OUT explanation text) RETURNS record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_match_text';
COMMENT ON FUNCTION @extschema@.product_match(json, text, text, jsonb, text, bigint, text, integer) IS
    'Tells which product a document is, by which rule, and what upserting it would change; writes nothing. The document is of type json.';

CREATE FUNCTION @extschema@.product_call_organization(organization_id bigint) RETURNS bigint
LANGUAGE C STABLE
AS 'MODULE_PATHNAME', 'product_call_organization';
COMMENT ON FUNCTION @extschema@.product_call_organization(bigint) IS
    'Internal. The organization of a call: the argument, or the setting if it is null, unless calls must name one.';

CREATE FUNCTION @extschema@.product_get(id bigint, profile text DEFAULT NULL, organization_id bigint DEFAULT NULL) RETURNS jsonb
-- VOLATILE: a profile that shows products by uuid gives a uuid to a product that has none.
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_get';
COMMENT ON FUNCTION @extschema@.product_get(bigint, text, bigint) IS
    'Returns a stored product in the profile''s shape; null if there is none.';
