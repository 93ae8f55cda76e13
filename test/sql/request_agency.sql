-- Rules 49 to 57 as the agency API answers them; rules 58 and 59.
\pset format unaligned
\pset footer off
SELECT test.clean();
INSERT INTO product_organization (organization_id, reference) VALUES (1, 'acme');

\echo agency_55_answers_201_with_every_field
SELECT test.ask('agency', 'POST', '/api/products', '{"name": "Premium Software License", "description": "Annual license for premium software features",
    "available_from": "2024-01-01", "available_to": "2024-12-31", "external_cost": 100.5, "markup": 20}');
\echo agency_49_post_always_creates
SELECT test.ask('agency', 'POST', '/api/products', '{"name": "Premium Software License"}');
SELECT test.ask('agency', 'POST', '/api/products', '{"id": 1, "name": "Premium Software License"}');
SELECT count(*) FROM product;

\echo agency_50_company_and_version_are_required
SELECT test.ask('agency', 'POST', '/api/products', '{"name": "n"}', headers => '{"authorization": "t", "version": "1"}');
SELECT test.ask('agency', 'POST', '/api/products', '{"name": "n"}', headers => '{"authorization": "t", "Company": 1}');
SELECT test.ask('agency', 'POST', '/api/products', '{"name": "n"}', headers => '{"authorization": "t", "company": "1", "version": 2}');
SELECT test.ask('agency', 'POST', '/api/products', '{"name": "n"}', headers => '{"authorization": "t", "company": "99", "version": 1}');
SELECT test.ask('agency', 'POST', '/api/products', '{"name": "n"}', headers => '{"authorization": "t", "company": "nobody", "version": 1}');
SELECT test.ask('agency', 'GET', '/api/products/1', headers => '{"AUTHORIZATION": "t", "COMPANY": "acme", "VERSION": 1}') LIKE '200 %' AS by_reference;
SELECT test.ask('agency', 'POST', '/api/products', '{"name": "n"}', headers => '{}');
\echo agency_50_a_company_that_is_one_ones_id_and_anothers_reference
INSERT INTO product_organization (organization_id, reference) VALUES (122, NULL), (123, '122'), (124, '0122');
SELECT test.ask('agency', 'POST', '/api/products', '{"name": "n"}', headers => '{"authorization": "t", "company": "122", "version": 1}');
SELECT test.ask('agency', 'POST', '/api/products', '{"name": "n"}', headers => '{"authorization": "t", "company": "0122", "version": 1}') LIKE '201 %' AS by_reference;
SELECT test.ask('agency', 'POST', '/api/products', '{"name": "n"}', headers => '{"authorization": "t", "company": "00122", "version": 1}');
SELECT organization_id FROM product WHERE organization_id > 1;
DELETE FROM product WHERE organization_id > 1;

\echo agency_56_all_failures_at_once
SELECT test.ask('agency', 'POST', '/api/products', '{"description": "123456789012345678901234567890123456789012345678901",
    "available_from": "2024-02-30", "external_cost": -1, "markup": "x"}');
SELECT test.ask('agency', 'POST', '/api/products', '{"name": "n", "available_from": "2024-02-02", "available_to": "2024-02-01"}');
SELECT test.ask('agency', 'POST', '/api/products');
SELECT test.ask('agency', 'POST', '/api/products', '"text"');

\echo agency_57_only_availability_changes_afterwards
SELECT test.ask('agency', 'PATCH', '/api/products/1', '{"available_to": null, "name": "Premium Software License", "id": 9}');
SELECT test.ask('agency', 'PATCH', '/api/products/1', '{"available_from": null, "name": "Other", "price": 1}');
SELECT test.ask('agency', 'PATCH', '/api/products/99', '{"available_from": null}');
SELECT test.ask('agency', 'GET', '/api/products/1');

\echo agency_57_lists
SELECT p, r.status, jsonb_path_query_array(r.body, '$[*].id'), r.body -> 'failures' FROM unnest('{"{}","{\"limit\": 1, \"offset\": 1}","{\"available_from\": \"gt:2023-12-31\"}","{\"available_from\": [\"gt:2023-12-31\", \"lt:2024-01-01\"]}","{\"available_from\": \"2024-01-01\", \"updated_at\": \"gt:2020-01-01T00:00:00Z\"}","{\"limit\": 101}","{\"updated_at\": \"gt:x\"}","{\"name\": \"x\"}"}'::jsonb[]) p,
       product_request('agency', 'GET', '/api/products', NULL, p, '{"authorization": "t", "company": "acme", "version": "1"}') r;
\echo agency_58_a_missing_body
SELECT test.ask('agency', 'PATCH', '/api/products/1');
\echo agency_57_numbers_are_compared_by_value
SELECT test.ask('agency', 'PATCH', '/api/products/1', '{"markup": 20.0, "external_cost": 100.50}') LIKE '200 %"markup": 20,%' AS same;
\echo agency_58_shapes_of_the_other_errors
SELECT test.ask('agency', 'GET', '/api/products/99');
SELECT test.ask('agency', 'GET', '/api/products/01');
SELECT test.ask('agency', 'GET', '/api/products/99999999999999999999');
SELECT test.ask('agency', 'DELETE', '/api/products/1');
SELECT test.ask('agency', 'GET', '/products/1');
