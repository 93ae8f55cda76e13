-- What this script inserted itself is built in.
UPDATE @extschema@.product_identity SET is_builtin = true;
UPDATE @extschema@.product_profile SET is_builtin = true;

-- Users' rows and the state of every sequence go into the dump; what is built in does not.
DO $install$
DECLARE
    relation regclass;
BEGIN
    FOR relation IN
        SELECT c.oid
          FROM pg_catalog.pg_depend d
          JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'S')
         WHERE d.classid = 'pg_catalog.pg_class'::regclass
           AND d.refclassid = 'pg_catalog.pg_extension'::regclass
           AND d.refobjid = (SELECT e.oid FROM pg_catalog.pg_extension e WHERE e.extname = 'product_upsert')
           AND d.deptype = 'e'
         ORDER BY c.oid
    LOOP
        PERFORM pg_catalog.pg_extension_config_dump(
            relation,
            CASE WHEN relation IN ('@extschema@.product_profile'::regclass, '@extschema@.product_identity'::regclass)
                 THEN 'WHERE NOT is_builtin' ELSE '' END);
    END LOOP;
END
$install$;
