CREATE FUNCTION @extschema@.product_profile_check(definition jsonb) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'product_profile_check';
COMMENT ON FUNCTION @extschema@.product_profile_check(jsonb) IS
    'True for a profile definition without fault; raises an error with the JSON path of a fault.';

CREATE TABLE @extschema@.product_profile (
    name text COLLATE "C" PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]{0,62}$'),
    definition jsonb NOT NULL CHECK (@extschema@.product_profile_check(definition)),
    is_builtin boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE @extschema@.product_profile IS
    'Profiles: what a document looks like, how it finds its product, and the shape of answers and errors. INSERT adds one.';
COMMENT ON COLUMN @extschema@.product_profile.is_builtin IS
    'Came with the extension: left out of dumps, replaced by upgrades. Copy it under a name of your own to change it.';

GRANT SELECT ON @extschema@.product_profile TO PUBLIC;
