CREATE FUNCTION @extschema@.product_identity_text(value text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'product_identity_text';
COMMENT ON FUNCTION @extschema@.product_identity_text(text) IS
    'Internal. True where the text can identify something: not empty, no white space or invisible character at either end, no control character.';

CREATE FUNCTION @extschema@.product_identity_trimmed(value text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'product_identity_trimmed';
COMMENT ON FUNCTION @extschema@.product_identity_trimmed(text) IS 'Internal. The text without white space and invisible characters at either end.';

CREATE FUNCTION @extschema@.product_identity_fold(value text, fold text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'product_identity_fold';
COMMENT ON FUNCTION @extschema@.product_identity_fold(text, text) IS
    'Internal. A text as an identity rule compares it: exact, case, nfc, compatible or gtin. The index of such a rule is built over it.';
