CREATE FUNCTION @extschema@.product_profile_check(definition jsonb) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'product_profile_check';
COMMENT ON FUNCTION @extschema@.product_profile_check(jsonb) IS
    'Internal. True if a profile''s definition is valid; otherwise raises an error with the JSON path of the fault.';

CREATE FUNCTION @extschema@.product_profile_name(name text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    fault text := 'must be a letter a to z, and then up to 62 of letters a to z, digits and underscores';
    such text := left(regexp_replace(regexp_replace(lower(name), '[^a-z0-9]+', '_', 'g'), '^[0-9_]+|_+$', '', 'g'), 63);
BEGIN
    IF name ~ '^[a-z][a-z0-9_]{0,62}$' THEN
        RETURN true;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'invalid_parameter_value',
        MESSAGE = format('profile name %s %s', to_json(left(name, 100)), fault),
        DETAIL = @extschema@.product_error_detail('name', 'format', fault),
        HINT = format('Such as "%s".', coalesce(nullif(such, ''), 'shop'));
END
$$;
COMMENT ON FUNCTION @extschema@.product_profile_name(text) IS
    'Internal. True if a profile may have this name; otherwise raises an error that says why not.';

-- The build inserts sql/profiles/*.json here.
CREATE FUNCTION @extschema@.product_profiles_shipped() RETURNS TABLE (name text, definition jsonb)
LANGUAGE sql IMMUTABLE
AS $function$
    VALUES
@profiles@
$function$;
COMMENT ON FUNCTION @extschema@.product_profiles_shipped() IS
    'Internal. The built-in profiles.';

CREATE FUNCTION @extschema@.product_profiles_renew() RETURNS SETOF text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    ours record;
BEGIN
    FOR ours IN
        SELECT s.name, s.definition AS newest, p.definition, p.shipped, p.name IS NOT NULL AS there, p.is_builtin
          FROM @extschema@.product_profiles_shipped() s LEFT JOIN @extschema@.product_profile p USING (name) ORDER BY s.name
    LOOP
        IF NOT ours.there THEN
            INSERT INTO @extschema@.product_profile (name, definition, is_builtin, shipped)
            VALUES (ours.name, ours.newest, true, ours.newest);
            RETURN NEXT format('profile %s: new', ours.name);
        ELSIF NOT ours.is_builtin THEN
            RETURN NEXT format('profile %s: kept, since it is yours; the built-in one of this name is not installed', ours.name);
        ELSIF ours.definition IS DISTINCT FROM ours.shipped THEN
            UPDATE @extschema@.product_profile p SET shipped = ours.newest
             WHERE p.name = ours.name AND p.shipped IS DISTINCT FROM ours.newest;
            RETURN NEXT format('profile %s: kept, since you have changed it; product_profile.shipped has the built-in definition', ours.name);
        ELSIF ours.definition <> ours.newest THEN
            UPDATE @extschema@.product_profile p SET definition = ours.newest, shipped = ours.newest WHERE p.name = ours.name;
            RETURN NEXT format('profile %s: replaced', ours.name);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.product_profiles_renew() IS
    'Internal. Updates the built-in profiles, except those that a user has changed; returns what was done.';
