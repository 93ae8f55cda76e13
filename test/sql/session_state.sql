-- What a session keeps between calls is what the tables say now, and what it asks of the planner stays with its own plans.
SELECT test.clean();

\echo session_profile_after_vacuum_full
-- VACUUM FULL puts another row, written by the same transaction, where the profile's old one was.
INSERT INTO product_profile (name, definition) SELECT 'session_' || n, jsonb_set(definition, '{fields,name,max_length}', '5') FROM product_profile, unnest('{a,b}'::text[]) n WHERE name = 'catalog';
SELECT test.try($$SELECT product_upsert('{"external_id": "A", "name": "too long"}', profile => 'session_a') ->> 'name'$$);
UPDATE product_profile SET definition = jsonb_set(definition, '{fields,name,max_length}', '9') WHERE name = 'session_a';
VACUUM FULL product_profile;
SELECT test.try($$SELECT product_upsert('{"external_id": "A", "name": "too long"}', profile => 'session_a') ->> 'name'$$);
CLUSTER product_profile USING product_profile_pkey;
SELECT test.try($$SELECT product_upsert('{"external_id": "A", "name": "long too"}', profile => 'session_a') ->> 'name'$$);
DELETE FROM product_profile WHERE name LIKE 'session%';

\echo session_profile_after_a_second_truncate
-- A transaction truncates a table of its own in place: the row that it writes then stands where the first one did.
CREATE TEMP TABLE saved AS SELECT * FROM product_profile;
BEGIN;
TRUNCATE product_profile;
INSERT INTO product_profile SELECT 'session_a', jsonb_set(definition, '{fields,name,max_length}', '5') FROM saved WHERE name = 'catalog';
SELECT test.try($$SELECT product_upsert('{"external_id": "A", "name": "two cuts"}', profile => 'session_a') ->> 'name'$$);
TRUNCATE product_profile;
INSERT INTO product_profile SELECT 'session_a', jsonb_set(definition, '{fields,name,max_length}', '9') FROM saved WHERE name = 'catalog';
SELECT test.try($$SELECT product_upsert('{"external_id": "A", "name": "two cuts"}', profile => 'session_a') ->> 'name'$$);
ROLLBACK;

\echo session_profile_in_another_table
BEGIN;
SELECT test.try($$SELECT product_upsert('{"external_id": "A", "name": "long too"}', profile => 'catalog') ->> 'name'$$);
ALTER TABLE product_profile RENAME TO product_profile_before;
CREATE TABLE product_profile (LIKE product_profile_before INCLUDING ALL);
INSERT INTO product_profile SELECT name, jsonb_set(definition, '{fields,name,max_length}', '5') FROM product_profile_before WHERE name = 'catalog';
SELECT test.try($$SELECT product_upsert('{"external_id": "A", "name": "long too"}', profile => 'catalog') ->> 'name'$$);
ROLLBACK;

\echo session_profile_changed_by_the_statement
BEGIN;
INSERT INTO product_profile SELECT 'session_a', definition FROM saved WHERE name = 'catalog';
SELECT product_get(id, 'session_a') ? 'web_url' AS shown FROM product, generate_series(1, 3) WHERE external_id = 'A';
UPDATE product_profile SET definition = definition #- '{fields,web_url}' WHERE name = 'session_a' RETURNING product_get((SELECT id FROM product WHERE external_id = 'A'), 'session_a') ? 'web_url' AS shown;
ROLLBACK;
DROP TABLE saved;

\echo session_types
-- What an own column is depends on its type, which may change without its table.
CREATE SCHEMA session_types;
CREATE DOMAIN session_types.code AS text;
CREATE TYPE session_types.size AS ENUM ('s', 'm');
ALTER TABLE product ADD own_code session_types.code, ADD own_size session_types.size;
INSERT INTO product_profile SELECT 'session_a', jsonb_set(jsonb_set(definition, '{fields,own_code}', '{"type": "text"}'), '{fields,own_size}', '{"type": "text"}') FROM product_profile WHERE name = 'catalog';
CREATE FUNCTION test.own(document jsonb) RETURNS text LANGUAGE sql AS $$ SELECT test.try(format('SELECT p ->> ''own_code'' || '' '' || (p ->> ''own_size'') FROM product_upsert(%L, profile => ''session_a'') p', document)) $$;
SELECT test.own('{"external_id": "T1", "name": "T", "own_size": "s"}');
ALTER DOMAIN session_types.code SET DEFAULT 'c1';
SELECT test.own('{"external_id": "T2", "name": "T", "own_size": "s"}');
SELECT test.own('{"external_id": "T3", "name": "T", "own_code": null, "own_size": "s"}');
BEGIN;
SAVEPOINT a;
ALTER DOMAIN session_types.code DROP DEFAULT;
SELECT test.own('{"external_id": "T4", "name": "T", "own_size": "s"}');
ROLLBACK TO a;
SELECT test.own('{"external_id": "T4", "name": "T", "own_size": "s"}');
COMMIT;
ALTER TYPE session_types.size RENAME TO sizes;
SELECT test.own('{"external_id": "T5", "name": "T", "own_size": "m", "upc": "1"}');
ALTER SCHEMA session_types RENAME TO session_sizes;
SELECT test.own('{"external_id": "T6", "name": "T", "own_size": "m", "upc": "1", "tags": ["a"]}');
ALTER TYPE session_sizes.sizes SET SCHEMA test;
SELECT test.own('{"external_id": "T7", "name": "T", "own_size": "m", "upc": "1", "tags": ["a"], "container": "can"}');
DELETE FROM product_profile WHERE name = 'session_a';
DELETE FROM product WHERE external_id LIKE 'T%';
ALTER TABLE product DROP own_code, DROP own_size;
DROP FUNCTION test.own;
DROP SCHEMA session_sizes CASCADE;
DROP TYPE test.sizes;

\echo session_rights
-- What one role may read is not kept for another one.
CREATE ROLE session_member;
SELECT product_grant('session_member', p, 1) FROM unnest('{PRODUCT.VIEW,PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) p \g /dev/null
GRANT USAGE ON SCHEMA test TO session_member;
REVOKE SELECT ON product_profile FROM PUBLIC;
SELECT status FROM product_match('{"external_id": "A", "name": "long too"}');
SET ROLE session_member;
SELECT test.try($$SELECT status FROM product_match('{"external_id": "A", "name": "long too"}')$$);
RESET ROLE;
GRANT SELECT ON product_profile TO PUBLIC;
REVOKE SELECT ON product_identity FROM PUBLIC;
SELECT status FROM product_match('{"external_id": "A", "name": "long too"}');
SET ROLE session_member;
SELECT test.try($$SELECT status FROM product_match('{"external_id": "A", "name": "long too"}')$$);
RESET ROLE;
GRANT SELECT ON product_identity TO PUBLIC;
ALTER TABLE product_profile ENABLE ROW LEVEL SECURITY;
CREATE POLICY session_others ON product_profile USING (name <> 'catalog');
SELECT status FROM product_match('{"external_id": "A", "name": "long too"}');
SET ROLE session_member;
SELECT test.try($$SELECT status FROM product_match('{"external_id": "A", "name": "long too"}')$$);
RESET ROLE;
SELECT status FROM product_match('{"external_id": "A", "name": "long too"}');
DROP POLICY session_others ON product_profile;
ALTER TABLE product_profile DISABLE ROW LEVEL SECURITY;

\echo session_policy_that_calls
-- A policy on product_profile may make calls itself, while the profile is read, and find none.
CREATE FUNCTION test.call_again(name text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF name <> 'session_a' OR current_setting('test.again', true) = 'yes' THEN RETURN name <> 'session_a'; END IF;
    PERFORM set_config('test.again', 'yes', false);
    PERFORM set_config('test.called', test.try($call$SELECT product_get(1, 'session_a') ? 'name'$call$), false);
    PERFORM set_config('test.again', 'no', false);
    RETURN true;
END
$$;
INSERT INTO product_profile SELECT 'session_a', definition FROM product_profile WHERE name = 'catalog';
ALTER TABLE product_profile ENABLE ROW LEVEL SECURITY;
CREATE POLICY session_again ON product_profile USING (test.call_again(name));
SET ROLE session_member;
SELECT status FROM product_match('{"external_id": "A", "name": "long too"}', profile => 'session_a');
SELECT status FROM product_match('{"external_id": "A", "name": "long too"}', profile => 'session_a');
SELECT current_setting('test.called');
RESET ROLE;
DROP POLICY session_again ON product_profile;
ALTER TABLE product_profile DISABLE ROW LEVEL SECURITY;
DELETE FROM product_profile WHERE name = 'session_a';
DROP FUNCTION test.call_again;
SELECT product_revoke('session_member', p, 1) FROM unnest('{PRODUCT.VIEW,PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) p \g /dev/null
DROP OWNED BY session_member;
DROP ROLE session_member;

\echo session_rules
-- A rule may leave nothing of a statement.
CREATE RULE session_nothing AS ON INSERT TO product_variant DO INSTEAD NOTHING;
SELECT test.try($$SELECT product_upsert('{"external_id": "R", "name": "R", "variants": [{"sku": "R"}]}')$$);
SELECT status, test.short(errors) FROM product_upsert_rows('[{"external_id": "R", "name": "R", "variants": [{"sku": "R"}]}, {"external_id": "Q", "name": "Q"}]', on_error => 'skip');
DROP RULE session_nothing ON product_variant;
CREATE RULE session_nothing AS ON DELETE TO product_variant DO INSTEAD NOTHING;
SELECT product_upsert('{"external_id": "R", "name": "R", "variants": [{"sku": "R"}, {"sku": "S"}]}') ->> 'version' AS version;
SELECT test.try($$SELECT product_upsert('{"external_id": "R", "variants": [{"sku": "R"}]}', field_actions => '{"variants": "REPLACE"}') ->> 'version'$$);
DROP RULE session_nothing ON product_variant;

\echo session_no_identity
BEGIN;
ALTER TABLE product_variant ALTER id DROP IDENTITY;
SELECT test.try($$SELECT product_upsert('{"external_id": "R", "variants": [{"sku": "T"}]}') ->> 'version'$$);
ALTER TABLE product ALTER id DROP IDENTITY;
SELECT test.try($$SELECT product_upsert('{"external_id": "I", "name": "I"}') ->> 'name'$$);
ALTER TABLE product ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START 5000);
SELECT test.try($$SELECT product_upsert('{"external_id": "I", "name": "I"}') ->> 'id'$$);
ROLLBACK;
SELECT test.try($$SELECT product_upsert('{"external_id": "I", "name": "I"}') ->> 'name'$$);
\echo session_index_renamed
CREATE UNIQUE INDEX session_own ON product (organization_id, upc);
SELECT product_upsert('{"external_id": "I", "name": "J"}') ->> 'name' AS name;
ALTER INDEX session_own RENAME TO product_identity_session;
SELECT test.try($$SELECT product_upsert('{"external_id": "I", "name": "K"}') ->> 'name'$$);
ALTER INDEX product_identity_session RENAME TO session_own;
SELECT test.try($$SELECT product_upsert('{"external_id": "I", "name": "K"}') ->> 'name'$$);
DROP INDEX session_own;

\echo session_sequence_set_back
-- To where it stood before the last call of the session.
SET product_upsert.change_feed = on;
SELECT product_upsert('{"external_id": "I", "name": "J"}') ->> 'name' AS name;
SELECT product_upsert('{"external_id": "I", "name": "K"}') ->> 'name' AS name;
SELECT setval(pg_get_serial_sequence('product_change', 'id'), max(id) - 1) IS NOT NULL AS set_back FROM product_change;
SELECT test.try($$SELECT product_upsert('{"external_id": "I", "name": "L"}') ->> 'name'$$);
SELECT test.try($$SELECT product_upsert('{"external_id": "I", "name": "M"}') ->> 'name'$$);
RESET product_upsert.change_feed;
TRUNCATE product_change;
SELECT test.clean();

\echo session_default_of_what_has_none
SELECT test.try(format($$INSERT INTO product_profile (name, definition) SELECT 'wrong', jsonb_set(definition, '{fields,%s,default}', %L) FROM product_profile WHERE name = 'catalog'$$, field, value))
  FROM (VALUES ('category_id', '7'), ('category_id', '"7"'), ('parent_product_id', '{"id": 1}'), ('variants', '[]'), ('features', '[1]'), ('families', '[]'), ('custom_fields', '{"a": 1}'), ('organization_id', '2')) v (field, value);

\echo session_computed_price_out_of_range
SET product_upsert.profile = agency;
SET statement_timeout = '20s';
SELECT test.try($$SELECT product_upsert('{"name": "P", "external_cost": 1e131071, "markup": 1e131071}')$$);
SELECT test.try($$SELECT product_upsert('{"name": "P", "external_cost": 1e131071, "markup": 900}')$$);
SELECT test.try($$SELECT product_upsert('{"name": "P", "external_cost": 1e-16383, "markup": 1}')$$);
SELECT position, status, test.short(errors) FROM product_upsert_rows('[{"name": "P", "external_cost": 1e131071, "markup": 1e131071}, {"name": "Q", "external_cost": 100.5, "markup": 20}]', on_error => 'skip');
SELECT name, price FROM product WHERE name IN ('P', 'Q');
RESET statement_timeout;
RESET product_upsert.profile;

\echo session_plans_of_others
-- A function of a policy is worked out while one of our statements is planned; what it plans itself is planned as ever.
CREATE TABLE test.tiny (id int PRIMARY KEY);
INSERT INTO test.tiny VALUES (1);
ANALYZE test.tiny;
CREATE FUNCTION test.explained() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN SELECT FROM test.tiny WHERE id = 1' LOOP
        PERFORM set_config('test.plan', regexp_replace(line, ' *\(.*', ''), false);
        EXIT;
    END LOOP;
    RETURN true;
END
$$;
CREATE FUNCTION test.look() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN (SELECT test.explained()); END $$;
CREATE ROLE session_member;
GRANT USAGE ON SCHEMA test TO session_member;
GRANT SELECT ON test.tiny TO session_member;
SELECT product_grant('session_member', p, 1) FROM unnest('{PRODUCT.VIEW,PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) p \g /dev/null
CREATE POLICY look ON product AS RESTRICTIVE FOR SELECT USING (test.look());
SET ROLE session_member;
SELECT status FROM product_upsert_rows('[{"external_id": "S", "name": "S", "tags": ["a", "b\"c"]}, {"external_id": "T", "name": "T", "tags": []}]');
SELECT current_setting('test.plan');
SELECT name, setting = boot_val AS as_before FROM pg_settings WHERE name IN ('enable_seqscan', 'jit') ORDER BY name;
RESET ROLE;
DROP POLICY look ON product;
SELECT product_revoke('session_member', p, 1) FROM unnest('{PRODUCT.VIEW,PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) p \g /dev/null
DROP OWNED BY session_member;
DROP ROLE session_member;
DROP TABLE test.tiny;
DROP FUNCTION test.look, test.explained;

\echo session_text_arrays
SELECT external_id, tags FROM product WHERE external_id IN ('S', 'T') ORDER BY 1;
SELECT product_text_array(t) FROM (VALUES ('{}'), ('{a,"b c",NULL,"n\"o\\"}'), (NULL)) v (t);
SELECT test.try($$SELECT product_text_array('{a')$$);
SET product_upsert.direct_writes = off;
SELECT status FROM product_upsert_rows('[{"external_id": "S", "tags": ["x", "{}"]}, {"external_id": "T", "tags": ["y,\\"]}]');
SELECT external_id, tags FROM product WHERE external_id IN ('S', 'T') ORDER BY 1;
RESET product_upsert.direct_writes;
SELECT test.clean();
