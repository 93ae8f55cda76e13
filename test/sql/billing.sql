-- The billing contract through the functions: rules 4 to 17. Rules 1 to 3, 18 and 19 are about calls over HTTP.
\set VERBOSITY terse
SELECT test.clean();
SET product_upsert.profile = 'billing';
INSERT INTO product_category (organization_id, id, uuid, reference, name, description, tax_category, display_order, parent_id)
VALUES (1, 10, NULL, 'software', 'Software', 'All of it', 'STANDARD', 1, NULL), (1, 11, '11111111-1111-4111-8111-111111111111', NULL, 'Add-ons', NULL, NULL, NULL, 10),
       (2, 20, NULL, NULL, 'Of two', NULL, NULL, NULL, NULL);
INSERT INTO product_billing_entity (organization_id, id, uuid, reference, name)
VALUES (1, 30, '33333333-3333-4333-8333-333333333333', NULL, 'Ltd'), (2, 31, NULL, NULL, 'GmbH');
INSERT INTO product_feature (organization_id, id, reference, name) VALUES (1, 40, 'sso', 'Single sign-on'), (1, 41, 'audit', 'Audit log'), (2, 42, 'secret', 'Of two');
INSERT INTO product_custom_field (organization_id, id, reference, name, type, unique_value, is_identifier, multiple_values, enum_values)
VALUES (1, 50, 'erp', 'ERP number', 'text', true, true, false, NULL), (1, 51, 'group', 'Group', 'text', false, true, false, NULL),
       (1, 52, 'note', 'Note', 'text', false, false, false, NULL), (2, 53, 'other', 'Of two', 'text', true, true, false, NULL);
-- Every failure of a call with what it names.
CREATE FUNCTION test.told(call text, OUT state text, OUT field text, OUT code text, OUT resource_type text, OUT resource_id text)
RETURNS SETOF record LANGUAGE sql AS $$
    SELECT e.state, f.field, f.code, f.resource_type, f.resource_id
      FROM test.error('SELECT ' || call) e
      LEFT JOIN jsonb_to_recordset(e.errors) f (field text, code text, resource_type text, resource_id text) ON true
     ORDER BY f.field, f.code
$$;

\echo billing_08_a_document_with_every_documented_field_comes_back_field_by_field
SELECT product_upsert('{"name": "Parent", "reference": "parent", "category_id": 10}') ->> 'id' AS parent \gset
SELECT key, value
  FROM jsonb_each(product_upsert(jsonb_build_object(
       'category_id', 11, 'name', 'Basic', 'reference', 'basic', 'product_type', 'ADDON', 'category', '{"id": 11}'::jsonb, 'parent_product_id', :parent,
       'description', 'For small teams', 'status', 'ACTIVE', 'tax_category', 'NO_TAX', 'features', '[{"reference": "sso"}, {"id": 41, "reference": "audit"}]'::jsonb,
       'custom_fields', '[{"reference": "erp", "value": "4711"}]'::jsonb, 'display_order', 3,
       'linked_integrations', '[{"id": "crm", "link_details": [{"url": "https://crm.example/1", "custom_field_name": "crm_id"}]}]'::jsonb, 'billing_entity_id', 30))) p
 WHERE key <> 'id';
\echo billing_08_and_the_same_again_is_unchanged
SELECT id AS basic FROM product WHERE reference = 'basic' \gset
SELECT test.ways(product_get(:basic), 'billing') AS what_was_answered,
       test.ways('{"reference": "basic", "features": [{"reference": "audit"}, {"reference": "sso"}], "custom_fields": [{"id": 50, "value": "4711"}]}', 'billing') AS said_otherwise;
\echo billing_08_the_answer_holds_the_documented_fields_and_no_other
SELECT array_agg(k ORDER BY k COLLATE "C") AS fields, bool_and(k = ANY ('{category_id,name,reference,product_type,object_type,id,category,parent_product_id,description,status,tax_category,features,custom_fields,display_order,linked_integrations,billing_entity_id}')) AS documented
  FROM jsonb_object_keys(product_get(:basic)) k;
SELECT product_upsert_bulk('[{"reference": "basic"}]') -> 0 = product_get(:basic) AS bulk_answers_the_same;

\echo billing_04_identifier_field_is_id_reference_or_custom_field_reference_by_default
SELECT identifier, reference, test.ways(document::jsonb || '{"display_order": 4}', 'billing', format(', identifier_field => %L, custom_field_reference => %L', identifier, reference)) AS outcome
  FROM (VALUES (NULL, NULL, '{"reference": "basic"}'), ('reference', NULL, '{"reference": "basic"}'), ('id', NULL, format('{"id": %s}', :basic)),
               ('custom_field', 'erp', '{"custom_fields": [{"reference": "erp", "value": "4711"}]}')) t (identifier, reference, document);
\echo billing_04_another_is_refused_with_the_valid_ones_named
SELECT state, test.short(errors) AS errors, hint FROM test.error($$SELECT product_upsert('{"reference": "basic"}', 'name')$$);
\echo billing_04_by_default_an_id_in_the_document_finds_nothing
SELECT test.ways(format('{"id": %s, "display_order": 5}', :basic)::jsonb, 'billing') AS without_a_reference;

\echo billing_05_custom_field_needs_its_reference
SELECT state, test.short(errors) AS errors FROM test.error($$SELECT product_upsert('{"reference": "basic"}', 'custom_field')$$);
SELECT * FROM test.told($$product_upsert('{"custom_fields": [{"reference": "erp", "value": "4711"}]}', 'custom_field', 'nowhere')$$);
\echo billing_05_a_custom_field_of_another_organization_is_none
SELECT * FROM test.told($$product_upsert('{"custom_fields": [{"reference": "erp", "value": "4711"}]}', 'custom_field', 'other')$$);
\echo billing_05_one_that_does_not_identify_is_refused
SELECT * FROM test.told($$product_upsert('{"custom_fields": [{"reference": "note", "value": "4711"}]}', 'custom_field', 'note')$$);

\echo billing_06_the_identifiers_value_missing_from_the_document
SELECT * FROM test.told($$product_upsert('{"name": "x", "category_id": 10}', 'reference')$$);
SELECT * FROM test.told($$product_upsert('{"reference": "basic"}', 'id')$$);
SELECT * FROM test.told($$product_upsert('{"reference": "basic"}', 'custom_field', 'erp')$$);
SELECT * FROM test.told($$product_upsert('{"reference": "basic", "custom_fields": [{"reference": "erp", "value": null}]}', 'custom_field', 'erp')$$);

\echo billing_07_no_match_creates_one_match_updates
SELECT status, id, decided_by, changed, test.short(errors) AS errors FROM product_match('{"reference": "new", "name": "New", "category_id": 10}');
SELECT status, id = :basic AS basic, decided_by, changed FROM product_match('{"reference": "basic", "status": "ARCHIVED", "name": "Basic"}');
SELECT status, id = :basic AS basic, decided_by FROM product_match('{"name": "Basic 2", "custom_fields": [{"reference": "erp", "value": "4711"}]}', 'custom_field', 'erp');
\echo billing_07_by_id_no_match_is_not_found
SELECT * FROM test.told($$product_upsert('{"id": 999, "name": "x", "reference": "x", "category_id": 10}', 'id')$$);
\echo billing_07_by_custom_field_no_match_creates
SELECT p ->> 'reference' AS reference, p -> 'custom_fields' AS custom_fields
  FROM product_upsert('{"name": "By field", "reference": "by-field", "category_id": 10, "custom_fields": [{"reference": "erp", "value": "4712"}]}', 'custom_field', 'erp') p;
SELECT product_upsert('{"name": "By field, renamed", "custom_fields": [{"reference": "erp", "value": "4712"}]}', 'custom_field', 'erp') ->> 'name' AS name;
\echo billing_07_several_matches_are_an_error_naming_them
SELECT product_upsert_bulk('[{"name": "G1", "reference": "g1", "category_id": 10, "custom_fields": [{"reference": "group", "value": "g"}]},
                             {"name": "G2", "reference": "g2", "category_id": 10, "custom_fields": [{"reference": "group", "value": "g"}]}]') IS NOT NULL AS two_with_one_value;
SELECT test.state() AS before \gset
SELECT state, test.short(errors) AS errors, (SELECT array_agg(p.reference ORDER BY p.id) FROM product p, jsonb_array_elements_text(errors #> '{0,ids}') i WHERE p.id = i::bigint) AS candidates
  FROM test.error($$SELECT product_upsert('{"name": "Which?", "custom_fields": [{"reference": "group", "value": "g"}]}', 'custom_field', 'group')$$);
SELECT test.state() = :'before' AS nothing_written;
SELECT status, id, (SELECT array_agg(p.reference || ' by ' || (c ->> 'rule') ORDER BY p.id) FROM product p, jsonb_array_elements(candidates) c WHERE p.id = (c ->> 'id')::bigint) AS candidates, test.short(errors) AS errors
  FROM product_match('{"name": "Which?", "custom_fields": [{"reference": "group", "value": "g"}]}', 'custom_field', 'group');

\echo billing_09_create_requires_name_reference_category_id
SELECT * FROM test.told($$product_upsert('{"description": "x"}')$$);
SELECT test.ways('{"reference": "new"}', 'billing') AS creating, test.ways('{"reference": "basic"}', 'billing') AS updating;
SELECT test.ways('{"reference": "basic", "category_id": null, "name": null}', 'billing') AS not_cleared_either;
\echo billing_09_defaults
SELECT p ->> 'status' AS status, p ->> 'product_type' AS product_type, p -> 'tax_category' AS tax_category, p -> 'features' AS features, p -> 'custom_fields' AS custom_fields
  FROM product_upsert('{"name": "New", "reference": "new", "category_id": 10}') p;
\echo billing_09_a_default_is_for_creation_only
SELECT p ->> 'status' AS status, p ->> 'product_type' AS product_type FROM product_upsert('{"reference": "basic", "description": null}') p;

\echo billing_10_limits_of_name_reference_description_display_order
SELECT field, length, test.ways(jsonb_build_object('name', 'x', 'reference', 'limit', 'category_id', 10) || jsonb_build_object(field, repeat('é', length)), 'billing') AS outcome
  FROM unnest('{name,reference,description}'::text[]) field, unnest('{0,1,256,257}'::int[]) length ORDER BY 1, 2;
SELECT document, test.ways('{"name": "x", "reference": "limit", "category_id": 10}' || document::jsonb, 'billing') AS outcome
  FROM unnest(ARRAY['{"reference": "with space"}', '{"reference": "tab\there"}', '{"reference": "nb\u00a0sp"}', '{"reference": " trimmed "}', '{"description": null}', '{"display_order": null}', '{"display_order": -1}',
                    '{"display_order": 1.5}', '{"display_order": "1"}', '{"display_order": 3000000000}', '{"name": 7, "description": false}']) document;

\echo billing_11_the_enums
SELECT field, array_agg(value || ' ' || split_part(test.ways(jsonb_build_object('name', 'x', 'reference', 'enum', 'category_id', 10) || jsonb_build_object(field, value), 'billing'), ' ', 1) ORDER BY n) AS outcomes
  FROM (VALUES ('product_type', '{DEFAULT,ADDON,default,PRODUCT}'::text[]), ('status', '{DRAFT,ACTIVE,ARCHIVED,DEPRECATED,DELETED}'), ('tax_category', '{STANDARD,NO_TAX,EXEMPT,REDUCED}')) t (field, valid),
       unnest(valid) WITH ORDINALITY v (value, n) GROUP BY field ORDER BY field;
SELECT test.ways('{"reference": "basic", "tax_category": null}', 'billing') AS tax_category, test.ways('{"reference": "basic", "product_type": null, "status": null}', 'billing') AS the_others;

\echo billing_12_every_reference_must_exist_and_all_that_do_not_are_told
SELECT * FROM test.told($$product_upsert('{"reference": "basic", "category_id": 99, "parent_product_id": "nobody", "billing_entity_id": 31, "features": [{"reference": "sso"}, {"reference": "secret"}, {"id": 77}]}')$$);
\echo billing_12_an_id_of_another_organization_does_not_exist
SELECT * FROM test.told($$product_upsert('{"reference": "basic", "category_id": 20}')$$);
SELECT test.ways('{"reference": "basic", "name": "Of two", "category_id": 20}', 'billing', ', organization_id => 2') AS it_does_there;
\echo billing_12_the_answer_embeds_the_category
SELECT product_get(:basic) -> 'category' AS category, product_get(:parent) -> 'category' AS with_all;
\echo billing_12_a_category_by_uuid_and_what_names_none
SELECT test.ways('{"reference": "basic", "category_id": "11111111-1111-4111-8111-111111111111", "billing_entity_id": "33333333-3333-4333-8333-333333333333"}', 'billing') AS by_uuid,
       test.ways('{"reference": "basic", "category_id": true, "features": {"reference": "sso"}}', 'billing') AS wrong_types;

\echo billing_13_no_product_is_its_own_ancestor
SELECT * FROM test.told($$product_upsert('{"reference": "parent", "parent_product_id": "parent"}')$$);
SELECT * FROM test.told($$product_upsert('{"reference": "parent", "parent_product_id": "basic"}')$$);

\echo billing_14_custom_fields_merge_into_the_stored_ones
SELECT product_upsert('{"reference": "basic", "custom_fields": [{"reference": "note", "value": "n"}]}') -> 'custom_fields' AS custom_fields;
\echo billing_14_a_taken_unique_value_is_told_with_the_products_id
SELECT state, f.field, f.code, f.id = (SELECT id FROM product WHERE reference = 'by-field') AS names_it
  FROM test.error($$SELECT product_upsert('{"reference": "basic", "custom_fields": [{"reference": "erp", "value": "4712"}]}')$$) e, jsonb_to_recordset(e.errors) f (field text, code text, id bigint);

\echo billing_15_linked_integrations_are_stored_and_returned
SELECT product_upsert('{"reference": "basic", "linked_integrations": [{"id": 7, "link_details": [{"url": null, "custom_field_name": "a"}, {"url": "u"}]}, {"id": "x"}]}') -> 'linked_integrations' AS linked;
SELECT test.ways('{"reference": "basic", "linked_integrations": [{"link_details": []}, {"id": 1, "link_details": {"url": 1}}, {"id": 2, "link_details": [{"url": 1}]}]}', 'billing') AS faulty;

\echo billing_16_actions_on_the_fields_of_this_contract
SELECT a.field_actions, p -> 'name' AS name, p -> 'description' AS description, (SELECT array_agg(f ->> 'reference') FROM jsonb_array_elements(p -> 'features') f) AS features
  FROM (VALUES (1, '{"name": "IGNORE", "features": "REMOVE"}'::jsonb), (2, '{"description": "CLEAR", "features": "APPEND"}'), (3, '{"features": "APPEND"}'), (4, '{"name": "REPLACE", "features": "REPLACE"}')) a (n, field_actions),
       product_upsert('{"reference": "basic", "name": "Basic, acted on", "description": "said", "features": [{"reference": "sso"}]}', field_actions => a.field_actions) p
 ORDER BY n;

\echo billing_17_reference_is_unique_in_the_organization
SELECT test.ways(format('{"id": %s, "reference": "parent"}', :basic)::jsonb, 'billing', ', identifier_field => ''id''') AS taken;
SELECT test.ways('{"reference": "Basic", "name": "x", "category_id": 10}', 'billing') AS another_case_is_another;

\echo billing_a_batch_may_hold_all_of_it
SELECT position, status, decided_by, changed, test.short(errors) AS errors
  FROM product_upsert_rows('[{"reference": "b1", "name": "B1", "category_id": 10, "parent_product_id": "b2", "features": [{"reference": "sso"}]}, {"reference": "b2", "name": "B2", "category_id": 11},
                             {"reference": "b3", "name": "B3", "category_id": 99}, {"reference": "basic", "features": []}, {"reference": "b4", "parent_product_id": "b3", "name": "B4", "category_id": 10}]', on_error => 'skip');
SELECT p.reference, parent.reference AS parent FROM product p LEFT JOIN product parent ON parent.id = p.parent_product_id AND parent.organization_id = 1 WHERE p.reference LIKE 'b_' ORDER BY 1;

DROP FUNCTION test.told;
RESET product_upsert.profile;
SELECT test.clean();
