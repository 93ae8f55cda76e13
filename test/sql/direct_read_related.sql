-- doc/performance.md, "Direct writes": rows that products refer to, or have, are found without a statement where the statement finds the same, whatever
-- is made of their indexes and tables. Each case is told with the setting on and off; the two must agree.
SELECT test.clean();
SET product_upsert.profile = 'subscription';
CREATE FUNCTION test.uuid(kind integer, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT (lpad(to_hex(kind), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
INSERT INTO product_family (organization_id, uuid, name) SELECT o, test.uuid(1, 10 * o + n), 'Family ' || n FROM generate_series(1, 4) n, generate_series(1, 2) o;
INSERT INTO product_unit (organization_id, id, uuid, name) OVERRIDING SYSTEM VALUE SELECT 1, 1 + n, test.uuid(2, n), 'Unit ' || n FROM generate_series(0, 1) n;
INSERT INTO product_measurement (organization_id, uuid, unit_id, code, aggregation_type) SELECT 1, test.uuid(3, n), 1 + n % 2, 'metric ' || n, 'sum' FROM generate_series(0, 3) n;
INSERT INTO product_tax_group (organization_id, uuid, internal_description, type) SELECT 1, test.uuid(4, n), n || ' %', 'standard' FROM generate_series(0, 3) n;
INSERT INTO product_cost_centre (organization_id, uuid, name, code, type) SELECT 1, test.uuid(5, n), 'Team ' || n, 'T' || n, 'KOST1' FROM generate_series(0, 3) n;
CREATE FUNCTION test.terms(first int, last int, moved int) RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_agg(jsonb_build_object('id', test.uuid(6, k), 'number', 'P-' || k, 'name', 'Plan ' || k, 'type', 'charge',
    'productFamilies', jsonb_build_array(jsonb_build_object('id', test.uuid(1, 11 + (k + moved) % 4)), jsonb_build_object('id', test.uuid(1, 11 + (k + 2 * moved + 1) % 4))),
    'measurement', jsonb_build_object('code', 'metric ' || (k + moved) % 4), 'costCentre', jsonb_build_object('id', test.uuid(5, (k + moved) % 4)), 'taxGroup', jsonb_build_object('id', test.uuid(4, (k + moved) % 4)))
    ORDER BY k) FROM generate_series(first, last) k
$$;
SELECT count(product_upsert(document, mode => 'create')) FROM jsonb_array_elements(test.terms(1, 20, 0)) document;
SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'e' || i, 'handle', 'h' || i, 'title', 'T', 'brand', 'B', 'variants',
    (SELECT jsonb_agg(jsonb_build_object('sku', i || '-' || n, 'price', n, 'position', n, 'tags', '["a", "b"]'::jsonb) ORDER BY n) FROM generate_series(1, 1 + i % 3) n))) FROM generate_series(1, 20) i), profile => 'retail') GROUP BY 1;

-- What is refused, changed and answered; of names that are another organization's, unknown or null too.
CREATE FUNCTION test.told_directly(direct text, ddl text, role text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    outcome text;
BEGIN
    EXECUTE ddl;
    PERFORM set_config('product_upsert.direct_writes', direct, true), set_config('role', role, true);
    SELECT string_agg(concat_ws(' ', r.position, r.status, r.changed, (SELECT string_agg(concat_ws('/', e ->> 'field', e ->> 'code'), '+') FROM jsonb_array_elements(r.errors) e)), ', ' ORDER BY r.position) INTO outcome
      FROM product_upsert_rows(test.terms(2, 9, 0) || test.terms(10, 13, 1) || test.terms(21, 21, 1) || jsonb_build_array(
               jsonb_build_object('id', test.uuid(6, 25), 'name', 'X', 'productFamilies', jsonb_build_array(jsonb_build_object('id', test.uuid(1, 21)))),
               jsonb_build_object('id', test.uuid(6, 1), 'taxGroup', NULL, 'measurement', jsonb_build_object('code', 'none'), 'productFamilies', '[]'::jsonb)),
           on_error => 'skip') r;
    outcome := outcome || ' / ' || (SELECT md5(jsonb_path_query_array(product_upsert_bulk(test.terms(1, 20, 2), on_error => 'skip'), '$[*] ? (@.type() == "object").keyvalue() ? (@.key != "updatedAt").value')::text));
    -- Variants: one as stored or dearer, one new. Ids and times are not the same twice.
    outcome := outcome || ' / ' || (SELECT md5(jsonb_path_query_array(product_upsert_bulk((SELECT jsonb_agg(jsonb_build_object('external_id', 'e' || i, 'variants', jsonb_build_array(
            jsonb_build_object('sku', i || '-1', 'price', i % 2), jsonb_build_object('sku', i || '-new', 'price', 1, 'position', 9), jsonb_build_object('sku', 1 + i / 10 || '-1', 'price', 1)))) FROM generate_series(1, 20) i), profile => 'retail', on_error => 'skip'),
        '$[*].variants[*].keyvalue() ? (@.key != "id" && @.key != "created_at" && @.key != "updated_at").value')::text));
    outcome := outcome || ' / ' || (SELECT md5(string_agg(concat_ws(' ', product_id, sku, price, position), ',' ORDER BY sku)) FROM product_variant);
    RAISE EXCEPTION USING ERRCODE = 'TS000', MESSAGE = outcome;
EXCEPTION WHEN OTHERS THEN
    RETURN CASE WHEN SQLSTATE = 'TS000' THEN '' ELSE SQLSTATE || ' ' END || regexp_replace(SQLERRM, '(in|of) relation', 'of relation');
END
$$;
CREATE FUNCTION test.told(ddl text, role text DEFAULT 'none') RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN direct = sql THEN direct ELSE 'DISAGREE direct: ' || direct || ' SQL: ' || sql END FROM test.told_directly('on', ddl, role) direct, test.told_directly('off', ddl, role) sql
$$;
\pset format unaligned
\pset tuples_only on
\echo direct_read_related_as_sql
SELECT split_part(test.told(''), ' / ', 1);
\echo direct_read_related_whatever_is_made_of_the_tables
SELECT change, test.told(change) = test.told('') AS same, test.told(change) LIKE '%DISAGREE%' AS disagrees FROM unnest(ARRAY[
    'DROP INDEX product_variant_product_idx', 'DROP INDEX product_variant_product_idx; CREATE INDEX one ON product_variant (organization_id, product_id, price)',
    'DROP INDEX product_variant_product_idx; CREATE INDEX two ON product_variant (organization_id, product_id) WHERE price > 1', 'DROP INDEX product_variant_product_idx; CREATE INDEX three ON product_variant (organization_id, sku, product_id)',
    'ALTER TABLE product_measurement DROP CONSTRAINT product_measurement_organization_id_code_key', 'ALTER TABLE product_measurement DROP CONSTRAINT product_measurement_organization_id_code_key; CREATE INDEX four ON product_measurement (organization_id, code) WHERE code IS NOT NULL',
    'ALTER TABLE product_measurement DROP CONSTRAINT product_measurement_organization_id_code_key; CREATE INDEX five ON product_measurement (organization_id, code) WHERE unit_id = 1',
    'ALTER TABLE product_measurement ALTER code TYPE text COLLATE "POSIX"', 'CREATE TABLE test.child () INHERITS (product_tax_group); INSERT INTO test.child SELECT organization_id, 100, test.uuid(4, 99) FROM product_tax_group LIMIT 1; UPDATE ONLY product_tax_group SET uuid = test.uuid(4, 77) WHERE uuid = test.uuid(4, 1)',
    'UPDATE product_cost_centre SET name = ''Other''', 'UPDATE product_family SET organization_id = 3 WHERE name = ''Family 2'' AND NOT EXISTS (SELECT FROM product_family_link l WHERE family_id = product_family.id)',
    'UPDATE product_measurement SET code = NULL WHERE code = ''metric 1''', 'ALTER TABLE product_unit ADD extra text DEFAULT ''x''', 'ALTER TABLE product_cost_centre ALTER code TYPE varchar(20)',
    'CREATE RULE none AS ON DELETE TO product_unit DO INSTEAD NOTHING', 'DELETE FROM product_variant WHERE sku LIKE ''%-2''']) WITH ORDINALITY c (change, n) ORDER BY n;
\echo direct_read_related_by_members
CREATE ROLE read_member;
GRANT USAGE ON SCHEMA test TO read_member;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO read_member;
SELECT product_grant('read_member', p, 1) FROM unnest('{PRODUCT.VIEW,PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) p \g /dev/null
SELECT change, test.told(change, 'read_member') = test.told('') AS same, test.told(change, 'read_member') LIKE '%DISAGREE%' AS disagrees, left(test.told(change, 'read_member'), 70) AS begins FROM unnest(ARRAY['',
    'CREATE POLICY less ON product_tax_group AS RESTRICTIVE FOR SELECT USING (internal_description <> ''1 %'')', 'CREATE POLICY less ON product_variant AS RESTRICTIVE FOR SELECT USING (price <> 2)', 'CREATE POLICY more ON product_family FOR SELECT USING (true)',
    'REVOKE SELECT ON product_cost_centre FROM read_member', 'REVOKE SELECT ON product_measurement FROM read_member; GRANT SELECT (organization_id, id, code) ON product_measurement TO read_member', 'ALTER TABLE product_variant DISABLE ROW LEVEL SECURITY', 'UPDATE product_member SET organization_id = 2']) WITH ORDINALITY c (change, n) ORDER BY n;
\echo direct_read_related_sees_what_the_statement_sees
-- What the transaction did before the call, and the call itself; not what is undone.
BEGIN;
INSERT INTO product_tax_group (organization_id, uuid, internal_description, type) VALUES (1, test.uuid(4, 50), 'new', 'standard');
SAVEPOINT a;
INSERT INTO product_tax_group (organization_id, uuid, internal_description, type) VALUES (1, test.uuid(4, 51), 'undone', 'standard');
ROLLBACK TO a;
UPDATE product_cost_centre SET uuid = test.uuid(5, 60) WHERE uuid = test.uuid(5, 1);
SELECT position, status, test.short(errors) FROM product_upsert_rows(jsonb_build_array(jsonb_build_object('id', test.uuid(6, 1), 'taxGroup', jsonb_build_object('id', test.uuid(4, 50)), 'costCentre', jsonb_build_object('id', test.uuid(5, 60))),
    jsonb_build_object('id', test.uuid(6, 2), 'taxGroup', jsonb_build_object('id', test.uuid(4, 51))), jsonb_build_object('id', test.uuid(6, 3), 'costCentre', jsonb_build_object('id', test.uuid(5, 1)))), on_error => 'skip');
WITH made AS (INSERT INTO product_family (organization_id, uuid, name) VALUES (1, test.uuid(1, 70), 'Made by the statement') RETURNING uuid)
SELECT r.status FROM made, product_upsert_rows(jsonb_build_array(jsonb_build_object('id', test.uuid(6, 4), 'productFamilies', jsonb_build_array(jsonb_build_object('id', made.uuid))))) r;
ROLLBACK;
\pset format aligned
\pset tuples_only off
DROP FUNCTION test.told, test.told_directly, test.terms, test.uuid;
DROP OWNED BY read_member;
DROP ROLE read_member;
TRUNCATE product_member;
RESET product_upsert.profile;
SELECT test.clean();
