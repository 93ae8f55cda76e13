-- Fine points of the contracts that belong to no profile.
\set VERBOSITY terse
SELECT test.clean();

\echo fine_point_m_organization_id_stands_first_in_every_key
-- Tables whose primary key, a unique index or a foreign key begins with something else. Other indexes as well, but for the one by
-- which the organizations of a member are found: it is no key, and stands for no organization.
SELECT c.conrelid::regclass AS relation, c.conname
  FROM pg_constraint c JOIN unnest(product_tables_check()) t (oid) ON t.oid = c.conrelid
  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
 WHERE c.contype IN ('p', 'u', 'f') AND a.attname <> 'organization_id' AND c.conrelid NOT IN ('product_profile'::regclass, 'product_identity'::regclass);
SELECT i.indexrelid::regclass AS index
  FROM pg_index i JOIN unnest(product_tables_check()) t (oid) ON t.oid = i.indrelid
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
 WHERE a.attname <> 'organization_id' AND i.indrelid NOT IN ('product_profile'::regclass, 'product_identity'::regclass)
   AND (i.indisunique OR i.indexrelid <> 'product_member_member_idx'::regclass);
SELECT count(*) >= 50 AS looked_at_all FROM pg_constraint c JOIN unnest(product_tables_check()) t (oid) ON t.oid = c.conrelid
 WHERE c.contype IN ('p', 'u', 'f');

\echo fine_point_a_a_document_that_says_another_aggregation_type_is_refused
INSERT INTO product_unit (organization_id, name) VALUES (1, 'hour');
INSERT INTO product_measurement (organization_id, unit_id, code, aggregation_type) VALUES (1, 1, 'hours', 'sum');
SELECT said, test.try(format($$SELECT product_upsert('{"name": "Support", "measurement": {"code": "hours", "aggregationType": %s, "description": "new"}}', profile => 'subscription', mode => 'create', dry_run => true)
       -> 'measurement' ->> 'aggregationType'$$, said)) AS outcome FROM unnest(ARRAY['"max"', '"sum"', '""', 'null', '1', '"unheard of"']) said;
SELECT r.status, r.body FROM product_request('subscription', 'POST', '/catalogue/products', '{"name": "Support", "measurement": {"code": "hours", "aggregationType": "max"}}', headers => '{"Authorization": "x"}') r;
SELECT aggregation_type, description FROM product_measurement;

\echo fine_point_l_unknown_fields_are_failures_in_catalog_and_vending_ignored_in_the_others
SELECT p.name, (SELECT test.short(jsonb_path_query_array(m.errors, '$[*] ? (@.code == "unknown_field")'))) AS told
  FROM product_profile p, product_match('{"nonsense": 1}', profile => p.name) m WHERE p.is_builtin ORDER BY p.name;

\echo fine_point_p_a_document_that_nests_beyond_512_levels_is_unreadable_with_its_position_the_others_are_written
-- The document itself is the first level.
CREATE FUNCTION test.nested(levels integer) RETURNS text LANGUAGE sql AS $$
    SELECT format('{"external_id": "n%s", "name": "n", "custom_data": %s%s}', levels, repeat('[', levels - 1), repeat(']', levels - 1))
$$;
CREATE TABLE test.fed (document jsonb);
CREATE TABLE test.answered (document jsonb, id bigint, status text, errors jsonb);
CREATE TRIGGER upsert AFTER INSERT ON test.fed REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger('document', 'catalog');
CREATE TRIGGER upsert BEFORE INSERT ON test.answered FOR EACH ROW EXECUTE FUNCTION product_upsert_trigger('document', 'catalog', '', 'keep');
-- As deep in a batch as alone.
SELECT levels, test.try(format('SELECT NULL FROM product_upsert(%L::jsonb)', test.nested(levels))) AS single,
       (SELECT string_agg(concat_ws(' ', r.position, r.status, test.short(r.errors)), ', ' ORDER BY r.position)
          FROM product_upsert_rows(('[' || test.nested(levels) || ', {"external_id": "x", "name": "x"}]')::jsonb, on_error => 'skip') r) AS rows
  FROM unnest(ARRAY[511, 512, 513, 600]) levels;
SELECT count(*) FROM product;
SELECT test.try(format('SELECT NULL FROM product_upsert_rows(%L::jsonb)', '[{"external_id": "y", "name": "y"}, ' || test.nested(600) || ']')) AS rows,
       test.try(format('SELECT product_upsert_bulk(%L::jsonb)', '[{"external_id": "y", "name": "y"}, ' || test.nested(600) || ']')) AS bulk;
SELECT jsonb_array_length(product_upsert_bulk(('[{"external_id": "y", "name": "y"}, ' || test.nested(600) || ']')::jsonb, on_error => 'skip'));
SELECT status, test.short(errors), explanation FROM product_match(test.nested(600)::jsonb);
INSERT INTO test.fed SELECT test.nested(512)::jsonb;
SELECT test.try($$INSERT INTO test.fed SELECT test.nested(levels)::jsonb FROM unnest(ARRAY[512, 513]) levels$$) AS statement_trigger;
INSERT INTO test.answered SELECT test.nested(levels)::jsonb FROM unnest(ARRAY[600, 512]) levels;
SELECT id IS NOT NULL AS has_id, status, test.short(errors) FROM test.answered ORDER BY status;
ALTER TABLE test.fed DISABLE TRIGGER upsert;
INSERT INTO test.fed SELECT test.nested(600)::jsonb FROM generate_series(1, 3);
SELECT position, status, test.short(errors) FROM product_upsert_from('test.fed', on_error => 'skip') ORDER BY position;
SELECT profile, left(test.ask(profile, method, path, body::jsonb), 150) FROM (VALUES
    ('vending', 'PUT', '/products', '[{"manufacturer": "M", "brand": "B", "name": "N", "customData": ' || repeat('[', 600) || repeat(']', 600) || '}]'),
    ('billing', 'PUT', '/v1/products', test.nested(600)), ('retail', 'POST', '/v3/products/update-create', test.nested(600)),
    ('subscription', 'POST', '/catalogue/products', test.nested(600)), ('agency', 'POST', '/api/products', test.nested(600))) r (profile, method, path, body);
SELECT count(*) FROM product;
DROP TABLE test.fed, test.answered;
DROP FUNCTION test.nested;

\echo fine_point_o_a_product_created_as_combination_names_its_nearest_relatives
SELECT test.clean();
SELECT product_upsert_bulk('[{"manufacturer": "M", "brand": "B", "name": "N1", "size": 1, "unitsForSize": "oz"}, {"manufacturer": "M", "brand": "B", "name": "N2", "size": 2.0, "unitsForSize": "oz"},
    {"manufacturer": "M", "brand": "B", "name": "N3"}, {"manufacturer": "M", "brand": "C", "name": "N1", "size": 2, "unitsForSize": "oz"}]', profile => 'vending');
SELECT said, m.status, m.decided_by, m.candidates FROM unnest('{"{\"name\": \"N1\", \"size\": 2, \"unitsForSize\": \"oz\"}","{\"name\": \"N1\"}","{\"name\": \"N4\", \"size\": 2, \"unitsForSize\": \"oz\"}","{\"name\": \"N1\", \"size\": 1, \"unitsForSize\": \"oz\"}"}'::jsonb[]) said,
       product_match('{"manufacturer": "M", "brand": "B"}' || said, profile => 'vending') m;
-- Ten of each level at most.
SELECT count(product_upsert(jsonb_build_object('manufacturer', 'M', 'brand', 'B', 'name', 'N1', 'size', 100 + i), profile => 'vending')) FROM generate_series(1, 12) i;
SELECT c ->> 'level' AS level, count(*) FROM product_match('{"manufacturer": "M", "brand": "B", "name": "N1", "size": 2, "unitsForSize": "oz"}', profile => 'vending') m, jsonb_array_elements(m.candidates) c GROUP BY 1 ORDER BY 1;

SELECT test.clean();
