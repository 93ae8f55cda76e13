-- The retail contract through the functions: rules 20 to 28. Variants by themselves are in variant.sql.
\set VERBOSITY terse
SELECT test.clean();
SET product_upsert.profile = 'retail';

\echo retail_27_the_documentations_own_payload_goes_in_and_every_documented_field_comes_out
-- As it stands in apis/retail.txt; "<string>" is a text like any other.
\set payload '{"title": "<string>", "handle": "<string>", "external_id": "<string>", "brand": "<string>", "variants": [{"sku": "<string>", "price": 123, "position": 123, "title": "<string>", "external_id": "<string>", "barcode": "<string>", "description": "<string>", "available_quantity": 123, "price_discounted": 123, "price_comparison": 123, "price_cost": 123, "tags": ["<string>"], "images": [{"url": "<string>", "sort_order": 123}], "options": [{"value": "<string>", "name": "<string>", "sort_order": 123}]}], "type": "appointment", "status": "new", "description": "<string>", "web_url": "<string>", "currency": "<string>", "position": 123, "systems": ["<string>"], "channels": ["<string>"], "tags": ["<string>"], "images": [{"url": "<string>", "sort_order": 123}]}'
CREATE TABLE test.answer AS SELECT product_upsert(:'payload') AS answer;
SELECT array_agg(k) AS envelope FROM test.answer, jsonb_object_keys(answer) k;
SELECT key, value FROM test.answer, jsonb_each(answer -> 'data') WHERE key NOT IN ('id', 'variants', 'created_at', 'updated_at');
SELECT key, value FROM test.answer, jsonb_each(answer #> '{data,variants,0}') WHERE key NOT IN ('id', 'product_id', 'created_at', 'updated_at');
\echo retail_27_ids_and_timestamps
SELECT jsonb_typeof(d -> 'id') AS id, d #> '{variants,0,product_id}' = d -> 'id' AS product_id_of_the_variant, jsonb_typeof(d #> '{variants,0,id}') AS variant_id,
       (d ->> 'created_at')::timestamptz <= now() AS created_at, d -> 'created_at' = d -> 'updated_at' AS updated_at, (d #>> '{variants,0,created_at}')::timestamptz <= now() AS of_the_variant
  FROM test.answer, LATERAL (SELECT answer -> 'data' AS d) a;
\echo retail_27_no_field_but_the_documented
SELECT array_agg(k) FILTER (WHERE k <> ALL ('{id,title,handle,type,external_id,status,brand,department,link_brand,link_department,web_url,description,currency,position,images,systems,channels,tags,options,custom_fields,variants,organisation,meta,created_at,updated_at}')) AS others, count(*)
  FROM test.answer, jsonb_object_keys(answer -> 'data') k;
\echo retail_27_what_went_in_came_out
SELECT key AS differs FROM test.answer, jsonb_each((:'payload')::jsonb - 'variants') p WHERE answer -> 'data' -> key IS DISTINCT FROM p.value
UNION ALL SELECT 'variants.0.' || key FROM test.answer, jsonb_each((:'payload')::jsonb #> '{variants,0}') p WHERE answer #> ARRAY['data', 'variants', '0', key] IS DISTINCT FROM p.value;
\echo retail_27_the_same_again_is_unchanged_and_so_is_the_answer
SELECT test.ways(:'payload', 'retail') AS payload, test.ways(answer -> 'data', 'retail') AS answer FROM test.answer;
SELECT product_get((answer #>> '{data,id}')::bigint) = answer AS got FROM test.answer;
SELECT product_upsert_bulk(jsonb_build_array((:'payload')::jsonb)) -> 0 = answer -> 'data' AS bulk_has_no_envelopes FROM test.answer;
\echo retail_27_the_organisation_as_it_is_stored
INSERT INTO product_organization (organization_id, name, document) VALUES (1, 'Shop', '{"id": 123, "name": "Shop", "locations": [{"id": 7, "address": {"city": "Kyiv"}}], "meta": [], "is_tenant": 1}'), (2, 'Other', '{"name": "Other"}');
SELECT product_upsert('{"external_id": "<string>"}') #> '{data,organisation}' AS organisation;
\echo retail_27_custom_fields_with_what_their_definitions_say
INSERT INTO product_custom_field (organization_id, namespace, reference, name, type) VALUES (1, 'care', 'wash', 'Washing', 'number'), (1, NULL, 'fabric', NULL, 'text');
UPDATE product SET custom_fields = '{"care.wash": 30.0, "fabric": "wool"}' WHERE external_id = '<string>';
SELECT f -> 'name' AS name, f -> 'handle' AS handle, f -> 'namespace' AS namespace, f -> 'value' AS value, f -> 'type' AS type
  FROM jsonb_array_elements(product_upsert('{"external_id": "<string>"}') #> '{data,custom_fields}') f;

\echo retail_20_required_to_create
SELECT test.ways('{}', 'retail') AS nothing, test.ways('{"external_id": "e2", "title": "T", "handle": "h2", "brand": "B"}', 'retail') AS no_variants,
       test.ways('{"external_id": "e2", "title": "T", "handle": "h2", "brand": "B", "variants": []}', 'retail') AS empty_variants;
SELECT test.ways('{"external_id": "e2", "title": null, "handle": null, "brand": null, "variants": null}', 'retail') AS nulls;
SELECT test.ways('{"external_id": "e2", "title": "", "handle": "", "brand": "", "variants": [{}]}', 'retail') AS empty;
SELECT test.ways('{"external_id": "<string>"}', 'retail') AS not_to_update;

\echo retail_21_match_by_external_id_discards_the_handle
SELECT d -> 'handle' AS handle, d -> 'title' AS title FROM product_upsert('{"external_id": "<string>", "handle": "another", "title": "Renamed"}') p, LATERAL (SELECT p -> 'data' AS d) a;
SELECT test.ways('{"external_id": "<string>", "handle": "another"}', 'retail') AS alone_it_is_no_change;
SELECT product_upsert('{"external_id": "e3", "title": "Three", "handle": "three", "brand": "B", "variants": [{"sku": "three-1", "price": 1, "position": 1}]}') #> '{data,handle}' AS created_with;
SELECT test.ways('{"external_id": "e3", "handle": "<string>", "title": "3"}', 'retail') AS not_even_a_taken_one, test.ways('{"external_id": "e3", "handle": "", "title": "3"}', 'retail') AS or_an_empty_one;
\echo retail_21_never_by_handle_and_a_taken_handle_is_refused
SELECT status, decided_by, test.short(errors) AS errors FROM product_match('{"external_id": "e4", "handle": "three", "title": "Four", "brand": "B", "variants": [{"sku": "four", "price": 1, "position": 1}]}');
SELECT test.ways('{"external_id": "e4", "handle": "three", "title": "Four", "brand": "B", "variants": [{"sku": "four", "price": 1, "position": 1}]}', 'retail') AS taken,
       test.ways('{"handle": "three", "title": "Renamed by handle"}', 'retail') AS without_an_external_id;
SELECT test.ways('{"id": 1, "title": "Renamed by id"}', 'retail') AS nor_by_id;
SELECT test.ways('{"external_id": "e5", "handle": "three", "title": "x", "brand": "B", "variants": [{"sku": "five", "price": 1, "position": 1}]}', 'retail', ', organization_id => 2') AS in_another_organization;
\echo retail_21_no_other_rule_can_be_asked_for
SELECT f, state, message, hint FROM unnest('{handle,id,custom_field}'::text[]) f, test.error(format($$SELECT product_upsert('{"handle": "x", "title": "x"}', %L, 'erp', profile => 'retail')$$, f));
\echo retail_21_two_documents_of_a_call_with_one_handle
SELECT position, status, test.short(errors) AS errors
  FROM product_upsert_rows('[{"external_id": "h1", "handle": "h", "title": "H", "brand": "B", "variants": [{"sku": "h1", "price": 1, "position": 1}]}, {"external_id": "h2", "handle": "h", "title": "H", "brand": "B", "variants": [{"sku": "h2", "price": 1, "position": 1}]}, {"external_id": "e3", "handle": "h", "title": "E3"}]', on_error => 'skip', dry_run => true);

\echo retail_24_type_and_status
SELECT field, array_agg(value || ' ' || split_part(test.ways(jsonb_build_object('external_id', 'e3', field, value), 'retail'), ' ', 1) ORDER BY n) AS outcomes
  FROM (VALUES ('type', '{appointment,simple,configurable,downloadable,gift,bundle,voucher,service,subscription,Gift}'::text[]), ('status', '{new,active,rundown,discontinued,ranged,deleted,archived,draft,sold}')) t (field, valid),
       unnest(valid) WITH ORDINALITY v (value, n) GROUP BY field ORDER BY field DESC;
SELECT test.ways('{"external_id": "<string>", "type": null}', 'retail') AS type_null, test.ways('{"external_id": "<string>", "type": "", "status": ""}', 'retail') AS empty;

\echo retail_25_texts_or_null_position_arrays_of_at_least_one_images
SELECT document, test.ways('{"external_id": "<string>"}' || document::jsonb, 'retail') AS outcome
  FROM unnest(ARRAY['{"description": null, "web_url": null, "currency": null, "tags": null, "images": null}', '{"description": "", "tags": [], "images": []}', '{"position": null}', '{"position": 1.5}', '{"position": "1"}',
                    '{"systems": [], "channels": []}', '{"systems": ["a", "b"], "channels": ["c"]}', '{"systems": [1], "channels": "c"}', '{"systems": null}', '{"tags": ["a", 1]}', '{"currency": 1, "web_url": [], "description": {}}',
                    '{"images": [{"url": "u"}]}', '{"images": [{"sort_order": 1}]}', '{"images": [{"url": "u", "sort_order": "1"}, "u"]}', '{"images": {"url": "u"}}']) document;
SELECT d -> 'position' AS default_position, d -> 'systems' AS systems, d -> 'tags' AS tags
  FROM product_upsert('{"external_id": "e6", "title": "Six", "handle": "six", "brand": "B", "variants": [{"sku": "six", "price": 6, "position": 1}]}') p, LATERAL (SELECT p -> 'data' AS d) a;

\echo retail_26_a_variants_fields
SELECT document, test.ways(jsonb_build_object('external_id', '<string>', 'variants', jsonb_build_array('{"sku": "v1", "price": 1, "position": 1}' || document::jsonb)), 'retail') AS outcome
  FROM unnest(ARRAY['{}', '{"price": null, "position": null}', '{"price": "1", "position": 1.5, "sku": 7}', '{"sku": ""}', '{"title": 1, "external_id": 2, "barcode": 3, "description": 4}', '{"title": null, "external_id": null, "barcode": null, "description": null}',
                    '{"available_quantity": 1.5}', '{"available_quantity": -1}', '{"price_discounted": null, "price_comparison": 0.10, "price_cost": 12345678901234567890.123}', '{"price_discounted": "x", "price_comparison": true, "price_cost": []}',
                    '{"tags": [1], "images": [{}]}', '{"options": [{"value": "v"}]}', '{"options": [{"name": "n", "sort_order": 1}]}', '{"options": [{"value": null}]}', '{"options": [{"value": "v", "sort_order": "first"}]}', '{"id": 99, "product_id": 98, "unheard_of": 1}']) document;
SELECT test.ways('{"external_id": "<string>", "variants": [{"sku": "v1"}, {"price": 2}, 7, {"sku": "<string>", "title": "known, so nothing is required"}]}', 'retail') AS required_where_it_is_created;
SELECT test.ways('{"external_id": "<string>", "variants": {"sku": "v1"}}', 'retail') AS no_list;

\echo retail_25_26_numbers_come_back_as_they_went_in
SELECT v -> 'price' AS price, v -> 'price_discounted' AS price_discounted, v -> 'price_cost' AS price_cost
  FROM jsonb_array_elements(product_upsert('{"external_id": "e6", "variants": [{"sku": "six", "price": 19.90, "price_discounted": 12345678901234567890123, "price_cost": 0.000000000000000000001}]}') #> '{data,variants}') v;

\echo retail_28_product_and_variants_are_one_change
SELECT test.state() AS before, (SELECT md5(string_agg(v::text, ',' ORDER BY id)) FROM product_variant v) AS variants_before \gset
SELECT test.try($$SELECT product_upsert('{"external_id": "e6", "title": "Changed", "variants": [{"sku": "six", "price": 7}, {"sku": "<string>", "price": 1, "position": 1}]}')$$) AS one_variant_is_refused;
SELECT test.try($$SELECT product_upsert_bulk('[{"external_id": "e6", "variants": [{"sku": "six", "price": 7}]}, {"external_id": "e7"}]')$$) AS another_document_is_refused;
SELECT test.state() = :'before' AS products_untouched, (SELECT md5(string_agg(v::text, ',' ORDER BY id)) FROM product_variant v) = :'variants_before' AS variants_untouched;

DROP TABLE test.answer;
RESET product_upsert.profile;
SELECT test.clean();
