CREATE FUNCTION @extschema@.product_profile_check(definition jsonb) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'product_profile_check';
COMMENT ON FUNCTION @extschema@.product_profile_check(jsonb) IS
    'True for a profile definition without fault; raises an error with the JSON path of a fault.';

-- The build puts sql/profiles/*.json in here.
CREATE FUNCTION @extschema@.product_profiles_shipped() RETURNS TABLE (name text, definition jsonb)
LANGUAGE sql IMMUTABLE
AS $function$
    VALUES
@profiles@
$function$;
COMMENT ON FUNCTION @extschema@.product_profiles_shipped() IS 'The profiles that are built in.';
