CREATE FUNCTION @extschema@.product_error_detail(field text, code text, message text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT pg_catalog.format('{"errors": [{"field": %s, "code": "%s", "message": %s}]}',
                             coalesce(pg_catalog.to_json(field)::text, 'null'), code, pg_catalog.to_json(message))
$$;
COMMENT ON FUNCTION @extschema@.product_error_detail(text, text, text) IS
    'The DETAIL of an error: {"errors": [...]}, as all of ours have it.';
