-- Rules 1 to 19 as the billing API answers them; rules 58 and 59.
\pset format unaligned
\pset footer off
SELECT test.clean();
INSERT INTO product_category (organization_id, name, reference) VALUES (1, 'Plans', 'plans');
INSERT INTO product_custom_field (organization_id, reference, name, type, unique_value, is_identifier) VALUES (1, 'ext', 'External', 'text', true, true), (1, 'tag', 'Tag', 'text', false, true);

\echo billing_08_answers_201_with_every_field
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "Seat", "reference": "seat", "category_id": 1, "display_order": 5, "custom_fields": [{"reference": "ext", "value": "E1"}]}');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "Seats", "reference": "seat"}') LIKE '201 {"id": "1", "name": "Seats", %' AS updated;
\echo billing_02_version_defaults_to_1
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat"}', '{"version": 1}') LIKE '201 %' AS one;
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat"}', '{"version": 2}');
SELECT test.ask('billing', 'GET', '/v2/products');
\echo billing_03_x_platform_id_chooses_the_organization
SELECT test.ask('billing', 'GET', '/v1/products/seat', headers => '{"x-api-key": "k", "X-Platform-Id": "2"}');
SELECT test.ask('billing', 'GET', '/v1/products/seat', headers => '{"x-api-key": "k", "X-Platform-Id": "none"}');
INSERT INTO product_organization (organization_id, reference) VALUES (1, 'PLAT_1');
SELECT test.ask('billing', 'GET', '/v1/products/seat', headers => '{"x-api-key": "k", "X-Platform-Id": "PLAT_1"}') LIKE '200 %' AS by_reference;
\echo billing_04_identifier_field
SELECT test.ask('billing', 'PUT', '/v1/products', '{"id": 1, "name": "by id"}', '{"identifier_field": "id"}') LIKE '201 {"id": "1", "name": "by id", %' AS by_id;
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "by custom field", "custom_fields": [{"reference": "ext", "value": "E1"}]}', '{"identifier_field": "custom_field", "custom_field_reference": "ext"}') LIKE '201 {"id": "1", "name": "by custom field", %' AS by_custom_field;
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat"}', '{"identifier_field": "uuid"}');
\echo billing_05_custom_field_reference
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "x"}', '{"identifier_field": "custom_field"}');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "x"}', '{"identifier_field": "custom_field", "custom_field_reference": "none"}');
\echo billing_05_custom_field_reference_alone_implies_the_identifier_field
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "alone", "custom_fields": [{"reference": "ext", "value": "E1"}]}', '{"custom_field_reference": "ext"}') LIKE '201 {"id": "1", "name": "alone", %' AS updated;
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat"}', '{"custom_field_reference": "none"}');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat"}', '{"custom_field_reference": "ext", "identifier_field": "reference"}');
SELECT test.try($$SELECT product_upsert('{"reference": "seat"}', 'reference', 'ext', profile => 'billing')$$);
SELECT count(*) FROM product;
\echo billing_06_the_identifiers_value_is_missing
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "x", "category_id": 1}');
SELECT test.ask('billing', 'PUT', '/v1/products');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "x"}', '{"identifier_field": "id"}');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "x"}', '{"identifier_field": "custom_field", "custom_field_reference": "ext"}');
\echo billing_06_null_is_no_value
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": null, "name": "x", "category_id": 1}');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"id": null, "name": "x"}', '{"identifier_field": "id"}');
\echo billing_07_no_match_by_id_and_several_matches
SELECT test.ask('billing', 'PUT', '/v1/products', '{"id": 99, "name": "x"}', '{"identifier_field": "id"}');
SELECT count(test.ask('billing', 'PUT', '/v1/products', jsonb_build_object('name', r, 'reference', r, 'category_id', 1, 'custom_fields', '[{"reference": "tag", "value": "both"}]'::jsonb)))
  FROM unnest('{a,b}'::text[]) r;
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "x", "custom_fields": [{"reference": "tag", "value": "both"}]}', '{"identifier_field": "custom_field", "custom_field_reference": "tag"}');
\echo billing_09_required_to_create
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "new", "category_id": 1}');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "new", "category_id": 1, "custom_fields": [{"reference": "ext", "value": "E9"}]}', '{"identifier_field": "custom_field", "custom_field_reference": "ext"}');
\echo billing_10_11_invalid_fields
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "with space", "name": "x", "category_id": 1}');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat", "status": "OPEN"}');
\echo billing_12_references_must_exist
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat", "category_id": 99}');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat", "features": [{"reference": "none"}]}');
\echo billing_12_an_id_that_no_row_can_have_is_unknown_too
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat", "category_id": "missing"}');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat", "category_id": 99999999999999999999}');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat", "billing_entity_id": "x"}');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat", "features": [{"id": "x"}]}');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat", "features": [{"id": {}}]}');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat", "category_id": true}');
\echo billing_13_no_cycle
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat", "parent_product_id": 1}');
\echo billing_14_a_taken_unique_value
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "a", "custom_fields": [{"reference": "ext", "value": "E1"}]}');
\echo billing_14_one_custom_field_once_in_a_document
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "a", "custom_fields": [{"reference": "ext", "value": "A"}, {"reference": "ext", "value": "B"}]}');
\echo billing_16_field_actions
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat", "display_order": 9}', '{"field_actions": {"display_order": "IGNORE"}}') LIKE '%"display_order": 5,%' AS ignored;
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat"}', '{"field_actions": "{\"description\": \"CLEAR\"}"}') LIKE '201 %' AS as_text;
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat"}', '{"field_actions": {"nothing": "CLEAR"}}');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat"}', '{"field_actions": {"description": "DROP"}}');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat"}', '{"field_actions": "{"}');
\echo billing_16_field_actions_as_parameters_of_their_own
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat", "display_order": 9}', '{"field_actions[display_order]": "IGNORE"}') LIKE '%"display_order": 5,%' AS ignored;
SELECT test.ask('billing', 'PUT', '/v1/products?field_actions[display_order]=IGNORE&field_actions%5Bdescription%5D=CLEAR', '{"reference": "seat", "display_order": 9}') LIKE '%"display_order": 5,%' AS ignored;
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat"}', '{"field_actions[nothing]": "IGNORE"}');
\echo billing_17_an_unknown_parameter_is_refused
SELECT test.ask('billing', 'GET', '/v1/products', NULL, '{"order_by": "name"}');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat"}', '{"feild_actions": {}}');
SELECT test.ask('billing', 'GET', '/v1/products/seat?x=1');
\echo billing_17_lists_come_lowest_first_nulls_last
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "b", "display_order": -1}') LIKE '201 %';
SELECT r.status, jsonb_path_query_array(r.body, '$.data[*].reference') FROM product_request('billing', 'GET', '/v1/products', headers => '{"x-api-key": "k"}') r;
SELECT r.status, jsonb_path_query_array(r.body, '$.data[*].reference'), r.body - 'data' FROM product_request('billing', 'GET', '/v1/products', NULL, '{"limit": 2, "page": "2"}', '{"x-api-key": "k"}') r;
SELECT test.ask('billing', 'GET', '/v1/products', NULL, '{"limit": 0}');
\echo billing_17_filters_and_links
SELECT r.status, jsonb_path_query_array(r.body, '$.data[*].reference'), r.body - 'data' FROM product_request('billing', 'GET', '/v1/products?statuses[]=DRAFT&statuses[]=ACTIVE&limit=2', headers => '{"x-api-key": "k"}') r;
SELECT p, r.status, jsonb_path_query_array(r.body, '$.data[*].reference'), r.body ->> 'code' FROM unnest('{"{\"statuses[]\": [\"ARCHIVED\"]}","{\"product_category_id\": \"1\", \"custom_field\": \"ext:E1\"}","{\"product_category_id\": 2}","{\"custom_field\": \"none:1\"}","{\"custom_field\": \"ext\"}","{\"product_category_id\": \"x\"}","{\"expand[]\": [\"category_id\"], \"statuses[]\": \"NONE\"}","{\"expand[]\": [\"nothing\"]}"}'::jsonb[]) p,
       product_request('billing', 'GET', '/v1/products', NULL, p, '{"x-api-key": "k"}') r;
\echo billing_18_post_creates
SELECT test.ask('billing', 'POST', '/v1/products', '{"name": "New", "reference": "new", "category_id": 1}') LIKE '201 {"id": "4", "name": "New"%' AS created;
SELECT test.ask('billing', 'POST', '/v1/products', '{"name": "New", "reference": "new", "category_id": 1}');
SELECT test.ask('billing', 'POST', '/v1/products', '{"name": "New", "reference": "newer", "category_id": 1, "custom_fields": [{"reference": "ext", "value": "E1"}]}');
\echo billing_17_a_taken_reference
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "seat", "custom_fields": [{"reference": "tag", "value": "new"}]}') LIKE '201 %';
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "new", "custom_fields": [{"reference": "ext", "value": "E1"}]}', '{"custom_field_reference": "ext"}');
SELECT test.ask('billing', method, '/v1/products', '{"name": "New", "reference": "new", "category_id": 1}') FROM unnest('{post,Post}'::text[]) method;
\echo billing_18_patch_updates_by_id_or_reference
SELECT test.ask('billing', 'PATCH', '/v1/products/new', '{"reference": "renamed"}') LIKE '200 %"reference": "renamed"%' AS by_reference;
SELECT test.ask('billing', 'PATCH', '/v1/products/4', '{"reference": "new"}') LIKE '200 %"reference": "new"%' AS by_id;
SELECT test.ask('billing', 'PATCH', '/v1/products/4', '{"id": 1}');
SELECT test.ask('billing', 'PATCH', '/v1/products/4', '{"reference": "seat"}');
SELECT test.ask('billing', 'PATCH', '/v1/products/none', '{"name": "x"}');
SELECT test.ask('billing', 'PATCH', '/v1/products/4');
\echo billing_18_activate_deprecate_and_archive_set_the_status
SELECT verb, test.ask('billing', 'POST', '/v1/products/new/' || verb) LIKE '200 {"id": "4", %' AS answered, status FROM unnest('{activate,deprecate,archive}'::text[]) verb, product WHERE reference = 'new';
SELECT status FROM product WHERE reference = 'new';
SELECT test.ask('billing', 'POST', '/v1/products/none/activate');
SELECT test.ask('billing', 'PATCH', '/v1/products/new', '{"status": "DRAFT"}') LIKE '200 %', test.ask('billing', 'DELETE', '/v1/products/new') LIKE '200 %' AS deleted;
\echo billing_18_only_a_draft_can_be_deleted
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "b", "status": "ACTIVE"}') LIKE '201 %';
SELECT test.ask('billing', 'DELETE', '/v1/products/b');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "b", "status": "DRAFT", "parent_product_id": 1}') LIKE '201 %';
SELECT test.ask('billing', 'DELETE', '/v1/products/seat');
SELECT test.ask('billing', 'DELETE', '/v1/products/b') LIKE '200 {"id": "3",%' AS deleted;
SELECT test.ask('billing', 'DELETE', '/v1/products/1') LIKE '200 {"id": "1",%' AS deleted_by_id;
SELECT test.ask('billing', 'DELETE', '/v1/products/1');
SELECT test.products('reference'), count(*) FROM product_custom_value GROUP BY 1;
\echo billing_58_headers
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "H", "reference": "h", "category_id": 1}') LIKE '201 %';
SELECT r.status, r.headers FROM product_request('billing', 'POST', '/v1/products', '{"name": "I", "reference": "i", "category_id": 1}', headers => '{"x-api-key": "k", "x-request-ID": "r-1"}') r;
SELECT r.status, r.headers FROM product_request('billing', 'PATCH', '/v1/products/i', '{"name": "J"}', headers => '{"x-api-key": "k", "If-Match": "\"1\""}') r;
SELECT r.status, r.headers, r.body FROM product_request('billing', 'PATCH', '/v1/products/i', '{"name": "K"}', headers => '{"x-api-key": "k", "If-Match": "\"1\"", "x-request-id": "r-2"}') r;
SELECT said, r.status FROM unnest('{"\"1\", \"2\"","\"1\", \"3\"","\"x\",2","W/\"2\""}'::text[]) said, product_request('billing', 'PATCH', '/v1/products/i', '{"name": "J"}', headers => jsonb_build_object('x-api-key', 'k', 'If-Match', said)) r;
SELECT r.status, r.body FROM product_request('billing', 'DELETE', '/v1/products/i', headers => '{"x-api-key": "k", "If-Match": "7"}') r;
SELECT r.status, r.body FROM product_request('billing', 'PUT', '/v1/products', '{"name": "N", "reference": "n", "category_id": 1}', headers => '{"x-api-key": "k", "If-Match": "7"}') r;
SELECT r.status, r.body ->> 'message' FROM product_request('billing', 'PUT', '/v1/products', '{"name": "N", "reference": "n", "category_id": 1}', headers => '{"x-api-key": "k", "If-Match": "*"}') r;
SELECT r.status, r.headers FROM product_request('billing', 'PUT', '/v1/products', '{"name": "J", "reference": "i", "category_id": 1}', headers => '{"x-api-key": "k", "If-Match": "*"}') r;
SELECT r.status, r.headers, r.body FROM product_request('billing', 'GET', '/v1/products/i', headers => '{"x-api-key": "k", "If-None-Match": "\"1\", \"2\""}') r;
\echo billing_58_a_header_that_is_repeated_is_a_list
SELECT said, r.status FROM unnest(ARRAY['["\"1\"", "\"2\""]', '["\"2\"", "\"1\""]', '["\"1\"", "\"3\""]', '[null, "*"]', '" * "', '[]']::jsonb[]) said, product_request('billing', 'PATCH', '/v1/products/i', '{"name": "J"}', headers => jsonb_build_object('x-api-key', 'k', 'If-Match', said)) r;
SELECT said, r.status FROM unnest(ARRAY['["\"1\"", "\"2\""]', '["\"1\"", "\"3\""]']::jsonb[]) said, product_request('billing', 'GET', '/v1/products/i', headers => jsonb_build_object('x-api-key', 'k', 'If-None-Match', said)) r;
SELECT said, r.status FROM unnest(ARRAY['[]', '[null, ""]', '[null, "k"]']::jsonb[]) said, product_request('billing', 'GET', '/v1/products/i', headers => jsonb_build_object('x-api-key', said)) r;
\echo billing_58_if_none_match_of_a_call_that_writes
SELECT c.method, said, r.status, r.body ->> 'message', r.headers FROM (VALUES ('PUT', '/v1/products', '{"reference": "i", "name": "K"}'::jsonb), ('PATCH', '/v1/products/i', '{"name": "K"}'), ('DELETE', '/v1/products/i', NULL)) c (method, path, body), unnest('{*,"\"1\", \"2\""}'::text[]) said,
       product_request('billing', c.method, c.path, c.body, headers => jsonb_build_object('x-api-key', 'k', 'If-None-Match', said)) r;
SELECT r.status, r.headers FROM product_request('billing', 'PATCH', '/v1/products/i', '{"name": "K"}', headers => '{"x-api-key": "k", "If-None-Match": "\"1\""}') r;
SELECT n, r.status, r.body ->> 'code' FROM generate_series(1, 2) n, product_request('billing', 'PUT', '/v1/products', jsonb_build_object('reference', left('first', 5 + n * 0), 'name', 'F', 'category_id', 1), headers => '{"x-api-key": "k", "If-None-Match": "*"}') r;
SELECT reference, name FROM product WHERE reference IN ('i', 'first') ORDER BY reference;
DELETE FROM product WHERE reference = 'first';
DELETE FROM product WHERE reference IN ('h', 'i');
\echo billing_58_text_bodies
SELECT b, r.status, r.body FROM unnest('{"{\"reference\": ","[1]"," ",NULL}'::text[]) b, product_request_text('billing', 'PUT', '/v1/products', b, headers => '{"x-api-key": "k"}') r;
SELECT r.status, r.body ->> 'id' FROM product_request_text('billing', 'PUT', '/v1/products', '{"reference": "h", "name": "H", "category_id": 1}', headers => '{"x-api-key": "k"}') r;
DELETE FROM product WHERE reference = 'h';
\echo billing_08_an_answer_given_back_is_accepted_and_changes_nothing
INSERT INTO product_feature (organization_id, reference, name) VALUES (1, 'f', 'F');
INSERT INTO product_custom_field (organization_id, reference, name, type, multiple_values) VALUES (1, 'n', 'N', 'number', false), (1, 'flags', 'Flags', 'boolean', true);
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "G", "reference": "g", "category_id": "1", "status": null, "features": [{"reference": "f"}], "linked_integrations": [{"id": 7, "link_details": [{"url": "u"}]}],
    "custom_fields": [{"reference": "ext", "value": "G", "values": null}, {"reference": "n", "value": "1.50"}, {"reference": "flags", "values": ["true", false], "value": null}]}');
SELECT r.status, r.body = g.body, r.headers = g.headers FROM product_request('billing', 'GET', '/v1/products/g', headers => '{"x-api-key": "k"}') g,
       product_request('billing', 'PUT', '/v1/products', g.body, headers => '{"x-api-key": "k"}') r;
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "g", "category_id": 1, "category": {"id": "2"}}');
UPDATE product_category SET uuid = 'cccccccc-cccc-4ccc-8ccc-cccccccccccc' WHERE id = 1;
INSERT INTO product_category (organization_id, id, uuid, name) VALUES (1, 2, 'dddddddd-dddd-4ddd-8ddd-dddddddddddd', 'Two');
SELECT said, left(test.ask('billing', 'PUT', '/v1/products', '{"reference": "g"}'::jsonb || said), 180) FROM unnest(ARRAY['{"category_id": "cccccccc-cccc-4ccc-8ccc-cccccccccccc", "category": {"id": "1"}}', '{"category_id": 1, "category": {"id": "cccccccc-cccc-4ccc-8ccc-cccccccccccc"}}', '{"category_id": "dddddddd-dddd-4ddd-8ddd-dddddddddddd", "category": {"id": "1"}}', '{"category_id": null, "category": {"id": "cccccccc-cccc-4ccc-8ccc-cccccccccccc"}}']::jsonb[]) said;
DELETE FROM product_category WHERE id = 2;
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "g", "custom_fields": [{"reference": "ext", "value": 1}]}');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"reference": "g", "custom_fields": [{"reference": "flags", "value": true, "values": [false]}]}');
DELETE FROM product WHERE reference = 'g';
\echo billing_59_get_by_id_or_reference
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "2", "reference": "2", "category_id": 1}') LIKE '201 %';
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "x", "reference": "x/ü", "category_id": 1}') LIKE '201 %';
SELECT test.ask('billing', 'GET', '/v1/products/02');
\echo billing_18_a_path_that_fits_one_product_by_id_and_another_by_reference
SELECT test.ask('billing', 'GET', '/v1/products/2');
SELECT test.ask('billing', 'DELETE', '/v1/products/2');
SELECT test.ask('billing', 'DELETE', '/v1/products/%202%20');
SELECT test.products('id, reference');
\echo billing_03_an_organization_by_id_or_by_reference_to_the_letter
INSERT INTO product_organization (organization_id, reference) VALUES (122, NULL), (123, '0122'), (124, '122'), (125, '126');
SELECT h, left(test.ask('billing', 'GET', '/v1/products/none', headers => jsonb_build_object('x-api-key', 'k', 'x-platform-id', h)), 200) FROM unnest('{0122,122,123,126,127,0127,+123,PLAT_1, PLAT_1 ,plat_1}'::text[]) h;
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "x", "reference": "x", "category_id": 9}', headers => '{"x-api-key": "k", "x-platform-id": "0122"}');
INSERT INTO product_category (organization_id, id, name) VALUES (122, 5, 'of 122'), (123, 6, 'of 123');
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "x", "reference": "x", "category_id": 6}', headers => '{"x-api-key": "k", "x-platform-id": "0122"}') LIKE '201 %' AS written;
SELECT organization_id, reference FROM product WHERE organization_id > 100;
DELETE FROM product WHERE organization_id > 100;
\echo billing_59_percent_encoding
SELECT test.ask('billing', 'GET', '/v1/products/x%2F%c3%bc') LIKE '%"reference": "x/ü"%' AS percent_encoded;
SELECT test.ask('billing', 'GET', '/v1/products/%ff%00');
SELECT test.ask('billing', 'GET', '/v1/products/none');
\echo billing_19_58_shapes_of_the_other_errors
SELECT test.ask('billing', 'GET', '/v1/products', headers => '{"cookie": "k"}');
SELECT test.ask('billing', 'POST', '/v1/products', '{}');
SELECT test.ask('billing', 'GET', '/v1/plans');
SELECT test.ask('billing', 'PUT', '/v1/products', '[]');
SELECT test.ask('billing', 'PUT', '/v1/products', '{}', '[]');

\echo billing_01_permission_for_the_branch_taken
SET client_min_messages = warning;
CREATE ROLE regress_request_create; CREATE ROLE regress_request_update; CREATE ROLE regress_request_view; CREATE ROLE regress_request_delete; CREATE ROLE regress_request_none;
SELECT product_grant('regress_request_' || lower(p), 'PRODUCT.' || p) FROM unnest('{CREATE,UPDATE,VIEW,DELETE}'::text[]) p;
GRANT USAGE ON SCHEMA test TO PUBLIC;
CREATE FUNCTION test.each_may(OUT creating text, OUT updating text, OUT getting text, OUT listing text, OUT deleting text) LANGUAGE sql AS $$
    SELECT left(test.ask('billing', 'PUT', '/v1/products', '{"name": "n", "reference": "n", "category_id": 1}'), 3),
           left(test.ask('billing', 'PUT', '/v1/products', '{"reference": "a", "display_order": 1}'), 3),
           left(test.ask('billing', 'GET', '/v1/products/a'), 3), left(test.ask('billing', 'GET', '/v1/products'), 3),
           left(test.ask('billing', 'DELETE', '/v1/products/a'), 3)
$$;
BEGIN; SET LOCAL ROLE regress_request_create; SELECT * FROM test.each_may(); ROLLBACK;
BEGIN; SET LOCAL ROLE regress_request_update; SELECT * FROM test.each_may(); ROLLBACK;
BEGIN; SET LOCAL ROLE regress_request_view; SELECT * FROM test.each_may(); ROLLBACK;
BEGIN; SET LOCAL ROLE regress_request_delete; SELECT * FROM test.each_may(); ROLLBACK;
BEGIN; SET LOCAL ROLE regress_request_none; SELECT * FROM test.each_may(); ROLLBACK;
SET ROLE regress_request_update;
SELECT test.ask('billing', 'PUT', '/v1/products', '{"name": "n", "reference": "n", "category_id": 1}');
SELECT test.ask('billing', 'DELETE', '/v1/products/a');
SELECT test.ask('billing', 'GET', '/v1/products/a', headers => '{"x-api-key": "k", "x-platform-id": "2"}');
RESET ROLE;
SELECT product_revoke('regress_request_' || lower(p), 'PRODUCT.' || p) FROM unnest('{CREATE,UPDATE,VIEW,DELETE}'::text[]) p;
DROP FUNCTION test.each_may();
DROP OWNED BY regress_request_create, regress_request_update, regress_request_view, regress_request_delete;
DROP ROLE regress_request_create, regress_request_update, regress_request_view, regress_request_delete, regress_request_none;
