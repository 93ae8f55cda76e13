-- Rules 20 to 29 as the retail API answers them; rules 58 and 59.
\pset format unaligned
\pset footer off
SELECT test.clean();

\echo retail_27_answers_the_whole_product
SELECT test.ask('retail', 'POST', '/v3/products/update-create', '{"title": "Shirt", "handle": "shirt", "external_id": "e1", "brand": "B",
    "variants": [{"sku": "s-1", "price": 12.50, "position": 1, "options": [{"name": "Size", "value": "M", "sort_order": 1}]}]}');
\echo retail_21_match_discards_handle
SELECT test.ask('retail', 'POST', '/api/v3/products/update-create', '{"title": "Shirt 2", "handle": "other", "external_id": "e1"}')::text LIKE '200 %"handle": "shirt"%';
SELECT test.ask('retail', 'POST', '/v3/products/update-create', '{"title": "T", "handle": "shirt", "external_id": "e2", "brand": "B", "variants": [{"sku": "s-2", "price": 1, "position": 1}]}');
\echo retail_20_required_to_create
SELECT test.ask('retail', 'POST', '/v3/products/update-create', '{}');
SELECT test.ask('retail', 'POST', '/v3/products/update-create');
\echo retail_23_a_sku_of_another_product_and_one_named_twice
SELECT test.ask('retail', 'POST', '/v3/products/update-create', '{"title": "T", "handle": "h", "external_id": "e2", "brand": "B", "variants": [{"sku": "s-1", "price": 1, "position": 1}]}');
SELECT test.ask('retail', 'POST', '/v3/products/update-create', '{"external_id": "e1", "variants": [{"sku": "a", "price": 1, "position": 1}, {"sku": "a", "price": 1, "position": 1}]}');
\echo retail_26_variants_that_are_wrong
SELECT test.ask('retail', 'POST', '/v3/products/update-create', '{"external_id": "e1", "type": "car", "variants": [{"sku": "s-1", "price": "x"}, {"sku": "n"}]}');
\echo retail_22_field_actions_remove_variants
SELECT test.ask('retail', 'POST', '/v3/products/update-create', '{"external_id": "e1", "variants": [{"sku": "s-3", "price": 1, "position": 2}]}', '{"field_actions": {"variants": "REPLACE"}}') LIKE '200 %';
SELECT sku FROM product_variant;
\echo retail_22_archive_existing_variants_removes_those_not_mentioned
SELECT said, r.status, jsonb_path_query_array(r.body, '$.data.variants[*].sku') AS skus, r.body -> 'errors' AS errors FROM unnest('{"{\"archive_existing_variants\": false, \"variants\": [{\"sku\": \"s-4\", \"price\": 1, \"position\": 3}]}","{\"archive_existing_variants\": true}","{\"archive_existing_variants\": true, \"variants\": []}","{\"archive_existing_variants\": \"x\"}","{\"archive_existing_variants\": true, \"variants\": [{\"sku\": \"s-3\"}]}"}'::jsonb[]) said,
       product_request('retail', 'POST', '/v3/products/update-create', '{"external_id": "e1"}' || said, headers => '{"authorization": "t"}') r;
SELECT errors ->> 0 AS unknown FROM test.error($$SELECT product_upsert('{"external_id": "e1"}', profile => 'retail', field_actions => '{"archive_existing_variants": "REPLACE"}')$$);
\echo retail_28_nothing_of_a_refused_request_stays
SELECT test.products('external_id, name');
\echo retail_27_post_put_and_delete
SELECT test.ask('retail', 'POST', '/v3/products', '{"title": "T", "handle": "h", "external_id": "e3", "brand": "B", "variants": [{"sku": "s-9", "price": 1, "position": 1}]}') LIKE '201 {"data": {"id": 2, %' AS created;
SELECT test.ask('retail', 'POST', '/v3/products', '{"title": "T", "handle": "h2", "external_id": "e3", "brand": "B", "variants": [{"sku": "s-8", "price": 1, "position": 1}]}');
SELECT test.ask('retail', 'PUT', '/v3/products/2', '{"title": "T2", "external_id": "e4"}') LIKE '200 %"title": "T2"%' AS updated;
SELECT test.ask('retail', 'PUT', '/v3/products/2');
SELECT test.ask('retail', 'PUT', '/v3/products/99', '{"title": "T2"}');
SELECT test.ask('retail', 'DELETE', '/v3/products/2') LIKE '200 {"data": {"id": 2, %' AS deleted;
SELECT test.ask('retail', 'DELETE', '/v3/products/2');
SELECT test.ask('retail', 'PUT', '/v3/products/1?wrong=1', '{"title": "T2"}');
\echo retail_27_lists
SELECT count(test.ask('retail', 'POST', '/v3/products', jsonb_build_object('title', 'L' || i, 'handle', 'l' || i, 'external_id', 'l' || i, 'brand', 'B' || i % 2, 'variants', jsonb_build_array(jsonb_build_object('sku', 'l' || i, 'price', i, 'position', 1))))) FROM generate_series(1, 5) i;
SELECT p, r.status, jsonb_path_query_array(r.body, '$.data[*].external_id'), r.body - 'data' FROM unnest('{"{\"filter[brand]\": \"B1\", \"sort\": \"-title\", \"page[size]\": 2}","{\"page\": {\"size\": 2, \"number\": 2}, \"filter\": {\"brand\": \"B1\"}}","{\"sort\": \"brand,-external_id\"}","{\"sort\": \"nothing\"}","{\"filter[sort]\": 1}","{\"filter[status]\": [\"new\", \"sold\"]}"}'::jsonb[]) p,
       product_request('retail', 'GET', '/v3/products', NULL, p, '{"authorization": "t"}') r;
\echo retail_27_an_answer_given_back_is_accepted_and_changes_nothing
INSERT INTO product_custom_field (organization_id, namespace, reference, name, type, is_identifier) VALUES (1, 'ns', 'colour', 'Colour', 'text', false);
SELECT test.ask('retail', 'GET', '/v3/products/1');
SELECT r.status, r.body = g.body, r.headers = g.headers FROM product_request('retail', 'GET', '/v3/products/1', headers => '{"authorization": "t"}') g,
       product_request('retail', 'POST', '/v3/products/update-create', g.body -> 'data', headers => '{"authorization": "t"}') r;
\echo retail_25_an_empty_list_is_as_absent_where_none_are_stored
SELECT test.ask('retail', 'POST', '/v3/products/update-create', '{"external_id": "e1", "systems": ["s"], "tags": ["t"]}') LIKE '%"systems": ["s"]%';
SELECT test.ask('retail', 'POST', '/v3/products/update-create', '{"external_id": "e1", "systems": []}');
SELECT test.ask('retail', 'POST', '/v3/products/update-create', '{"external_id": "e1", "tags": []}') LIKE '%"tags": [],%';
\echo retail_58_headers
SELECT r.status, r.headers FROM product_request('retail', 'PATCH', '/v3/products/1', headers => '{"authorization": "t", "X-Request-Id": "q"}') r;
SELECT r.status, r.headers FROM product_request('retail', 'POST', '/api/v3/products/update-create', '{"title": "Z", "handle": "z", "external_id": "z", "brand": "B", "variants": [{"sku": "z", "price": 1, "position": 1}]}', headers => '{"authorization": "t"}') r;
DELETE FROM product WHERE id > 1;
\echo retail_58_head_and_options
SELECT m, p, r.* FROM unnest('{HEAD,head,HEAD,OPTIONS,OPTIONS,OPTIONS}'::text[], '{/v3/products/1,/v3/products/1,/v3/products/99,/v3/products/1,/v3/products?page[size]=1,/v3}'::text[]) a (m, p), product_request('retail', m, p, headers => CASE m WHEN 'OPTIONS' THEN '{}' ELSE '{"authorization": "t"}' END::jsonb) r;
SELECT r.* FROM product_request('retail', 'HEAD', '/v3/products/1') r;
\echo retail_29_no_credentials
SELECT test.ask('retail', 'POST', '/v3/products/update-create', '{}', headers => '{}');
SELECT test.ask('retail', 'POST', '/v3/products/update-create', '{}', headers => NULL);
\echo retail_58_shapes_of_the_other_answers
SELECT test.ask('retail', 'GET', '/v3/products/1') LIKE '200 {"data": {%"s-3"%' AS get;
SELECT test.ask('retail', 'GET', '/v3/products/99');
SELECT test.ask('retail', 'POST', '/v3/products/update-create', '[1]');
SELECT test.ask('retail', 'PUT', '/api/v3/products/update-create', '{}');
SELECT test.ask('retail', 'GET', '/v3');
