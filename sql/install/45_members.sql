-- Who may do what. A permission is PostgreSQL's own privilege on the tables, plus a row here that says in which
-- organization; row security holds the second. Functions are SECURITY INVOKER throughout.

CREATE TABLE @extschema@.product_member (
    organization_id bigint NOT NULL CHECK (organization_id > 0),
    member name NOT NULL,
    permissions text[] NOT NULL DEFAULT '{PRODUCT.CREATE,PRODUCT.UPDATE,PRODUCT.VIEW,PRODUCT.DELETE}',
    PRIMARY KEY (organization_id, member),
    CHECK (permissions <@ '{PRODUCT.CREATE,PRODUCT.UPDATE,PRODUCT.VIEW,PRODUCT.DELETE}' AND permissions <> '{}')
);
COMMENT ON TABLE @extschema@.product_member IS
    'Which role is a member of which organization, with what permissions. Written by product_grant and product_revoke.';
COMMENT ON COLUMN @extschema@.product_member.member IS
    'The name of a role; whoever inherits from it is a member too. A role that is renamed must be granted anew.';

-- Every statement of a member calls this, an UPDATE four times. Hence plpgsql, which keeps its plan for the session where an
-- SQL function plans every call, and qualified names in place of a search_path to set: 8 µs a call.
CREATE FUNCTION @extschema@.product_member_organizations(permission text DEFAULT NULL) RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
BEGIN
    -- Whose rows these are is the affair of product_member's own policy.
    RETURN ARRAY(
        SELECT DISTINCT m.organization_id
          FROM @extschema@.product_member m
         WHERE permission IS NULL OR permission OPERATOR(pg_catalog.=) ANY (m.permissions));
END
$$;
COMMENT ON FUNCTION @extschema@.product_member_organizations(text) IS
    'The organizations in which the current role has a permission (any, when null),'
    ' by itself or through a role it inherits from. Roles past row security see all that have members.';

-- The scalar subselects make the policies InitPlans: evaluated once a statement, not once a row. An index can be searched for
-- the organizations that may be seen. Where a row is written it is also seen, and a second list in the same index condition
-- would be multiplied with the first, by the planner and up to version 16 by the search: hence + 0 there.
DO $install$
DECLARE
    member_in text := '(SELECT @extschema@.product_member_organizations())';
    creator_in text := '(SELECT @extschema@.product_member_organizations(''PRODUCT.CREATE''))';
    updater_in text := '(SELECT @extschema@.product_member_organizations(''PRODUCT.UPDATE''))';
    deleter_in text := '(SELECT @extschema@.product_member_organizations(''PRODUCT.DELETE''))';
    writer_in text := '(SELECT @extschema@.product_member_organizations(''PRODUCT.CREATE'')'
                      ' || @extschema@.product_member_organizations(''PRODUCT.UPDATE''))';
    changer_in text := '(SELECT @extschema@.product_member_organizations(''PRODUCT.CREATE'')'
                       ' || @extschema@.product_member_organizations(''PRODUCT.UPDATE'')'
                       ' || @extschema@.product_member_organizations(''PRODUCT.DELETE''))';
    relation regclass;
    on_insert text;
    on_update text;
    on_delete text;
BEGIN
    FOR relation, on_insert, on_update, on_delete IN
        VALUES
            ('@extschema@.product'::regclass,                creator_in, updater_in, deleter_in),
            ('@extschema@.product_variant',                  writer_in,  updater_in, updater_in),
            ('@extschema@.product_feature_link',             writer_in,  updater_in, updater_in),
            ('@extschema@.product_family_link',              writer_in,  updater_in, updater_in),
            ('@extschema@.product_custom_value',             writer_in,  updater_in, updater_in),
            ('@extschema@.product_change',                   changer_in, NULL,       NULL),
            ('@extschema@.product_import',                   writer_in,  writer_in,  NULL),
            ('@extschema@.product_import_reject',            writer_in,  NULL,       NULL),
            ('@extschema@.product_organization',             writer_in,  writer_in,  writer_in),
            ('@extschema@.product_category',                 writer_in,  writer_in,  writer_in),
            ('@extschema@.product_feature',                  writer_in,  writer_in,  writer_in),
            ('@extschema@.product_family',                   writer_in,  writer_in,  writer_in),
            ('@extschema@.product_billing_entity',           writer_in,  writer_in,  writer_in),
            ('@extschema@.product_tax_group',                writer_in,  writer_in,  writer_in),
            ('@extschema@.product_unit',                     writer_in,  writer_in,  writer_in),
            ('@extschema@.product_measurement',              writer_in,  writer_in,  writer_in),
            ('@extschema@.product_cost_centre',              writer_in,  writer_in,  writer_in),
            ('@extschema@.product_integration',              writer_in,  writer_in,  writer_in),
            ('@extschema@.product_custom_field',             writer_in,  writer_in,  writer_in),
            ('@extschema@.product_custom_field_use',         writer_in,  writer_in,  writer_in)
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', relation);
        EXECUTE pg_catalog.format('CREATE POLICY product_view ON %s FOR SELECT USING (organization_id = ANY (%s::bigint[]))',
                                  relation, member_in);
        EXECUTE pg_catalog.format('CREATE POLICY product_create ON %s FOR INSERT WITH CHECK (organization_id = ANY (%s::bigint[]))',
                                  relation, on_insert);
        IF on_update IS NOT NULL THEN
            EXECUTE pg_catalog.format('CREATE POLICY product_update ON %s FOR UPDATE USING (organization_id + 0 = ANY (%s::bigint[]))',
                                      relation, on_update);
        END IF;
        IF on_delete IS NOT NULL THEN
            EXECUTE pg_catalog.format('CREATE POLICY product_delete ON %s FOR DELETE USING (organization_id + 0 = ANY (%s::bigint[]))',
                                      relation, on_delete);
        END IF;
    END LOOP;
END
$install$;

-- Not by product_member_organizations, which reads this table. A member may be a role that was dropped: to_regrole gives null
-- where pg_has_role with a name would raise.
ALTER TABLE @extschema@.product_member ENABLE ROW LEVEL SECURITY;
CREATE POLICY product_view ON @extschema@.product_member FOR SELECT
    USING (pg_catalog.pg_has_role(pg_catalog.to_regrole(pg_catalog.quote_ident(member)), 'USAGE'));

GRANT SELECT ON @extschema@.product_member, @extschema@.product_identity TO PUBLIC;

CREATE FUNCTION @extschema@.product_permission_privileges(permissions text[])
RETURNS TABLE (relation regclass, privilege text)
LANGUAGE sql STABLE
SET search_path = @extschema@, pg_temp
AS $$
    -- The rows of a deleted product go by cascade, which asks nobody's privilege. Identity columns ask none of their sequence.
    SELECT DISTINCT r.relation, p.privilege
      FROM (VALUES
            ('product'::regclass,      'product'),
            ('product_variant',        'part'),
            ('product_feature_link',   'part'),
            ('product_family_link',    'part'),
            ('product_custom_value',   'part'),
            ('product_change',         'change'),
            ('product_import',         'import'),
            ('product_import_reject',  'reject'),
            ('product_organization',   'reference'),
            ('product_category',       'reference'),
            ('product_feature',        'reference'),
            ('product_family',         'reference'),
            ('product_billing_entity', 'reference'),
            ('product_tax_group',      'reference'),
            ('product_unit',           'reference'),
            ('product_measurement',    'reference'),
            ('product_cost_centre',    'reference'),
            ('product_integration',    'reference'),
            ('product_custom_field',   'reference'),
            ('product_custom_field_use', 'use')) r (relation, kind)
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
            ('PRODUCT.DELETE', 'product', 'DELETE'),
            ('PRODUCT.DELETE', 'change',  'INSERT'),
            (NULL,             NULL,      'SELECT')) p (permission, kind, privilege)
        ON (p.permission = ANY (permissions) OR p.permission IS NULL) AND (p.kind = r.kind OR p.kind IS NULL)
     WHERE permissions <> '{}'
$$;
COMMENT ON FUNCTION @extschema@.product_permission_privileges(text[]) IS
    'The table privileges that permissions consist of.';

CREATE FUNCTION @extschema@.product_permission_check(grantee text, permission text, organization_id bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = @extschema@, pg_temp
AS $$
DECLARE
    fault text;
BEGIN
    IF grantee IS NULL OR permission IS NULL OR organization_id IS NULL THEN
        fault := 'grantee, permission and organization_id cannot be null';
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = fault,
            DETAIL = product_error_detail(NULL, 'required', fault);
    END IF;
    IF organization_id < 1 THEN
        fault := 'organization_id must be positive';
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = product_error_detail('organization_id', 'range', fault);
    END IF;
    IF permission <> ALL ('{PRODUCT.CREATE,PRODUCT.UPDATE,PRODUCT.VIEW,PRODUCT.DELETE}') THEN
        fault := format('unknown permission "%s"', permission);
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = product_error_detail('permission', 'enum', fault),
            HINT = 'Valid permissions: PRODUCT.CREATE, PRODUCT.UPDATE, PRODUCT.VIEW, PRODUCT.DELETE';
    END IF;
    IF to_regrole(quote_ident(grantee)) IS NULL THEN
        fault := format('role "%s" does not exist', grantee);
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = fault,
            DETAIL = product_error_detail('grantee', 'not_found', fault);
    END IF;
    IF NOT has_table_privilege('product_member', 'INSERT') THEN
        fault := 'permission denied to change who may do what';
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = fault,
            DETAIL = product_error_detail(NULL, 'permission', fault);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_permission_check(text, text, bigint) IS
    'Raises what is wrong with a call of product_grant or product_revoke.';

CREATE FUNCTION @extschema@.product_grant(grantee text, permission text, organization_id bigint DEFAULT 1) RETURNS void
LANGUAGE plpgsql
SET search_path = @extschema@, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    home regnamespace := (SELECT c.relnamespace FROM pg_class c WHERE c.oid = 'product'::regclass);
    relation regclass;
    privileges text;
BEGIN
    PERFORM product_permission_check(grantee, permission, organization_id);

    -- First, since a caller who may not is told so here; GRANT would only warn.
    INSERT INTO product_member AS m (organization_id, member, permissions)
    VALUES (product_grant.organization_id, grantee, ARRAY[permission])
    ON CONFLICT (organization_id, member) DO UPDATE
       SET permissions = ARRAY(SELECT unnest(m.permissions) UNION SELECT permission ORDER BY 1);

    IF NOT has_schema_privilege(grantee, home, 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %s TO %I', home, grantee);
    END IF;
    FOR relation, privileges IN
        SELECT p.relation, string_agg(p.privilege, ', ' ORDER BY p.privilege)
          FROM product_permission_privileges(ARRAY[permission]) p GROUP BY p.relation
    LOOP
        EXECUTE format('GRANT %s ON %s TO %I', privileges, relation, grantee);
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.product_grant(text, text, bigint) IS
    'Gives a role a permission in an organization: PRODUCT.CREATE, PRODUCT.UPDATE, PRODUCT.VIEW or PRODUCT.DELETE, each enough for its job.';

CREATE FUNCTION @extschema@.product_revoke(grantee text, permission text, organization_id bigint DEFAULT 1) RETURNS void
LANGUAGE plpgsql
SET search_path = @extschema@, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    kept text[];
    relation regclass;
    privileges text;
BEGIN
    PERFORM product_permission_check(grantee, permission, organization_id);

    -- A row without permissions is refused by the table's check, so the last one takes the row with it.
    DELETE FROM product_member m
     WHERE m.organization_id = product_revoke.organization_id AND m.member = grantee
       AND m.permissions = ARRAY[permission];
    UPDATE product_member m
       SET permissions = array_remove(m.permissions, permission)
     WHERE m.organization_id = product_revoke.organization_id AND m.member = grantee
       AND permission = ANY (m.permissions);

    kept := ARRAY(SELECT DISTINCT unnest(m.permissions) FROM product_member m WHERE m.member = grantee);
    IF permission = ANY (kept) THEN
        RETURN;
    END IF;
    FOR relation, privileges IN
        SELECT p.relation, string_agg(p.privilege, ', ' ORDER BY p.privilege)
          FROM (SELECT * FROM product_permission_privileges(ARRAY[permission])
                EXCEPT
                SELECT * FROM product_permission_privileges(kept)) p
         GROUP BY p.relation
    LOOP
        EXECUTE format('REVOKE %s ON %s FROM %I', privileges, relation, grantee);
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.product_revoke(text, text, bigint) IS
    'Takes a permission in an organization from a role, and the table privileges once no organization is left to use them in.';
