CREATE FUNCTION @extschema@.product_error_detail(field text, code text, message text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT pg_catalog.format('{"errors": [{"field": %s, "code": "%s", "message": %s}]}',
                             coalesce(pg_catalog.to_json(field)::text, 'null'), code, pg_catalog.to_json(message))
$$;
COMMENT ON FUNCTION @extschema@.product_error_detail(text, text, text) IS
    'The DETAIL of an error: {"errors": [...]}, as all of ours have it.';

CREATE FUNCTION @extschema@.product_refuse(state text, message text, field text, code text, hint text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- An empty hint is shown, as one that says nothing.
    IF hint IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = state,
            MESSAGE = message,
            DETAIL = @extschema@.product_error_detail(field, code, message);
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = state,
        MESSAGE = message,
        DETAIL = @extschema@.product_error_detail(field, code, message),
        HINT = hint;
END
$$;
COMMENT ON FUNCTION @extschema@.product_refuse(text, text, text, text, text) IS
    'Raises an error: state is an SQLSTATE or the name of its condition; field and code stand in the DETAIL.';
