-- doc/performance.md, "Direct writes": products found by their keys without a statement are those that the statement finds, whatever is made of the
-- indexes and of the table. Each case is told with the setting on and off; the two must agree.
SELECT test.clean();
SELECT count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('external_id', 'e' || i, 'handle', 'h' || i, 'uuid', md5(i::text)::uuid, 'manufacturer', CASE WHEN i % 2 = 0 THEN 'M' || i % 4 END,
    'brand', 'B', 'name', 'N' || i, 'size', CASE WHEN i % 3 = 0 THEN i * 1.50 END, 'size_unit', CASE WHEN i % 4 = 0 THEN 'kg' END, 'price', i))) FROM generate_series(1, 20) i));
SELECT count(*) FROM product_upsert_rows('[{"external_id": "e1", "name": "Other"}, {"external_id": "only", "name": "Only"}]', organization_id => 2);

-- By each rule, with and without nulls, of this organization and of another, by several rules at once, by numbers in another notation, by nothing that is there.
CREATE FUNCTION test.looked_for() RETURNS jsonb LANGUAGE sql AS $$
SELECT '[{"external_id": "e1", "price": 1}, {"external_id": "E1", "price": 7}, {"handle": "h2"}, {"uuid": "c81e728d-9d4c-2f63-6f06-7f89cc14862c", "name": "N2"}, {"external_id": "only"}, {"external_id": "e3", "handle": "h4"}, {"external_id": " e5 ", "handle": "h5"},
         {"manufacturer": "M2", "brand": "B", "name": "N6", "size": 9}, {"manufacturer": "M0", "brand": "B", "name": "N12", "size": 18.000, "size_unit": "kg"}, {"manufacturer": "M0", "brand": "B", "name": "N12", "size": 18},
         {"manufacturer": "M2", "brand": "B", "name": "N10"}, {"id": 999999}, {"external_id": "none", "handle": "none", "name": "none"}]'::jsonb
    || CASE WHEN current_setting('test.many', true) = 'on' THEN (SELECT jsonb_agg(jsonb_build_object('external_id', 'many ' || i, 'name', 'many')) FROM generate_series(1, 600) i) ELSE '[]' END
$$;
CREATE FUNCTION test.found_directly(direct text, ddl text, role text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    outcome text;
BEGIN
    EXECUTE ddl;
    PERFORM set_config('product_upsert.direct_writes', direct, true), set_config('role', role, true);
    SELECT string_agg(concat_ws(' ', r.position, r.status, p.external_id, r.decided_by, r.errors -> 0 ->> 'code'), ', ' ORDER BY r.position) FILTER (WHERE p.id IS NOT NULL OR r.status <> 'created') INTO outcome
      FROM product_upsert_rows(test.looked_for(), on_error => 'skip', dry_run => true, profile => 'catalog') r LEFT JOIN product p ON p.organization_id = 1 AND p.id = r.id;
    RAISE EXCEPTION USING ERRCODE = 'TS000', MESSAGE = outcome;
EXCEPTION WHEN OTHERS THEN
    RETURN CASE WHEN SQLSTATE = 'TS000' THEN '' ELSE SQLSTATE || ' ' END || SQLERRM;
END
$$;
CREATE FUNCTION test.found(ddl text, role text DEFAULT 'none') RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN direct = sql THEN direct ELSE 'DISAGREE direct: ' || direct || ' SQL: ' || sql END FROM test.found_directly('on', ddl, role) direct, test.found_directly('off', ddl, role) sql
$$;
\echo direct_read_as_sql
SELECT test.found('');
\echo direct_read_whatever_is_made_of_the_table
SELECT change, test.found(change) = test.found('') AS same, test.found(change) LIKE '%DISAGREE%' AS disagrees FROM unnest(ARRAY[
    'DROP INDEX product_identity_external_id', 'CREATE INDEX one ON product (organization_id, external_id) WHERE price > 5', 'DROP INDEX product_identity_handle; CREATE INDEX two ON product (organization_id, handle) WHERE handle IS NOT NULL AND price > 5',
    'DROP INDEX product_identity_external_id; CREATE INDEX three ON product (organization_id, external_id COLLATE "C" text_pattern_ops)', 'DROP INDEX product_identity_external_id; CREATE INDEX four ON product (organization_id, lower(external_id))',
    'DROP INDEX product_identity_natural; CREATE INDEX five ON product (organization_id, manufacturer, brand, name, size, size_unit) WHERE size IS NOT NULL', 'DROP INDEX product_identity_natural; CREATE INDEX six ON product USING hash (name)',
    'CREATE TABLE test.child () INHERITS (product); INSERT INTO test.child SELECT * FROM product WHERE external_id = ''e1''; DELETE FROM ONLY product WHERE external_id = ''e1''',
    'DELETE FROM product WHERE external_id IN (''e1'', ''e5'')', 'UPDATE product SET external_id = ''e9x'' WHERE external_id = ''e1''', 'ALTER TABLE product DROP COLUMN department', 'ALTER TABLE product ADD extra text DEFAULT ''x''',
    'UPDATE pg_index SET indisvalid = false WHERE indexrelid = ''product_identity_external_id''::regclass', 'UPDATE pg_index SET indcheckxmin = true WHERE indexrelid = ''product_identity_handle''::regclass']) WITH ORDINALITY c (change, n) ORDER BY n;
\echo direct_read_by_members
CREATE ROLE read_member;
GRANT USAGE ON SCHEMA test TO read_member;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO read_member;
SELECT product_grant('read_member', p, 1) FROM unnest('{PRODUCT.VIEW,PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) p \g /dev/null
SELECT change, test.found(change, 'read_member') = test.found('', 'read_member') AS same, test.found(change, 'read_member') LIKE '%DISAGREE%' AS disagrees, left(test.found(change, 'read_member'), 60) AS begins FROM unnest(ARRAY['',
    'CREATE POLICY less ON product AS RESTRICTIVE FOR SELECT USING (price <> 1)', 'ALTER POLICY product_view ON product USING (price <> 1)', 'DROP POLICY product_view ON product', 'DELETE FROM product_member',
    'UPDATE product_member SET organization_id = 2', 'REVOKE SELECT ON product FROM read_member; GRANT SELECT (organization_id, id, external_id) ON product TO read_member', 'REVOKE SELECT ON product FROM read_member', 'ALTER TABLE product DISABLE ROW LEVEL SECURITY']) WITH ORDINALITY c (change, n) ORDER BY n;
\echo direct_read_sees_what_the_statement_sees
BEGIN;
UPDATE product SET handle = NULL WHERE external_id = 'e7';
INSERT INTO product (organization_id, external_id, handle, name) VALUES (1, 'new', 'h7', 'New');
SELECT status, changed FROM product_upsert_rows('[{"handle": "h7", "name": "Newer"}]', profile => 'catalog');
SELECT status, version FROM product_upsert_rows('[{"external_id": "new", "name": "Newer"}]', profile => 'catalog');
ROLLBACK;
\echo direct_read_many_at_once
SELECT r.status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'e' || i, 'price', i)) FROM generate_series(1, 20) i), profile => 'catalog') r GROUP BY 1;
\echo direct_read_of_the_whole_table_where_keys_are_many_beside_it
SET test.many = on;
SELECT test.found('');
SELECT change, test.found(change) = test.found('') AS same, test.found(change) LIKE '%DISAGREE%' AS disagrees FROM unnest(ARRAY[
    'CREATE TABLE test.child () INHERITS (product); INSERT INTO test.child SELECT * FROM product WHERE external_id = ''e1''; DELETE FROM ONLY product WHERE external_id = ''e1''',
    'DELETE FROM product WHERE external_id IN (''e1'', ''e5'')', 'UPDATE product SET external_id = ''e9x'' WHERE external_id = ''e1''', 'ALTER TABLE product DROP COLUMN department',
    'ALTER TABLE product ADD extra text DEFAULT ''x''', 'ALTER TABLE product ALTER size TYPE double precision', 'CREATE RULE r AS ON UPDATE TO product DO ALSO NOTHING',
    'SELECT product_identity_create(''external_id'', ''{external_id}'', folds => ''{case}'')']) WITH ORDINALITY c (change, n) ORDER BY n;
SELECT change, test.found(change, 'read_member') = test.found('', 'read_member') AS same, test.found(change, 'read_member') LIKE '%DISAGREE%' AS disagrees, left(test.found(change, 'read_member'), 60) AS begins FROM unnest(ARRAY['',
    'CREATE POLICY less ON product AS RESTRICTIVE FOR SELECT USING (price <> 1)', 'ALTER POLICY product_view ON product USING (price <> 1)', 'DELETE FROM product_member',
    'UPDATE product_member SET organization_id = 2', 'REVOKE SELECT ON product FROM read_member; GRANT SELECT (organization_id, id, external_id) ON product TO read_member']) WITH ORDINALITY c (change, n) ORDER BY n;
RESET test.many;
DROP FUNCTION test.found, test.found_directly, test.looked_for;
DROP OWNED BY read_member;
DROP ROLE read_member;
TRUNCATE product_member;
SELECT test.clean();
