-- Options of fields that meet other rules: found by random profiles (test/model/varied.py).
\set VERBOSITY terse
SELECT test.clean();
INSERT INTO product_profile (name, definition) VALUES ('met', '{
  "identity": ["handle", "external_id", {"rule": "natural", "levels": [{"level": "manufacturer", "fields": ["manufacturer"]}, {"level": "combination", "fields": ["manufacturer", "name"]}]}],
  "fields": {
    "external_id":  {"type": "text"},
    "handle":       {"type": "text"},
    "manufacturer": {"type": "text"},
    "brand":        {"type": "text"},
    "name":         {"type": "text", "required": true},
    "size":         {"type": "decimal"},
    "size_unit":    {"type": "text"},
    "uuid":         {"type": "uuid", "generated": true},
    "category_id":  {"role": "reference", "table": "category", "by": ["id", "reference"], "missing": "create", "required": true},
    "name.short":   {"type": "text", "column": "internal_name", "max_length": 3},
    "parent_product_id": {"role": "reference", "table": "product", "by": ["external_id"]},
    "variants":     {"role": "variants", "nullable": false, "quiet": true, "fields": {"sku": {"type": "text", "required": true}}},
    "custom_fields": {"role": "custom_fields", "style": "object", "quiet": true}
  }}');
INSERT INTO product_profile (name, definition)
SELECT 'met_below', jsonb_set(definition, '{fields,parent_product_id,required}', 'true') FROM product_profile WHERE name = 'met';
INSERT INTO product_custom_field (organization_id, id, reference, type, unique_value) VALUES (1, 901, 'ean', 'text', true);
SET product_upsert.profile = 'met';

\echo c3_of_a_field_that_is_wrong_in_part_it_is_not_told_as_well_that_it_is_required
SELECT test.short(errors) FROM product_upsert_rows('[{"external_id": "c", "name": "C", "category_id": {"reference": "tea", "display_order": "first"}}]', on_error => 'skip');
\echo c3_a_failure_of_another_field_whose_name_begins_alike_is_told_beside_it
SELECT test.short(errors) FROM product_upsert_rows('[{"external_id": "c", "category_id": "tea", "name.short": "longer"}]', on_error => 'skip');
\echo c2_a_required_parent_may_be_made_by_another_document_of_the_call
SELECT position, status FROM product_upsert_rows('[{"external_id": "root", "name": "Root", "category_id": "tea"}]');
SELECT position, status, test.short(errors) FROM product_upsert_rows('[
    {"external_id": "leaf", "name": "Leaf", "category_id": "tea", "parent_product_id": "branch"},
    {"external_id": "branch", "name": "Branch", "category_id": "tea", "parent_product_id": "root"},
    {"external_id": "none", "name": "None", "category_id": "tea"}]', profile => 'met_below', on_error => 'skip');
SELECT p.external_id, a.external_id AS parent FROM product p LEFT JOIN product a ON a.id = p.parent_product_id ORDER BY p.id;
\echo generated_a_product_has_its_uuid_whatever_a_field_action_says
SELECT status FROM product_upsert_rows('[{"external_id": "u", "name": "U", "category_id": "tea", "uuid": "00000000-0000-4000-8000-000000000001"}]', field_actions => '{"uuid": "IGNORE"}');
SELECT uuid AS its_own, uuid <> '00000000-0000-4000-8000-000000000001' AS has_its_own FROM product WHERE external_id = 'u' \gset
SELECT :'has_its_own' AS has_its_own;
SELECT status, changed FROM product_upsert_rows('[{"external_id": "u", "brand": "U", "uuid": "00000000-0000-4000-8000-000000000001"}]', field_actions => '{"uuid": "IGNORE"}');
SELECT uuid = :'its_own' AS it_stays FROM product WHERE external_id = 'u';
\echo quiet_what_is_not_written_takes_nothing_from_other_documents_of_the_call
SELECT position, status, test.short(errors) FROM product_upsert_rows('[
    {"external_id": "u", "variants": [{"sku": "s1"}], "custom_fields": {"ean": "4006381333931"}},
    {"external_id": "v", "name": "V", "category_id": "tea", "variants": [{"sku": "s1"}], "custom_fields": {"ean": "4006381333931"}}]', on_error => 'skip');
SELECT p.external_id, v.sku, c.value FROM product_variant v JOIN product p ON p.id = v.product_id JOIN product_custom_value c ON c.product_id = p.id;
\echo a_reject_that_names_two_products_is_told_with_the_first_in_the_order_of_the_profile
SELECT status FROM product_upsert_rows('[{"external_id": "one", "name": "One", "category_id": "tea"}, {"handle": "two", "name": "Two", "category_id": "tea"}]');
SELECT r.status, p.name, r.errors #>> '{0,message}' LIKE 'names product % by external_id, but product % by handle' AS told FROM product_upsert_rows('[{"external_id": "one", "handle": "two"}]', on_error => 'skip') r JOIN product p ON p.id = r.id;
\echo fine_point_e_a_product_that_an_action_keeps_out_of_the_natural_rule_has_no_level
SELECT decided_by FROM product_upsert_rows('[{"manufacturer": "M", "name": "N", "category_id": "tea"}]', field_actions => '{"manufacturer": "IGNORE"}');
SELECT decided_by FROM product_upsert_rows('[{"manufacturer": "M", "name": "N", "category_id": "tea"}]');
\echo billing_13_a_parent_that_is_mapped_as_a_number_is_a_reference_by_id
INSERT INTO product_profile (name, definition) VALUES ('met_plain', '{"identity": ["external_id"], "fields": {"external_id": {"type": "text"}, "name": {"type": "text"},
    "above": {"type": "integer", "column": "parent_product_id"}}}');
INSERT INTO product (organization_id, id, external_id, name) VALUES (1, 7001, 'x', 'X'), (1, 7002, 'y', 'Y');
SELECT position, status, changed, test.short(errors) FROM product_upsert_rows('[{"external_id": "x", "above": 7002}, {"external_id": "y", "above": 7001}]', profile => 'met_plain', on_error => 'skip');
SELECT status, changed FROM product_upsert_rows('[{"external_id": "x", "above": 7002}]', profile => 'met_plain');
SELECT status, test.short(errors) FROM product_upsert_rows('[{"external_id": "y", "above": 7001}, {"external_id": "y2", "name": "Y2", "above": 9999}]', profile => 'met_plain', on_error => 'skip');
SELECT product_get(7001, 'met_plain');

RESET product_upsert.profile;
DELETE FROM product_profile WHERE name LIKE 'met%';
SELECT test.clean();
