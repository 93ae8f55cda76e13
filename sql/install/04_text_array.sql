CREATE FUNCTION @extschema@.product_text_array(literal text) RETURNS text[]
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'product_text_array';
COMMENT ON FUNCTION @extschema@.product_text_array(text) IS
    'Internal. The array that its text stands for, as the cast makes it; where rows are distributed, only what is immutable may be sent on.';
