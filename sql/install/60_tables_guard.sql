-- The checks and policies of the tables that need functions of ours. DROP EXTENSION ... CASCADE drops them, and product_tables_upgrade adds what is missing; existing ones are not
-- changed. Arguments have explicit types, so that no other function of the same name, created by somebody who may create in the schema, can be called instead.

CREATE FUNCTION @extschema@.product_tables_checks() RETURNS TABLE (relation text, conname text, expression text)
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    -- Identity text: not empty, not padded.
    SELECT t, t || '_' || c || '_check', '@extschema@.product_identity_text(' || c || ')'
      FROM @extschema@.product_identity_texts() i (t, columns), unnest(columns) c
     -- A name may be empty (one contract allows it), but is never padded; that of a custom field is checked with its definition.
     WHERE (t, c) <> ('product', 'name') AND t <> 'product_custom_field'
    UNION ALL
    VALUES
    ('product', 'product_name_check', 'name = '''' OR @extschema@.product_identity_text(name)'),
    ('product_profile', 'product_profile_name_check', '@extschema@.product_profile_name(name)'),
    ('product_profile', 'product_profile_definition_check', '@extschema@.product_profile_check(definition)'),
    ('product_custom_field', 'product_custom_field_definition_check', '@extschema@.product_custom_field_check(namespace, reference, type, enum_values)')
$$;
COMMENT ON FUNCTION @extschema@.product_tables_checks() IS 'Internal. The checks of the catalogue''s tables that call functions of the extension.';

-- The scalar subselects make the policies InitPlans: they are evaluated once for each statement, not for each row. An index can then be searched for the visible organizations. A
-- written row is also read, and a second list in the same index condition would be multiplied with the first, by the planner and, up to version 16, by the search. Hence the + 0
-- there.
-- recipe: table, feed
CREATE FUNCTION @extschema@.product_tables_policies()
RETURNS TABLE (relation text, polname text, command text, condition text)
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.relation, 'product_' || p.polname, p.command,
           CASE p.command
               WHEN 'SELECT' THEN 'USING (organization_id = ANY ((SELECT @extschema@.product_member_organizations(NULL::pg_catalog.text))::bigint[]))'
               WHEN 'INSERT' THEN 'WITH CHECK (organization_id = ANY ((SELECT ' || o.organizations || ')::bigint[]))'
               ELSE 'USING (organization_id + 0 = ANY ((SELECT ' || o.organizations || ')::bigint[]))'
           END
      FROM (VALUES
            ('product',                  '{CREATE}'::text[], '{UPDATE}'::text[], '{DELETE}'::text[]),
            ('product_variant',          '{CREATE,UPDATE}',  '{UPDATE}',         '{UPDATE}'),
            ('product_feature_link',     '{CREATE,UPDATE}',  '{UPDATE}',         '{UPDATE}'),
            ('product_family_link',      '{CREATE,UPDATE}',  '{UPDATE}',         '{UPDATE}'),
            ('product_custom_value',     '{CREATE,UPDATE}',  '{UPDATE}',         '{UPDATE}'),
            ('product_change',           '{CREATE,UPDATE,DELETE}', NULL,         NULL),
            ('product_change_consumer',  '{VIEW}',           '{VIEW}',           '{VIEW}'),
            ('product_import',           '{CREATE,UPDATE}',  '{CREATE,UPDATE}',  NULL),
            ('product_import_reject',    '{CREATE,UPDATE}',  NULL,               NULL),
            ('product_idempotency',      '{CREATE,UPDATE,DELETE}', '{CREATE,UPDATE,DELETE}', '{CREATE,UPDATE,DELETE}'),
            ('product_parked',           '{CREATE,UPDATE}',  '{CREATE,UPDATE}',  '{CREATE,UPDATE}'),
            ('product_organization',     '{CREATE,UPDATE}',  '{CREATE,UPDATE}',  '{CREATE,UPDATE}'),
            ('product_category',         '{CREATE,UPDATE}',  '{CREATE,UPDATE}',  '{CREATE,UPDATE}'),
            ('product_feature',          '{CREATE,UPDATE}',  '{CREATE,UPDATE}',  '{CREATE,UPDATE}'),
            ('product_family',           '{CREATE,UPDATE}',  '{CREATE,UPDATE}',  '{CREATE,UPDATE}'),
            ('product_billing_entity',   '{CREATE,UPDATE}',  '{CREATE,UPDATE}',  '{CREATE,UPDATE}'),
            ('product_tax_group',        '{CREATE,UPDATE}',  '{CREATE,UPDATE}',  '{CREATE,UPDATE}'),
            ('product_unit',             '{CREATE,UPDATE}',  '{CREATE,UPDATE}',  '{CREATE,UPDATE}'),
            ('product_measurement',      '{CREATE,UPDATE}',  '{CREATE,UPDATE}',  '{CREATE,UPDATE}'),
            ('product_cost_centre',      '{CREATE,UPDATE}',  '{CREATE,UPDATE}',  '{CREATE,UPDATE}'),
            ('product_integration',      '{CREATE,UPDATE}',  '{CREATE,UPDATE}',  '{CREATE,UPDATE}'),
            ('product_custom_field',     '{CREATE,UPDATE}',  '{CREATE,UPDATE}',  '{CREATE,UPDATE}'),
            ('product_custom_field_use', '{CREATE,UPDATE}',  '{CREATE,UPDATE}',  '{CREATE,UPDATE}'))
            r (relation, creators, updaters, deleters),
           LATERAL (VALUES ('view',   'SELECT', '{}'::text[]),
                           ('create', 'INSERT', r.creators),
                           ('update', 'UPDATE', r.updaters),
                           ('delete', 'DELETE', r.deleters)) p (polname, command, permissions),
           LATERAL (SELECT string_agg('@extschema@.product_member_organizations(''PRODUCT.' || u.permission || '''::pg_catalog.text)', ' || ' ORDER BY n)
                      FROM unnest(p.permissions) WITH ORDINALITY u (permission, n)) o (organizations)
     WHERE p.permissions IS NOT NULL
    UNION ALL
    -- Not by product_member_organizations, which reads this table. A member may be a dropped role: to_regrole then returns null, where pg_has_role with a name would raise an
    -- error.
    VALUES ('product_member', 'product_view', 'SELECT',
            'USING (pg_catalog.pg_has_role(pg_catalog.to_regrole(pg_catalog.quote_ident(member)), ''USAGE''))')
$$;
COMMENT ON FUNCTION @extschema@.product_tables_policies() IS 'Internal. The policies of the catalogue''s tables.';

CREATE FUNCTION @extschema@.product_tables_guard() RETURNS SETOF text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted record;
BEGIN
    -- All checks of a table are added in one command, which reads the table once.
    FOR wanted IN
        SELECT c.relation, format('%s.%I', '@extschema@', c.relation) AS named,
               string_agg(format('ADD CONSTRAINT %I CHECK (%s)', c.conname, c.expression), ', ' ORDER BY c.conname) AS checks,
               array_agg(c.conname ORDER BY c.conname) AS names
          FROM @extschema@.product_tables_checks() c
         WHERE NOT EXISTS (SELECT FROM pg_constraint p
                            WHERE p.conrelid = format('%s.%I', '@extschema@', c.relation)::regclass AND p.conname = c.conname)
         GROUP BY c.relation ORDER BY c.relation
    LOOP
        EXECUTE 'ALTER TABLE ' || wanted.named || ' ' || wanted.checks;
        RETURN QUERY SELECT format('check %s of %s', n, wanted.relation) FROM unnest(wanted.names) n;
    END LOOP;
    FOR wanted IN
        SELECT p.*, format('%s.%I', '@extschema@', p.relation) AS named
          FROM @extschema@.product_tables_policies() p
         WHERE NOT EXISTS (SELECT FROM pg_policy q
                            WHERE q.polrelid = format('%s.%I', '@extschema@', p.relation)::regclass AND q.polname = p.polname)
         ORDER BY p.relation, p.polname
    LOOP
        IF NOT (SELECT c.relrowsecurity FROM pg_class c WHERE c.oid = wanted.named::regclass) THEN
            EXECUTE 'ALTER TABLE ' || wanted.named || ' ENABLE ROW LEVEL SECURITY';
        END IF;
        EXECUTE format('CREATE POLICY %I ON %s FOR %s %s', wanted.polname, wanted.named, wanted.command,
                       CASE WHEN @extschema@.product_is_distributed(wanted.named::regclass) THEN @extschema@.product_tables_condition(wanted.condition) ELSE wanted.condition END);
        RETURN NEXT format('policy %s of %s', wanted.polname, wanted.relation);
    END LOOP;
    -- A caller who names a partition directly, because he may read all tables, sees nothing: the policies are on the partitioned table.
    FOR wanted IN
        SELECT c.relname, c.oid::regclass AS named, p.relname AS relation
          FROM pg_class p JOIN pg_inherits i ON i.inhparent = p.oid JOIN pg_class c ON c.oid = i.inhrelid
         WHERE p.relnamespace = '@extschema@'::regnamespace AND p.relname = ANY (@extschema@.product_tables_names()) AND p.relkind = 'p'
           AND p.relrowsecurity AND NOT c.relrowsecurity AND c.relkind IN ('r', 'p')
         ORDER BY c.relname
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', wanted.named);
        RETURN NEXT format('row security of %s, a partition of %s', wanted.relname, wanted.relation);
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.product_tables_guard() IS
    'Internal. Adds the checks and policies that the catalogue''s tables lack; returns which.';

-- A table without any grants is new, or from a dump without privileges. Everyone may read what decides how documents are read; data is for members, through product_grant.
CREATE FUNCTION @extschema@.product_tables_grants() RETURNS SETOF text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        WITH bare AS (
            SELECT c.oid, c.relname, format('%s.%I', '@extschema@', c.relname) AS named
              FROM pg_class c
             WHERE c.relnamespace = '@extschema@'::regnamespace AND c.relname = ANY (@extschema@.product_tables_names()) AND c.relacl IS NULL)
        SELECT b.relname, b.named, 'SELECT' AS privileges, 'PUBLIC' AS grantee
          FROM bare b
         WHERE b.relname IN ('product_member', 'product_identity', 'product_profile', 'product_tables_version')
        UNION ALL
        SELECT b.relname, b.named, string_agg(p.privilege, ', ' ORDER BY p.privilege), quote_ident(m.member)
          FROM (SELECT r.member, array_agg(DISTINCT u.permission) AS permissions
                  FROM @extschema@.product_member r, unnest(r.permissions) u (permission) GROUP BY r.member) m,
               LATERAL @extschema@.product_permission_privileges(m.permissions) p
          JOIN bare b ON b.oid = p.relation
         WHERE to_regrole(quote_ident(m.member)) IS NOT NULL
         GROUP BY b.relname, b.named, m.member
         ORDER BY 1, 4
    LOOP
        EXECUTE format('GRANT %s ON %s TO %s', wanted.privileges, wanted.named, wanted.grantee);
        RETURN NEXT format('privileges of %s on %s', wanted.grantee, wanted.relname);
    END LOOP;
    -- Dumps of tables alone do not bring the privileges on their schema either. As product_grant does.
    FOR wanted IN
        SELECT DISTINCT quote_ident(m.member) AS grantee
          FROM @extschema@.product_member m
         WHERE NOT has_schema_privilege(to_regrole(quote_ident(m.member))::oid, '@extschema@'::regnamespace::oid, 'USAGE')
           AND has_table_privilege(to_regrole(quote_ident(m.member))::oid, '@extschema@.product'::regclass::oid, 'SELECT')
           AND has_schema_privilege('@extschema@'::regnamespace::oid, 'USAGE WITH GRANT OPTION')
         ORDER BY 1
    LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %s TO %s', '@extschema@', wanted.grantee);
        RETURN NEXT format('privileges of %s on schema %s', wanted.grantee, '@extschema@');
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.product_tables_grants() IS
    'Internal. Grants the privileges of members and of PUBLIC on tables that have no grants, and of members on the schema; returns which.';
