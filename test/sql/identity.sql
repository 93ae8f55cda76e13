-- Identity rules: finding a product by each, one at a time and together; rules of the user's own.
\set VERBOSITY terse
SELECT test.clean();
SET product_upsert.profile = 'catalog';

SELECT id AS a FROM product_upsert_rows('[{"uuid": "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "external_id": "ext-a", "reference": "ref-a", "handle": "han-a", "number": "num-a", "manufacturer": "M", "brand": "B", "name": "A", "size": 1, "size_unit": "kg"}]') \gset
SELECT id AS b FROM product_upsert_rows('[{"uuid": "b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "external_id": "ext-b", "reference": "ref-b", "handle": "han-b", "number": "num-b", "manufacturer": "M", "brand": "B", "name": "B", "size": 1, "size_unit": "kg"}]') \gset

\echo identity_every_built_in_rule_finds_its_product
CREATE TABLE test.keys AS SELECT * FROM (VALUES
    (1, 'id', jsonb_build_object('id', :a)), (2, 'uuid', '{"uuid": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}'),
    (3, 'external_id', '{"external_id": "ext-a"}'), (4, 'reference', '{"reference": "ref-a"}'), (5, 'handle', '{"handle": "han-a"}'),
    (6, 'number', '{"number": "num-a"}'), (7, 'natural', '{"manufacturer": "M", "brand": "B", "name": "A", "size": 1, "size_unit": "kg"}'))
    k (position, rule, key);
SELECT rule, test.ways(key || '{"price": 1}', 'catalog', format(', identifier_field => %L', rule)) AS asked_for,
       test.ways(key || '{"price": 1}', 'catalog') AS by_the_profiles_order
  FROM test.keys ORDER BY position;
SELECT bool_and((product_upsert(key, rule) ->> 'id')::bigint = :a) AS all_find_a FROM test.keys;

\echo identity_a_new_value_creates_and_says_what_was_not_found
SELECT rule, test.ways(key || '{"name": "New"}', 'catalog') AS outcome
  FROM (VALUES ('uuid', '{"uuid": "c0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}'::jsonb), ('external_id', '{"external_id": "ext-c"}'), ('reference', '{"reference": "ref-c"}'),
               ('handle', '{"handle": "han-c"}'), ('number', '{"number": "num-c"}'), ('natural', '{"manufacturer": "M2"}'), ('none', '{}')) k (rule, key);

\echo identity_two_products_without_any_identifier_are_two
SELECT position, status, decided_by FROM product_upsert_rows('[{"name": "Nameless"}, {"name": "Nameless"}, {"name": "Nameless", "brand": "B"}]', dry_run => true);

\echo identity_several_rules_that_agree_the_first_in_the_profiles_order_is_told
SELECT test.ways('{"number": "num-a", "reference": "ref-a", "external_id": "ext-a", "price": 2}', 'catalog');
SELECT test.ways('{"number": "num-a", "external_id": "ext-new", "price": 2}', 'catalog') AS the_new_one_is_taken_over;

\echo identity_rules_that_point_at_different_products_collide_naming_both
SELECT document, state, test.short(errors) AS errors, errors #> '{0,rules}' AS rules,
       (SELECT array_agg(CASE i::bigint WHEN :a THEN 'a' WHEN :b THEN 'b' END ORDER BY i::bigint) FROM jsonb_array_elements_text(errors #> '{0,ids}') i) AS ids
  FROM unnest(ARRAY['{"external_id": "ext-a", "reference": "ref-b"}', '{"handle": "han-b", "number": "num-a"}', format('{"id": %s, "external_id": "ext-a"}', :b),
                    '{"external_id": "ext-b", "manufacturer": "M", "brand": "B", "name": "A", "size": 1, "size_unit": "kg"}']) document,
       test.error(format('SELECT product_upsert(%L)', document));

\echo identity_never_a_fall_through_to_create
SELECT test.ways('{"external_id": "ext-a", "reference": "ref-b", "name": "Fall"}', 'catalog', ', mode => ''create''') LIKE '23505 %' AS refused;

\echo identity_identifier_field_narrows_the_look_up_but_every_rule_is_still_held
SELECT test.ways('{"external_id": "ext-a", "reference": "ref-new", "price": 3}', 'catalog', ', identifier_field => ''external_id''') AS other_key_is_new,
       test.ways('{"external_id": "ext-a", "reference": "ref-b"}', 'catalog', ', identifier_field => ''external_id''') AS other_key_is_anothers,
       test.ways('{"external_id": "ext-new", "reference": "ref-b", "name": "New"}', 'catalog', ', identifier_field => ''external_id''') AS to_be_created,
       test.ways('{"reference": "ref-a", "manufacturer": "M", "brand": "B", "name": "B", "size": 1, "size_unit": "kg"}', 'catalog', ', identifier_field => ''reference''') AS natural_is_anothers;
SELECT errors #>> '{0,rule}' AS rule, (errors #>> '{0,id}')::bigint = :b AS names_b
  FROM test.error($$SELECT product_upsert('{"external_id": "ext-a", "reference": "ref-b"}', 'external_id')$$);
\echo identity_held_against_the_other_documents_of_the_call
SELECT test.try($$SELECT product_upsert_bulk('[{"external_id": "ext-a", "handle": "new"}, {"external_id": "ext-b", "handle": "new"}]', 'external_id')$$) AS same_new_handle,
       test.try($$SELECT product_upsert_bulk('[{"external_id": "ext-a", "price": 1}, {"reference": "ref-a", "price": 2}]')$$) AS same_product,
       test.try($$SELECT product_upsert_bulk('[{"name": "X", "number": "n"}, {"name": "Y", "number": "n"}]')$$) AS same_number;
SELECT position, status, test.short(errors) AS errors
  FROM product_upsert_rows('[{"external_id": "ext-a", "handle": "new"}, {"external_id": "ext-b", "handle": "new"}, {"external_id": "ext-b2", "name": "B2"}]', 'external_id', on_error => 'skip', dry_run => true);
\echo identity_two_products_swap_their_keys_in_one_call
SELECT status, changed FROM product_upsert_rows('[{"external_id": "ext-a", "handle": "han-b"}, {"external_id": "ext-b", "handle": "han-a"}]', 'external_id');
SELECT external_id, handle, version FROM product WHERE external_id IN ('ext-a', 'ext-b') ORDER BY 1;
SELECT product_upsert('{"external_id": "ext-a", "handle": "han-free"}', 'external_id') ->> 'handle' AS a,
       product_upsert('{"external_id": "ext-b", "handle": "han-a"}', 'external_id') ->> 'handle' AS b;

\echo identity_the_identifier_asked_for_is_missing_from_the_document
SELECT rule, test.ways('{"name": "No identifier"}', 'catalog', format(', identifier_field => %L', rule)) AS outcome FROM test.keys ORDER BY position;
SELECT test.ways('{"external_id": null, "name": "x"}', 'catalog', ', identifier_field => ''external_id''') AS null_is_missing;

\echo identity_an_unknown_identifier_lists_the_valid_ones
SELECT state, hint LIKE '%id, uuid, external_id, reference, handle, number, natural%' AS lists_them, test.short(errors) AS errors
  FROM unnest(ARRAY['externalid', '', 'ID', 'name']) f, test.error(format('SELECT product_upsert(''{"name": "x"}'', %L)', f));

\echo identity_an_identifier_by_the_profiles_name_of_its_field
SELECT product_upsert('{"id": "0d4c0c9e-3f0c-4b7e-9c55-0a4b6d2f8f11", "name": "By uuid"}', profile => 'subscription', mode => 'create') ->> 'name' AS created;
SELECT identifier, test.ways('{"id": "0d4c0c9e-3f0c-4b7e-9c55-0a4b6d2f8f11", "name": "New"}', 'subscription', format(', identifier_field => %L', identifier)) AS outcome FROM unnest('{id,uuid,number,customFields}'::text[]) identifier;
SELECT test.ways('{"productId": 4711, "name": "x"}', 'vending', ', identifier_field => ''productId''') AS not_found;
SELECT f, message, hint FROM unnest('{handle,uuid,name}'::text[]) f, test.error(format('SELECT product_upsert(''{"name": "x"}'', %L, profile => ''vending'')', f));
-- A name that is a rule's and another rule's field is nobody's; either is had by its other name.
INSERT INTO product_profile (name, definition) VALUES ('crossed', '{"identity": ["reference"], "fields": {"reference": {"type": "text", "column": "external_id"}, "code": {"type": "text", "column": "reference"}, "name": {"type": "text"}}}');
SELECT f, test.ways('{"reference": "ext-a", "code": "ref-b"}', 'crossed', format(', identifier_field => %L', f)) AS outcome FROM unnest('{reference,code,external_id}'::text[]) f;
SELECT message, hint FROM test.error($$SELECT product_upsert('{"name": "x"}', 'reference', profile => 'crossed')$$);
DELETE FROM product_profile WHERE name = 'crossed';

\echo identity_natural_nulls_are_equal
SELECT product_upsert('{"manufacturer": "N", "name": "Nulls"}') ->> 'name' AS created;
SELECT test.ways('{"manufacturer": "N", "name": "Nulls", "price": 1}', 'catalog') AS all_absent,
       test.ways('{"manufacturer": "N", "name": "Nulls", "brand": null, "size": null, "size_unit": "", "price": 1}', 'catalog') AS null_and_empty,
       test.ways('{"manufacturer": "N", "name": "Nulls", "brand": "B"}', 'catalog') AS with_a_brand,
       test.ways('{"manufacturer": "N", "name": "Nulls", "size": 0}', 'catalog') AS with_a_size;
SELECT test.try($$INSERT INTO product (organization_id, manufacturer, name) VALUES (1, 'N', 'Nulls')$$) LIKE '23505 %' AS direct_sql_is_held_to_it,
       test.try($$INSERT INTO product (organization_id, name) VALUES (1, 'Nulls') RETURNING name$$) AS without_manufacturer_it_is_not;
\echo identity_natural_numbers_are_equal_by_value
SELECT test.ways('{"manufacturer": "M", "brand": "B", "name": "A", "size": 1.000, "size_unit": "kg"}', 'catalog');

\echo identity_a_rule_of_the_users_own
SELECT test.clean();
SELECT product_identity_create('upc', '{upc}');
SELECT product_upsert('{"upc": " 0001 ", "name": "By UPC"}', 'upc') ->> 'upc' AS trimmed_like_any_identifier;
SELECT test.ways('{"upc": "0001", "price": 1}', 'catalog', ', identifier_field => ''upc''') AS found,
       test.ways('{"upc": "0002", "name": "x"}', 'catalog', ', identifier_field => ''upc''') AS not_found,
       test.ways('{"upc": "", "name": "x"}', 'catalog', ', identifier_field => ''upc''') AS empty,
       test.ways('{"upc": "0001", "name": "x", "external_id": "e"}', 'catalog', ', identifier_field => ''external_id''') AS held_against_others;
SELECT test.try($$SELECT product_upsert_bulk('[{"upc": "7", "name": "x"}, {"upc": " 7", "name": "y"}]')$$) LIKE '23505 upc:collision@1%' AS held_within_a_call,
       test.try($$INSERT INTO product (organization_id, name, upc) VALUES (1, 'x', '0001')$$) LIKE '23505 %' AS taken_to_direct_sql,
       test.try($$INSERT INTO product (organization_id, name, upc) VALUES (1, 'x', '0001 ')$$) LIKE '23514 %' AS padded_to_direct_sql;
\echo identity_a_rule_of_the_users_own_in_another_profiles_words
SELECT test.ways('{"manufacturer": "V", "brand": "V", "name": "V", "upc": "0001"}', 'vending') AS taken,
       test.ways('{"upc": "0001", "cost": 2}', 'vending', ', identifier_field => ''upc''') AS found;
SELECT product_identity_create('item', '{item_number,department}');
SELECT product_upsert('{"item_number": "1", "department": "d", "name": "Item"}', 'item') ->> 'name' AS two_fields;
SELECT test.ways('{"item_number": "1", "department": "d", "price": 1}', 'catalog', ', identifier_field => ''item''') AS found,
       test.ways('{"item_number": "1", "department": "e", "name": "x"}', 'catalog', ', identifier_field => ''item''') AS one_field_differs,
       test.ways('{"item_number": "1", "price": 1}', 'catalog', ', identifier_field => ''item''') AS one_field_missing;
SELECT product_identity_create('loose', '{container,vend_size}', true, '{container}');
SELECT product_upsert('{"container": "can", "name": "Loose"}', 'loose') ->> 'name' AS nulls_equal;
SELECT test.ways('{"container": "can", "price": 1}', 'catalog', ', identifier_field => ''loose''') AS found,
       test.ways('{"container": "can", "vend_size": "L", "name": "x"}', 'catalog', ', identifier_field => ''loose''') AS not_found;
SELECT product_identity_create('priced', '{price}');
SELECT product_upsert('{"price": 1.5, "name": "Priced"}', 'priced') ->> 'name' AS a_number;
SELECT test.ways('{"price": 1.50, "cost": 1}', 'catalog', ', identifier_field => ''priced''') AS equal_by_value;
\echo identity_one_definition_makes_index_and_matcher
SELECT r.name, array_to_string(r.fields, ',') AS fields, r.nulls_equal = i.indnullsnotdistinct AS same_nulls, i.indisunique AS is_unique
  FROM product_identity r JOIN pg_class c ON c.relname = 'product_identity_' || r.name JOIN pg_index i ON i.indexrelid = c.oid
 WHERE i.indrelid = 'product'::regclass ORDER BY r.name COLLATE "C";
SELECT count(*) FILTER (WHERE NOT pg_get_indexdef(indexrelid) LIKE '%(organization_id, %') AS unique_indexes_that_begin_otherwise
  FROM pg_index WHERE indrelid = 'product'::regclass AND indisunique;

\echo identity_dropping_a_rule
SELECT product_identity_drop(r) FROM unnest('{item,loose,priced}'::text[]) r;
SELECT product_identity_drop('upc');
SELECT test.try($$SELECT product_upsert('{"upc": "0001", "name": "x"}', 'upc')$$) AS no_longer_known,
       test.ways('{"upc": "0001", "name": "Second"}', 'catalog') AS no_longer_held,
       test.try($$INSERT INTO product (organization_id, name, upc) VALUES (1, 'x', '0001 ') RETURNING name$$) AS nor_to_direct_sql;
SELECT count(*) FROM pg_class WHERE relname LIKE 'product_identity_upc%';
\echo identity_a_rule_that_the_products_break_is_refused_and_leaves_nothing
UPDATE product SET upc = NULL WHERE upc = '0001 ';
INSERT INTO product (organization_id, name, upc) VALUES (1, 'Twin 1', 'twin'), (1, 'Twin 2', 'twin');
SELECT state, message, test.short(errors) AS errors FROM test.error($$SELECT product_identity_create('upc', '{upc}')$$);
SELECT count(*) FROM product_identity WHERE name = 'upc';
UPDATE product SET upc = upc || ' ' WHERE upc = 'twin';
SELECT state, message, test.short(errors) AS errors FROM test.error($$SELECT product_identity_create('upc', '{upc}')$$);
\echo identity_a_rule_is_undone_with_its_transaction
BEGIN;
SELECT product_identity_create('department', '{department}');
SELECT product_upsert('{"department": "d1", "name": "Department"}', 'department') ->> 'name' AS created;
ROLLBACK;
SELECT test.try($$SELECT product_upsert('{"department": "d1", "name": "x"}', 'department')$$) AS unknown_again;
\echo identity_an_id_that_no_product_can_have_is_out_of_range
-- Whichever rules the profile has, and whatever it says of the id.
INSERT INTO product_profile (name, definition) SELECT n, jsonb_build_object('identity', i::jsonb, 'fields', '{"id": {"type": "integer"}, "external_id": {"type": "text"}, "name": {"type": "text"}, "variants": {"role": "variants", "fields": {"id": {"type": "integer", "read_only": "match"}, "sku": {"type": "text"}}}}'::jsonb)
  FROM (VALUES ('unruled', '["external_id"]'), ('ruled', '["external_id", "id"]')) v (n, i);
SELECT id, test.ways(jsonb_build_object('id', id, 'external_id', 'z' || id, 'name', 'Z'), 'unruled') AS unruled,
       test.ways(jsonb_build_object('id', id, 'external_id', 'z' || id, 'name', 'Z'), 'ruled') AS ruled,
       test.ways(jsonb_build_object('id', id, 'external_id', 'z' || id, 'name', 'Z'), 'ruled', $$, mode => 'create'$$) AS created,
       test.ways(jsonb_build_object('id', id, 'external_id', 'z' || id, 'name', 'Z'), 'catalog', $$, mode => 'create'$$) AS catalog,
       (SELECT concat_ws(' ', status, test.short(errors)) FROM product_match(jsonb_build_object('id', id, 'external_id', 'z' || id, 'name', 'Z'), profile => 'unruled')) AS matched
  FROM unnest('{0,-4,-9223372036854775808,9007199254740992,770001}'::bigint[]) id;
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"id": -4, "external_id": "z1", "name": "Z"}, {"id": 0, "external_id": "z2", "name": "Z"}, {"id": 0, "external_id": "ext-a", "name": "A"}]', profile => 'unruled', on_error => 'skip', dry_run => true);
SELECT test.ways('{"external_id": "z3", "name": "Z", "variants": [{"id": 0, "sku": "z"}]}', 'unruled') AS variant;
DELETE FROM product_profile WHERE name IN ('unruled', 'ruled');

\echo identity_faulty_rules_are_refused
SELECT call, state, message, hint LIKE 'Valid fields: %external_id%' AS lists_fields, test.short(errors) AS errors FROM (VALUES
    ($$product_identity_create('x', '{colour}')$$), ($$product_identity_create('x', '{tags}')$$), ($$product_identity_create('x', '{custom_data}')$$),
    ($$product_identity_create('x', '{version}')$$), ($$product_identity_create('x', '{organization_id}')$$), ($$product_identity_create('x', '{}')$$),
    ($$product_identity_create('x', '{upc,upc}')$$), ($$product_identity_create('x', '{upc,NULL}')$$), ($$product_identity_create('x y', '{upc}')$$),
    ($$product_identity_create('custom_field', '{upc}')$$), ($$product_identity_create('uuid', '{upc}')$$), ($$product_identity_create(NULL, '{upc}')$$),
    ($$product_identity_create('x', NULL)$$), ($$product_identity_create('x', '{upc}', true)$$), ($$product_identity_create('x', '{upc}', true, '{name}')$$),
    ($$product_identity_drop('x')$$), ($$product_identity_drop('natural')$$), ($$product_identity_drop(NULL)$$)) c (call), test.error('SELECT ' || call);
SELECT product_upsert('{"name": "Still works"}') ->> 'name' AS afterwards;

DROP TABLE test.keys;
RESET product_upsert.profile;
