-- product_view is made anew, with the argument of product_member_organizations typed: see sql/install/60_tables_guard.sql.
DO $step$
DECLARE
    p record;
BEGIN
    FOR p IN SELECT polrelid::pg_catalog.regclass AS relation FROM pg_catalog.pg_policy
              WHERE polname OPERATOR(pg_catalog.=) 'product_view' AND polrelid OPERATOR(pg_catalog.<>) '@extschema@.product_member'::pg_catalog.regclass
                AND pg_catalog.pg_get_expr(polqual, polrelid) OPERATOR(pg_catalog.~~) '%product_member_organizations()%'
    LOOP
        EXECUTE pg_catalog.format('DROP POLICY product_view ON %s', p.relation);
    END LOOP;
END
$step$;
