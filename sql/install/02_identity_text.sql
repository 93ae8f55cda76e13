CREATE FUNCTION @extschema@.product_identity_text(value text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'product_identity_text';
COMMENT ON FUNCTION @extschema@.product_identity_text(text) IS
    'True where the text can identify something: not empty, and no Unicode white space at either end.';
