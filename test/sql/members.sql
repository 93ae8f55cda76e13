-- product_member_organizations reads the rows itself where that comes to the same as the statement over product_member.
SELECT test.clean();
SET client_min_messages = warning;
CREATE ROLE member_one;
CREATE ROLE member_two;
CREATE ROLE member_both IN ROLE member_one, member_two;
CREATE ROLE member_apart NOINHERIT IN ROLE member_one;
CREATE ROLE "member O'Three ""x""";
CREATE ROLE member_gone;
GRANT USAGE ON SCHEMA test TO PUBLIC;
INSERT INTO product_member (organization_id, member, permissions)
SELECT o, m, p FROM (VALUES (5, 'member_one', '{PRODUCT.VIEW}'::text[]), (1, 'member_one', '{PRODUCT.CREATE,PRODUCT.VIEW}'), (1, 'member_two', '{PRODUCT.UPDATE}'), (9223372036854775807, 'member_two', '{PRODUCT.UPDATE,PRODUCT.DELETE}'),
                            (3, 'member O''Three "x"', '{PRODUCT.CREATE}'), (4, 'member_gone', '{PRODUCT.VIEW}'), (4, '-', '{PRODUCT.VIEW}'), (7, '10', '{PRODUCT.VIEW}')) v (o, m, p);
DROP ROLE member_gone;
INSERT INTO product_member (organization_id, member, permissions) SELECT 100 + i, 'member_two', '{PRODUCT.CREATE}' FROM generate_series(1, 40) i;

-- What it tells in a role, and whether that is what the statement tells; in short where there are many.
CREATE FUNCTION test.members(role text) RETURNS TABLE (permission text, organizations text, as_sql boolean) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    RETURN QUERY SELECT p, CASE WHEN cardinality(f.o) > 10 THEN cardinality(f.o) || ' of them' ELSE f.o::text END,
                        f.o = ARRAY(SELECT DISTINCT m.organization_id FROM product_member m WHERE p IS NULL OR p = ANY (m.permissions) ORDER BY 1)
                   FROM unnest('{NULL,PRODUCT.VIEW,PRODUCT.CREATE,PRODUCT.UPDATE,PRODUCT.DELETE,PRODUCT,""}'::text[]) WITH ORDINALITY u (p, n), LATERAL (SELECT product_member_organizations(p) AS o) f ORDER BY n;
    RESET ROLE;
END
$$;
-- The same after a change, which is undone.
CREATE FUNCTION test.members_after(change text, role text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    told text;
BEGIN
    EXECUTE change;
    SELECT string_agg(concat_ws(' ', coalesce(m.permission, 'any') || ':', m.organizations, CASE WHEN NOT m.as_sql THEN 'NOT AS SQL' END), ', ') INTO told FROM test.members(role) m;
    RAISE EXCEPTION USING ERRCODE = 'TS000', MESSAGE = told;
EXCEPTION WHEN OTHERS THEN
    RESET ROLE;
    RETURN CASE WHEN SQLSTATE = 'TS000' THEN '' ELSE SQLSTATE || ' ' END || SQLERRM;
END
$$;

\echo members_by_role
SELECT * FROM test.members('member_one');
SELECT * FROM test.members('member_two');
SELECT * FROM test.members('member_both');
SELECT * FROM test.members('member_apart');
SELECT * FROM test.members('member O''Three "x"');
\echo members_past_row_security
SELECT test.members_after('SELECT', current_user::text);
\echo members_where_others_have_a_say
SELECT change, test.members_after(change, 'member_one') FROM unnest(ARRAY['SELECT', 'CREATE POLICY less ON product_member AS RESTRICTIVE USING (organization_id > 1)', 'CREATE POLICY more ON product_member USING (organization_id = 7)',
    'CREATE POLICY mine ON product_member FOR SELECT TO member_one USING (organization_id = 3)', 'CREATE POLICY write ON product_member FOR INSERT WITH CHECK (false)', 'DROP POLICY product_view ON product_member',
    $$ALTER POLICY product_view ON product_member USING (pg_has_role(to_regrole(quote_ident(member)), 'MEMBER'))$$, $$ALTER POLICY product_view ON product_member USING (pg_has_role(to_regrole(quote_ident('member_two')), 'USAGE'))$$,
    'ALTER POLICY product_view ON product_member TO member_two', 'ALTER TABLE product_member DISABLE ROW LEVEL SECURITY', 'REVOKE SELECT ON product_member FROM PUBLIC', 'REVOKE SELECT ON product_member FROM PUBLIC; GRANT SELECT (organization_id, member, permissions) ON product_member TO member_one',
    'CREATE TABLE test.more_members () INHERITS (product_member); INSERT INTO test.more_members (organization_id, member) VALUES (8, ''member_one'')', 'ALTER TABLE product_member ADD note text DEFAULT ''x''',
    'SET LOCAL row_security = off', 'TRUNCATE product_member']) WITH ORDINALITY c (change, n) ORDER BY n;
SELECT test.members_after('ALTER POLICY product_view ON product_member USING (pg_has_role(to_regrole(quote_ident(member)), ''MEMBER''))', 'member_apart');
\echo members_what_the_statement_sees
BEGIN;
DELETE FROM product_member WHERE member = 'member_one';
INSERT INTO product_member (organization_id, member) VALUES (6, 'member_one');
SET LOCAL ROLE member_one;
SELECT product_member_organizations();
ROLLBACK;
BEGIN;
CREATE TEMP TABLE product_member (organization_id bigint, member name, permissions text[]);
SET LOCAL ROLE member_one;
SELECT product_member_organizations();
ROLLBACK;
\echo members_of_random_roles
-- Roles that are members of one another as chance has it, some without inheriting: as the statement tells, with the index on members and without; and where a new product may be created.
CREATE FUNCTION test.random_members(OUT asked integer, OUT members integer, OUT wrong text[]) LANGUAGE plpgsql AS $$
DECLARE
    role text;
    organization bigint;
    organizations bigint[];
    creating bigint[];
BEGIN
    asked := 0;
    members := 0;
    FOR i IN 1 .. 8 LOOP
        role := 'member_' || i;
        EXECUTE format('SET LOCAL ROLE %I', role);
        organizations := ARRAY(SELECT DISTINCT m.organization_id FROM product_member m ORDER BY 1);
        creating := ARRAY(SELECT DISTINCT m.organization_id FROM product_member m WHERE 'PRODUCT.CREATE' = ANY (m.permissions) ORDER BY 1);
        IF product_member_organizations() IS DISTINCT FROM organizations OR product_member_organizations('PRODUCT.CREATE') IS DISTINCT FROM creating THEN
            wrong := wrong || role;
        END IF;
        FOR organization IN 1 .. 12 LOOP
            asked := asked + 1;
            members := members + (organization = ANY (creating))::integer;
            IF (SELECT r.status = 'created' FROM product_upsert_rows('[{"name": "new"}]', organization_id => organization, on_error => 'skip', dry_run => true) r)
               <> (organization = ANY (creating)) THEN
                wrong := wrong || format('%s in %s', role, organization);
            END IF;
        END LOOP;
        RESET ROLE;
    END LOOP;
END
$$;
BEGIN;
DO $$
BEGIN
    FOR i IN 1 .. 8 LOOP
        EXECUTE format('CREATE ROLE member_%s %s', i, CASE WHEN i % 3 = 0 THEN 'NOINHERIT' ELSE '' END);
        PERFORM product_grant('member_' || i, permission, 1000 + i) FROM unnest('{PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) permission;
    END LOOP;
    FOR i IN 1 .. 8 LOOP
        FOR j IN i + 1 .. 8 LOOP
            IF get_byte(decode(md5(i || ' in ' || j), 'hex'), 0) % 4 = 0 THEN EXECUTE format('GRANT member_%s TO member_%s', j, i); END IF;
        END LOOP;
    END LOOP;
    INSERT INTO product_member (organization_id, member, permissions)
    SELECT o, 'member_' || i, CASE WHEN o % 2 = 0 THEN '{PRODUCT.VIEW,PRODUCT.CREATE}'::text[] ELSE '{PRODUCT.VIEW}' END
      FROM generate_series(1, 12) o, generate_series(1, 8) i WHERE get_byte(decode(md5(o || ' of ' || i), 'hex'), 0) % 4 = 0;
END
$$;
SELECT * FROM test.random_members();
DROP INDEX product_member_member_idx;
SELECT * FROM test.random_members();
ROLLBACK;
DROP FUNCTION test.random_members;
DROP FUNCTION test.members, test.members_after;
REVOKE USAGE ON SCHEMA test FROM PUBLIC;
TRUNCATE product_member;
DROP ROLE member_one, member_two, member_both, member_apart, "member O'Three ""x""";
RESET client_min_messages;
