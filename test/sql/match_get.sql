-- product_match (which product it is, what would change, why not) and product_get.
\set VERBOSITY terse
\echo match_a_reject_that_found_nothing_was_decided_by_nothing
SELECT position, status, decided_by FROM product_upsert_rows('[{"manufacturer": "M", "brand": "B", "name": "N", "calories": "x"}, {"manufacturer": "M", "brand": "B", "name": "O"}]', profile => 'vending', on_error => 'skip', dry_run => true);
\echo match_two_keys_of_different_products_name_the_fields
SELECT product_upsert_bulk('[{"external_id": "x1", "name": "X"}, {"external_id": "x2", "handle": "h2", "name": "X"}]') IS NOT NULL AS two;
SELECT e ->> 'field' AS field, e -> 'rules' AS rules, e -> 'fields' AS fields FROM test.error($$SELECT product_upsert('{"external_id": "x1", "handle": "h2"}')$$) t, jsonb_array_elements(t.errors) e;
SELECT test.clean();
SET product_upsert.profile = 'catalog';
SELECT id AS a FROM product_upsert_rows('[{"external_id": "ma", "reference": "ra", "name": "A", "price": 1.50}]') \gset
SELECT id AS b FROM product_upsert_rows('[{"external_id": "mb", "reference": "rb", "name": "B", "manufacturer": "M", "brand": "B"}]') \gset
SELECT test.state() AS before, last_value AS before_id FROM product_id_seq \gset

CREATE FUNCTION test.match(document jsonb, options text DEFAULT '', OUT status text, OUT product text, OUT decided_by text, OUT candidates text, OUT changed text[], OUT errors text)
LANGUAGE plpgsql AS $$
DECLARE
    names jsonb := (SELECT jsonb_object_agg(id, lower(name)) FROM public.product);
BEGIN
    EXECUTE format('SELECT status, $1 ->> id::text, decided_by, (SELECT string_agg(concat_ws('' by '', $1 ->> (c ->> ''id''), c ->> ''rule''), '', '' ORDER BY c ->> ''rule'')'
                   '  FROM jsonb_array_elements(candidates) c), changed, test.short(errors) FROM public.product_match(%L %s)', document, options)
       INTO match.status, product, match.decided_by, match.candidates, match.changed, match.errors USING names;
    -- Where rules contradict each other no product is the one that is meant.
    IF decided_by IS NULL THEN
        product := NULL;
    END IF;
END
$$;

\echo match_what_would_become_of_it
SELECT (test.match(d::jsonb)).* FROM unnest(ARRAY['{"external_id": "ma", "price": 1.50}', '{"external_id": "ma", "price": 2, "tags": []}', '{"external_id": "mc", "name": "C"}',
    '{"external_id": "mc"}', '{"reference": "ra", "external_id": "ma", "name": "A2"}', '{"external_id": "ma", "reference": "rb"}',
    '{"manufacturer": "M", "brand": "C", "name": "x"}', '{"external_id": "ma", "price": "x", "colour": 1}', '{"name": "x"}']) d;
\echo match_with_options
SELECT (test.match('{"external_id": "ma", "price": 2}', o)).* FROM unnest(ARRAY[', mode => ''create''', ', mode => ''update''', ', if_version => 1', ', if_version => 7',
    ', identifier_field => ''external_id''', ', identifier_field => ''reference''', ', organization_id => 2', ', field_actions => ''{"price": "IGNORE"}''']) o;
SELECT (test.match('{"external_id": "ma", "reference": "rb"}', ', identifier_field => ''external_id''')).*;
SELECT (test.match('{"manufacturer": "M", "brand": "B", "name": "B", "productGroup": "x"}', ', profile => ''vending''')).*;
\echo match_explains_in_words
SELECT replace(replace(explanation, :'a', '(a)'), :'b', '(b)') AS explanation FROM unnest(ARRAY['{"external_id": "ma"}', '{"external_id": "ma", "price": 2}', '{"external_id": "mc", "name": "C"}', '{"external_id": "mc"}', '{"external_id": "ma", "reference": "rb"}']) d, product_match(d::jsonb);
\echo match_is_read_only
BEGIN READ ONLY;
SELECT status FROM product_match('{"external_id": "ma", "price": 2}');
SELECT status FROM product_match('{"external_id": "mc", "name": "C"}');
COMMIT;
SELECT test.state() = :'before' AS nothing_written, last_value = :before_id AS no_id_used FROM product_id_seq;
\echo match_agrees_with_what_upsert_then_does
SELECT bool_and(m.status = r.status AND m.changed IS NOT DISTINCT FROM r.changed AND m.decided_by IS NOT DISTINCT FROM r.decided_by) AS agree
  FROM unnest(ARRAY['{"external_id": "ma", "price": 1.50}', '{"external_id": "ma", "price": 2, "tags": []}', '{"external_id": "mc", "name": "C"}', '{"manufacturer": "M", "brand": "C", "name": "x"}']) d,
       product_match(d::jsonb) m, product_upsert_rows(jsonb_build_array(d::jsonb), dry_run => true) r;
\echo match_another_shape_is_refused
SELECT d, test.try(format('SELECT product_match(%L)', d)) FROM unnest('{[],7,null}'::text[]) d;

\echo get_in_the_profiles_shape
SELECT g -> 'external_id' AS external_id, g -> 'price' AS price, g -> 'id' = to_jsonb(:a) AS id FROM product_get(:a) g;
SELECT g -> 'productId' = to_jsonb(:b) AS id, g -> 'manufacturer' AS manufacturer, g ? 'external_id' AS other_fields FROM product_get(:b, 'vending') g;
\echo get_equals_what_upsert_answered
SELECT product_upsert('{"external_id": "ma"}') = product_get(:a) AS catalog, product_upsert(jsonb_build_object('productId', :b), profile => 'vending') = product_get(:b, 'vending') AS vending;
SELECT product_upsert('{"external_id": "mg", "name": "G", "tags": ["x"], "custom_data": {"a": [1.0]}, "available_from": "2024-02-29", "uuid": "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"}') AS answered \gset
SELECT product_get(id) = :'answered' AS created FROM product WHERE external_id = 'mg';
SELECT g -> 'available_from' AS available_from, g -> 'uuid' AS uuid FROM product, product_get(id) g WHERE external_id = 'mg';
\echo get_null_where_there_is_none
SELECT product_get(999999) IS NULL AS unknown, product_get(-1) IS NULL AS negative, product_get(9223372036854775807) IS NULL AS largest, product_get(:a, organization_id => 2) IS NULL AS of_another_organization;
\echo get_takes_its_organization_from_the_setting_too
SET product_upsert.organization_id = 2;
SELECT product_get(:a) IS NULL AS invisible, product_get(:a, organization_id => 1) IS NOT NULL AS visible;
RESET product_upsert.organization_id;
\echo get_of_a_deleted_row
SELECT product_upsert(jsonb_build_object('productId', :a, 'isDeleted', true), profile => 'vending') -> 'isDeleted' AS softly;
SELECT product_get(:a) -> 'is_deleted' AS still_there;

\echo match_by_a_custom_field_of_any_name
INSERT INTO product_custom_field (organization_id, reference, type, unique_value) VALUES (1, 'it"s \ there', 'text', true);
SELECT jsonb_build_object('external_id', 'quoted', 'name', 'Q', 'custom_fields', jsonb_build_object('it"s \ there', 'a "b"')) AS quoted \gset
SELECT status FROM product_upsert_rows(jsonb_build_array(:'quoted'::jsonb));
SELECT status, decided_by, candidates -> 0 ->> 'rule' AS rule FROM product_match(:'quoted'::jsonb - 'external_id', custom_field_reference => 'it"s \ there');

DROP FUNCTION test.match;
RESET product_upsert.profile;
