CREATE FUNCTION @extschema@.product_identity_text(value text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'product_identity_text';
COMMENT ON FUNCTION @extschema@.product_identity_text(text) IS
    'Internal. Whether a text can identify something: not empty, no white space or invisible character at either end, no control character.';

CREATE FUNCTION @extschema@.product_identity_trimmed(value text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'product_identity_trimmed';
COMMENT ON FUNCTION @extschema@.product_identity_trimmed(text) IS 'Internal. The text without white space and invisible characters at either end.';

CREATE FUNCTION @extschema@.product_identity_fold(value text, fold text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'product_identity_fold';
COMMENT ON FUNCTION @extschema@.product_identity_fold(text, text) IS
    'Internal. A text as an identity rule compares it, by one of product_identity_fold_names. The index of such a rule uses it.';

CREATE FUNCTION @extschema@.product_identity_fold_names() RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'product_identity_fold_names';
COMMENT ON FUNCTION @extschema@.product_identity_fold_names() IS
    'Internal. The ways in which a text can be compared, separated by a comma and a space.';

-- The columns of product are also listed in C++, in identity_texts().
-- recipe: column, table
CREATE FUNCTION @extschema@.product_identity_texts() RETURNS TABLE (relation text, columns text[])
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    VALUES ('product',                '{external_id,reference,handle,number,manufacturer,brand,name,size_unit}'::text[]),
           ('product_variant',        '{sku}'),
           ('product_organization',   '{reference}'),
           ('product_category',       '{reference}'),
           ('product_feature',        '{reference}'),
           ('product_billing_entity', '{reference}'),
           ('product_measurement',    '{code}'),
           ('product_cost_centre',    '{code}'),
           ('product_integration',    '{reference}'),
           ('product_custom_field',   '{namespace,reference}')
$$;
COMMENT ON FUNCTION @extschema@.product_identity_texts() IS
    'Internal. The text columns of the catalogue''s tables that identify rows.';
