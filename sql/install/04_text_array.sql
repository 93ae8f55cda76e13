CREATE FUNCTION @extschema@.product_text_array(literal text) RETURNS text[]
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'product_text_array';
COMMENT ON FUNCTION @extschema@.product_text_array(text) IS
    'Internal. Casts a text to text[]. Unlike the cast it is immutable, which Citus requires of what it sends to other servers.';
