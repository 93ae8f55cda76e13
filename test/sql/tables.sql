-- The catalogue's tables are their user's: made by a call, no members of the extension. In a database of its own.
\set VERBOSITY terse
\set main :DBNAME
SET client_min_messages = warning;
CREATE DATABASE regress_product_tables TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
\c regress_product_tables
SET client_min_messages = warning;
CREATE EXTENSION product_upsert;

\echo tables_create_extension_brings_functions_and_types_alone
SELECT DISTINCT d.classid::regclass, c.relkind
  FROM pg_depend d LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
 WHERE d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'product_upsert') ORDER BY 1, 2;
SELECT extconfig IS NULL AS nothing_marked_for_dumps FROM pg_extension WHERE extname = 'product_upsert';

\echo tables_every_function_says_that_they_do_not_exist
CREATE TABLE feed (document jsonb);
CREATE TRIGGER feed AFTER INSERT ON feed REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger();
CREATE TABLE feed_of_rows (document jsonb);
CREATE TRIGGER feed BEFORE INSERT ON feed_of_rows FOR EACH ROW EXECUTE FUNCTION product_upsert_trigger();
CREATE FUNCTION try(statement text, OUT state text, OUT message text, OUT hint text, OUT errors jsonb) LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE statement;
    state := '00000';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT, detail = PG_EXCEPTION_DETAIL;
    IF detail LIKE '{"errors"%' THEN errors := detail::jsonb -> 'errors'; END IF;
END
$$;
SELECT statement, t.state, t.message, t.hint, t.errors -> 0 ->> 'code' AS code
  FROM unnest(ARRAY['product_upsert(''{"name": "a"}'')', 'product_upsert_bulk(''[]'')', 'product_upsert_rows(''[]'')', 'product_upsert_from(''feed'')',
      'product_match(''{"name": "a"}'')', 'product_get(1)', 'product_request(''vending'', ''PUT'', ''/products'')', 'product_grant(current_user::text, ''PRODUCT.VIEW'')',
      'product_revoke(current_user::text, ''PRODUCT.VIEW'')', 'product_identity_create(''upc'', ''{upc}'')', 'product_identity_drop(''upc'')',
      'product_custom_field_index(''f'')', 'product_custom_field_release(''f'')']) statement, try('SELECT ' || statement) t
UNION ALL
SELECT statement, t.state, t.message, t.hint, t.errors -> 0 ->> 'code'
  FROM unnest(ARRAY['INSERT INTO feed VALUES (''{}'')', 'INSERT INTO feed_of_rows VALUES (''{}'')']) statement, try(statement) t;

\echo tables_of_somebody_else_are_not_taken
CREATE ROLE regress_somebody;
CREATE TABLE product (id int, organization_id int);
ALTER TABLE product OWNER TO regress_somebody;
SELECT * FROM try('SELECT product_tables_create()');
SELECT state, message FROM try('SELECT product_upsert(''{"name": "a"}'')');
DROP TABLE product;

\echo tables_functions_of_somebody_who_may_create_in_the_schema_are_not_taken
-- Each fits what the tables' definitions, checks and policies call, if it is called carelessly.
GRANT CREATE ON SCHEMA public TO regress_somebody;
SET ROLE regress_somebody;
CREATE FUNCTION product_member_organizations() RETURNS bigint[] LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
CREATE FUNCTION product_member_organizations(varchar) RETURNS bigint[] LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
CREATE FUNCTION product_identity_text(varchar) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
CREATE FUNCTION product_profile_check(json) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
CREATE FUNCTION product_error_detail(varchar, varchar, varchar) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
CREATE FUNCTION cardinality(text[]) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
CREATE FUNCTION now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
CREATE FUNCTION unequal(bigint, int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
CREATE OPERATOR public.> (FUNCTION = unequal, LEFTARG = bigint, RIGHTARG = int);
CREATE FUNCTION within(text[], text[]) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
CREATE OPERATOR public.<@ (FUNCTION = within, LEFTARG = text[], RIGHTARG = text[]);
RESET ROLE;

\echo tables_made_say_what_was_made_and_are_the_callers
CREATE ROLE regress_keeper;
GRANT CREATE ON SCHEMA public TO regress_keeper;
SET ROLE regress_keeper;
SELECT product_tables_create();
RESET ROLE;
SELECT DISTINCT relowner::regrole FROM pg_class WHERE oid = ANY (product_tables_check());
SELECT count(*) AS members_of_the_extension FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = ANY (product_tables_check()) AND deptype = 'e';
SELECT product_upsert('{"name": "first"}') ->> 'name' AS works;
SELECT DISTINCT d.refobjid::regprocedure AS called_by_checks_and_policies, p.proowner = (SELECT extowner FROM pg_extension WHERE extname = 'product_upsert') AS ours
  FROM pg_depend d JOIN pg_proc p ON p.oid = d.refobjid
 WHERE d.refclassid = 'pg_proc'::regclass AND d.classid IN ('pg_constraint'::regclass, 'pg_policy'::regclass, 'pg_attrdef'::regclass) ORDER BY 1;
GRANT regress_somebody TO regress_keeper;
SET ROLE regress_keeper;
SELECT product_grant('regress_somebody', 'PRODUCT.CREATE'), product_identity_create('upc', '{upc}');
SET ROLE regress_somebody;
SELECT product_upsert('{"name": "as a member", "upc": "1"}') ->> 'name' AS works_for_members;
RESET ROLE;
SELECT product_identity_drop('upc'), product_revoke('regress_somebody', 'PRODUCT.CREATE');
REVOKE regress_somebody FROM regress_keeper;
-- Each has a comment, and so has each function.
SELECT oid::regclass FROM pg_class WHERE oid = ANY (product_tables_check()) AND obj_description(oid, 'pg_class') IS NULL;
SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
  JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'product_upsert' WHERE obj_description(p.oid, 'pg_proc') IS NULL;

\echo tables_a_second_call_is_refused
SELECT * FROM try('SELECT product_tables_create()');

\echo tables_half_a_set_is_refused_naming_what_is_missing
BEGIN;
DROP TABLE product_family_link, product_change;
SELECT * FROM try('SELECT product_tables_create()');
SELECT state, message FROM try('SELECT product_upsert(''{"name": "a"}'')');
ROLLBACK;
SELECT product_upsert('{"name": "second"}') ->> 'name' AS works_again;

\echo tables_of_several_owners_are_refused
BEGIN;
ALTER TABLE product_variant OWNER TO regress_somebody;
SELECT * FROM try('SELECT product_upsert(''{"name": "a"}'')');
ROLLBACK;

\echo tables_newer_than_the_library_are_refused
BEGIN;
CREATE OR REPLACE VIEW product_tables_version AS SELECT 1000 AS version;
SELECT regexp_replace(message, 'above \d+', 'above N') AS message, state, hint FROM try('SELECT product_upsert(''{"name": "a"}'')');
SELECT state, hint FROM try('SELECT product_tables_create()');
ROLLBACK;


\echo tables_drop_extension_is_refused_while_they_need_its_functions
SELECT state, message, hint FROM try('DROP EXTENSION product_upsert') t;

DROP OWNED BY regress_somebody;
\c :main
DROP DATABASE regress_product_tables;
DROP ROLE regress_somebody;
DROP ROLE regress_keeper;
