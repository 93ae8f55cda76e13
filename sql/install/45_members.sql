-- Permissions: see sql/tables/45_members.sql.

-- Every statement of a member calls this, an UPDATE several times. The policy of product_member decides whose rows are read.
CREATE FUNCTION @extschema@.product_member_organizations(permission text DEFAULT NULL) RETURNS bigint[]
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'product_member_organizations';
COMMENT ON FUNCTION @extschema@.product_member_organizations(text) IS
    'Internal. The organizations in which the current role has a permission (any, if null), itself or through a role it inherits from. Roles that bypass row security see '
    'all organizations with members.';

-- recipe: table, feed, view, import
CREATE FUNCTION @extschema@.product_permission_privileges(permissions text[])
RETURNS TABLE (relation regclass, privilege text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    -- The rows of a deleted product are removed by cascade, which needs no privilege. Identity columns need none on their sequence.
    SELECT DISTINCT r.relation, p.privilege
      FROM (VALUES
            ('@extschema@.product'::regclass,      'product'),
            ('@extschema@.product_variant',        'part'),
            ('@extschema@.product_feature_link',   'part'),
            ('@extschema@.product_family_link',    'part'),
            ('@extschema@.product_custom_value',   'part'),
            ('@extschema@.product_change',         'change'),
            ('@extschema@.product_import',         'import'),
            ('@extschema@.product_import_reject',  'reject'),
            -- Tables of version 1 lack these.
            (to_regclass('@extschema@.product_import_progress'), 'view'),
            (to_regclass('@extschema@.product_change_consumer'), 'consumer'),
            (to_regclass('@extschema@.product_parked'),          'parked'),
            (to_regclass('@extschema@.product_parked_missing'),  'view'),
            (to_regclass('@extschema@.product_idempotency'),     'answer'),
            ('@extschema@.product_organization',   'reference'),
            ('@extschema@.product_category',       'reference'),
            ('@extschema@.product_feature',        'reference'),
            ('@extschema@.product_family',         'reference'),
            ('@extschema@.product_billing_entity', 'reference'),
            ('@extschema@.product_tax_group',      'reference'),
            ('@extschema@.product_unit',           'reference'),
            ('@extschema@.product_measurement',    'reference'),
            ('@extschema@.product_cost_centre',    'reference'),
            ('@extschema@.product_integration',    'reference'),
            ('@extschema@.product_custom_field',   'reference'),
            ('@extschema@.product_custom_field_use', 'use')) r (relation, kind)
      JOIN (VALUES
            ('PRODUCT.CREATE', 'product', 'INSERT'),
            ('PRODUCT.CREATE', 'part',    'INSERT'),
            ('PRODUCT.CREATE', 'use',     'INSERT'),
            ('PRODUCT.CREATE', 'change',  'INSERT'),
            ('PRODUCT.CREATE', 'import',  'INSERT'),
            ('PRODUCT.CREATE', 'import',  'UPDATE'),
            ('PRODUCT.CREATE', 'reject',  'INSERT'),
            ('PRODUCT.UPDATE', 'product', 'UPDATE'),
            ('PRODUCT.UPDATE', 'part',    'INSERT'),
            ('PRODUCT.UPDATE', 'part',    'UPDATE'),
            ('PRODUCT.UPDATE', 'part',    'DELETE'),
            ('PRODUCT.UPDATE', 'use',     'INSERT'),
            ('PRODUCT.UPDATE', 'change',  'INSERT'),
            ('PRODUCT.UPDATE', 'import',  'INSERT'),
            ('PRODUCT.UPDATE', 'import',  'UPDATE'),
            ('PRODUCT.UPDATE', 'reject',  'INSERT'),
            ('PRODUCT.CREATE', 'answer',   'INSERT'),
            ('PRODUCT.CREATE', 'answer',   'UPDATE'),
            ('PRODUCT.CREATE', 'answer',   'DELETE'),
            ('PRODUCT.UPDATE', 'answer',   'INSERT'),
            ('PRODUCT.UPDATE', 'answer',   'UPDATE'),
            ('PRODUCT.UPDATE', 'answer',   'DELETE'),
            ('PRODUCT.DELETE', 'answer',   'INSERT'),
            ('PRODUCT.DELETE', 'answer',   'UPDATE'),
            ('PRODUCT.DELETE', 'answer',   'DELETE'),
            ('PRODUCT.CREATE', 'parked',   'INSERT'),
            ('PRODUCT.CREATE', 'parked',   'UPDATE'),
            ('PRODUCT.CREATE', 'parked',   'DELETE'),
            ('PRODUCT.UPDATE', 'parked',   'INSERT'),
            ('PRODUCT.UPDATE', 'parked',   'UPDATE'),
            ('PRODUCT.UPDATE', 'parked',   'DELETE'),
            ('PRODUCT.VIEW',   'consumer', 'INSERT'),
            ('PRODUCT.VIEW',   'consumer', 'UPDATE'),
            ('PRODUCT.VIEW',   'consumer', 'DELETE'),
            ('PRODUCT.DELETE', 'product', 'DELETE'),
            ('PRODUCT.DELETE', 'change',  'INSERT'),
            (NULL,             NULL,      'SELECT')) p (permission, kind, privilege)
        ON (p.permission = ANY (permissions) OR p.permission IS NULL) AND (p.kind = r.kind OR p.kind IS NULL)
     WHERE permissions <> '{}' AND r.relation IS NOT NULL
$$;
COMMENT ON FUNCTION @extschema@.product_permission_privileges(text[]) IS
    'Internal. The table privileges of each permission.';

CREATE FUNCTION @extschema@.product_permission_check(grantee text, permission text, organization_id bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@.product_tables_check();
    IF grantee IS NULL OR permission IS NULL OR organization_id IS NULL THEN
        PERFORM @extschema@.product_refuse('null_value_not_allowed', 'grantee, permission and organization_id must not be null', NULL, 'required');
    END IF;
    IF organization_id < 1 THEN
        PERFORM @extschema@.product_refuse('invalid_parameter_value', 'organization_id must be positive', 'organization_id', 'range');
    END IF;
    IF permission <> ALL ('{PRODUCT.CREATE,PRODUCT.UPDATE,PRODUCT.VIEW,PRODUCT.DELETE}') THEN
        PERFORM @extschema@.product_refuse('invalid_parameter_value', format('unknown permission "%s"', permission), 'permission', 'enum',
            'Valid permissions: PRODUCT.CREATE, PRODUCT.UPDATE, PRODUCT.VIEW, PRODUCT.DELETE');
    END IF;
    IF to_regrole(quote_ident(grantee)) IS NULL THEN
        PERFORM @extschema@.product_refuse('undefined_object', format('role "%s" does not exist', grantee), 'grantee', 'not_found');
    END IF;
    IF NOT has_table_privilege('@extschema@.product_member', 'INSERT') THEN
        PERFORM @extschema@.product_refuse('insufficient_privilege', 'permission denied to change permissions', NULL, 'permission');
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_permission_check(text, text, bigint) IS
    'Internal. Raises an error if a call of product_grant or product_revoke is invalid.';

CREATE FUNCTION @extschema@.product_grant(grantee text, permission text, organization_id bigint DEFAULT 1) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    home regnamespace := '@extschema@';
    relation regclass;
    privileges text;
BEGIN
    PERFORM @extschema@.product_permission_check(grantee, permission, organization_id);

    -- First, because it raises an error for a caller who may not; GRANT would only warn.
    INSERT INTO @extschema@.product_member AS m (organization_id, member, permissions)
    VALUES (product_grant.organization_id, product_grant.grantee, ARRAY[product_grant.permission])
    -- Sorted by name, without a subquery, which Citus cannot plan here.
    ON CONFLICT (organization_id, member) DO UPDATE
       SET permissions = array_remove(ARRAY[
               CASE WHEN 'PRODUCT.CREATE' = ANY (m.permissions || excluded.permissions) THEN 'PRODUCT.CREATE' END,
               CASE WHEN 'PRODUCT.DELETE' = ANY (m.permissions || excluded.permissions) THEN 'PRODUCT.DELETE' END,
               CASE WHEN 'PRODUCT.UPDATE' = ANY (m.permissions || excluded.permissions) THEN 'PRODUCT.UPDATE' END,
               CASE WHEN 'PRODUCT.VIEW' = ANY (m.permissions || excluded.permissions) THEN 'PRODUCT.VIEW' END], NULL);

    IF NOT has_schema_privilege(grantee, home, 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %s TO %I', home, grantee);
    END IF;
    -- Those that the owner has granted are not granted again: it would write the catalog's rows anew for every organization of a role.
    FOR relation, privileges IN
        SELECT p.relation, string_agg(p.privilege, ', ' ORDER BY p.privilege)
          FROM @extschema@.product_permission_privileges(ARRAY[permission]) p
         WHERE NOT EXISTS (SELECT FROM pg_class c, aclexplode(c.relacl) a
                            WHERE c.oid = p.relation AND a.grantor = c.relowner AND pg_has_role(c.relowner, 'USAGE')
                              AND a.grantee = quote_ident(product_grant.grantee)::regrole AND a.privilege_type = p.privilege)
         GROUP BY p.relation
    LOOP
        EXECUTE format('GRANT %s ON %s TO %I', privileges, relation, grantee);
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.product_grant(text, text, bigint) IS
    'Gives a role a permission in an organization: PRODUCT.CREATE, PRODUCT.UPDATE, PRODUCT.VIEW or PRODUCT.DELETE. Each is sufficient for its task.';

CREATE FUNCTION @extschema@.product_revoke(grantee text, permission text, organization_id bigint DEFAULT 1) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    kept text[];
    relation regclass;
    privileges text;
BEGIN
    PERFORM @extschema@.product_permission_check(grantee, permission, organization_id);

    -- The table's check refuses a row without permissions, so removing the last one deletes the row.
    DELETE FROM @extschema@.product_member m
     WHERE m.organization_id = product_revoke.organization_id AND m.member = grantee
       AND m.permissions = ARRAY[permission];
    UPDATE @extschema@.product_member m
       SET permissions = array_remove(m.permissions, permission)
     WHERE m.organization_id = product_revoke.organization_id AND m.member = grantee
       AND permission = ANY (m.permissions);

    kept := ARRAY(SELECT DISTINCT unnest(m.permissions) FROM @extschema@.product_member m WHERE m.member = grantee);
    IF permission = ANY (kept) THEN
        RETURN;
    END IF;
    FOR relation, privileges IN
        SELECT p.relation, string_agg(p.privilege, ', ' ORDER BY p.privilege)
          FROM (SELECT * FROM @extschema@.product_permission_privileges(ARRAY[permission])
                EXCEPT
                SELECT * FROM @extschema@.product_permission_privileges(kept)) p
         GROUP BY p.relation
    LOOP
        EXECUTE format('REVOKE %s ON %s FROM %I', privileges, relation, grantee);
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.product_revoke(text, text, bigint) IS
    'Takes a permission in an organization from a role, and its table privileges if it has the permission in no other organization.';
