-- C1 to C8, the rules that all contracts share.
\set VERBOSITY terse
SELECT test.clean();
SET product_upsert.profile = 'catalog';

\echo c1_absent_keeps_null_clears_array_replaces
SELECT p -> 'price' AS price, p -> 'tags' AS tags, p -> 'description' AS description
  FROM product_upsert('{"external_id": "c1", "name": "One", "price": 1.50, "tags": ["a", "b"], "description": "text"}') p;
SELECT p -> 'price' AS price, p -> 'tags' AS tags, p -> 'description' AS description, p -> 'name' AS name
  FROM product_upsert('{"external_id": "c1", "description": null}') p;
SELECT p -> 'price' AS price, p -> 'tags' AS tags, p -> 'description' AS description
  FROM product_upsert('{"external_id": "c1", "tags": ["b", "c"]}') p;
SELECT p -> 'tags' AS emptied FROM product_upsert('{"external_id": "c1", "tags": []}') p;
SELECT p -> 'tags' AS cleared, p -> 'price' AS price FROM product_upsert('{"external_id": "c1", "tags": null, "price": null}') p;

\echo c1_null_for_what_cannot_be_null_is_a_failure
SELECT test.ways('{"external_id": "c1", "name": null}', 'catalog');
SELECT test.ways('{"external_id": "c1", "is_archived": null, "is_deleted": null}', 'catalog');

\echo c1_a_document_that_says_nothing_new_is_unchanged
SELECT test.ways('{"external_id": "c1", "description": null, "tags": null}', 'catalog');
SELECT test.ways('{"external_id": "c1"}', 'catalog');

\echo c2_required_only_where_it_is_created
SELECT test.ways('{"external_id": "c2", "price": 1}', 'catalog');
SELECT test.ways('{"external_id": "c1", "price": 1}', 'catalog');
SELECT position, status, test.short(errors) AS errors
  FROM product_upsert_rows('[{"external_id": "c1", "price": 2}, {"external_id": "c2", "price": 2}]', on_error => 'skip');

\echo c3_every_failure_of_a_document_with_its_path
SELECT test.ways('{"external_id": "c3", "price": "dear", "calories": 1.5, "tags": ["a", 1, {}], "colour": "red", "available_from": "2025-02-30"}', 'catalog');

\echo c3_failures_of_all_documents_of_a_call_each_with_its_position
SELECT test.try($$SELECT product_upsert_bulk('[{"external_id": "c3", "price": []}, {"external_id": "c1", "price": 9}, {"handle": "", "calories": "x"}, 7]')$$);

\echo c3_a_required_field_that_is_wrong_is_told_once
SELECT test.ways('{"external_id": "c3", "name": 7}', 'catalog');

\echo c4_a_batch_is_all_or_nothing
SELECT test.state() AS before \gset
SELECT product_upsert_bulk('[{"external_id": "c4", "name": "Four"}, {"external_id": "c1", "price": 9}, {"external_id": "c5"}]');
SELECT test.state() = :'before' AS nothing_written;

\echo c4_skip_writes_all_but_the_rejected
SELECT position, status, id IS NOT NULL AS has_id, version, changed, test.short(errors) AS errors
  FROM product_upsert_rows('[{"external_id": "c4", "name": "Four", "price": 4}, {"external_id": "c5", "price": 5}, {"external_id": "c1", "price": 9}]', on_error => 'skip');
SELECT test.products('external_id, name, price');

\echo c4_nothing_of_a_rejected_document_is_written
SELECT position, status, id IS NOT NULL AS has_id, version, changed, test.short(errors) AS errors
  FROM product_upsert_rows('[{"external_id": "c4", "name": "Four, renamed", "price": "x"}]', on_error => 'skip');
SELECT test.products('external_id, name, price');

\echo c4_in_the_callers_transaction
BEGIN;
SELECT p -> 'name' AS name FROM product_upsert('{"external_id": "c6", "name": "Six"}') p;
SELECT count(*) FROM product WHERE external_id = 'c6';
ROLLBACK;
SELECT count(*) FROM product WHERE external_id = 'c6';
BEGIN;
SAVEPOINT s;
SELECT product_upsert('{"external_id": "c6"}');
ROLLBACK TO s;
SELECT p -> 'name' AS name FROM product_upsert('{"external_id": "c6", "name": "Six"}') p;
COMMIT;
SELECT count(*) FROM product WHERE external_id = 'c6';

\echo c5_numbers_come_back_as_they_went_in
SELECT p -> 'price' AS price, p -> 'cost' AS cost, p -> 'markup' AS markup
  FROM product_upsert('{"external_id": "n1", "name": "Numbers", "price": 12345678901234567890123, "cost": 19.90, "markup": -0.000000000000000000000000000001}') p;
SELECT price, cost, markup FROM product WHERE external_id = 'n1';
SELECT p -> 'price' AS price, p -> 'cost' AS cost
  FROM product_upsert('{"external_id": "n1", "price": 9007199254740993, "cost": 0.1}') p;
SELECT p -> 'custom_data' AS custom_data
  FROM product_upsert('{"external_id": "n1", "custom_data": {"a": [1.10, 99999999999999999999999.000, 0.10, 1e3, -0.0], "b": 922337203685477580700}}') p;
SELECT (product_upsert_bulk('[{"external_id": "n1", "price": 100000000000000000000.00}]') -> 0 -> 'price')::text AS bulk;
SELECT product_get(id) -> 'price' AS got FROM product WHERE external_id = 'n1';

\echo c5_the_limits_of_a_bigint_and_around_18_digits
SELECT v, (product_upsert(jsonb_build_object('external_id', 'c5 ' || v, 'name', 'N', 'price', v)) -> 'price')::text = v::text AS same
  FROM (VALUES (999999999999999999), (1000000000000000000), (9223372036854775807), (9223372036854775808),
               (-9223372036854775808), (-9223372036854775809), (0.999999999999999999), (0.9999999999999999999),
               (123456789012345678.9), (0.0), (0.00), (-0.5), (1e-20), (1e30), (12345.67890), (10000), (100000000)) n (v);

DELETE FROM product WHERE external_id LIKE 'c5 %';
\echo fine_point_i_numbers_are_compared_by_value_and_what_stands_stays
SELECT p -> 'price' AS price FROM product_upsert('{"external_id": "n1", "price": 1.0}') p;
SELECT test.ways('{"external_id": "n1", "price": 1.0}', 'catalog');
SELECT test.ways('{"external_id": "n1", "price": 1.00}', 'catalog');
SELECT test.ways('{"external_id": "n1", "price": 1}', 'catalog');
SELECT test.ways('{"external_id": "n1", "price": 1.01}', 'catalog');
SELECT p -> 'price' AS price, p -> 'description' AS description FROM product_upsert('{"external_id": "n1", "price": 1.00, "description": "beside it"}') p;
SELECT p -> 'price' AS price FROM jsonb_array_elements(product_upsert_bulk('[{"external_id": "n1", "price": 1.000, "description": "x"}, {"external_id": "n2", "name": "N2", "price": 2.50, "description": "y"}]')) p;
SELECT p -> 'price' AS price FROM jsonb_array_elements(product_upsert_bulk('[{"external_id": "n1", "price": 1.00, "description": "beside another price"}, {"external_id": "n2", "price": 2.75}]')) p;
SELECT product_upsert('{"external_id": "n1", "custom_data": {"a": [1.0, {"b": 2.50}], "c": 19.90}}') -> 'custom_data' AS at_every_depth;
SELECT test.ways('{"external_id": "n1", "custom_data": {"a": [1, {"b": 2.5}], "c": 19.9}}', 'catalog') AS same, test.ways('{"external_id": "n1", "custom_data": {"a": [1, {"b": 2.51}], "c": 19.9}}', 'catalog') AS another;
DELETE FROM product WHERE external_id = 'n2';

\echo c6_products_of_another_organization_are_not_matched
SELECT test.ways('{"external_id": "c4", "name": "Four of two"}', 'catalog', ', organization_id => 2');
SELECT test.ways('{"external_id": "c4", "price": 4.4}', 'catalog', ', organization_id => 2');
SELECT id AS four FROM product WHERE external_id = 'c4' \gset
SELECT product_get(:four) -> 'external_id' AS own, product_get(:four, organization_id => 2) AS foreign;
SELECT status, candidates FROM product_match('{"external_id": "c4", "name": "Four of two"}', organization_id => 2);

\echo c6_the_same_identifiers_live_side_by_side
SELECT p -> 'name' AS name, p -> 'organization_id' AS organization_id
  FROM product_upsert('{"external_id": "c4", "reference": "r4", "name": "Four of two"}', organization_id => 2) p;
SELECT test.ways('{"external_id": "c4", "reference": "r4"}', 'catalog');
SELECT organization_id, name, reference FROM product WHERE external_id = 'c4' ORDER BY 1;

\echo c6_no_error_names_a_product_of_another_organization
SELECT p -> 'name' AS name FROM product_upsert('{"external_id": "c7", "name": "Seven of two"}', organization_id => 2) p;
SELECT e.state, jsonb_path_query_array(e.errors, '$[*].rules') AS rules, e.errors::text LIKE '%' || p.id || '%' AS names_it
  FROM test.error($$SELECT product_upsert('{"external_id": "c7", "reference": "r4"}', organization_id => 2)$$) e, product p WHERE p.external_id = 'c7';
SELECT e.state, e.errors
  FROM test.error($$SELECT product_upsert('{"external_id": "c7", "price": 1}')$$) e;

\echo c6_organization_id_defaults_to_the_setting
SET product_upsert.organization_id = 2;
SELECT test.ways('{"external_id": "c7", "price": 1}', 'catalog');
RESET product_upsert.organization_id;
SELECT test.try($$SELECT product_upsert('{"name": "x"}', organization_id => 0)$$);
SELECT test.try($$SELECT product_upsert('{"name": "x", "organization_id": -1}')$$);

\echo c7_read_only_fields_are_ignored_where_the_profile_says_so
SELECT test.ways('{"external_id": "c4", "version": 77, "created_at": "2001-01-01T00:00:00Z", "updated_at": "2001-01-01T00:00:00Z"}', 'catalog');
SELECT p -> 'version' AS version, (p ->> 'created_at')::timestamptz > '2020-01-01' AS created_now
  FROM product_upsert('{"external_id": "c8", "name": "Eight", "version": 77, "created_at": "2001-01-01T00:00:00Z"}') p;

\echo c7_else_a_failure
INSERT INTO product_profile (name, definition) VALUES ('c7_strict', '{
  "identity": ["external_id"],
  "fields": {"external_id": {"type": "text"}, "name": {"type": "text"}, "price": {"type": "decimal", "read_only": "reject"},
             "version": {"type": "integer", "read_only": "reject"}}}');
SELECT test.ways('{"external_id": "c8", "version": 1, "price": 3}', 'c7_strict');
DELETE FROM product_profile WHERE name = 'c7_strict';

\echo c8_identity_text_is_stored_and_compared_without_white_space_at_either_end
SELECT p -> 'external_id' AS external_id, p -> 'reference' AS reference
  FROM product_upsert(jsonb_build_object('external_id', E'  t1\t\n', 'name', 'Trimmed', 'reference', E'\u00A0\u3000a b\u2003\u0085')) p;
SELECT test.ways(jsonb_build_object('external_id', E'\r\n t1 \u2028', 'price', 1), 'catalog');
SELECT test.ways('{"reference": "a b", "price": 1}', 'catalog');
SELECT e.state, test.short(e.errors) AS errors
  FROM test.error($$SELECT product_upsert_bulk('[{"external_id": "t2", "name": "x"}, {"external_id": " t2", "name": "y"}]')$$) e;

\echo c8_white_space_within_and_what_is_none_is_kept
SELECT convert_to(v, 'UTF8') AS v, product_upsert(jsonb_build_object('external_id', v, 'name', 'kept')) ->> 'external_id' = v AS same
  FROM (VALUES ('a  b'), (E'\u200Ba'), (E'\uFEFFa'), ('é')) t (v);

\echo c8_otherwise_byte_for_byte_and_case_sensitively
SELECT test.ways('{"external_id": "T1", "name": "Another"}', 'catalog');
SELECT test.ways(jsonb_build_object('external_id', U&'e\0301', 'name', 'decomposed'), 'catalog');
SELECT test.ways(jsonb_build_object('external_id', U&'\00E9', 'price', 3), 'catalog');

\echo c8_an_identifier_is_never_an_empty_string
SELECT test.ways('{"external_id": "", "name": "Empty"}', 'catalog');
SELECT test.ways(jsonb_build_object('external_id', E' \u00A0', 'handle', E'\t', 'name', 'Empty'), 'catalog');

\echo c8_rows_that_sql_writes_directly_are_held_to_the_same
SELECT test.try($$INSERT INTO product (organization_id, name, external_id) VALUES (1, 'x', '')$$) LIKE '23514 %' AS empty,
       test.try($$INSERT INTO product (organization_id, name, external_id) VALUES (1, 'x', ' x')$$) LIKE '23514 %' AS padded,
       test.try($$INSERT INTO product (organization_id, name, reference) VALUES (1, 'x', U&'x\00A0')$$) LIKE '23514 %' AS nbsp,
       test.try($$UPDATE product SET manufacturer = 'M ' WHERE external_id = 't1'$$) LIKE '23514 %' AS updated,
       test.try($$INSERT INTO product (organization_id, name, external_id) VALUES (1, 'x', 't1')$$) LIKE '23505 %' AS taken,
       test.try($$INSERT INTO product (organization_id, name, size) VALUES (1, 'x', 'NaN')$$) LIKE '23514 %' AS nan;
