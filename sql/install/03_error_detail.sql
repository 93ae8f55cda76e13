-- recipe: error
CREATE FUNCTION @extschema@.product_error_shortened(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN pg_catalog.length(words) OPERATOR(pg_catalog.>) 2000 THEN pg_catalog.concat(pg_catalog."left"(words, 2000), '...') ELSE words END
$$;
COMMENT ON FUNCTION @extschema@.product_error_shortened(text) IS
    'Internal. The first 2000 characters of a text that an error shows, so that its DETAIL stays below 64 kB.';

CREATE FUNCTION @extschema@.product_error_detail(field text, code text, message text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT pg_catalog.format('{"errors": [{"field": %s, "code": "%s", "message": %s}]}',
                             coalesce(pg_catalog.to_json(@extschema@.product_error_shortened(field))::pg_catalog.text, 'null'), code,
                             pg_catalog.to_json(@extschema@.product_error_shortened(message)))
$$;
COMMENT ON FUNCTION @extschema@.product_error_detail(text, text, text) IS
    'Internal. The DETAIL of an error: {"errors": [...]}, the same for all errors of the extension.';

CREATE FUNCTION @extschema@.product_error_list_detail(errors jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT pg_catalog.jsonb_build_object('errors', pg_catalog.jsonb_agg(e.failure ORDER BY e.n))::pg_catalog.text
      FROM (SELECT f.failure, f.n, pg_catalog.sum(pg_catalog.octet_length(f.failure::pg_catalog.text)) OVER (ORDER BY f.n) AS bytes
              FROM pg_catalog.jsonb_array_elements(errors) WITH ORDINALITY f (failure, n)) e
     WHERE e.n OPERATOR(pg_catalog.=) 1 OR e.bytes OPERATOR(pg_catalog.<=) 60000
$$;
COMMENT ON FUNCTION @extschema@.product_error_list_detail(jsonb) IS
    'Internal. The same for several failures: a list of {"field", "code", "message"}, of which the first 60,000 bytes are told.';

-- A HINT cannot be null, and an empty one would be shown.
CREATE FUNCTION @extschema@.product_raise(state text, message text, detail text, hint text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    message := @extschema@.product_error_shortened(message);
    IF hint <> '' THEN
        RAISE EXCEPTION USING ERRCODE = state, MESSAGE = message, DETAIL = detail, HINT = hint;
    END IF;
    RAISE EXCEPTION USING ERRCODE = state, MESSAGE = message, DETAIL = detail;
END
$$;
COMMENT ON FUNCTION @extschema@.product_raise(text, text, text, text) IS
    'Internal. Raises an error. state: an SQLSTATE or the name of its condition.';

CREATE FUNCTION @extschema@.product_refuse(state text, message text, field text, code text, hint text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@.product_raise(state, message, @extschema@.product_error_detail(field, code, message), hint);
END
$$;
COMMENT ON FUNCTION @extschema@.product_refuse(text, text, text, text, text) IS
    'Internal. Raises an error whose DETAIL is one failure with this field and code.';
