-- Any schema, made and dropped again in one session; a hostile search_path; other encodings. In databases of its own.
\set VERBOSITY terse
\set main :DBNAME
SET client_min_messages = warning;
CREATE DATABASE regress_product_schema TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE regress_product_latin1 TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE regress_product_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C';

\echo schema_other_encodings_are_refused_when_the_extension_is_created
\c regress_product_latin1
CREATE EXTENSION product_upsert;
SELECT count(*) FROM pg_extension WHERE extname = 'product_upsert';
\c regress_product_ascii
CREATE EXTENSION product_upsert;

\c regress_product_schema
SET client_min_messages = warning;
CREATE TABLE public.feed (document jsonb);
INSERT INTO public.feed VALUES ('{"external_id": "e"}');
-- What of one session and all it may do, in whatever schema the extension is.
CREATE FUNCTION public.exercise(schema text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    created bigint;
    told text;
BEGIN
    EXECUTE format($q$SELECT %1$I.product_grant(current_user, 'PRODUCT.CREATE'), %1$I.product_identity_create('upc', '{upc}')$q$, schema);
    EXECUTE format($q$SELECT id FROM %I.product_upsert_rows('[{"external_id": "e", "name": "N", "upc": "1", "manufacturer": "M", "tags": ["a"], "price": 1.50}]')$q$, schema) INTO created;
    EXECUTE format($q$SELECT concat_ws(' ', status, decided_by, changed) FROM %I.product_upsert_rows('[{"upc": "1", "price": 2}]', 'upc')$q$, schema) INTO told;
    EXECUTE format($q$SELECT concat_ws(', ', $1, %1$I.product_upsert('{"external_id": "e", "price": 2}') -> 'price', (%1$I.product_match('{"external_id": "e"}')).status,
        jsonb_array_length(%1$I.product_upsert_bulk('{"body": [{"manufacturer": "M", "brand": "B", "name": "N"}]}', profile => 'vending')),
        %1$I.product_get($2) -> 'name')$q$, schema) USING told, created INTO told;
    EXECUTE format($q$SELECT concat_ws(', ', $1, string_agg(r.done, ' ')) FROM %I.product_retire('feed', most => 100) r$q$, schema) USING told INTO told;
    EXECUTE format($q$SELECT concat_ws(', ', $1, string_agg(u, ' ')) FROM %I.product_tables_upgrade() u$q$, schema) USING told INTO told;
    EXECUTE format($q$SELECT %1$I.product_identity_drop('upc'), %1$I.product_revoke(current_user, 'PRODUCT.CREATE')$q$, schema);
    RETURN told;
END
$$;
\echo schema_any_name_and_dropped_and_made_again_in_one_session
CREATE SCHEMA shop;
CREATE EXTENSION product_upsert SCHEMA shop;
SELECT shop.product_tables_create() IS NOT NULL AS made;
SELECT exercise('shop');
DROP EXTENSION product_upsert CASCADE;
DROP SCHEMA shop CASCADE;
CREATE SCHEMA shop;
CREATE EXTENSION product_upsert SCHEMA shop;
SELECT shop.product_tables_create() IS NOT NULL AS made;
SELECT exercise('shop') AS again;
DROP SCHEMA shop CASCADE;
CREATE SCHEMA shop;
CREATE SCHEMA "Quoted Schema; DROP TABLE product;";
CREATE EXTENSION product_upsert SCHEMA "Quoted Schema; DROP TABLE product;";
SELECT "Quoted Schema; DROP TABLE product;".product_tables_create() IS NOT NULL AS made;
SELECT exercise('Quoted Schema; DROP TABLE product;') AS quoted;
DROP SCHEMA "Quoted Schema; DROP TABLE product;" CASCADE;
CREATE SCHEMA "select";
CREATE EXTENSION product_upsert SCHEMA "select";
SELECT "select".product_tables_create() IS NOT NULL AS made;
SELECT exercise('select') AS a_keyword;
DROP EXTENSION product_upsert CASCADE;
CREATE SCHEMA "ünï 1%s {}";
CREATE EXTENSION product_upsert SCHEMA "ünï 1%s {}";
SELECT "ünï 1%s {}".product_tables_create() IS NOT NULL AS made;
SELECT exercise('ünï 1%s {}') AS odd_characters;
DROP EXTENSION product_upsert CASCADE;
SELECT format('%s', repeat('s', 63)) AS long \gset
CREATE SCHEMA :"long";
CREATE EXTENSION product_upsert SCHEMA :"long";
SELECT :"long".product_tables_create() IS NOT NULL AS made;
SELECT exercise(:'long') AS longest;
DROP EXTENSION product_upsert CASCADE;
\echo schema_not_relocatable
CREATE EXTENSION product_upsert SCHEMA shop;
SELECT shop.product_tables_create() IS NOT NULL AS made;
ALTER EXTENSION product_upsert SET SCHEMA public;

\echo schema_a_hostile_search_path_changes_nothing
CREATE SCHEMA hostile;
-- Every function and operator of PostgreSQL that SQL can be given another of, and types and tables that the statements inside might pick up by accident.
DO $$
DECLARE
    made record;
BEGIN
    FOR made IN SELECT f.*
                  FROM (SELECT p.oid, p.proname AS name, pg_get_function_identity_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS result, NULL::regtype AS l, NULL::regtype AS r
                          FROM pg_proc p
                         WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.provariadic = 0 AND p.prokind IN ('f', 'a', 'w')
                           AND NOT ARRAY['internal', 'cstring', 'trigger', 'event_trigger']::regtype[]::oid[] && (p.proargtypes::oid[] || p.prorettype)
                        UNION ALL
                        SELECT o.oid, o.oprname, oprleft::regtype || ', ' || oprright::regtype, oprresult::regtype::text, oprleft, oprright
                          FROM pg_operator o WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprleft <> 0 AND o.oprresult <> 0) f
                 ORDER BY f.l IS NOT NULL, f.oid
    LOOP
        BEGIN
            EXECUTE format('CREATE FUNCTION hostile.%I(%s) RETURNS %s LANGUAGE plpgsql AS $f$ BEGIN RAISE EXCEPTION %L; END $f$',
                CASE WHEN made.l IS NULL THEN made.name ELSE 'trap_' || made.oid END, made.arguments, made.result, 'hostile: ' || made.name);
            IF made.l IS NOT NULL THEN
                EXECUTE format('CREATE OPERATOR hostile.%s (FUNCTION = hostile.%I, LEFTARG = %s, RIGHTARG = %s)', made.name, 'trap_' || made.oid, made.l, made.r);
            END IF;
        EXCEPTION WHEN OTHERS THEN -- of polymorphic or composite results
        END;
    END LOOP;
END
$$;
SELECT (SELECT pg_catalog.count(*) FROM pg_catalog.pg_proc WHERE pronamespace OPERATOR(pg_catalog.=) 'hostile'::regnamespace) OPERATOR(pg_catalog.>) 2000 AS functions,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_operator WHERE oprnamespace OPERATOR(pg_catalog.=) 'hostile'::pg_catalog.regnamespace) OPERATOR(pg_catalog.>) 600 AS operators;
CREATE TABLE hostile.product (organization_id bigint, id bigint, version int, external_id text, name text);
CREATE TABLE hostile.product_profile (name text, definition jsonb);
CREATE TABLE hostile.product_identity (name text, fields text[]);
CREATE TABLE hostile.product_member (organization_id bigint, member name, permissions text[]);
CREATE DOMAIN hostile.text AS pg_catalog.text CHECK (false);
CREATE DOMAIN hostile.int8 AS pg_catalog.int8 CHECK (false);
CREATE DOMAIN hostile."numeric" AS pg_catalog."numeric" CHECK (false);
CREATE DOMAIN hostile.jsonb AS pg_catalog.jsonb CHECK (false);
CREATE DOMAIN hostile.name AS pg_catalog.name CHECK (false);
CREATE DOMAIN hostile.xid8 AS pg_catalog.xid8 CHECK (false);
CREATE DOMAIN hostile.regclass AS pg_catalog.regclass CHECK (false);
CREATE TABLE shop.feed (line int PRIMARY KEY, external_id pg_catalog.text, document pg_catalog.jsonb);
SET search_path = hostile, pg_temp, shop, public, pg_catalog;
SELECT 1 = 1 AS the_trap_is_set;
SELECT shop.product_grant('regress_nobody', 'PRODUCT.CREATE');
SELECT shop.product_identity_create('upc', '{upc}');
SELECT shop.product_upsert('{"external_id": "h", "name": "H", "upc": "1", "tags": ["a"], "price": 1.5, "uuid": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "available_from": "2024-01-01", "manufacturer": "M"}') OPERATOR(pg_catalog.->>) 'name' AS created;
SELECT status, decided_by, changed FROM shop.product_upsert_rows('[{"external_id": "h", "tags": ["b"], "price": 2, "name": "H2"}, {"productId": 500, "name": "x"}]', on_error => 'skip');
SELECT shop.product_upsert_bulk('{"body": [{"productId": 500, "manufacturer": "M", "brand": "B", "name": "N", "size": 1}]}', profile => 'vending') AS with_an_id;
SELECT status, decided_by FROM shop.product_upsert_rows('[{"manufacturer": "M", "brand": "B", "name": "N2", "size": 1}]', profile => 'vending', dry_run => true);
SELECT status FROM shop.product_match('{"external_id": "h", "price": 3}');
SELECT shop.product_get(500, 'vending') OPERATOR(pg_catalog.->>) 'name' AS got;
SELECT shop.product_upsert('{"external_id": "h", "colour": 1}');
SELECT shop.product_upsert('{"external_id": "h"}', 'external') AS unknown_identifier;
INSERT INTO shop.product_profile (name, definition) VALUES ('own', '{"identity": ["upc"], "fields": {"upc": {"type": "text"}, "name": {"type": "text"}}}');
SELECT shop.product_upsert('{"upc": "1", "name": "H3"}', profile => 'own') AS own_profile;
INSERT INTO shop.product (organization_id, name, external_id) VALUES (1, 'direct', 'direct');
INSERT INTO shop.product (organization_id, name, external_id) VALUES (1, 'direct', ' padded');
\echo schema_imports_and_feeds_under_it
INSERT INTO shop.feed SELECT i, pg_catalog.concat('f', i), pg_catalog.jsonb_build_object('external_id', pg_catalog.concat('f', i), 'name', 'F', 'price', i)
  FROM pg_catalog.generate_series(1, 12) i;
UPDATE shop.feed SET document = '{"external_id": "f7", "price": "seven"}' WHERE line OPERATOR(pg_catalog.=) 7;
CALL shop.product_import('shop.feed', batch_size => 4);
CALL shop.product_import('shop.feed', batch_size => 4, parallel => 2, restart => true);
CALL shop.product_import('shop.feed', batch_size => 4, on_error => 'abort', idempotency_key => 'aborts');
CALL shop.product_import('shop.feed', key_column => 'external_id', full_feed => true, most => 100, dry_run => true);
SELECT state, done, created, updated, unchanged, rejected FROM shop.product_import_progress ORDER BY id;
DELETE FROM shop.feed WHERE line OPERATOR(pg_catalog.>) 6;
SET product_upsert.change_feed = on;
SELECT shop.product_summary(r.status, r.changed, r.errors) AS summary FROM shop.product_upsert_from('shop.feed', on_error => 'skip') r;
SELECT pg_catalog.count(*) AS retired FROM shop.product_retire('shop.feed', most => 100);
SELECT pg_catalog.count(*) OPERATOR(pg_catalog.>) 0 AS changes FROM shop.product_changes_read('reader');
SELECT shop.product_changes_prune() IS NOT NULL AS pruned;
RESET product_upsert.change_feed;
SELECT status FROM shop.product_request('retail', 'GET', '/v3/products', parameters => '{"filter[created_at]": "gt:2020-01-01", "sort": "-title"}', headers => '{"authorization": "t"}');
SELECT status FROM shop.product_request('agency', 'POST', '/api/products', '{"name": "A"}', headers => '{"authorization": "t", "version": "1", "company": "1", "idempotency-key": "k"}');
INSERT INTO shop.product_custom_field (organization_id, reference, name, type) VALUES (1, 'shelf', 'Shelf', 'text');
SELECT shop.product_upsert('{"external_id": "h", "custom_fields": {"shelf": "A"}}') IS NOT NULL AS with_a_custom_field;
SELECT shop.product_custom_field_index('shelf', true);
SELECT shop.product_parked_retry();
SELECT pg_catalog.count(*) AS checked FROM shop.product_tables_upgrade();
CREATE ROLE regress_hostile;
GRANT USAGE ON SCHEMA hostile TO regress_hostile;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA hostile TO regress_hostile;
SELECT shop.product_grant('regress_hostile', 'PRODUCT.UPDATE'), shop.product_grant('regress_hostile', 'PRODUCT.CREATE');
SET ROLE regress_hostile;
SELECT shop.product_upsert('{"external_id": "h", "price": 4}') OPERATOR(pg_catalog.->) 'price' AS as_a_member, shop.product_upsert('{"external_id": "h2", "name": "x"}') OPERATOR(pg_catalog.->>) 'name' AS and_creating;
RESET ROLE;
SELECT shop.product_revoke('regress_hostile', 'PRODUCT.UPDATE'), shop.product_revoke('regress_hostile', 'PRODUCT.CREATE');
SELECT shop.product_identity_drop('upc');
\echo schema_temporary_tables_of_the_same_names_change_nothing
RESET search_path;
CREATE TEMP TABLE product (LIKE shop.product);
CREATE TEMP TABLE product_identity (LIKE shop.product_identity);
CREATE TEMP TABLE product_profile (LIKE shop.product_profile);
SELECT status FROM shop.product_upsert_rows('[{"external_id": "h", "price": 5}, {"external_id": "h9", "name": "x"}]');
SELECT shop.product_identity_create('upc', '{upc}');
SELECT shop.product_identity_drop('upc');
SELECT count(*) FROM pg_temp.product;
\echo schema_installed_under_a_hostile_search_path
DROP SCHEMA shop CASCADE;
CREATE SCHEMA shop;
DROP TABLE pg_temp.product, pg_temp.product_identity, pg_temp.product_profile;
SET search_path = hostile, pg_catalog, public;
CREATE EXTENSION product_upsert SCHEMA shop;
SELECT shop.product_tables_create() IS NOT NULL AS made;
SET search_path = pg_catalog, public;
SELECT exercise('shop');

REVOKE ALL ON SCHEMA hostile FROM regress_hostile;
DROP OWNED BY regress_hostile;
DROP ROLE regress_hostile;
\c :main
DROP DATABASE regress_product_schema;
DROP DATABASE regress_product_latin1;
DROP DATABASE regress_product_ascii;
