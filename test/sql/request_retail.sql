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
\echo retail_29_no_credentials
SELECT test.ask('retail', 'POST', '/v3/products/update-create', '{}', headers => '{}');
SELECT test.ask('retail', 'POST', '/v3/products/update-create', '{}', headers => NULL);
\echo retail_58_shapes_of_the_other_answers
SELECT test.ask('retail', 'GET', '/v3/products/1') LIKE '200 {"data": {%"s-3"%' AS get;
SELECT test.ask('retail', 'GET', '/v3/products/99');
SELECT test.ask('retail', 'POST', '/v3/products/update-create', '[1]');
SELECT test.ask('retail', 'PUT', '/api/v3/products/update-create', '{}');
SELECT test.ask('retail', 'GET', '/v3');
