-- The calls of one organization (:o), each as an application makes it: a statement of its own, which Citus sends to a node.
-- Prints what they answer; run on one server and on Citus, whose answers are compared.
\set ON_ERROR_STOP off
\set VERBOSITY terse
\pset format unaligned
\pset footer off
INSERT INTO product_organization (organization_id, reference, name) VALUES (:o, 'o' || :o, 'Organization ' || :o);
INSERT INTO product_category (organization_id, reference, name) VALUES (:o, 'drinks', 'Drinks');
INSERT INTO product_custom_field (organization_id, reference, type, unique_value, is_identifier) VALUES (:o, 'serial', 'text', true, true);
INSERT INTO product_custom_field (organization_id, reference, type) VALUES (:o, 'colour', 'text');

\echo vending
SELECT product_upsert_bulk('{"body": [
  {"manufacturer": "test manufacturer", "brand": "test brand", "name": "test product", "size": 2, "unitsForSize": "oz.", "container": "unknown", "cost": 0.0, "defaultPrice": 0.0, "isACommonProduct": true,
   "calories": 3720, "productGroup": "Other", "number": "this is a number", "customField1": null, "isDeleted": false},
  {"manufacturer": "test manufacturer", "brand": "test brand", "name": "test product 2", "size": 2, "unitsForSize": "oz.", "upc": "1212312", "cost": 0.0, "defaultPrice": 0.0, "number": "2this is a number"}]}',
  profile => 'vending', organization_id => :o);
SELECT position, status, decided_by, version, changed FROM product_upsert_rows('{"body": [
  {"manufacturer": "test manufacturer", "brand": "test brand", "name": "test product", "size": 2.0, "unitsForSize": "oz.", "cost": 1.25},
  {"manufacturer": "test manufacturer", "brand": "another", "name": "x", "size": null, "unitsForSize": null, "cost": 2},
  {"manufacturer": "test manufacturer", "brand": "test brand", "name": "test product 2", "size": 2, "unitsForSize": "oz."}]}', profile => 'vending', organization_id => :o);
SELECT position, status, decided_by, errors FROM product_upsert_rows('[
  {"manufacturer": "M", "brand": "B", "name": "wrong", "cost": -1}, {"manufacturer": "M", "brand": "B", "name": "right", "cost": 1}, {"manufacturer": "M", "name": 7}, 8]',
  profile => 'vending', organization_id => :o, on_error => 'skip');
SELECT product_upsert_bulk('[{"manufacturer": "M", "brand": "B", "name": "all"}, {"manufacturer": "M", "brand": "B", "name": "or nothing", "cost": -1}]', profile => 'vending', organization_id => :o);
SELECT product_upsert_bulk('[{"organizationId": 999, "manufacturer": "M", "brand": "B", "name": "elsewhere"}]', profile => 'vending', organization_id => :o);

\echo retail
SELECT status, decided_by, version FROM product_upsert_rows('{"external_id": "r1", "title": "R1", "handle": "r-one", "brand": "B", "tags": ["a", "b"], "systems": ["s", "t"], "variants": [
  {"sku": "v1", "price": 1.5, "position": 1, "tags": ["x", "y"]}, {"sku": "v2", "price": 2.5, "position": 2, "options": [{"name": "size", "value": "L", "sort_order": 1}]}]}', profile => 'retail', organization_id => :o);
SELECT product_upsert('{"external_id": "r1", "title": "R1", "variants": [{"sku": "v1", "price": 1.75}, {"sku": "v3", "price": 3, "position": 3}]}', profile => 'retail', organization_id => :o);
SELECT status, version, changed FROM product_upsert_rows('{"external_id": "r1", "variants": [{"sku": "v1", "price": 1.75}]}', profile => 'retail', organization_id => :o, field_actions => '{"variants": "REPLACE"}');
SELECT position, status, changed FROM product_upsert_rows('[{"external_id": "r1", "tags": ["c", "d"]}, {"external_id": "r2", "title": "R2", "handle": "r-two", "brand": "B", "tags": [], "channels": ["p", "q"], "variants": [{"sku": "v2", "price": 1, "position": 1}]},
  {"external_id": "r3", "title": "R3", "handle": "r-three", "brand": "B", "tags": ["only"], "variants": [{"sku": "w1", "price": 1, "position": 1, "tags": ["z"]}, {"sku": "w2", "price": 2, "position": 2, "tags": []}]}]', profile => 'retail', organization_id => :o);
SELECT position, status, changed FROM product_upsert_rows('[{"external_id": "r1", "handle": "r-two"}, {"external_id": "r2", "handle": "r-one"}]', profile => 'retail', organization_id => :o);
SELECT position, status, errors FROM product_upsert_rows('[{"external_id": "r3", "handle": "r-two"}, {"external_id": "r4"}]', profile => 'retail', organization_id => :o, on_error => 'skip');

\echo billing
SELECT product_upsert('{"reference": "b1", "name": "Billed", "category_id": {"reference": "drinks"}}', profile => 'catalog', organization_id => :o);
SELECT status, changed FROM product_upsert_rows('{"reference": "b1", "name": "Billed again"}', 'reference', profile => 'billing', organization_id => :o);
SELECT status, decided_by FROM product_upsert_rows('{"reference": "b1"}', 'reference', profile => 'billing', organization_id => :o);
SELECT product_upsert('{"reference": "b2"}', 'reference', profile => 'billing', organization_id => :o);
SELECT r.status FROM product_request('billing', 'GET', '/v1/products/b1', NULL, '{"version": "1"}', jsonb_build_object('Authorization', 'Bearer t', 'x-platform-id', 'o' || :o)) r;

\echo subscription
SELECT status, decided_by, version FROM product_upsert_rows('{"name": "S1", "number": "s-1", "price": 12.50}', profile => 'catalog', organization_id => :o, identifier_field => 'number');
SELECT status, version, changed FROM product_upsert_rows('{"number": "s-1", "name": "S1 changed", "features": [], "translations": {"de": {"name": "S eins"}}}', profile => 'catalog', organization_id => :o, identifier_field => 'number');

\echo custom_fields_own_rules_and_profiles
SELECT position, status, decided_by FROM product_upsert_rows('[{"external_id": "c1", "name": "c1", "custom_fields": {"serial": "S-1", "colour": "red"}}, {"external_id": "c2", "name": "c2", "custom_fields": {"serial": "S-2"}}]', organization_id => :o, profile => 'catalog');
SELECT status, errors FROM product_upsert_rows('{"external_id": "c2", "custom_fields": {"serial": "S-1"}}', organization_id => :o, profile => 'catalog', on_error => 'skip');
SELECT status, decided_by, changed FROM product_upsert_rows('{"custom_fields": {"serial": "S-2"}, "price": 3}', 'custom_field', 'serial', organization_id => :o, profile => 'catalog');
SELECT product_custom_field_index('colour', is_identifier => true, organization_id => :o);
SELECT status, decided_by, changed FROM product_upsert_rows('{"custom_fields": {"colour": "red"}, "price": 4}', 'custom_field', 'colour', organization_id => :o, profile => 'catalog');
SELECT position, status, decided_by FROM product_upsert_rows('[{"code": "own-1", "name": "own", "price": 1}, {"code": "own-2", "name": "own", "price": 2}]', profile => 'own', organization_id => :o);
SELECT position, status, decided_by, changed FROM product_upsert_rows('[{"code": "own-1", "price": 10}, {"code": "own-2", "price": 2}]', profile => 'own', organization_id => :o);
SELECT position, status, decided_by FROM product_upsert_rows('[{"external_id": "p1", "name": "parent"}, {"external_id": "p2", "name": "child", "parent_product_id": {"external_id": "p1"}}]', profile => 'catalog', organization_id => :o);
SELECT status, errors FROM product_upsert_rows('{"external_id": "p1", "parent_product_id": {"external_id": "p2"}}', profile => 'catalog', organization_id => :o, on_error => 'skip');

\echo what_changes_nothing_and_what_is_wrong
SELECT status, decided_by, changed FROM product_match('{"external_id": "r1", "title": "matched"}', profile => 'retail', organization_id => :o);
SELECT position, status FROM product_upsert_rows('[{"external_id": "r1", "title": "dry"}, {"external_id": "dry", "title": "D", "handle": "d", "brand": "B", "variants": [{"sku": "dry", "price": 1, "position": 1}]}]', profile => 'retail', organization_id => :o, dry_run => true);
SELECT product_upsert('{"external_id": "r1"}', profile => 'no such profile', organization_id => :o);
SELECT product_upsert('{"external_id": "r1"}', 'no such rule', profile => 'retail', organization_id => :o);
SELECT product_upsert('{"external_id": "r1"}', profile => 'retail', organization_id => :o, mode => 'create');
SELECT product_upsert('{"external_id": "r1"}', profile => 'retail', organization_id => :o, if_version => 99);
SELECT product_get(999999, profile => 'retail', organization_id => :o);

\echo in_a_transaction_and_within_statements
BEGIN;
SELECT status FROM product_upsert_rows('[{"external_id": "t1", "name": "t1"}]', profile => 'catalog', organization_id => :o);
SELECT status, changed FROM product_upsert_rows('[{"external_id": "t1", "name": "t1 again"}]', profile => 'catalog', organization_id => :o);
ROLLBACK;
BEGIN;
SELECT status FROM product_upsert_rows('[{"external_id": "t2", "name": "t2", "tags": ["a"]}, {"external_id": "t3", "name": "t3"}]', profile => 'catalog', organization_id => :o);
COMMIT;
SELECT count(*) FILTER (WHERE status = 'updated') AS updated FROM generate_series(1, 3) i, product_upsert_rows(jsonb_build_array(jsonb_build_object('external_id', 't2', 'price', i)), profile => 'catalog', organization_id => :o);
