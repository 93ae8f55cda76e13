-- What field_actions do with each kind of field (rule 16; rule 22 for variants; fine points b and l).
\set VERBOSITY terse
SELECT test.clean();
SET product_upsert.profile = 'catalog';
INSERT INTO product_category (organization_id, id, reference, name) VALUES (1, 101, 'cat', 'Category');
INSERT INTO product_feature (organization_id, id, reference, name) VALUES (1, 101, 'f1', 'F1'), (1, 102, 'f2', 'F2'), (1, 103, 'f3', 'F3');
INSERT INTO product_family (organization_id, id, name) VALUES (1, 101, 'A'), (1, 102, 'B');
INSERT INTO product_custom_field (organization_id, id, reference, type, multiple_values) VALUES (1, 101, 'txt', 'text', false), (1, 102, 'many', 'text', true), (1, 103, 'num', 'number', false);
-- The product before every action, and what one action makes of it: which fields changed, and a member of the answer.
CREATE FUNCTION test.act(action text, document jsonb, field text, OUT outcome text, OUT value jsonb) LANGUAGE plpgsql AS $$
DECLARE
    actions jsonb := jsonb_build_object(field, action);
BEGIN
    outcome := test.ways('{"external_id": "a"}' || document, 'catalog', format(', field_actions => %L', actions));
    IF outcome ~ '^\d' THEN RETURN; END IF;
    BEGIN
        value := product_upsert('{"external_id": "a"}' || document, field_actions => actions) -> field;
        RAISE EXCEPTION USING ERRCODE = 'TS000';
    EXCEPTION WHEN SQLSTATE 'TS000' THEN NULL;
    END;
END
$$;
SELECT product_upsert('{"external_id": "a", "name": "A", "description": "old", "price": 1.0, "category_id": "cat", "tags": ["x", "y"], "images": [{"url": "1"}, {"url": "2"}], "features": ["f1", "f2"], "families": [101],
                        "custom_fields": {"txt": "t", "many": ["m", "n"], "num": 1.0, "free": [1, 2]}, "variants": [{"sku": "s1", "price": 1, "position": 1}, {"sku": "s2", "price": 2, "position": 2}]}') ->> 'name' AS product;

\echo billing_16_scalars
SELECT action, (test.act(action, '{"description": "new"}', 'description')).* FROM unnest('{REPLACE,IGNORE,CLEAR,replace}'::text[]) action;
SELECT action, (test.act(action, '{}', 'description')).* FROM unnest('{REPLACE,IGNORE,CLEAR}'::text[]) action;
SELECT action, (test.act(action, '{"price": null}', 'price')).* FROM unnest('{REPLACE,IGNORE,CLEAR}'::text[]) action;
SELECT action, (test.act(action, '{"category_id": null}', 'category_id')).* FROM unnest('{REPLACE,IGNORE,CLEAR}'::text[]) action;
\echo billing_16_what_is_ignored_is_not_checked_nor_looked_up
SELECT test.ways('{"reference": "r", "name": "N", "category_id": 4711, "status": "NONE", "display_order": "x", "features": ["none"], "custom_fields": [{"reference": "none", "value": 1}], "linked_integrations": [{}], "parent_product_id": 4711}', 'billing', ', field_actions => ''{"category_id": "IGNORE", "status": "IGNORE", "display_order": "IGNORE", "features": "IGNORE", "custom_fields": "IGNORE", "linked_integrations": "IGNORE", "parent_product_id": "IGNORE"}''') AS only_what_is_missing;
SELECT test.ways('{"external_id": "ignoring", "name": "N", "price": "x", "tags": [1], "variants": [{"sku": 1}]}', 'catalog', ', field_actions => ''{"variants": "IGNORE", "price": "IGNORE", "tags": "IGNORE"}''') AS the_rest_is_taken;
\echo billing_16_what_the_product_is_found_by_is_not_ignored
SELECT test.ways('{"reference": "two words", "name": "N"}', 'billing', ', field_actions => ''{"reference": "IGNORE"}''') AS checked;
\echo billing_16_text_lists
SELECT action, (test.act(action, '{"tags": ["z", "x", "z"]}', 'tags')).* FROM unnest('{REPLACE,IGNORE,CLEAR,APPEND,REMOVE}'::text[]) action;
SELECT action, (test.act(action, '{"tags": null}', 'tags')).* FROM unnest('{REPLACE,IGNORE,CLEAR,APPEND,REMOVE}'::text[]) action;
SELECT action, (test.act(action, '{}', 'tags')).* FROM unnest('{REPLACE,IGNORE,CLEAR,APPEND,REMOVE}'::text[]) action;
\echo billing_16_lists_of_objects
SELECT action, (test.act(action, '{"images": [{"url": "2"}, {"url": "3"}]}', 'images')).* FROM unnest('{REPLACE,IGNORE,CLEAR,APPEND,REMOVE}'::text[]) action;
\echo billing_16_what_is_no_list_is_neither_appended_to_nor_removed_from
SELECT product_upsert('{"external_id": "o", "name": "O", "custom_data": {"a": 1}}') -> 'custom_data' AS an_object, product_upsert('{"external_id": "l", "name": "L", "custom_data": [1]}') -> 'custom_data' AS a_list;
SELECT action, given, test.ways('{"external_id": "o"}' || given, 'catalog', options) AS on_an_object, test.ways('{"external_id": "l"}' || given, 'catalog', options) AS on_a_list,
       test.ways('{"external_id": "n", "name": "N"}' || given, 'catalog', options) AS on_nothing
  FROM unnest('{APPEND,REMOVE}'::text[]) action, unnest(ARRAY['{"custom_data": {"b": 2}}', '{"custom_data": [1, 2]}', '{"custom_data": 1}', '{"custom_data": null}', '{}']::jsonb[]) given,
       format(', field_actions => ''{"custom_data": "%s"}''', action) options;
SELECT test.try(format($$SELECT product_upsert('{"external_id": "o"}', field_actions => '{"translations": "%s"}')$$, action)) AS an_object_by_its_definition FROM unnest('{APPEND,REMOVE}'::text[]) action;
DELETE FROM product WHERE external_id IN ('o', 'l');
\echo billing_16_links
SELECT action, a.outcome, (SELECT array_agg(f ->> 'name') FROM jsonb_array_elements(a.value) f) AS features FROM unnest('{REPLACE,IGNORE,CLEAR,APPEND,REMOVE}'::text[]) action, test.act(action, '{"features": ["f2", "f3"]}', 'features') a;
SELECT action, a.outcome, (SELECT array_agg(f ->> 'name') FROM jsonb_array_elements(a.value) f) AS families FROM unnest('{REPLACE,IGNORE,CLEAR,APPEND,REMOVE}'::text[]) action, test.act(action, '{"families": [102]}', 'families') a;
SELECT action, a.outcome, (SELECT array_agg(f ->> 'name') FROM jsonb_array_elements(a.value) f) AS features FROM unnest('{REPLACE,CLEAR,APPEND,REMOVE}'::text[]) action, test.act(action, '{}', 'features') a;
\echo billing_16_custom_fields
SELECT action, (test.act(action, '{"custom_fields": {"many": ["n", "o"], "num": 2}}', 'custom_fields')).* FROM unnest('{REPLACE,IGNORE,CLEAR,APPEND,REMOVE}'::text[]) action;
SELECT action, (test.act(action, '{"custom_fields": {"txt": "t", "num": 1.0}}', 'custom_fields')).* FROM unnest('{APPEND,REMOVE}'::text[]) action;
\echo retail_22_variants
SELECT action, a.outcome, (SELECT array_agg((f ->> 'sku') || ' ' || (f ->> 'price')) FROM jsonb_array_elements(a.value) f) AS variants
  FROM unnest('{REPLACE,IGNORE,CLEAR,APPEND,REMOVE}'::text[]) action, LATERAL (SELECT * FROM test.act(action, '{"variants": [{"sku": "s2", "price": 9}, {"sku": "s3", "price": 3, "position": 3}]}', 'variants')) a;
SELECT action, a.outcome, (SELECT array_agg(f ->> 'sku') FROM jsonb_array_elements(a.value) f) AS variants FROM unnest('{REPLACE,APPEND,REMOVE}'::text[]) action, test.act(action, '{"variants": []}', 'variants') a;

\echo billing_16_the_same_list_twice_appends_nothing_twice
SELECT status, changed FROM product_upsert_rows('[{"external_id": "a", "tags": ["y", "z"], "images": [{"url": "3"}], "features": ["f3"], "custom_fields": {"many": ["o"]}}]', field_actions => '{"tags": "APPEND", "images": "APPEND", "features": "APPEND", "custom_fields": "APPEND"}');
SELECT status, changed FROM product_upsert_rows('[{"external_id": "a", "tags": ["y", "z"], "images": [{"url": "3"}], "features": ["f3"], "custom_fields": {"many": ["o"]}}]', field_actions => '{"tags": "APPEND", "images": "APPEND", "features": "APPEND", "custom_fields": "APPEND"}');
SELECT p -> 'tags' AS tags, p -> 'images' AS images, p #> '{custom_fields,many}' AS many FROM product_upsert('{"external_id": "a"}') p;
\echo billing_16_what_is_removed_twice_is_unchanged
SELECT status, changed FROM product_upsert_rows('[{"external_id": "a", "tags": ["z"], "images": [{"url": "3"}], "features": ["f3"], "custom_fields": {"many": ["o"]}}]', field_actions => '{"tags": "REMOVE", "images": "REMOVE", "features": "REMOVE", "custom_fields": "REMOVE"}');
SELECT status, changed FROM product_upsert_rows('[{"external_id": "a", "tags": ["z"], "images": [{"url": "3"}], "features": ["f3"], "custom_fields": {"many": ["o"]}}]', field_actions => '{"tags": "REMOVE", "images": "REMOVE", "features": "REMOVE", "custom_fields": "REMOVE"}');

\echo billing_16_merge_objects_member_by_member_and_lists_of_objects_by_their_key
SELECT product_upsert('{"external_id": "a", "translations": {"de": {"name": "x", "description": "d"}, "en": {"name": "y"}}, "custom_data": {"a": {"b": 1, "c": [1, 2]}, "d": 1}, "images": [{"url": "1", "n": 1, "m": 1}, {"url": "2"}], "linked_integrations": [{"id": "i1", "x": 1}]}') IS NOT NULL AS stored;
SELECT (test.act('MERGE', '{"translations": {"de": {"name": "new"}, "fr": {"name": "z"}}}', 'translations')).*;
SELECT (test.act('MERGE', '{"translations": {"en": null}}', 'translations')).*;
SELECT (test.act('MERGE', '{"custom_data": {"a": {"c": [3]}, "d": null, "e": {"f": null, "g": 1}}}', 'custom_data')).*;
SELECT (test.act('MERGE', '{"images": [{"url": "2", "n": 2}, {"url": "3"}, {"url": "1", "m": null}, {"no": "key"}]}', 'images')).*;
SELECT (test.act('MERGE', '{"images": [{"url": "1", "n": 1.0}]}', 'images')).* ;
SELECT (test.act('MERGE', '{"linked_integrations": [{"id": "i1", "y": 2}, {"id": "i2"}]}', 'linked_integrations')).*;
SELECT (test.act('MERGE', '{"custom_fields": {"num": 2}}', 'custom_fields')).*;
SELECT a.outcome, (SELECT array_agg(f ->> 'name') FROM jsonb_array_elements(a.value) f) AS features FROM test.act('MERGE', '{"features": ["f2", "f3"]}', 'features') a;
SELECT a.outcome, (SELECT array_agg((f ->> 'sku') || ' ' || (f ->> 'price')) FROM jsonb_array_elements(a.value) f) AS variants FROM test.act('MERGE', '{"variants": [{"sku": "s2", "price": 9}]}', 'variants') a;
SELECT (test.act('MERGE', '{"description": "x"}', 'description')).outcome AS a_text, (test.act('MERGE', '{"tags": ["x"]}', 'tags')).outcome AS texts;
\echo billing_16_on_creation
SELECT p -> 'tags' AS appended, p -> 'description' AS ignored, p -> 'price' AS cleared, p -> 'images' AS removed, jsonb_array_length(p -> 'features') AS features
  FROM product_upsert('{"external_id": "new", "name": "New", "tags": ["a", "a", "b"], "description": "d", "price": 1, "images": [{"url": "1"}], "features": ["f1"]}', field_actions => '{"tags": "APPEND", "description": "IGNORE", "price": "CLEAR", "images": "REMOVE", "features": "APPEND"}') p;
SELECT test.ways('{"external_id": "new2", "name": "New"}', 'catalog', ', field_actions => ''{"name": "IGNORE"}''') AS an_ignored_required_field;
\echo billing_16_in_bulk_for_every_document
SELECT p -> 'tags' AS tags FROM jsonb_array_elements(product_upsert_bulk('[{"external_id": "a", "tags": ["q"]}, {"external_id": "new", "tags": ["q"]}, {"external_id": "third", "name": "3", "tags": ["q"]}]', field_actions => '{"tags": "APPEND"}')) p;
\echo billing_16_unknown_fields_and_actions_are_refused_with_the_valid_ones_named
SELECT e.state, f.field, f.code, left(f.message, 75) AS message FROM test.error($$SELECT product_upsert('{"external_id": "a"}', field_actions => '{"colour": "REPLACE", "version": "IGNORE", "tags": "MERGE", "price": "APPEND", "category_id": "REMOVE", "name": "CLEAR", "variants": 7, "organization_id": "IGNORE"}')$$) e,
       jsonb_to_recordset(e.errors) f (field text, code text, message text);
SELECT actions, state, test.short(errors) AS errors FROM unnest(ARRAY['[]', '"REPLACE"', 'null', '{}']) actions, LATERAL (SELECT * FROM test.error(format('SELECT product_upsert(''{"external_id": "a"}'', field_actions => %L)', actions))) e;
SELECT status, test.short(errors) AS errors FROM product_match('{"external_id": "a", "tags": ["new"]}', field_actions => '{"tags": "IGNORE"}');

DROP FUNCTION test.act;
RESET product_upsert.profile;
SELECT test.clean();
\echo billing_16_every_action_stands_above
SELECT action AS is_to_be_tried_above
  FROM test.error($$SELECT product_upsert('{}', field_actions => '{"tags": "NONE"}')$$) e, regexp_split_to_table(rtrim(replace(e.hint, 'Valid are ', ''), '.'), ', ') action
 WHERE action <> ALL ('{REPLACE,IGNORE,CLEAR,APPEND,REMOVE,MERGE}');
