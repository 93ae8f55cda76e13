-- Rules 30 to 38 as the vending API answers them; rules 58 and 59.
\pset format unaligned
\pset footer off
SELECT test.clean();

\echo vending_30_answers_ids_in_order
SELECT test.ask('vending', 'PUT', '/products', '{"body": [
    {"manufacturer": "test manufacturer", "brand": "test brand", "name": "test product", "size": 2, "unitsForSize": "oz."},
    {"manufacturer": "test manufacturer", "brand": "test brand", "name": "test product 2", "size": 2, "unitsForSize": "oz."}]}');
SELECT test.ask('vending', 'PUT', '/products', '[
    {"manufacturer": "m", "brand": "b", "name": "n"},
    {"manufacturer": "test manufacturer", "brand": "test brand", "name": "test product", "size": 2, "unitsForSize": "oz.", "cost": 1}]');
SELECT test.ask('vending', 'PUT', '/products', '[]');

\echo vending_32_collision_names_both_positions_and_writes_nothing
SELECT test.ask('vending', 'PUT', '/products', '[
    {"manufacturer": "m", "brand": "b", "name": "new", "customField1": "a"},
    {"manufacturer": "m", "brand": "b", "name": "new", "customField1": "b"}]');
SELECT test.products('manufacturer, name, cost');

\echo vending_34_all_failures_at_once
SELECT test.ask('vending', 'PUT', '/products', '[{"manufacturer": "m", "nmae": "n"}, {"manufacturer": "m", "brand": "b", "name": "x", "size": "2"}, 7]');

\echo vending_37_documents_choose_their_organization
SELECT test.ask('vending', 'PUT', '/products', '[{"manufacturer": "m", "brand": "b", "name": "n", "organizationId": 7}]');
SELECT organization_id, id FROM product WHERE name = 'n' ORDER BY 1;

\echo vending_58_shapes_of_the_other_errors
SELECT test.ask('vending', 'PUT', '/products');
SELECT test.ask('vending', 'PUT', '/products', '{"body": 1}');
SELECT test.ask('vending', 'PUT', '/products', 'null');
SELECT test.ask('vending', 'PUT', '/products', '[]', headers => '{"x-api-key": ""}');
SELECT test.ask('vending', 'PUT', '/products', '[]', headers => '{"X-API-KEY": ["k"]}');
SELECT test.ask('vending', 'GET', '/products');
\echo vending_30_under_any_base_path
SELECT test.ask('vending', 'PUT', '/v2.1/products', '[]');
SELECT test.ask('vending', 'PUT', '/v1/product', '[]');
