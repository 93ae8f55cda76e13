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
DROP FUNCTION test.members, test.members_after;
REVOKE USAGE ON SCHEMA test FROM PUBLIC;
TRUNCATE product_member;
DROP ROLE member_one, member_two, member_both, member_apart, "member O'Three ""x""";
RESET client_min_messages;
