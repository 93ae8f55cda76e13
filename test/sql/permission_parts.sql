-- Row security and permissions for what belongs to a product: variants, links, custom values, and the tables referred to.
\set VERBOSITY terse
SELECT test.clean();
SET product_upsert.profile = 'catalog';
SET client_min_messages = warning;
CREATE ROLE regress_create;
CREATE ROLE regress_update;
CREATE ROLE regress_view;
GRANT USAGE ON SCHEMA test TO PUBLIC;
SELECT product_grant('regress_create', 'PRODUCT.CREATE', 1), product_grant('regress_update', 'PRODUCT.UPDATE', 1), product_grant('regress_view', 'PRODUCT.VIEW', 1);
INSERT INTO product_category (organization_id, id, reference, name) VALUES (1, 101, 'cat', 'Category'), (2, 102, 'cat2', 'Of two');
INSERT INTO product_feature (organization_id, id, reference, name) VALUES (1, 101, 'f1', 'F1'), (1, 102, 'f2', 'F2'), (2, 103, 'f3', 'Of two');
INSERT INTO product_custom_field (organization_id, id, reference, type, unique_value, is_identifier) VALUES (1, 101, 'erp', 'text', true, true), (2, 102, 'erp', 'text', true, true), (2, 103, 'theirs', 'text', true, true);
SELECT product_upsert('{"external_id": "p1", "name": "One", "features": ["f1"], "custom_fields": {"erp": "E1"}, "variants": [{"sku": "v1", "price": 1}]}') ->> 'name' AS one,
       product_upsert('{"external_id": "q1", "name": "Of two", "features": ["f3"], "custom_fields": {"erp": "E2"}, "variants": [{"sku": "w1", "price": 1}]}', organization_id => 2) ->> 'name' AS two;
SELECT id AS q1 FROM product WHERE external_id = 'q1' \gset

\echo billing_01_create_only_writes_the_parts_of_a_new_product
SET ROLE regress_create;
SELECT p ->> 'name' AS name, jsonb_array_length(p -> 'features') AS features, p -> 'custom_fields' AS custom_fields, p #>> '{variants,0,sku}' AS sku
  FROM product_upsert('{"external_id": "p2", "name": "Two", "category_id": "cat", "features": ["f1", "f2"], "custom_fields": {"erp": "E-2"}, "variants": [{"sku": "v2", "price": 1}]}') p;
SELECT position, status FROM product_upsert_rows('[{"external_id": "p3", "name": "Three", "parent_product_id": "p4", "variants": [{"sku": "v3"}]}, {"external_id": "p4", "name": "Four", "parent_product_id": "p1", "features": ["f2"], "variants": [{"sku": "v4"}, {"sku": "v5"}]}]');
\echo billing_01_create_only_changes_no_part_of_another
SELECT document, test.ways(document::jsonb, 'catalog') AS outcome FROM unnest(ARRAY['{"external_id": "p1", "variants": [{"sku": "v1", "price": 2}]}', '{"external_id": "p1", "variants": [{"sku": "v9"}]}', '{"external_id": "p1", "features": ["f2"]}', '{"external_id": "p1", "custom_fields": {"erp": "E9"}}', '{"external_id": "p1", "parent_product_id": "p2"}',
    '{"external_id": "p1", "variants": [{"sku": "v1", "price": 1}], "features": ["f1"], "custom_fields": {"erp": "E1"}}']) document;
\echo billing_01_update_only_writes_the_parts_of_an_existing_product
SET ROLE regress_update;
SELECT position, status, changed, test.short(errors) AS errors
  FROM product_upsert_rows('[{"external_id": "p1", "variants": [{"sku": "v1", "price": 2}, {"sku": "v1b", "price": 3}], "features": ["f2"], "custom_fields": {"erp": "E1b"}}, {"external_id": "p9", "name": "Nine", "variants": [{"sku": "v9"}]}, {"external_id": "p2", "parent_product_id": "p1"}]', on_error => 'skip');
SELECT p #>> '{variants,0,sku}' AS kept FROM product_upsert('{"external_id": "p1", "variants": [{"sku": "v1b"}], "features": ["f1"]}', field_actions => '{"variants": "REPLACE", "features": "REMOVE"}') p;
SELECT test.ways('{"external_id": "p3", "parent_product_id": "p9"}', 'catalog') AS unknown_parent, test.ways('{"external_id": "p1", "parent_product_id": "p2"}', 'catalog') AS cycle;
\echo billing_01_view_only_reads_them
SET ROLE regress_view;
SELECT p #>> '{variants,0,sku}' AS sku, p -> 'custom_fields' AS custom_fields FROM product q, product_get(q.id) p WHERE q.external_id = 'p1';
SELECT test.ways('{"external_id": "p1", "variants": [{"sku": "v1b", "price": 7}]}', 'catalog') AS writing;

\echo billing_01_parts_of_other_organizations_are_invisible
SET ROLE regress_update;
SELECT (SELECT count(*) FROM product_variant WHERE organization_id <> 1) AS variants, (SELECT count(*) FROM product_feature_link WHERE organization_id <> 1) AS links, (SELECT count(*) FROM product_custom_value WHERE organization_id <> 1) AS custom_values,
       (SELECT count(*) FROM product_category WHERE organization_id <> 1) + (SELECT count(*) FROM product_feature WHERE organization_id <> 1) + (SELECT count(*) FROM product_custom_field WHERE organization_id <> 1) AS referred_to;
SELECT call, state, test.short(errors) AS errors, concat(message, hint, errors) ~ 'q1|w1|Of two' AS tells_of_it
  FROM unnest(ARRAY[$$product_upsert('{"external_id": "p1", "category_id": 102}')$$, $$product_upsert('{"external_id": "p1", "features": ["f3"]}')$$, $$product_upsert('{"external_id": "p1", "custom_fields": [1]}')$$, $$product_upsert('{"custom_fields": {"theirs": "x"}}', 'custom_field', 'theirs')$$,
                    $$product_upsert('{"external_id": "q1", "variants": [{"sku": "w1", "price": 9}]}', organization_id => 2)$$, $$product_upsert('{"custom_fields": {"erp": "E2"}, "price": 1}', 'custom_field', 'erp', organization_id => 2)$$, format($$product_upsert('{"external_id": "p1", "parent_product_id": %s}')$$, :q1)]) call, test.error('SELECT ' || call);
\echo billing_01_their_keys_are_free_here
SELECT status, changed FROM product_upsert_rows('[{"external_id": "p1", "custom_fields": {"erp": "E2"}, "variants": [{"sku": "w1", "price": 1}]}]');
\echo billing_01_direct_sql_is_held_to_it
SELECT call, left(test.try(call || ' RETURNING 1'), 5) AS state FROM unnest(ARRAY['INSERT INTO product_variant (organization_id, product_id, sku) SELECT 2, 1, $$x$$', 'UPDATE product_variant SET organization_id = 2 WHERE sku = $$w1$$', 'INSERT INTO product_feature_link VALUES (2, 1, 103)', 'UPDATE product_category SET name = $$x$$']) call;
RESET ROLE;
SELECT organization_id, sku, price FROM product_variant WHERE sku = 'w1' ORDER BY 1;

REVOKE USAGE ON SCHEMA test FROM PUBLIC;
DROP OWNED BY regress_create, regress_update, regress_view;
DROP ROLE regress_create, regress_update, regress_view;
TRUNCATE product_member;
RESET client_min_messages;
RESET product_upsert.profile;
SELECT test.clean();
