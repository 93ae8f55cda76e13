-- Ids of eighteen digits and more, as Snowflake's and other generators draw them: a bigint holds them, and everything that refers to a row by its id is what it is with small ids.
\set VERBOSITY terse
SELECT test.clean();
ALTER TABLE product ALTER id RESTART WITH 2000000000000000001;
ALTER TABLE product_variant ALTER id RESTART WITH 3000000000000000001;
ALTER TABLE product_category ALTER id RESTART WITH 4000000000000000001;
INSERT INTO product_category (organization_id, id, uuid, reference, name) VALUES (1, 1000000000000000000, 'aaaaaaaa-0000-4000-8000-000000000001', 'cat', 'C'), (1, 9223372036854775807, NULL, 'last', 'Last');
INSERT INTO product_feature (organization_id, id, reference, name) VALUES (1, 999999999999999999, 'f0', 'F0'), (1, 1000000000000000000, 'f1', 'F1'), (1, 9223372036854775807, 'f2', 'F2');
INSERT INTO product_family (organization_id, id, name) VALUES (1, 9223372036854775807, 'Family');
INSERT INTO product_billing_entity (organization_id, id, reference) VALUES (1, 9223372036854775807, 'be');
INSERT INTO product_tax_group (organization_id, id) VALUES (1, 9223372036854775807);
INSERT INTO product_unit (organization_id, id, name) VALUES (1, 9223372036854775807, 'piece');
INSERT INTO product_measurement (organization_id, id, unit_id, code) VALUES (1, 9223372036854775807, 9223372036854775807, 'm');
INSERT INTO product_cost_centre (organization_id, id, code) VALUES (1, 9223372036854775807, 'k');
INSERT INTO product_custom_field (organization_id, id, reference, type, unique_value, is_identifier) VALUES (1, 9223372036854775807, 'erp', 'text', true, true), (1, 1000000000000000000, 'txt', 'text', false, false);

SET product_upsert.profile = 'catalog';
\echo large_ids_12_a_document_that_says_the_same_changes_nothing
SELECT position, status, id, changed FROM product_upsert_rows('[{"external_id": "p", "name": "P"}, {"external_id": "q", "name": "Q", "parent_product_id": "p"}]');
CREATE TABLE test.large (document jsonb);
INSERT INTO test.large VALUES
    ('{"external_id": "a", "name": "A", "parent_product_id": 2000000000000000001, "category_id": 1000000000000000000, "features": [9223372036854775807, 1000000000000000000, 999999999999999999], "families": [9223372036854775807], "billing_entity_id": 9223372036854775807, "tax_group_id": 9223372036854775807, "measurement_id": 9223372036854775807, "cost_centre_id": 9223372036854775807}'),
    ('{"external_id": "a", "parent_product_id": "p", "category_id": "cat", "features": ["f2", "f0", "f1"], "billing_entity_id": "be", "measurement_id": "m"}'),
    ('{"external_id": "a", "parent_product_id": "2000000000000000001", "category_id": {"id": "1000000000000000000"}, "features": [{"id": "9223372036854775807"}, "999999999999999999", {"id": 1000000000000000000}]}'),
    ('{"id": 2000000000000000003, "parent_product_id": {"id": 2000000000000000001}, "category_id": {"uuid": "aaaaaaaa-0000-4000-8000-000000000001"}}'),
    ('{"external_id": "a", "category_id": "last"}'), ('{"external_id": "a", "parent_product_id": "q"}'), ('{"external_id": "a", "features": ["f0", "f2"]}'), ('{"external_id": "p", "parent_product_id": "a"}'),
    ('{"external_id": "a", "parent_product_id": 2000000000000000003}');
SELECT status, id, changed FROM product_upsert_rows((SELECT jsonb_build_array(document) FROM test.large LIMIT 1));
SELECT test.ways(document, 'catalog') AS as_jsonb, (SELECT concat_ws(' ', status, 'by ' || decided_by, array_to_string(changed, ','), test.short(errors)) FROM product_upsert_rows(document::text, on_error => 'skip', dry_run => true)) AS as_text, m.status, m.changed
  FROM test.large, product_match(document) m;
SELECT parent_product_id, category_id, billing_entity_id, tax_group_id, measurement_id, cost_centre_id FROM product WHERE external_id = 'a';
SELECT a -> 'id' AS id, a -> 'parent_product_id' AS parent, a -> 'category_id' AS category, jsonb_path_query_array(a, '$.features[*].id') AS features, jsonb_path_query_array(a, '$.families[*].id') AS families FROM product_get(2000000000000000003) a;
\echo large_ids_12_with_direct_writes_off
SET product_upsert.direct_writes = off;
SELECT test.ways(document, 'catalog') AS as_jsonb FROM test.large;
RESET product_upsert.direct_writes;
\echo large_ids_12_several_documents_of_one_product
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"id": 2000000000000000003, "price": 1}, {"external_id": "a", "price": 1}, {"id": 2000000000000000001, "price": 1}]', on_error => 'skip', dry_run => true);
\echo large_ids_rows_that_a_document_creates
INSERT INTO product_profile (name, definition) VALUES ('large', '{"identity": ["external_id"], "fields": {"external_id": {"type": "text", "required": true, "nullable": false}, "name": {"type": "text"},
    "category": {"role": "reference", "column": "category_id", "table": "category", "by": ["reference"], "missing": "create"}, "features": {"role": "links", "table": "feature", "by": ["reference"], "missing": "create"}}}');
SELECT status, changed FROM product_upsert_rows('[{"external_id": "a", "category": {"reference": "new", "name": "New"}}]', profile => 'large');
SELECT status, changed FROM product_upsert_rows('[{"external_id": "a", "category": {"reference": "new", "name": "New"}}]', profile => 'large');
SELECT status, changed FROM product_upsert_rows('[{"external_id": "a", "category_id": "new"}]');
\echo large_ids_a_swap_of_keys_and_a_large_batch
SELECT position, status, changed FROM product_upsert_rows('[{"id": 2000000000000000001, "external_id": "q"}, {"id": 2000000000000000002, "external_id": "p"}]', identifier_field => 'id');
SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'n' || i, 'name', i::text, 'category_id', 1000000000000000000, 'features', '["f2"]'::jsonb)) FROM generate_series(1, 700) i)) GROUP BY 1;
SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'n' || i, 'name', i::text, 'category_id', 'cat', 'features', '["f2"]'::jsonb)) FROM generate_series(1, 700) i)) GROUP BY 1;

SET product_upsert.profile = 'retail';
\echo large_ids_22_variants
SELECT status, changed FROM product_upsert_rows('[{"external_id": "s", "handle": "s", "title": "S", "brand": "B", "variants": [{"sku": "1", "price": 1, "position": 1}, {"sku": "2", "price": 2, "position": 2}]}]');
SELECT status, changed FROM product_upsert_rows('[{"external_id": "s", "variants": [{"sku": "1", "price": 1, "position": 1}, {"sku": "2", "price": 2, "position": 2}]}]');
SELECT status, changed FROM product_upsert_rows('[{"external_id": "s", "variants": [{"sku": "1", "price": 3}]}]', field_actions => '{"variants": "REPLACE"}');
SELECT product_id, id, sku, price FROM product_variant ORDER BY id;

SET product_upsert.profile = 'billing';
\echo large_ids_14_custom_fields
SELECT status, changed FROM product_upsert_rows('[{"name": "B", "reference": "b", "category_id": 1000000000000000000, "custom_fields": [{"reference": "erp", "value": "x"}, {"reference": "txt", "value": "t"}]}]');
SELECT test.ways(d, 'billing') FROM unnest('{"{\"reference\": \"b\", \"custom_fields\": [{\"reference\": \"erp\", \"value\": \"x\"}, {\"reference\": \"txt\", \"value\": \"t\"}]}","{\"reference\": \"b\", \"category_id\": \"last\"}","{\"reference\": \"c\", \"name\": \"C\", \"category_id\": 9223372036854775807, \"custom_fields\": [{\"reference\": \"erp\", \"value\": \"x\"}]}"}'::jsonb[]) d;
SELECT product_get((SELECT id FROM product WHERE reference = 'b')) -> 'custom_fields' AS custom_fields;
SELECT custom_field_id, product_id, value FROM product_custom_value ORDER BY 1;
DROP TABLE test.large;
DELETE FROM product_profile WHERE name = 'large';
