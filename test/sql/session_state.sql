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
