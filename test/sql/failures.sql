-- What documents are told: every failure, each where it stands (C3), and notes.
\set VERBOSITY terse
SELECT test.clean();
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'drinks', 'Drinks');

\echo c3_skus_are_told_of_a_document_that_matches_nothing
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"variants": [{"sku": "s"}, {"sku": "s"}, {"price": 1}]}, {"external_id": "none", "variants": [{"title": "x"}, {"sku": 1}]}]',
    identifier_field => 'external_id', mode => 'update', on_error => 'skip');

\echo c3_skus_are_told_beside_a_precondition_that_fails
SELECT product_upsert('{"external_id": "E", "name": "E"}') ->> 'external_id' AS made;
SELECT test.ways('{"external_id": "E", "variants": [{"sku": "s"}, {"sku": "s"}]}', 'catalog', ', if_version => 7') AS version, test.ways('{"external_id": "E", "variants": [{"barcode": "s"}]}', 'catalog', ', mode => ''create''') AS exists;

SELECT product_upsert('{"name": "a", "reference": "r", "category_id": 1}', profile => 'billing') ->> 'category_id' AS category;
\echo rule_16_clear_is_null_whatever_the_document_says
SELECT field, value, test.ways(jsonb_build_object('reference', 'r', field, value), 'billing', format(', field_actions => %L', jsonb_build_object(field, 'CLEAR'))) AS outcome
  FROM (VALUES ('parent_product_id', '4711'::jsonb), ('parent_product_id', '[]'), ('description', '7'), ('features', '[{"reference": "none"}]'), ('custom_fields', '[{"reference": "none", "value": "x"}]'), ('tax_category', '"?"')) v (field, value);

\echo subscription_39_a_number_that_no_product_has_is_not_found
SELECT test.ways('{"number": "N-1", "name": "x"}', 'subscription', ', identifier_field => ''number''') AS unknown, test.ways('{"name": "x"}', 'subscription', ', identifier_field => ''number''') AS none, test.ways('{"number": "N-1", "name": "x"}', 'subscription') AS by_id;

\echo billing_14_values_that_are_no_list_are_told_at_values
INSERT INTO product_custom_field (organization_id, reference, type, multiple_values) VALUES (1, 'many', 'text', true);
SELECT said, test.ways(jsonb_build_object('name', 'a', 'reference', 'r', 'custom_fields', jsonb_build_array('{"reference": "many"}'::jsonb || said)), 'billing') AS outcome
  FROM unnest(ARRAY['{"values": {}}', '{"values": "x"}', '{"values": ["x", 1]}', '{"value": {}}', '{"value": "x"}', '{"values": ["x"]}']::jsonb[]) said;


\echo fine_point_o_a_key_that_different_products_want_is_told_so
SELECT position, e ->> 'field' AS field, e ->> 'message' AS message, e -> 'positions' AS positions
  FROM product_upsert_rows('[{"external_id": "o1", "name": "a", "handle": "same"}, {"external_id": "o2", "name": "b", "handle": "same"}, {"handle": "only", "name": "c"}, {"handle": "only", "name": "d"}]', on_error => 'skip'), jsonb_array_elements(errors) e;
SELECT position, e ->> 'field' AS field, e ->> 'message' AS message
  FROM (VALUES ('{"title": "t", "handle": "same", "brand": "b", "variants": []}'::jsonb)) v (d),
       product_upsert_rows(jsonb_build_array('{"external_id": "o1"}'::jsonb || d, '{"external_id": "o2"}'::jsonb || d), profile => 'retail', on_error => 'skip'), jsonb_array_elements(errors) e WHERE e ->> 'code' = 'collision';

\echo fine_point_o_a_collision_of_several_fields_names_them_all
SELECT position, e -> 'field' AS field, e ->> 'code' AS code, e ->> 'message' AS message, e -> 'fields' AS fields
  FROM product_upsert_rows('[{"manufacturer": "M", "brand": "B", "name": "N"}, {"manufacturer": "M", "brand": "B", "name": "N"}]', profile => 'vending', on_error => 'skip'), jsonb_array_elements(errors) e;
SELECT max(id) FILTER (WHERE position = 1) AS n, max(id) FILTER (WHERE position = 2) AS o FROM product_upsert_rows('[{"manufacturer": "M", "brand": "B", "name": "N"}, {"manufacturer": "M", "brand": "B", "name": "O"}]', profile => 'vending') \gset
SELECT e -> 'field' AS field, e ->> 'code' AS code, replace(replace(e ->> 'message', :'n', '<n>'), :'o', '<o>') AS message FROM product_match(jsonb_build_object('productId', :o, 'manufacturer', 'M', 'brand', 'B', 'name', 'N', 'size', NULL, 'unitsForSize', NULL), profile => 'vending'), jsonb_array_elements(errors) e;
SELECT e -> 'field' AS field, e ->> 'code' AS code, replace(replace(e ->> 'message', :'n', '<n>'), :'o', '<o>') AS message FROM product_match(jsonb_build_object('productId', :o, 'manufacturer', 'M', 'brand', 'B', 'name', 'N'), profile => 'vending', identifier_field => 'productId'), jsonb_array_elements(errors) e;
SELECT e -> 'field' AS field, e ->> 'code' AS code, replace(e ->> 'message', :'n', '<n>') AS message FROM product_match('{"manufacturer": "M", "brand": "B", "name": "N"}', profile => 'vending', mode => 'create'), jsonb_array_elements(errors) e;
SELECT e -> 'field' AS field, e ->> 'code' AS code, e ->> 'message' AS message FROM product_match('{"manufacturer": "M", "brand": "B", "name": "P"}', profile => 'vending', mode => 'update'), jsonb_array_elements(errors) e;

\echo fine_point_f_the_first_ten_others_and_how_many_there_are
SELECT min(position), max(position), e ->> 'message' AS message, e -> 'others' AS others, jsonb_array_length(e -> 'positions') AS named
  FROM product_upsert_rows((SELECT jsonb_agg('{"external_id": "f", "name": "f"}'::jsonb) FROM generate_series(1, 14)), on_error => 'skip'), jsonb_array_elements(errors) e GROUP BY 3, 4, 5 ORDER BY 1;
INSERT INTO product_custom_field (organization_id, reference, type, unique_value) VALUES (1, 'code', 'text', true);
SELECT count(*), max(position), min(e ->> 'message') FILTER (WHERE position = 1) AS first, min(e ->> 'message') FILTER (WHERE position = 14) AS last
  FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('name', 'n', 'external_id', 'x' || n, 'custom_fields', '{"code": "same"}'::jsonb)) FROM generate_series(1, 14) n), on_error => 'skip'), jsonb_array_elements(errors) e;
SELECT count(*), min(e ->> 'message') FILTER (WHERE position = 1) AS first
  FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('name', 'n', 'external_id', 'x' || n, 'variants', '[{"sku": "same"}]'::jsonb)) FROM generate_series(1, 14) n), on_error => 'skip'), jsonb_array_elements(errors) e;

\echo rule_60_deleted_is_a_note_where_the_product_stays_deleted
SELECT product_upsert('{"external_id": "D", "name": "D", "is_deleted": true}') -> 'is_deleted' AS deleted;
SELECT d, status, errors FROM unnest(ARRAY['{"external_id": "D"}', '{"external_id": "D", "description": "new"}', '{"external_id": "D", "is_deleted": false}', '{"external_id": "D", "description": "newer"}', '{"external_id": "D", "is_deleted": true}', '{"external_id": "D", "is_deleted": true}',
       '{"external_id": "D", "cost": "x"}']) d, product_upsert_rows(jsonb_build_array(d::jsonb), on_error => 'skip');
SELECT status, errors, explanation LIKE '%matches%' AS matches FROM product_match('{"external_id": "D"}');

\echo issue_11_7_what_the_eye_cannot_tell_is_shown_with_escapes
SELECT e ->> 'message' AS message, e -> 'resource_id' = to_jsonb(said) AS as_said
  FROM unnest(ARRAY[U&'th\00E9', U&'the\0301', U&'a\200Db', U&'two  blanks', U&'a\00A0b', U&'emoji \+01F600', U&'tag\+0E0041x']) said,
       product_match(jsonb_build_object('name', 'n', 'category_id', said)), jsonb_array_elements(errors) e;
SELECT e ->> 'message' AS message FROM product_match(jsonb_build_object('name', 'n', 'reference', 'x', 'custom_fields', jsonb_build_array(jsonb_build_object('reference', U&'the\0301', 'value', 'v'))), profile => 'billing'), jsonb_array_elements(errors) e WHERE e ->> 'field' LIKE 'custom%';

\echo c8_default_ignorable_characters_at_the_ends_count_as_white_space
SELECT to_json(product_upsert(jsonb_build_object('name', U&'\FEFFn\200B', 'external_id', U&' \200B\FEFFbom\2060 ')) ->> 'external_id') AS stored;
SELECT test.ways(jsonb_build_object('external_id', U&'\FEFFbom')) AS unknown_to_vending, test.ways(jsonb_build_object('external_id', U&'\FEFFbom'), 'catalog') AS matches;
SELECT test.ways(jsonb_build_object('name', 'n', 'external_id', U&'\200B\FEFF'), 'catalog') AS nothing_else, test.ways(jsonb_build_object('name', 'n', 'external_id', U&'a\200Db'), 'catalog') AS within;

\echo c8_a_key_has_no_control_character
SELECT convert_to(said, 'UTF8') AS said, test.ways(jsonb_build_object('name', 'n', 'external_id', said), 'catalog') AS outcome FROM unnest(ARRAY[U&'a\0009b', U&'a\0001', U&'a\007Fb', U&'a\0085b', U&'\0009ab\000A']) said;
SELECT test.ways(jsonb_build_object('name', E'two\nlines', 'description', E'two\nlines'), 'catalog') AS name_is_one, test.ways(jsonb_build_object('name', 'n', 'external_id', 'y', 'variants', jsonb_build_array(jsonb_build_object('sku', E'a\tb'))), 'catalog') AS sku,
       test.ways(jsonb_build_object('name', 'n', 'external_id', 'y', 'custom_fields', jsonb_build_object('code', E'a\tb')), 'catalog') AS custom_value;

\echo c8_holds_for_direct_sql
SELECT convert_to(said, 'UTF8') AS said, test.try(format('INSERT INTO product (organization_id, name, external_id) VALUES (1, ''n'', %L)', said)) AS outcome FROM unnest(ARRAY[U&'\FEFFa', U&'a\200B', U&'\200B', U&'a\0009b']) said;

SELECT test.clean();
