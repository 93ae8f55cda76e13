-- recipe: option
CREATE FUNCTION @extschema@.product_upsert_from(
    source regclass, document_column name DEFAULT 'document',
    identifier_field text DEFAULT NULL, custom_field_reference text DEFAULT NULL,
    field_actions jsonb DEFAULT NULL, profile text DEFAULT NULL, organization_id bigint DEFAULT NULL,
    mode text DEFAULT 'upsert', if_version integer DEFAULT NULL, on_error text DEFAULT 'abort',
    dry_run boolean DEFAULT false, on_duplicate text DEFAULT 'reject', key_column name DEFAULT NULL)
    RETURNS TABLE ("position" bigint, status text, id bigint, decided_by text, version integer, changed text[], errors jsonb, key text)
LANGUAGE C VOLATILE ROWS 10000
AS 'MODULE_PATHNAME', 'product_upsert_from';
COMMENT ON FUNCTION @extschema@.product_upsert_from(regclass, name, text, text, jsonb, text, bigint, text, integer, text, boolean, text, name) IS
    'Creates or updates the products of a table or view of any size, in bounded memory; returns the outcome of each document, in the source''s order, with the row''s key_column.';

CREATE FUNCTION @extschema@.product_upsert_trigger() RETURNS trigger
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_upsert_trigger';
COMMENT ON FUNCTION @extschema@.product_upsert_trigger() IS
    'Trigger that upserts inserted rows. AFTER INSERT with a NEW TABLE, FOR EACH STATEMENT: in bulk. BEFORE INSERT, or INSTEAD OF INSERT on a view, FOR EACH ROW: answers '
    'in the row. Arguments, all optional: document column (document), profile, identifier field, abort or keep (rejects).';
