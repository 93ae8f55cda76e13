-- Rules 30 to 38: the vending contract.
\set VERBOSITY terse
SELECT test.clean();
SET product_upsert.profile = 'vending';

-- A document with the five, and whatever else.
CREATE FUNCTION test.five(manufacturer text, brand text, name text, size numeric, units text, more jsonb DEFAULT '{}')
RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('manufacturer', manufacturer, 'brand', brand, 'name', name, 'size', size, 'unitsForSize', units) || more
$$;
-- What of one document decides.
CREATE FUNCTION test.ways_five(manufacturer text, brand text, name text, size numeric, units text, more jsonb DEFAULT '{}')
RETURNS text LANGUAGE sql AS $$ SELECT test.ways(test.five(manufacturer, brand, name, size, units, more)) $$;

\echo vending_30_the_documented_request_is_answered_with_ids_in_order
CREATE TABLE test.documented AS SELECT '{"body": [
  {"manufacturer": "test manufacturer", "brand": "test brand", "productId": 1673, "name": "test product", "customData": null,
   "size": 2, "unitsForSize": "oz.", "container": "unknown", "upc": null, "productImage": null, "nutritionImage": null,
   "cost": 0.0, "defaultPrice": 0.0, "isACommonProduct": true, "vendSize": "unknown", "calories": 3720, "productGroup": "Other",
   "organizationId": 1, "number": "this is a number", "customField1": null, "customField2": null, "customField3": null,
   "customField4": null, "customField5": null, "customField6": null, "customField7": null, "customField8": null,
   "customField9": null, "customField10": null, "customField11": null, "customField12": null, "customField13": null,
   "customField14": null, "customField15": null, "isDeleted": false},
  {"manufacturer": "test manufacturer", "brand": "test brand", "name": "test product 2", "customData": null, "size": 2,
   "unitsForSize": "oz.", "container": "unknown", "upc": "1212312", "productImage": null, "nutritionImage": null, "cost": 0.0,
   "defaultPrice": 0.0, "isACommonProduct": true, "vendSize": "unknown", "calories": 3720, "productGroup": "",
   "organizationId": 1, "number": "2this is a number", "customField1": null, "customField2": null, "customField3": null,
   "customField4": null, "customField5": null, "customField6": null, "customField7": null, "customField8": null,
   "customField9": null, "customField10": null, "customField11": null, "customField12": null, "customField13": null,
   "customField14": null, "customField15": null, "isDeleted": false}]}'::jsonb AS request;
ALTER TABLE product ALTER id RESTART WITH 1674;
SELECT product_upsert_bulk(request) FROM test.documented;
SELECT product_upsert_bulk(request) AS again FROM test.documented;
SELECT product_upsert_bulk(request -> 'body') AS as_a_bare_array FROM test.documented;
SELECT position, status, id, version FROM test.documented, product_upsert_rows(request);
SELECT product_upsert_bulk(jsonb_build_array(request #> '{body,1}', test.five('test manufacturer', 'test brand', 'new', 2, 'oz.'), request #> '{body,0}')) AS ids
  FROM test.documented \gset
SELECT :'ids'::jsonb = jsonb_build_array(1674, id, 1673) AS existing_and_created_in_order FROM product WHERE name = 'new';

\echo vending_30_the_single_call_answers_every_field_of_the_documentation
SELECT product_upsert(request #> '{body,0}') = request #> '{body,0}' AS same_as_sent FROM test.documented;
SELECT product_get(1674) - 'productId' = request #> '{body,1}' AS same_as_sent FROM test.documented;

\echo vending_30_no_documents
SELECT product_upsert_bulk('[]') AS bare, product_upsert_bulk('{"body": []}') AS wrapped,
       (SELECT count(*) FROM product_upsert_rows('{"body": []}')) AS rows;

\echo vending_30_another_shape_is_refused
SELECT shape, left(test.try(format('SELECT product_upsert_bulk(%L)', shape)), 5) AS bulk,
       left(test.try(format('SELECT 1 FROM product_upsert_rows(%L)', shape)), 5) AS rows
  FROM (VALUES ('{}'), ('{"body": {}}'), ('{"body": null}'), ('{"body": 1}'), ('{"documents": []}'), ('{"body": [[]]}'), ('[1]'), ('[null]'), ('[[]]'), ('7'), ('"text"'), ('null'), ('true')) s (shape);

\echo vending_31_the_most_general_level_that_is_new_decides
SELECT test.clean();
SELECT position, status, decided_by FROM product_upsert_rows(jsonb_build_array(
    test.five('Mars', 'Snickers', 'Original', 1.86, 'oz'),   -- a new manufacturer
    test.five('Mars', 'Twix', 'Original', 1.86, 'oz'),       -- a new brand of it
    test.five('Mars', 'Snickers', 'Almond', 1.86, 'oz'),     -- a new name of the brand
    test.five('Mars', 'Snickers', 'Original', 3.29, 'oz'),   -- a new size of the brand
    test.five('Mars', 'Snickers', 'Original', 1.86, 'g'),    -- the same number in another unit
    test.five('Mars', 'Snickers', 'Almond', 3.29, 'oz'),     -- name and size known, not together
    test.five('Mars', 'Twix', 'Almond', 9, 'oz'),            -- name and size new in the brand: the more general is told
    test.five('Nestle', 'Snickers', 'Original', 1.86, 'oz'), -- a new manufacturer, though all else is known
    test.five('Nestle', 'Twix', 'Original', 1.86, 'oz')));   -- a brand new within its manufacturer
\echo vending_31_judged_against_what_is_stored
SELECT test.ways_five('Ferrero', 'Snickers', 'Original', 1.86, 'oz') AS manufacturer,
       test.ways_five('Mars', 'Bounty', 'Original', 1.86, 'oz') AS brand,
       test.ways_five('Mars', 'Snickers', 'Dark', 1.86, 'oz') AS name,
       test.ways_five('Mars', 'Twix', 'Original', 3.29, 'oz') AS size_of_another_brand,
       test.ways_five('Mars', 'Snickers', 'Almond', 1.86, 'g') AS combination,
       test.ways_five('Nestle', 'Snickers', 'Almond', 1.86, 'oz') AS name_of_another_manufacturer;
\echo vending_31_all_five_equal_is_an_update
SELECT test.ways_five('Mars', 'Snickers', 'Original', 1.86, 'oz') AS nothing_new,
       test.ways_five('Mars', 'Snickers', 'Original', 1.86, 'oz', '{"cost": 1.25, "calories": 250}') AS changed,
       test.ways_five('Mars', 'Snickers', 'Original', 1.860, 'oz') AS size_written_otherwise,
       test.ways_five(' Mars', E'Snickers\t', 'Original ', 1.86, ' oz ') AS padded,
       test.ways_five('mars', 'Snickers', 'Original', 1.86, 'oz') AS other_case;
\echo vending_31_the_order_within_the_batch_counts
SELECT position, status, decided_by FROM product_upsert_rows(jsonb_build_array(
    test.five('Lindt', 'Lindor', 'Milk', 12, 'g'), test.five('Lindt', 'Lindor', 'Milk', 24, 'g'),
    test.five('Lindt', 'Lindor', 'Dark', 12, 'g'), test.five('Lindt', 'Lindor', 'Dark', 24, 'g'),
    test.five('Lindt', 'Excellence', 'Milk', 12, 'g')));
\echo vending_31_rejected_documents_make_nothing_known
SELECT position, status, CASE WHEN status = 'created' THEN decided_by END AS decided_by, test.short(errors) AS errors
  FROM product_upsert_rows(jsonb_build_array(
    test.five('Ritter', 'Sport', 'Nut', 100, 'g', '{"cost": -1}'), test.five('Ritter', 'Sport', 'Nut', 250, 'g')), on_error => 'skip');
\echo vending_31_product_match_says_the_level
SELECT status, decided_by FROM product_match(test.five('Mars', 'Snickers', 'Dark', 1.86, 'oz'));
\echo vending_31_within_the_organization
SELECT test.ways_five('Mars', 'Snickers', 'Original', 1.86, 'oz', '{"organizationId": 2}');

\echo vending_32_same_five_twice_in_a_call_collides
SELECT test.clean();
SELECT product_upsert_bulk(jsonb_build_array(test.five('Mars', 'Snickers', 'Original', 1.86, 'oz')));
SELECT test.state() AS before \gset
SELECT state, test.short(errors) AS errors, jsonb_path_query_array(errors, '$[*].positions') AS positions, errors #> '{0,fields}' AS fields
  FROM test.error($$SELECT product_upsert_bulk(jsonb_build_array(
    test.five('Mars', 'Twix', 'Salted', 1, 'oz'), test.five('Mars', 'Mars', 'Original', 1, 'oz'), test.five('Mars', 'Twix', 'Salted', 1, 'oz')))$$);
SELECT test.state() = :'before' AS nothing_written;
\echo vending_32_custom_fields_and_custom_data_make_no_product_unique
SELECT field, test.short(errors) AS errors
  FROM unnest(ARRAY['customField1', 'customField15', 'customData', 'upc', 'number', 'cost', 'isDeleted', 'container']) field,
       test.error(format($$SELECT product_upsert_bulk(jsonb_build_array(test.five('Mars', 'Twix', 'Salted', 1, 'oz', '{"%1$s": %2$s}'),
                                                                      test.five('Mars', 'Twix', 'Salted', 1, 'oz', '{}')))$$,
                         field, CASE field WHEN 'cost' THEN '1' WHEN 'isDeleted' THEN 'true' ELSE '"one"' END));
\echo vending_32_the_same_five_written_otherwise_collide
SELECT test.try($$SELECT product_upsert_bulk(jsonb_build_array(test.five('Mars', 'Twix', 'Salted', 1, 'oz'), test.five('Mars ', 'Twix', E'\u00A0Salted', 1.00, 'oz ')))$$) AS padded,
       test.try($$SELECT product_upsert_bulk('[{"manufacturer": "M", "brand": "B", "name": "N"}, {"manufacturer": "M", "brand": "B", "name": "N", "size": null, "unitsForSize": null}]')$$) AS missing,
       test.try($$SELECT product_upsert_bulk('[{"manufacturer": "M", "brand": "B", "name": "N", "unitsForSize": ""}, {"manufacturer": "M", "brand": "B", "name": "N", "unitsForSize": " "}]')$$) AS empty_units,
       test.try($$SELECT product_upsert_bulk(jsonb_build_array(test.five('Mars', 'Snickers', 'Original', 1.86, 'oz'), test.five('Mars', 'Snickers', 'Original', 1.860, 'oz')))$$) AS stored;
\echo vending_32_three_of_the_same_name_each_other
SELECT e ->> 'position' AS position, e ->> 'positions' AS positions
  FROM test.error($$SELECT product_upsert_bulk(jsonb_build_array(test.five('A', 'B', 'C', 1, 'oz'), test.five('A', 'B', 'C', 1, 'oz'), test.five('A', 'B', 'D', 1, 'oz'), test.five('A', 'B', 'C', 1, 'oz')))$$), jsonb_array_elements(errors) e;
\echo vending_32_skip_rejects_all_that_collide_and_writes_the_rest
SELECT product_upsert_bulk(jsonb_build_array(test.five('Mars', 'Twix', 'Salted', 1, 'oz'), test.five('Mars', 'Mars', 'Original', 1, 'oz'),
                                           test.five('Mars', 'Twix', 'Salted', 1, 'oz')), on_error => 'skip') AS ids \gset
SELECT :'ids'::jsonb = jsonb_build_array(NULL, id, NULL) AS null_in_place_of_rejects FROM product WHERE brand = 'Mars';
SELECT position, status, id IS NOT NULL AS has_id, errors #> '{0,positions}' AS positions FROM product_upsert_rows(jsonb_build_array(
    test.five('Mars', 'Snickers', 'Original', 1.86, 'oz', '{"cost": 1}'), test.five('Mars', 'Snickers', 'Original', 1.86, 'oz', '{"cost": 2}')), on_error => 'skip');
SELECT test.products('brand, name, cost');
\echo vending_32_in_two_organizations_it_is_no_collision
SELECT position, status, decided_by FROM product_upsert_rows(jsonb_build_array(
    test.five('Mars', 'Twix', 'Salted', 1, 'oz', '{"organizationId": 1}'), test.five('Mars', 'Twix', 'Salted', 1, 'oz', '{"organizationId": 2}')), dry_run => true);
\echo vending_32_one_by_its_id_and_one_by_the_five_collide
SELECT id AS snickers FROM product WHERE brand = 'Snickers' \gset
SELECT test.try(format($$SELECT product_upsert_bulk(jsonb_build_array('{"productId": %s, "cost": 1}'::jsonb, test.five('Mars', 'Snickers', 'Original', 1.86, 'oz', '{"cost": 2}')))$$, :snickers));
\echo vending_32_a_rename_onto_what_the_same_call_creates_collides
SELECT test.try(format($$SELECT product_upsert_bulk(jsonb_build_array('{"productId": %s, "name": "Renamed"}'::jsonb, test.five('Mars', 'Snickers', 'Renamed', 1.86, 'oz')))$$, :snickers));
\echo vending_32_two_new_with_the_same_free_product_id_collide
SELECT test.try($$SELECT product_upsert_bulk(jsonb_build_array(test.five('X', 'X', 'X', 1, 'oz', '{"productId": 5000}'), test.five('X', 'X', 'Y', 1, 'oz', '{"productId": 5000}')))$$);

\echo vending_33_a_rename_by_product_id
SELECT test.clean();
SELECT product_upsert_bulk(jsonb_build_array(test.five('Mars', 'Snickers', 'Original', 1.86, 'oz', '{"cost": 0.75}'), test.five('Mars', 'Twix', 'Original', 1.79, 'oz'))) AS ids \gset
SELECT :'ids'::jsonb -> 0 AS snickers, :'ids'::jsonb -> 1 AS twix \gset
SELECT position, status, id = :snickers AS same_product, decided_by, changed FROM product_upsert_rows(jsonb_build_array(
    test.five('Mars', 'Snickers', 'Classic', 1.86, 'oz', jsonb_build_object('productId', :snickers))));
SELECT test.products('brand, name, size, size_unit, cost');
\echo vending_33_the_absent_of_the_five_keep_what_is_stored
SELECT status, id = :snickers AS same_product, changed FROM product_upsert_rows(jsonb_build_array(jsonb_build_object('productId', :snickers, 'size', 2)));
SELECT status, id = :snickers AS same_product, changed FROM product_upsert_rows(jsonb_build_array(jsonb_build_object('productId', :snickers, 'name', 'Original', 'unitsForSize', 'g')));
SELECT test.products('brand, name, size, size_unit, cost');
SELECT test.ways(jsonb_build_object('productId', :snickers)) AS product_id_alone,
       test.ways(jsonb_build_object('productId', :snickers, 'cost', 9)) AS with_a_cost;
\echo vending_33_both_name_products_and_different_ones_collide
SELECT state, test.short(errors) AS errors, errors #> '{0,rules}' AS rules, errors #> '{0,ids}' = jsonb_build_array(:snickers, :twix) AS ids
  FROM test.error(format($$SELECT product_upsert(test.five('Mars', 'Twix', 'Original', 1.79, 'oz', '{"productId": %s}'))$$, :snickers));
\echo vending_33_renaming_onto_another_product_is_refused_also_where_a_part_of_the_five_is_said
SELECT product_upsert(test.five('Mars', 'Twix', 'Original', 2, 'g')) ->> 'name' AS third;
SELECT test.try(format($$SELECT product_upsert('{"productId": %s, "brand": "Twix"}')$$, :snickers)) LIKE '23505 %' AS refused;
SELECT test.products('brand, name, size, size_unit');
\echo vending_33_a_swap_of_two_names_is_a_collision
SELECT test.try(format($$SELECT product_upsert_bulk(jsonb_build_array(test.five('Mars', 'Twix', 'Original', 1.79, 'oz', '{"productId": %s}'), test.five('Mars', 'Snickers', 'Original', 2, 'g', '{"productId": %s}')))$$, :snickers, :twix)) LIKE '23505 %' AS refused;
\echo vending_33_a_free_product_id_is_taken_and_ids_given_out_later_skip_it
SELECT test.clean();
SELECT product_upsert_bulk(jsonb_build_array(test.five('A', 'A', 'A', 1, 'oz', '{"productId": 1673}')));
SELECT product_upsert_bulk(jsonb_build_array(test.five('A', 'A', 'B', 1, 'oz')));
SELECT product_upsert_bulk(jsonb_build_array(test.five('A', 'A', 'C', 1, 'oz'), test.five('A', 'A', 'D', 1, 'oz', '{"productId": 1676}'), test.five('A', 'A', 'E', 1, 'oz'))) AS ids \gset
SELECT :'ids'::jsonb -> 1 AS given, (SELECT count(DISTINCT i) FROM jsonb_array_elements(:'ids') i) AS distinct_ids;
SELECT product_upsert_bulk(jsonb_build_array(test.five('A', 'A', 'F1', 1, 'oz', '{"productId": 4}'), test.five('A', 'A', 'F2', 1, 'oz'))) AS in_one_call;
SELECT product_upsert_bulk(jsonb_build_array(test.five('A', 'A', 'G', 1, 'oz', '{"productId": 7}'))) AS a_lower_free_one;
SELECT product_upsert_bulk(jsonb_build_array(test.five('A', 'A', 'H1', 1, 'oz'), test.five('A', 'A', 'H2', 1, 'oz'), test.five('A', 'A', 'H3', 1, 'oz'))) AS the_next_free_ones;
SELECT count(product_upsert_bulk(jsonb_build_array(test.five('A', 'A', 'I', i, 'oz', jsonb_build_object('productId', 20 + i))))) FROM generate_series(1, 100) i;
SELECT count(*) = count(DISTINCT id) AND count(*) = 300 AS all_of_a_large_batch FROM product_upsert_rows((SELECT jsonb_agg(test.five('A', 'A', 'J', i, 'oz')) FROM generate_series(1, 300) i)) WHERE status = 'created';
\echo vending_33_a_given_id_is_at_most_2_to_the_53_less_one
SELECT i, test.ways_five('A', 'A', 'K', 1, 'oz', jsonb_build_object('productId', i)) AS outcome FROM unnest('{9007199254740991,9007199254740992,9223372036854775807}'::bigint[]) i;
\echo vending_33_and_moves_the_ids_of_no_other_organization
SELECT product_upsert_bulk(jsonb_build_array(test.five('A', 'A', 'K', 1, 'oz', '{"productId": 9007199254740991}')));
SELECT (product_upsert(test.five('A', 'A', 'L', 1, 'oz'), organization_id => 9) ->> 'productId')::bigint < 1000 AS small, (product_upsert(test.five('A', 'A', 'L', 1, 'oz')) ->> 'productId')::bigint < 1000 AS and_its_own;
DELETE FROM product WHERE organization_id = 9;
\echo vending_33_a_free_product_id_is_ignored_for_an_existing_product
SELECT id, status, decided_by, changed FROM product_upsert_rows(jsonb_build_array(test.five('A', 'A', 'A', 1, 'oz', '{"productId": 999999, "cost": 3}')));
SELECT count(*) FROM product WHERE id = 999999;
\echo vending_33_an_id_that_only_another_organization_uses_is_free
SELECT product_upsert_bulk(jsonb_build_array(test.five('A', 'A', 'Other', 1, 'oz', '{"productId": 1673, "organizationId": 2}')));
SELECT organization_id, name FROM product WHERE id = 1673 ORDER BY 1;
\echo vending_33_what_is_no_product_id
SELECT v, test.ways_five('A', 'A', 'A', 1, 'oz', jsonb_build_object('productId', v::jsonb)) AS outcome
  FROM (VALUES ('0'), ('-1'), ('1.5'), ('"1673"'), ('true'), ('[1673]'), ('9223372036854775808'), ('1e30'), ('1673.0'), ('null')) t (v);

\echo vending_34_required_to_create
SELECT test.ways('{"cost": 1}') AS none, test.ways('{"manufacturer": "A", "name": "A"}') AS no_brand,
       test.ways('{"productId": 1673, "cost": 1}') AS not_to_update;
SELECT test.ways('{"manufacturer": "", "brand": " ", "name": null}');
\echo vending_34_size_and_units
SELECT v AS size, test.ways(jsonb_build_object('manufacturer', 'A', 'brand', 'A', 'name', 'Z', 'size', v::jsonb)) AS outcome
  FROM (VALUES ('"2"'), ('true'), ('[2]'), ('0'), ('-1'), ('null'), ('1e-3'), ('123456789012345678901234567890.123456789')) t (v);
SELECT v AS units, test.ways(jsonb_build_object('manufacturer', 'A', 'brand', 'A', 'name', 'Z', 'unitsForSize', v::jsonb)) AS outcome
  FROM (VALUES ('2'), ('true'), ('""'), ('null'), ('"fl oz"')) t (v);
\echo vending_34_a_missing_size_or_unit_equals_another_missing_one
SELECT product_upsert(test.five('A', 'A', 'Sizeless', NULL, NULL)) ->> 'size' AS size;
SELECT test.ways('{"manufacturer": "A", "brand": "A", "name": "Sizeless", "cost": 1}') AS both_absent,
       test.ways('{"manufacturer": "A", "brand": "A", "name": "Sizeless", "size": null, "unitsForSize": ""}') AS null_and_empty,
       test.ways('{"manufacturer": "A", "brand": "A", "name": "Sizeless", "size": 0}') AS zero_is_not_missing,
       test.ways('{"manufacturer": "A", "brand": "A", "name": "Sizeless", "unitsForSize": "oz"}') AS unit_alone;

\echo vending_35_defaults_of_a_created_product
SELECT jsonb_object_agg(key, value) FROM jsonb_each(product_upsert(test.five('A', 'A', 'Defaults', 1, 'oz')))
 WHERE key NOT IN ('productId', 'manufacturer', 'brand', 'name', 'size', 'unitsForSize', 'organizationId') AND value <> 'null';
\echo vending_35_an_update_brings_no_default
SELECT p -> 'cost' AS cost, p -> 'container' AS container, p -> 'isACommonProduct' AS common
  FROM product_upsert(test.five('A', 'A', 'Defaults', 1, 'oz', '{"cost": 2, "container": "can", "isACommonProduct": true}')) p;
SELECT p -> 'cost' AS cost, p -> 'container' AS container, p -> 'isACommonProduct' AS common, p -> 'upc' AS upc
  FROM product_upsert(test.five('A', 'A', 'Defaults', 1, 'oz', '{"upc": "1"}')) p;
\echo vending_35_types
SELECT field, v, test.ways_five('A', 'A', 'Defaults', 1, 'oz', jsonb_build_object(field, v::jsonb)) AS outcome
  FROM (VALUES ('cost', '-0.01'), ('cost', 'null'), ('cost', '"1"'), ('cost', '19.90'), ('defaultPrice', '"1"'), ('defaultPrice', '1.250'),
               ('defaultPrice', '12345678901234567890123'), ('calories', '1.5'), ('calories', '3720'), ('calories', '2147483648'), ('calories', '"1"'), ('calories', 'null'),
               ('isACommonProduct', '"true"'), ('isACommonProduct', '1'), ('isACommonProduct', 'null'), ('isDeleted', '"false"'),
               ('container', '1'), ('container', '"bottle"'), ('vendSize', '[]'), ('productGroup', 'null'), ('productGroup', '""'), ('number', '5'), ('number', '" 5 "'),
               ('upc', '12'), ('productImage', '{}'), ('nutritionImage', 'true'), ('customField1', '1'), ('customField15', '"x"'), ('customField15', 'null'),
               ('customField16', '"x"'), ('colour', '"x"')) t (field, v);
\echo vending_35_custom_data_is_any_json
SELECT v, (product_upsert(test.five('A', 'A', 'Defaults', 1, 'oz', jsonb_build_object('customData', v))) -> 'customData') = v AS same
  FROM (VALUES ('{"a": [1.10, null, {"b": {}}]}'::jsonb), ('[]'), ('[[], {}]'), ('"text"'), ('""'), ('7.50'), ('true'), ('false'), ('{}'), ('null'), ('{"": ""}')) t (v);
\echo vending_35_custom_fields_are_fifteen_texts_each_by_itself
SELECT p -> 'customField1' AS one, p -> 'customField2' AS two, p -> 'customField15' AS fifteen
  FROM product_upsert(test.five('A', 'A', 'Defaults', 1, 'oz', '{"customField1": "a", "customField15": "o"}')) p;
SELECT p -> 'customField1' AS one, p -> 'customField2' AS two, p -> 'customField15' AS fifteen
  FROM product_upsert(test.five('A', 'A', 'Defaults', 1, 'oz', '{"customField1": null, "customField2": "b"}')) p;
SELECT test.ways_five('A', 'A', 'Defaults', 1, 'oz', '{"customField1": null, "customField2": "b", "customField15": "o"}') AS nothing_new,
       test.ways_five('A', 'A', 'Defaults', 1, 'oz', '{"customField1": "a", "customField2": "c"}') AS two_changed;

\echo vending_36_is_deleted_deletes_softly
SELECT test.ways_five('A', 'A', 'Defaults', 1, 'oz', '{"isDeleted": true}');
SELECT product_upsert(test.five('A', 'A', 'Defaults', 1, 'oz', '{"isDeleted": true}')) -> 'isDeleted' AS deleted;
SELECT test.ways_five('A', 'A', 'Defaults', 1, 'oz') AS still_matched,
       test.ways_five('A', 'A', 'Defaults', 1, 'oz', '{"cost": 8}') AS still_updated;
SELECT p -> 'cost' AS cost, p -> 'isDeleted' AS deleted FROM product_upsert(test.five('A', 'A', 'Defaults', 1, 'oz', '{"cost": 8}')) p;
SELECT product_upsert(test.five('A', 'A', 'Defaults', 1, 'oz', '{"isDeleted": false}')) -> 'isDeleted' AS restored;

\echo vending_37_several_organizations_in_one_batch
SELECT test.clean();
SET product_upsert.organization_id = 2;
SELECT position, status, decided_by FROM product_upsert_rows(jsonb_build_array(
    test.five('Mars', 'Twix', 'Original', 1, 'oz'),                           -- the organization of the setting
    test.five('Mars', 'Twix', 'Original', 1, 'oz', '{"organizationId": 3}'),
    test.five('Mars', 'Twix', 'Original', 2, 'oz', '{"organizationId": 2}'),
    test.five('Mars', 'Mars', 'Original', 1, 'oz', '{"organizationId": 3}'),
    test.five('Mars', 'Twix', 'Original', 1, 'oz', '{"organizationId": 4}')));
RESET product_upsert.organization_id;
SELECT organization_id, brand, size FROM product ORDER BY organization_id, id;
SELECT position, status, id = (SELECT p.id FROM product p WHERE p.organization_id = 3 AND p.brand = 'Twix') AS of_three, changed
  FROM product_upsert_rows(jsonb_build_array(
    test.five('Mars', 'Twix', 'Original', 1, 'oz', '{"organizationId": 3, "cost": 3}'),
    test.five('Mars', 'Twix', 'Original', 1, 'oz', '{"organizationId": 4}')));
SELECT product_upsert(test.five('Mars', 'Twix', 'Original', 1, 'oz', '{"organizationId": 3}')) -> 'organizationId' AS organization;
\echo vending_37_one_bad_document_undoes_all_organizations
SELECT test.state() AS before \gset
SELECT product_upsert_bulk(jsonb_build_array(
    test.five('Mars', 'Twix', 'Original', 1, 'oz', '{"organizationId": 3, "cost": 4}'),
    test.five('Mars', 'Bounty', 'Original', 1, 'oz', '{"organizationId": 4, "cost": -4}')));
SELECT test.state() = :'before' AS nothing_written;
\echo fine_point_n_the_argument_and_the_documents_own_must_agree
CREATE TABLE test.owned AS SELECT test.five('Mars', 'Twix', n, 1, 'oz', jsonb_strip_nulls(jsonb_build_object('organizationId', o))) AS document FROM (VALUES ('none', NULL), ('same', 2), ('other', 3)) v (n, o);
SELECT position, status, test.short(errors) AS errors, errors -> 0 ->> 'message' AS message FROM product_upsert_rows((SELECT jsonb_agg(document) FROM test.owned), organization_id => 2, on_error => 'skip', dry_run => true);
SELECT position, status, test.short(errors) AS errors FROM product_upsert_from('test.owned', organization_id => 2, on_error => 'skip', dry_run => true);
SELECT product_upsert_bulk((SELECT jsonb_agg(document) FROM test.owned), organization_id => 2, on_error => 'skip', dry_run => true) -> 2 AS bulk, test.try('SELECT product_upsert_bulk((SELECT jsonb_agg(document) FROM test.owned), organization_id => 2)') AS aborting;
SELECT document ->> 'name' AS name, status, test.short(errors) AS errors, test.try(format('SELECT product_upsert(%L, organization_id => 2, dry_run => true) ->> %L', document, 'organizationId')) AS single FROM test.owned, product_match(document, organization_id => 2);
SELECT position, status FROM product_upsert_rows((SELECT jsonb_agg(document) FROM test.owned), dry_run => true);
INSERT INTO product_profile (name, definition) SELECT 'owned', jsonb_set(definition, '{http,organization}', '{"header": "tenant"}') FROM product_profile WHERE name = 'vending';
SELECT h, test.ask('owned', 'PUT', '/products', (SELECT jsonb_agg(document) FROM test.owned WHERE document ->> 'name' = 'other'), headers => h) FROM unnest(ARRAY['{"x-api-key": "k", "tenant": 2}']::jsonb[]) h;
SELECT left(test.ask('owned', 'PUT', '/products', (SELECT jsonb_agg(document) FROM test.owned WHERE document ->> 'name' = 'other'), headers => h), 3) FROM unnest(ARRAY['{"x-api-key": "k", "tenant": 3}', '{"x-api-key": "k"}']::jsonb[]) h;
DELETE FROM product_profile WHERE name = 'owned';
DELETE FROM product WHERE name = 'other';
DROP TABLE test.owned;
\echo vending_37_what_is_no_organization
SELECT v, test.ways_five('A', 'A', 'A', 1, 'oz', jsonb_build_object('organizationId', v::jsonb)) LIKE '22023 organizationId:%' AS refused
  FROM (VALUES ('0'), ('-1'), ('1.5'), ('"1"'), ('[]'), ('99999999999999999999')) t (v);
SELECT test.ways_five('Mars', 'Twix', 'Original', 1, 'oz', '{"organizationId": null}') AS null_is_the_calls;

\echo vending_38_any_number_of_documents
SELECT count(*), count(DISTINCT id) AS ids, min(status) AS status
  FROM product_upsert_rows((SELECT jsonb_agg(test.five('Many', 'Many', 'Product ' || i, i % 7, 'oz')) FROM generate_series(1, 3000) i));

DROP TABLE test.documented;
DROP FUNCTION test.five, test.ways_five;
RESET product_upsert.profile;
