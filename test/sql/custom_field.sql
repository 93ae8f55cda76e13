-- Custom fields: definitions, types, merging, uniqueness, look-up (rules 5 to 7, 14, 27, 47; fine point k).
\set VERBOSITY terse
SELECT test.clean();
INSERT INTO product_category (organization_id, id, name) VALUES (1, 10, 'All'), (2, 10, 'All of two');
INSERT INTO product_custom_field (organization_id, id, uuid, namespace, reference, name, type, enum_values, multiple_values, unique_value, is_identifier) VALUES
    (1, 101, '99999999-9999-4999-8999-999999999999', NULL, 'txt', 'A text', 'text', NULL, false, false, false), (1, 102, NULL, NULL, 'num', NULL, 'number', NULL, false, false, false),
    (1, 103, NULL, NULL, 'bool', NULL, 'boolean', NULL, false, false, false), (1, 104, NULL, NULL, 'day', NULL, 'date', NULL, false, false, false),
    (1, 105, NULL, NULL, 'colour', NULL, 'enum', '{red,green}', false, false, false), (1, 106, NULL, NULL, 'colours', NULL, 'enum', '{red,green}', true, false, false),
    (1, 107, NULL, NULL, 'lst', NULL, 'list', NULL, false, false, false), (1, 108, NULL, NULL, 'nums', NULL, 'number', NULL, true, false, false),
    (1, 109, NULL, NULL, 'erp', NULL, 'text', NULL, false, true, true), (1, 110, NULL, NULL, 'eans', NULL, 'text', NULL, true, true, true),
    (1, 111, NULL, NULL, 'serial', NULL, 'number', NULL, false, true, false), (1, 112, NULL, NULL, 'grp', NULL, 'text', NULL, false, false, true),
    (1, 113, NULL, 'dims', 'width', NULL, 'number', NULL, false, false, false), (1, 114, NULL, 'other', 'width', NULL, 'text', NULL, false, false, false),
    (2, 115, NULL, NULL, 'erp', NULL, 'text', NULL, false, true, true), (2, 116, NULL, NULL, 'theirs', NULL, 'text', NULL, false, false, false);
-- What becomes of one custom field in a billing document of product c1.
CREATE FUNCTION test.field(entry jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT test.ways(jsonb_build_object('reference', 'c1', 'custom_fields', jsonb_build_array(entry)), 'billing')
$$;
CREATE FUNCTION test.held(wanted text) RETURNS jsonb LANGUAGE sql AS $$ SELECT custom_fields FROM product WHERE reference = wanted AND organization_id = 1 $$;
SET product_upsert.profile = 'billing';
SELECT product_upsert('{"name": "C1", "reference": "c1", "category_id": 10}') -> 'custom_fields' AS none, product_upsert('{"name": "C2", "reference": "c2", "category_id": 10}') -> 'custom_fields' AS none;

\echo billing_14_types_enum_and_multiplicity_are_enforced
SELECT entry, test.field(entry) AS outcome FROM unnest(ARRAY[
    '{"reference": "txt", "value": "t"}', '{"reference": "txt", "value": ""}', '{"reference": "txt", "value": 1}', '{"reference": "txt", "values": ["a"]}', '{"reference": "txt", "value": ["a"]}',
    '{"reference": "num", "value": 1.50}', '{"reference": "num", "value": "1.5"}', '{"reference": "num", "value": true}',
    '{"reference": "bool", "value": true}', '{"reference": "bool", "value": "true"}', '{"reference": "bool", "value": 0}', '{"reference": "bool", "value": "yes"}', '{"reference": "bool", "value": "False"}', '{"reference": "num", "value": "1,5"}', '{"reference": "nums", "values": ["1.5", "x"]}',
    '{"reference": "day", "value": "2024-02-29"}', '{"reference": "day", "value": "2023-02-29"}', '{"reference": "day", "value": 20240229}',
    '{"reference": "colour", "value": "red"}', '{"reference": "colour", "value": "Red"}', '{"reference": "colour", "value": 1}', '{"reference": "colour", "value": ["red"]}',
    '{"reference": "colours", "values": ["red", "green"]}', '{"reference": "colours", "values": ["red", "blue", 1]}', '{"reference": "colours", "value": "red"}', '{"reference": "colours", "values": []}', '{"reference": "colours", "values": "red"}',
    '{"reference": "lst", "values": ["any", "text"]}', '{"reference": "lst", "values": ["any", 1]}', '{"reference": "nums", "values": [1, 2.0]}', '{"reference": "nums", "values": [1, "2"]}']::jsonb[]) entry;
\echo billing_14_no_null_among_several_values
SELECT entry, test.field(entry) AS outcome FROM unnest(ARRAY[
    '{"reference": "colours", "values": ["red", null]}', '{"reference": "nums", "values": [null]}', '{"reference": "lst", "values": [null, "a"]}', '{"reference": "eans", "values": [null]}',
    '{"reference": "colours", "values": null}']::jsonb[]) entry;
\echo billing_14_one_of_value_and_values
SELECT entry, test.field(entry) AS outcome FROM unnest(ARRAY[
    '{"reference": "colours", "value": "red", "values": ["green"]}', '{"reference": "txt", "value": "a", "values": ["b"]}', '{"reference": "colours", "value": null, "values": ["green"]}', '{"reference": "txt", "value": "a", "values": null}']::jsonb[]) entry;
\echo billing_14_named_by_reference_or_id
SELECT entry, test.field(entry) AS outcome FROM unnest(ARRAY[
    '{"id": 101, "value": "t"}', '{"id": "101", "value": "t"}', '{"id": "99999999-9999-4999-8999-999999999999", "value": "t"}', '{"id": 102, "reference": "txt", "value": "t"}', '{"reference": "dims.width", "value": 1}',
    '{"reference": "nowhere", "value": 1}', '{"reference": "theirs", "value": "x"}', '{"id": 116, "value": "x"}', '{"value": 1}', '{"reference": "txt"}', '{}', '7']::jsonb[]) entry;
SELECT test.ways('{"reference": "c1", "custom_fields": {"txt": "t"}}', 'billing') AS no_list, test.ways('{"reference": "c1", "custom_fields": null}', 'billing') AS null_without_any;
\echo billing_14_id_and_reference_name_the_same_one
SELECT entry, e.message FROM unnest(ARRAY['{"id": 101, "reference": "txt", "value": "t"}', '{"id": 102, "reference": "txt", "value": "t"}', '{"id": 99, "reference": "txt", "value": "t"}', '{"id": 101, "reference": "nowhere", "value": "t"}', '{"id": null, "reference": "txt", "value": "t"}']::jsonb[]) entry,
       test.error(format('SELECT product_upsert(%L, dry_run => true)', jsonb_build_object('reference', 'c1', 'custom_fields', jsonb_build_array(entry)))) e;
\echo billing_14_one_custom_field_once_in_a_document
SELECT f.* FROM test.error($$SELECT product_upsert('{"reference": "c1", "custom_fields": [{"reference": "txt", "value": "t"}, {"reference": "num", "value": 1}, {"id": 101, "value": "u"}, {"reference": "txt", "value": null}]}')$$) e, jsonb_to_recordset(e.errors) f (field text, code text, message text, paths text);
SELECT test.ways('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "customFields": {"txt": "t", "101": "u"}}', 'subscription', ', mode => ''create''') AS nor_in_an_object;
\echo billing_14_an_unknown_one_is_named
SELECT e.state, f.* FROM test.error($$SELECT product_upsert('{"reference": "c1", "custom_fields": [{"reference": "txt", "value": "t"}, {"reference": "theirs", "value": "x"}, {"id": 99, "value": "x"}]}')$$) e,
       jsonb_to_recordset(e.errors) f (field text, code text, resource_type text, resource_id text);
\echo billing_14_no_faulty_one_is_written_nor_those_beside_it
SELECT test.held('c1') IS NULL AS nothing;

\echo billing_14_supplied_fields_merge_into_the_stored_ones
SELECT product_upsert('{"reference": "c1", "custom_fields": [{"reference": "txt", "value": "t"}, {"reference": "num", "value": 1.50}, {"reference": "colours", "values": ["red"]}]}') -> 'custom_fields' AS three;
SELECT product_upsert('{"reference": "c1", "custom_fields": [{"reference": "num", "value": 2}, {"reference": "lst", "values": ["a", "b"]}]}') -> 'custom_fields' AS one_more;
SELECT test.field('{"reference": "num", "value": 2}') AS the_same, test.field('{"reference": "num", "value": 2.0}') AS another_scale, test.field('{"reference": "lst", "values": ["b", "a"]}') AS another_order;
SELECT product_upsert('{"reference": "c1", "custom_fields": [{"reference": "num", "value": null}, {"reference": "colours", "values": null}]}') -> 'custom_fields' AS null_takes_one_away;
SELECT product_upsert('{"reference": "c1", "custom_fields": []}') -> 'custom_fields' AS an_empty_list_keeps_all;
SELECT product_upsert('{"reference": "c1", "custom_fields": null}') -> 'custom_fields' AS null_clears_all, test.held('c1') AS held;

\echo billing_14_a_unique_value_belongs_to_one_product
SELECT product_upsert('{"reference": "c1", "custom_fields": [{"reference": "erp", "value": "E-1"}, {"reference": "eans", "values": ["1", "2"]}, {"reference": "serial", "value": 7.0}]}') -> 'custom_fields' AS c1;
SELECT entry, test.ways(jsonb_build_object('reference', 'c2', 'custom_fields', jsonb_build_array(entry)), 'billing') AS outcome FROM unnest(ARRAY[
    '{"reference": "erp", "value": "E-1"}', '{"reference": "erp", "value": " E-1 "}', '{"reference": "erp", "value": "e-1"}', '{"reference": "erp", "value": ""}', '{"reference": "eans", "values": ["3", "2"]}', '{"reference": "eans", "values": ["3", "4"]}',
    '{"reference": "serial", "value": 7}', '{"reference": "serial", "value": 7.00}', '{"reference": "serial", "value": 7.01}', '{"reference": "txt", "value": "E-1"}', '{"reference": "grp", "value": "E-1"}']::jsonb[]) entry;
SELECT test.field('{"reference": "erp", "value": "E-1"}') AS its_own, test.ways('{"name": "x", "reference": "c1", "category_id": 10, "custom_fields": [{"reference": "erp", "value": "E-1"}]}', 'billing', ', organization_id => 2') AS free_elsewhere;
\echo billing_14_a_value_given_up_is_free_again
SELECT product_upsert('{"reference": "c1", "custom_fields": [{"reference": "erp", "value": "E-2"}, {"reference": "eans", "values": ["2"]}, {"reference": "serial", "value": null}]}') IS NOT NULL AS changed;
SELECT product_upsert('{"reference": "c2", "custom_fields": [{"reference": "erp", "value": "E-1"}, {"reference": "eans", "values": ["1"]}, {"reference": "serial", "value": 7}]}') -> 'custom_fields' AS c2;
SELECT f.reference AS field, v.value, p.reference AS product, v.is_unique FROM product_custom_value v JOIN product_custom_field f ON f.id = v.custom_field_id JOIN product p ON p.id = v.product_id AND p.organization_id = v.organization_id ORDER BY 1, 2, 3;
\echo billing_14_one_value_twice_in_a_call
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"reference": "c1", "custom_fields": [{"reference": "erp", "value": "E-9"}]}, {"reference": "c2", "custom_fields": [{"reference": "erp", "value": "E-9"}]}, {"reference": "c2b", "name": "C2b", "category_id": 10, "custom_fields": [{"reference": "eans", "values": ["9", "9"]}]}]', on_error => 'skip', dry_run => true);
\echo billing_14_two_products_swap_their_values_in_one_call
SELECT status, changed, test.short(errors) FROM product_upsert_rows('[{"reference": "c1", "custom_fields": [{"reference": "erp", "value": "E-1"}]}, {"reference": "c2", "custom_fields": [{"reference": "erp", "value": "E-2"}]}]');
\echo billing_14_clearing_and_deleting_free_the_values
SELECT product_upsert('{"reference": "c2"}', field_actions => '{"custom_fields": "CLEAR"}') -> 'custom_fields' AS cleared;
SELECT count(*) AS values_of_c2 FROM product_custom_value v JOIN product p ON p.id = v.product_id WHERE p.reference = 'c2';
DELETE FROM product WHERE reference = 'c1' AND organization_id = 1;
SELECT count(*) AS values_left FROM product_custom_value;

\echo billing_07_found_by_custom_field
SELECT product_upsert_bulk('[{"name": "F1", "reference": "f1", "category_id": 10, "custom_fields": [{"reference": "erp", "value": "F-1"}, {"reference": "eans", "values": ["11", "12"]}, {"reference": "serial", "value": 1}, {"reference": "grp", "value": "g"}]},
                             {"name": "F2", "reference": "f2", "category_id": 10, "custom_fields": [{"reference": "erp", "value": "F-2"}, {"reference": "eans", "values": ["21"]}, {"reference": "serial", "value": 2}, {"reference": "grp", "value": "g"}]}]') IS NOT NULL AS two;
SELECT field, given, status, (SELECT p.reference FROM product p WHERE p.id = m.id) AS product, decided_by, test.short(errors) AS errors
  FROM (VALUES ('erp', '{"value": "F-1"}'::jsonb), ('erp', '{"value": " F-2"}'), ('erp', '{"value": "F-3"}'), ('eans', '{"values": ["12"]}'), ('eans', '{"value": "21"}'), ('eans', '{"values": ["11", "99"]}'), ('eans', '{"values": ["11", "21"]}'), ('eans', '{"values": []}'),
               ('serial', '{"value": 2.0}'), ('grp', '{"value": "g"}'), ('grp', '{"value": "h"}'), ('erp', '{"value": 7}'), ('txt', '{"value": "t"}')) t (field, given),
       LATERAL (SELECT (e.r).* FROM (SELECT product_match(jsonb_build_object('name', 'x', 'reference', 'new', 'category_id', 10, 'custom_fields', jsonb_build_array(given || jsonb_build_object('reference', field))), 'custom_field', field) AS r WHERE field <> 'txt') e) m;
SELECT test.ways('{"name": "F1 renamed", "custom_fields": [{"reference": "erp", "value": "F-1"}]}', 'billing', ', identifier_field => ''custom_field'', custom_field_reference => ''erp''') AS update_by_reference,
       test.ways('{"name": "F1 renamed", "custom_fields": [{"id": 109, "value": "F-1"}]}', 'billing', ', identifier_field => ''custom_field'', custom_field_reference => ''109''') AS update_by_id;
\echo billing_07_a_wrong_value_to_be_found_by_is_told_once
SELECT e.state, e.errors FROM test.error($$SELECT product_upsert('{"custom_fields": [{"reference": "erp", "value": 7}, {"reference": "num", "value": "x"}]}', custom_field_reference => 'erp')$$) e;
SELECT test.short(e.errors) AS a_missing_one_beside_another FROM test.error($$SELECT product_upsert('{"custom_fields": [{"reference": "num", "value": "x"}]}', custom_field_reference => 'erp')$$) e;
\echo billing_07_in_bulk_and_held_against_the_other_documents
SELECT position, status, decided_by, test.short(errors) AS errors
  FROM product_upsert_rows('[{"name": "n", "custom_fields": [{"reference": "erp", "value": "F-2"}]}, {"name": "n", "reference": "n", "category_id": 10, "custom_fields": [{"reference": "erp", "value": "N"}]}, {"name": "n"}, {"name": "m", "custom_fields": [{"reference": "erp", "value": "F-1"}]}, {"description": "again", "custom_fields": [{"reference": "erp", "value": "F-1"}]}]', 'custom_field', 'erp', on_error => 'skip', dry_run => true);
\echo billing_07_the_reference_of_another_product_is_taken
SELECT test.ways('{"reference": "f2", "custom_fields": [{"reference": "erp", "value": "F-1"}]}', 'billing', ', identifier_field => ''custom_field'', custom_field_reference => ''erp''');
\echo billing_07_not_in_another_organization
SELECT test.ways('{"name": "x", "reference": "x", "category_id": 10, "custom_fields": [{"reference": "erp", "value": "F-1"}]}', 'billing', ', identifier_field => ''custom_field'', custom_field_reference => ''erp'', organization_id => 2');

\echo subscription_47_the_same_definitions_as_an_object
SET product_upsert.profile = 'subscription';
SELECT product_upsert('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "number": "S-1", "customFields": {"txt": "t", "num": 1.50, "bool": false, "day": "2024-01-01", "colour": "red", "colours": ["green"], "lst": ["x"], "dims.width": 3}}', mode => 'create') -> 'customFields' AS all_types;
SELECT given, test.ways(jsonb_build_object('id', 'ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b', 'customFields', given), 'subscription') AS outcome
  FROM unnest(ARRAY['{"num": "1"}', '{"colour": "blue", "colours": ["blue"], "lst": "x", "bool": "yes", "day": "1.1.2024"}', '{"unknown": 1}', '{"txt": null}', '{"txt": "t"}', '{"erp": "F-1"}', '{"101": "by id"}', '[]', '[1]', 'null']::jsonb[]) given;
SELECT product_upsert('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "customFields": {"txt": "u", "num": null}}') -> 'customFields' AS merged;
\echo subscription_47_an_unknown_key_is_told_with_its_path
SELECT e.state, f.* FROM test.error($$SELECT product_upsert('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "customFields": {"unknown": 1, "num": "x"}}')$$) e, jsonb_to_recordset(e.errors) f (field text, code text, message text);

\echo retail_27_the_same_definitions_with_what_they_say
SELECT f - 'created_at' - 'updated_at' AS f, f ->> 'created_at' ~ '^\d{4}-\d\d-\d\dT[\d:]+\.\d{6}Z$' AND f ->> 'updated_at' >= f ->> 'created_at' AS timestamps FROM product p, jsonb_array_elements(product_get(p.id, 'retail') #> '{data,custom_fields}') f WHERE p.number = 'S-1' AND f ->> 'handle' IN ('txt', 'width', 'colours');

\echo custom_field_a_definition_without_flags_cannot_be_asked_for
SELECT state, message, hint FROM test.error($$SELECT product_upsert('{"customFields": {"txt": "t"}}', 'custom_field', 'txt')$$);

\echo custom_field_a_wrong_definition_is_refused_with_all_its_faults
SELECT e.* FROM (VALUES (NULL, 'size', 'integer', NULL), (NULL, 'size', 'enum', NULL), (NULL, 'size', 'enum', '{}'), (NULL, 'size', 'enum', '{a,NULL}'), (NULL, ' size', 'text', NULL), (NULL, '', 'text', NULL), ('', 'size', 'text', NULL), (E'\t', E'a\u0001', 'Text', '{NULL}')) d (space, reference, type, allowed),
       test.error(format('INSERT INTO product_custom_field (organization_id, namespace, reference, type, enum_values) VALUES (1, %L, %L, %L, %L)', space, reference, type, allowed)) e;
SELECT count(*) AS right_ones FROM product_custom_field WHERE product_custom_field_check(namespace, reference, type, enum_values);
\echo custom_field_a_definition_in_use_cannot_change_what_its_values_were_held_to
RESET product_upsert.profile;
SELECT test.clean();
INSERT INTO product_custom_field (organization_id, id, namespace, reference, type, enum_values) VALUES (1, 101, NULL, 'txt', 'text', NULL), (1, 102, NULL, 'unused', 'text', NULL), (1, 103, 'dims', 'width', 'number', NULL), (1, 104, NULL, 'colour', 'enum', '{red}'), (2, 105, NULL, 'txt', 'text', NULL);
SELECT status FROM product_upsert_rows('[{"external_id": "a", "name": "A", "custom_fields": {"txt": "x", "dims.width": 1.0, "colour": "red", "free": "f"}}, {"external_id": "b", "name": "B", "custom_fields": {"unused": null}}]');
SELECT change, test.try('UPDATE product_custom_field SET ' || change || ' RETURNING ''changed''') AS outcome FROM unnest(ARRAY['type = ''number'' WHERE id = 101', 'multiple_values = true WHERE id = 101', 'reference = ''other'' WHERE id = 101', 'namespace = ''n'' WHERE id = 101', 'id = 900 WHERE id = 101', 'unique_value = true WHERE id = 101', 'is_identifier = true WHERE id = 103', 'type = ''text'' WHERE id = 104',
    'name = ''Text'' WHERE id = 101', 'enum_values = ''{red,green}'' WHERE id = 104', 'type = ''number'', unique_value = true WHERE id = 102', 'type = ''number'' WHERE id = 105']) change;
SELECT test.try('DELETE FROM product_custom_field WHERE id = 101') AS nor_be_deleted;
SELECT test.try('DELETE FROM product_custom_field WHERE id = 102 RETURNING ''deleted''') AS but_an_unused_one;
\echo custom_field_values_of_unchanged_rejected_and_tried_documents_are_no_use
SELECT status FROM product_upsert_rows('[{"external_id": "b", "name": "B", "price": "x", "custom_fields": {"txt": "y"}}]', organization_id => 2, on_error => 'skip');
SELECT status FROM product_upsert_rows('[{"external_id": "b", "name": "B", "custom_fields": {"txt": "y"}}]', organization_id => 2, dry_run => true);
SELECT product_upsert('{"external_id": "a", "custom_fields": {"txt": "x"}}') IS NOT NULL AS unchanged, (SELECT count(*) FROM product_custom_field_use) AS uses;
\echo custom_field_flags_are_changed_and_the_values_indexed_together
SELECT product_custom_field_index('txt', true), product_custom_field_index('dims.width', is_identifier => true);
SELECT custom_field_id, value, is_unique FROM product_custom_value ORDER BY 1;
SELECT test.try($$SELECT product_upsert('{"external_id": "c", "name": "C", "custom_fields": {"txt": "x"}}')$$) AS held, (SELECT decided_by FROM product_match('{"custom_fields": {"dims.width": 1}}', custom_field_reference => 'dims.width')) AS found;
SELECT product_upsert('{"external_id": "b", "custom_fields": {"dims.width": 1}}') IS NOT NULL AS no_unique_one;
SELECT state, message, errors FROM test.error($$SELECT product_custom_field_index('dims.width', true)$$);
SELECT product_custom_field_index('txt', false), test.try($$SELECT product_upsert('{"external_id": "b", "custom_fields": {"txt": "x"}}') IS NOT NULL$$) AS unique_no_more;
SELECT count(*) AS indexed_still FROM product_custom_value WHERE custom_field_id = 101;
SELECT statement, state, message, hint FROM unnest(ARRAY['index(''nix'')', 'release(''txt'')', 'release(''txt'', 3)', 'index(NULL)']) statement, test.error('SELECT product_custom_field_' || statement);
\echo custom_field_values_stored_before_the_definition_are_never_silently_outside_the_index
INSERT INTO product_custom_field (organization_id, id, reference, type, unique_value) VALUES (1, 106, 'free', 'text', true);
SELECT position, status, test.short(errors) AS errors, errors -> 0 ->> 'message' AS message FROM product_upsert_rows('[{"external_id": "d", "name": "D", "custom_fields": {"free": "f"}}, {"external_id": "e", "name": "E", "custom_fields": {"txt": "e"}}, {"external_id": "a", "custom_fields": {"free": null}, "price": 1}]', on_error => 'skip', dry_run => true);
SELECT test.try($$SELECT product_upsert('{"custom_fields": {"free": "f"}}', custom_field_reference => 'free')$$) AS not_found_by_it;
SELECT product_custom_field_index('free') AS indexed, test.try($$SELECT product_upsert('{"external_id": "d", "name": "D", "custom_fields": {"free": "f"}}')$$) AS taken;
SELECT status, decided_by FROM product_match('{"custom_fields": {"free": "f"}}', custom_field_reference => 'free');
\echo custom_field_what_cannot_identify_is_not_indexed
UPDATE product SET custom_fields = custom_fields || '{"txt": " padded "}' WHERE external_id = 'b';
SELECT state, message, errors FROM test.error($$SELECT product_custom_field_index('txt', true)$$);
\echo custom_field_without_values_it_is_released
SELECT product_upsert_bulk('[{"external_id": "a", "custom_fields": null}, {"external_id": "b", "custom_fields": null}]') IS NOT NULL AS cleared;
SELECT product_custom_field_release('txt'), test.try('UPDATE product_custom_field SET type = ''number'' WHERE id = 101 RETURNING ''changed''') AS outcome;
SELECT custom_field_id FROM product_custom_field_use ORDER BY 1;
\echo identity_an_id_is_an_id_and_a_reference_a_reference
INSERT INTO product_custom_field (organization_id, id, reference, type) VALUES (1, 1800, 'eighteen', 'text'), (1, 1801, '1800', 'text'), (1, 1802, '01800', 'text'), (1, 1803, '1803', 'text');
INSERT INTO product_category (organization_id, id, reference, name) VALUES (1, 1, 'c', 'C');
SELECT entry, e.errors -> 0 ->> 'field' AS field, e.errors -> 0 ->> 'code' AS code, coalesce(e.errors -> 0 ->> 'message', product_upsert(d, profile => 'billing', dry_run => true) #>> '{custom_fields,0,reference}') AS outcome
  FROM unnest(ARRAY['{"id": 1800}', '{"id": "1800"}', '{"id": "01800"}', '{"id": "eighteen"}', '{"reference": "1800"}', '{"reference": "01800"}', '{"reference": "1803"}', '{"reference": "104"}', '{"id": 1800, "reference": "eighteen"}', '{"id": 1800, "reference": "1800"}', '{"id": "x", "reference": "eighteen"}', '{}', '7']::jsonb[]) entry,
       jsonb_build_object('reference', 'idref', 'name', 'N', 'category_id', 1, 'custom_fields', jsonb_build_array(CASE WHEN jsonb_typeof(entry) = 'object' THEN entry || '{"value": "v"}' ELSE entry END)) d, test.error(format('SELECT product_upsert(%L, profile => %L, dry_run => true)', d, 'billing')) e;
SELECT product_upsert('{"reference": "idref", "name": "N", "category_id": 1, "custom_fields": [{"id": 1800, "value": "v"}, {"reference": "1800", "value": "w"}]}', profile => 'billing') IS NOT NULL AS stored, (SELECT status FROM product_upsert_rows(jsonb_build_array(product_upsert('{"reference": "idref"}', profile => 'billing')), profile => 'billing')) AS its_answer_given_back;
\echo identity_a_bare_name_may_be_either_but_not_both
SELECT name, e.errors -> 0 ->> 'code' AS code, coalesce(e.errors -> 0 ->> 'message', product_upsert(d, dry_run => true) ->> 'custom_fields') AS outcome
  FROM unnest('{1800,01800,1801,1803,eighteen, eighteen ,01801}'::text[]) name, jsonb_build_object('reference', 'bare', 'name', 'N', 'custom_fields', jsonb_build_object(name, 'v')) d, test.error(format('SELECT product_upsert(%L, dry_run => true)', d)) e;

\echo billing_08_an_answer_with_fields_of_several_namespaces_is_given_back
INSERT INTO product_custom_field (organization_id, id, namespace, reference, type) VALUES (1, 121, 'one', 'deep', 'number'), (1, 122, 'two', 'deep', 'text'), (1, 123, NULL, 'high', 'text'), (1, 124, 'one', 'high', 'text');
SELECT product_upsert('{"reference": "spaces", "name": "N", "category_id": 1, "custom_fields": [{"reference": "one.deep", "value": 1}, {"reference": "two.deep", "value": "d"}, {"reference": "one.high", "value": "h"}]}', profile => 'billing') -> 'custom_fields' AS stored;
SELECT status, test.short(errors) AS errors FROM product_upsert_rows(jsonb_build_array(product_upsert('{"reference": "spaces"}', profile => 'billing')), profile => 'billing', on_error => 'skip');
SELECT entry, test.ways(jsonb_build_object('reference', 'spaces', 'custom_fields', jsonb_build_array(entry)), 'billing') AS outcome
  FROM unnest(ARRAY['{"id": 122, "reference": "two.deep", "value": "d"}', '{"id": 122, "reference": "one.deep", "value": "d"}', '{"id": 123, "reference": "one.high", "value": "h"}', '{"reference": "deep", "value": "d"}', '{"reference": "high", "value": "h"}']::jsonb[]) entry;

DROP FUNCTION test.field, test.held;
RESET product_upsert.profile;
SELECT test.clean();
