-- What of 0.1.0 cannot be replaced as it is, because what it returns or a parameter's name has changed: DROP FUNCTION here.
DROP FUNCTION IF EXISTS @extschema@.product_identity_indexes();
DROP FUNCTION IF EXISTS @extschema@.product_retire_write(bigint, bigint[], text, boolean);
-- It answered without headers at first.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.typrelid OPERATOR(pg_catalog.=) a.attrelid
                    WHERE t.oid OPERATOR(pg_catalog.=) '@extschema@.product_response'::pg_catalog.regtype::pg_catalog.oid AND a.attname OPERATOR(pg_catalog.=) 'headers') THEN
        ALTER TYPE @extschema@.product_response ADD ATTRIBUTE headers pg_catalog.jsonb;
    END IF;
END
$$;
