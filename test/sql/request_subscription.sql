-- Rules 39 to 48 as the subscription API answers them; rules 58 and 59.
\pset format unaligned
\pset footer off
SELECT test.clean();
\set path /catalogue/products/ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b
INSERT INTO product_organization (organization_id, locale) VALUES (1, 'de');

\echo subscription_39_creating_has_its_own_endpoint
SELECT test.ask('subscription', 'PUT', :'path', '{"name": "Basic"}');
SELECT test.ask('subscription', 'POST', '/catalogue/products', '{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "name": "Basic", "number": "M-1", "type": "product"}') LIKE '201 {"id": "<uuid>"%';
SELECT test.ask('subscription', 'POST', '/catalogue/products', '{"name": "Plan", "number": "M-2", "type": "plan"}') LIKE '201 %';
SELECT test.ask('subscription', 'POST', '/catalogue/products', '{"name": "Old", "number": "M-3", "type": "charge", "isArchived": "1"}') LIKE '201 %';
\echo subscription_41_the_documentations_example_but_for_its_references
SELECT test.ask('subscription', 'PUT', :'path', '{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "productFamilies": [[]], "name": "Basic", "description": "For small teams.",
    "internalName": "Basic (Weekly)", "number": "M-1234", "translations": [], "type": "", "invoiceVisibility": "", "createdAt": "", "updatedAt": "", "isArchived": ""}');
\echo subscription_47_post_requires_a_name
SELECT test.ask('subscription', 'POST', '/catalogue/products', '{"number": "M-9"}');
SELECT test.ask('subscription', 'POST', '/catalogue/products');
\echo subscription_46_no_body_or_one_that_is_no_object
SELECT test.ask('subscription', 'PUT', :'path');
SELECT b, test.ask('subscription', 'PUT', :'path', b) FROM unnest('{null,[],1,"\"\""}'::jsonb[]) b;
\echo subscription_46_a_body_id_unlike_the_paths
SELECT test.ask('subscription', 'PUT', :'path', '{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0c"}');
SELECT test.ask('subscription', 'PUT', upper(:'path'), '{}');
SELECT test.ask('subscription', 'PUT', '/catalogue/products/' || upper('ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b'), '{}') LIKE '200 %' AS either_case;
\echo subscription_42_43_unknown_references
SELECT test.ask('subscription', 'PUT', :'path', '{"productFamilies": [{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0f"}], "measurement": {"code": "users"}, "number": "M-2", "type": "thing"}');
\echo subscription_47_unknown_custom_field
SELECT test.ask('subscription', 'PUT', :'path', '{"customFields": {"field1": "value1"}}');
\echo subscription_48_lists
SELECT r.status, jsonb_path_query_array(r.body, '$[*].number') FROM product_request('subscription', 'GET', '/catalogue/products', headers => '{"authorization": "t"}') r;
SELECT r.status, jsonb_path_query_array(r.body, '$[*].number') FROM product_request('subscription', 'GET', '/catalogue/products', NULL, '{"showArchived": true}', '{"authorization": "t"}') r;
SELECT r.status, jsonb_path_query_array(r.body, '$[*].number') FROM product_request('subscription', 'GET', '/catalogue/products?showArchived=true&limit=1&page=2', headers => '{"authorization": "t"}') r;
SELECT test.ask('subscription', 'GET', '/catalogue/products', NULL, '{"showArchived": "maybe"}');
\echo subscription_46_timestamps_as_documented_and_an_answer_given_back
INSERT INTO product_cost_centre (organization_id, uuid, name, code, type) VALUES (1, 'ad8f1c9c-4f0a-4e1a-8b1a-9c4d9c4d9c4d', 'Cost Centre', 'CC', 'KOST1');
SELECT test.ask('subscription', 'PUT', :'path', '{"costCentre": {"id": "ad8f1c9c-4f0a-4e1a-8b1a-9c4d9c4d9c4d"}}') LIKE '200 %' AS ok;
SELECT r.body ->> 'createdAt' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$' AS seconds, r.body #>> '{costCentre,createdAt}' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+]00:00$' AS offset
  FROM product_request('subscription', 'GET', :'path', headers => '{"authorization": "t"}') r;
SELECT r.status, r.body = g.body, r.headers = g.headers FROM product_request('subscription', 'GET', :'path', headers => '{"authorization": "t"}') g,
       product_request('subscription', 'PUT', :'path', g.body, headers => '{"authorization": "t"}') r;
SELECT r.status, r.headers ? 'Location' FROM product_request('subscription', 'POST', '/catalogue/products', '{"name": "L"}', headers => '{"authorization": "t"}') r;
DELETE FROM product WHERE name = 'L';
\echo subscription_fine_point_c_what_is_shown_by_uuid_gets_one
INSERT INTO product (organization_id, name) VALUES (1, 'by SQL');
SELECT r.status, bool_and(e ->> 'id' IS NOT NULL) FROM product_request('subscription', 'GET', '/catalogue/products', headers => '{"authorization": "t"}') r, jsonb_array_elements(r.body) e GROUP BY 1;
SELECT name FROM product WHERE uuid IS NULL;
\echo subscription_58_shapes_of_the_other_answers
SELECT test.ask('subscription', 'GET', :'path') LIKE '200 {"id": "<uuid>", "name": "Basic"%' AS get;
SELECT test.ask('subscription', 'GET', '/catalogue/products/1');
SELECT test.ask('subscription', 'GET', '/catalogue/products', headers => '{"x-api-key": "k"}');
SELECT test.ask('subscription', 'DELETE', :'path');
SELECT test.ask('subscription', 'GET', '/catalogue/products/');
