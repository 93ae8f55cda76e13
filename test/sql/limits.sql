-- Hostile and huge input: an answer or a clear error, and the session stays usable.
\set VERBOSITY terse
SELECT test.clean();
SET product_upsert.profile = 'catalog';

\echo limits_what_is_no_json_never_reaches_us
SELECT left(test.try($$SELECT product_upsert('{"name": "a\u0000b"}')$$), 5) AS nul, left(test.try($$SELECT product_upsert('{"name": "\ud800"}')$$), 5) AS half_a_surrogate,
       left(test.try($$SELECT product_upsert('{"name": "\x"}')$$), 5) AS escape, left(test.try($$SELECT product_upsert('')$$), 5) AS empty,
       left(test.try($$SELECT product_upsert('{"name": NaN}')$$), 5) AS nan, left(test.try($$SELECT product_upsert('{"price": 1e131072}')$$), 5) AS overflow;
\echo limits_empty_scalar_and_array_documents
SELECT d, test.try(format('SELECT product_upsert(%L)', d)) AS single, test.try(format('SELECT product_match(%L)', d)) AS match,
       test.try(format('SELECT product_upsert_bulk(%L)', d)) AS bulk, test.try(format('SELECT 1 FROM product_upsert_rows(%L)', d)) AS rows
  FROM unnest(ARRAY['{}', '[]', '[{}]', '[[]]', 'null', '7', 'true', '"text"', '[{}, 1, null, "x", []]']) d;
SELECT left(test.try($$SELECT product_upsert('null'::jsonb)$$), 5) AS json_null;
\echo limits_of_duplicate_keys_the_last_counts
SELECT product_upsert('{"external_id": "d", "name": "first", "price": 1, "name": "last", "price": 2.0}') @> '{"name": "last", "price": 2.0}' AS last;
\echo limits_odd_keys
SELECT k, test.try(format('SELECT product_upsert(%L)', jsonb_build_object('name', 'x', k, 1))) LIKE '22023 %unknown_field' AS refused
  FROM unnest(ARRAY['', ' ', 'name ', 'Name', '"', E'\\', '$', 'a.b', U&'\+01F600', 'meta.x']) k;
SELECT test.try(format('SELECT product_upsert(%L)', jsonb_build_object('name', 'x', repeat('k', 1000000), 1))) LIKE '22023 %unknown_field' AS a_key_of_a_million;
SELECT test.try(format('SELECT product_upsert(%L)', (SELECT jsonb_object_agg('k' || i, i) FROM generate_series(1, 50000) i))) LIKE '22023 %' AS fifty_thousand_keys;

\echo limits_numbers
SELECT product_upsert(format('{"external_id": "n", "name": "N", "price": %s}', p)::jsonb) -> 'price' = p::jsonb AS comes_back
  FROM unnest(ARRAY['1e400', '-1e400', '1e-400', repeat('9', 400), '0.' || repeat('1', 400), repeat('9', 10000) || '.' || repeat('9', 10000), '-0', '1e131071']) p;
SELECT f, v, test.try(format('SELECT product_upsert(''{"external_id": "n", "%s": %s}'')', f, v)) AS refused
  FROM (VALUES ('calories', '1e400'), ('calories', '-2147483649'), ('calories', '2147483647.5'), ('id', '1e400'), ('id', '9223372036854775808'), ('display_order', '1e-400')) t (f, v);
SELECT product_upsert('{"external_id": "n", "calories": -2147483648, "display_order": 2147483647}') @> '{"calories": -2147483648, "display_order": 2147483647}' AS largest,
       product_upsert('{"external_id": "n", "calories": 1e3}') -> 'calories' AS an_exponent;
\echo limits_numbers_as_keys
SELECT product_upsert(format('{"manufacturer": "M", "name": "N", "size": %s}', repeat('9', 400))::jsonb) ->> 'name' AS created;
SELECT test.ways(format('{"manufacturer": "M", "name": "N", "size": %s}', repeat('9', 400))::jsonb, 'catalog') AS found;
SELECT test.try(format('SELECT product_upsert(''{"manufacturer": "M", "name": "N", "size": %s}'')', (SELECT string_agg(translate(md5(i::text), 'abcdef', '987654'), '') FROM generate_series(1, 3000) i))) LIKE '22023 size:%' AS a_size_that_no_index_holds;
\echo limits_dates_uuids_and_the_like
SELECT f, v, test.ways(jsonb_build_object('external_id', 'n', f, v), 'catalog') AS outcome
  FROM (VALUES ('available_from', '2024-02-29'), ('available_from', '2023-02-29'), ('available_from', '0000-01-01'), ('available_from', '9999-12-31'), ('available_from', '10000-01-01'), ('available_from', '2024-1-1'),
               ('available_from', 'infinity'), ('available_from', 'now'), ('available_from', '2024-01-01 BC'), ('available_from', ''), ('uuid', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'), ('uuid', 'a0eebc999c0b4ef8bb6d6bb9bd380a11'), ('uuid', 'x'), ('uuid', '')) t (f, v);

\echo limits_text_too_long_for_an_index
CREATE FUNCTION test.noise(bytes int) RETURNS text LANGUAGE sql AS $$ SELECT left(string_agg(md5(i::text), ''), bytes) FROM generate_series(0, bytes / 32) i $$;
SELECT f, test.try(format('SELECT product_upsert(%L)', jsonb_build_object('name', 'x', 'manufacturer', 'M') || jsonb_build_object(f, test.noise(3000)))) AS refused
  FROM unnest('{external_id,reference,handle,number,manufacturer,brand,name,size_unit}'::text[]) f;
SELECT test.try(format('SELECT product_upsert(%L)', jsonb_build_object('name', 'x', 'external_id', repeat('x', 1000000)))) AS though_it_compresses;
SELECT test.try(format('SELECT product_upsert(%L)', jsonb_build_object('manufacturer', test.noise(1000), 'brand', test.noise(1000), 'name', test.noise(1000)))) LIKE '22023 %:too_long' AS together_too_long;
SELECT length(product_upsert(jsonb_build_object('external_id', 'n', 'handle', test.noise(2000))) ->> 'handle') AS long_but_not_too_long;
SELECT length(product_upsert(jsonb_build_object('external_id', 'n', 'description', test.noise(3000), 'upc', test.noise(3000))) ->> 'upc') AS no_identifier;
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows(jsonb_build_array(jsonb_build_object('name', 'x', 'handle', test.noise(3000)), '{"external_id": "n", "price": 1}'::jsonb), on_error => 'skip');
\echo limits_a_number_too_long_for_an_index
INSERT INTO product_custom_field (organization_id, reference, name, type) VALUES (1, 'size', 'Size', 'number');
CREATE FUNCTION test.with_number(digits text) RETURNS jsonb LANGUAGE sql AS $$ SELECT ('{"external_id": "n", "custom_fields": {"size": ' || digits || '}}')::jsonb $$;
SELECT length(product_upsert(test.with_number('1' || translate(test.noise(3000), 'abcdef', '123456'))) #>> '{custom_fields,size}') AS not_indexed;
UPDATE product SET reference = 'n' WHERE external_id = 'n';
SELECT left(test.try($$SELECT product_custom_field_index('size', true)$$), 60) AS cannot_be_indexed;
SELECT status FROM product_upsert_rows(jsonb_build_array(test.with_number('1.50')));
SELECT product_custom_field_index('size', true);
SELECT test.try(format('SELECT product_upsert(%L)', test.with_number('1' || translate(test.noise(3000), 'abcdef', '123456')))) AS with_digits, test.try(format('SELECT product_upsert(%L)', test.with_number('1e131071'))) AS in_eight_bytes,
       test.try(format('SELECT product_upsert(%L)', test.with_number('1e-16383'))) AS behind_the_point, test.try(format('SELECT status FROM product_upsert_rows(%L)', jsonb_build_array(test.with_number('1' || repeat('0', 2499) || '.' || repeat('0', 3000))))) AS by_its_value;
SELECT product_custom_field_index('size', false);
-- An answer with values as texts has all digits, as the index and the stored value have.
SELECT product_upsert('{"reference": "n", "custom_fields": [{"reference": "size", "value": 1e150}]}', profile => 'billing') #>> '{custom_fields,0,value}' = '1' || repeat('0', 150) AS all_digits;
DROP FUNCTION test.with_number;
\echo limits_a_number_of_a_hundred_zeros_is_no_text
INSERT INTO product_profile (name, definition) VALUES ('vast', '{"identity": ["external_id"], "coerce": true, "fields": {"external_id": {"type": "text"}, "name": {"type": "text"}, "tags": {"type": "texts"}}}');
SELECT said, status, test.short(errors) AS errors
  FROM unnest('{1e99,1e100,-1e131071,1e-99,1e-101}'::text[]) said, product_upsert_rows('[{"external_id": "v", "name": ' || said || ', "tags": [' || said || ']}]', profile => 'vast', on_error => 'skip', dry_run => true);
DELETE FROM product_profile WHERE name = 'vast';

\echo limits_nesting
SELECT depth, left(test.try(format('SELECT product_upsert(%L)', format('{"external_id": "n", "custom_data": %s1%s}', repeat('[', depth), repeat(']', depth)))), 5) IN ('("(n', '22023', '54001', '{"id"', '{"upc') AS answered_or_refused
  FROM unnest(ARRAY[10, 100, 5000, 100000]) depth;
SELECT left(test.try(format('SELECT product_upsert(%L)', format('%s{}%s', repeat('[', 3000), repeat(']', 3000)))), 5) = '22023' AS documents_in_lists_in_lists;
SELECT left(test.try(format('SELECT 1 FROM product_upsert_rows(%L, on_error => ''skip'')', format('[%s1%s]', repeat('{"a":', 3000), repeat('}', 3000)))), 5) IN ('ok', '1') AS rows_nested;
SELECT product_upsert('{"external_id": "n", "custom_data": [[[[[[[[[[{"a": [1.50]}]]]]]]]]]]}') #>> '{custom_data,0,0,0,0,0,0,0,0,0,0,a,0}' AS comes_back;

\echo limits_50_megabytes_in_one_document
SELECT length(product_upsert(jsonb_build_object('external_id', 'big', 'name', 'Big', 'description', repeat('0123456789', 1000000))) ->> 'description') AS text;
SELECT jsonb_array_length(product_upsert(jsonb_build_object('external_id', 'big', 'description', NULL, 'custom_data', (SELECT jsonb_agg(jsonb_build_object('n', i, 't', 'text number ' || i)) FROM generate_series(1, 100000) i))) -> 'custom_data') AS custom_data;
SELECT status FROM product_upsert_rows(jsonb_build_array(jsonb_build_object('external_id', 'big', 'custom_data', (SELECT jsonb_agg(jsonb_build_object('n', i, 't', 'text number ' || i)) FROM generate_series(1, 100000) i)))) AS again;
SELECT test.try(format('SELECT product_upsert(%L)', jsonb_build_object('external_id', 'big', 'tags', (SELECT jsonb_agg(i) FROM generate_series(1, 1000) i)))) LIKE '22023 tags.0:type tags.1:type %' AS a_thousand_errors;
DELETE FROM product WHERE external_id = 'big';

\echo limits_100000_documents
CREATE TABLE test.many AS SELECT jsonb_agg(jsonb_build_object('external_id', 'e' || i, 'manufacturer', 'm' || i % 100, 'brand', 'b' || i % 1000, 'name', 'n' || i, 'price', i * 0.01)) AS documents FROM generate_series(1, 100000) i;
SELECT status, count(*), count(DISTINCT id) AS ids, min(position), max(position) FROM test.many, product_upsert_rows(documents) GROUP BY status;
SELECT status, count(*) FROM test.many, product_upsert_rows(documents) GROUP BY status;
SELECT test.try($$SELECT product_upsert_bulk(documents || '{"external_id": "e50000"}') FROM test.many$$) AS the_last_collides_with_one_in_the_middle;
SELECT status, count(*), min(test.short(errors)) AS errors FROM product_upsert_rows((SELECT jsonb_agg('{"colour": 1}'::jsonb) FROM generate_series(1, 20000)), on_error => 'skip') GROUP BY status;
SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(i) FROM generate_series(1, 100000) i), on_error => 'skip') GROUP BY status;
\echo limits_a_timeout_ends_a_call_that_is_at_work
SET statement_timeout = 50;
SELECT count(*) FROM test.many, product_upsert_rows(documents || '[{"colour": 1}]', on_error => 'skip');
RESET statement_timeout;
SELECT count(*) FROM product WHERE external_id LIKE 'e%';

\echo limits_lists_are_appended_to_and_removed_from_in_a_time_that_grows_with_them
SELECT product_upsert(jsonb_build_object('external_id', 'list', 'name', 'List', 'tags', (SELECT jsonb_agg('t' || i) FROM generate_series(1, 60000) i))) ->> 'name' AS created;
SET statement_timeout = '15s';
SELECT jsonb_array_length(product_upsert(jsonb_build_object('external_id', 'list', 'tags', (SELECT jsonb_agg('t' || i) FROM generate_series(30001, 90000) i)), field_actions => '{"tags": "APPEND"}') -> 'tags') AS appended;
SELECT jsonb_array_length(product_upsert(jsonb_build_object('external_id', 'list', 'tags', (SELECT jsonb_agg('t' || i) FROM generate_series(2, 89999) i)), field_actions => '{"tags": "REMOVE"}') -> 'tags') AS "left";
RESET statement_timeout;

\echo limits_every_document_has_its_own_pattern_of_nulls
SELECT product_identity_create('patterns', '{internal_name,product_type,status,tax_category,currency,web_url,container,vend_size,product_group,item_number}', true, '{internal_name}');
CREATE TABLE test.patterns AS SELECT i, jsonb_strip_nulls(jsonb_build_object('external_id', 'p' || i, 'name', 'P', 'internal_name', 'p', 'product_type', CASE WHEN i & 1 > 0 THEN 'x' END, 'status', CASE WHEN i & 2 > 0 THEN 'x' END,
    'tax_category', CASE WHEN i & 4 > 0 THEN 'x' END, 'currency', CASE WHEN i & 8 > 0 THEN 'x' END, 'web_url', CASE WHEN i & 16 > 0 THEN 'x' END, 'container', CASE WHEN i & 32 > 0 THEN 'x' END,
    'vend_size', CASE WHEN i & 64 > 0 THEN 'x' END, 'product_group', CASE WHEN i & 128 > 0 THEN 'x' END, 'item_number', CASE WHEN i & 256 > 0 THEN 'x' END)) AS document FROM generate_series(0, 299) i;
SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(document) FROM test.patterns)) GROUP BY status;
SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(document) FROM test.patterns)) GROUP BY status;
SELECT status, count(*), min(test.short(errors)) AS errors FROM product_upsert_rows((SELECT jsonb_agg(document || jsonb_build_object('external_id', 'q' || i)) FROM test.patterns), on_error => 'skip') GROUP BY status;
SELECT product_identity_drop('patterns');
DROP TABLE test.patterns;

\echo limits_a_detail_stays_below_64_kb_whatever_the_batch
CREATE FUNCTION test.detail(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE statement;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN detail;
END
$$;
SELECT octet_length(d) < 64000 AS small, d::jsonb -> 'rejected' AS rejected, d::jsonb -> 'counts' AS counts, jsonb_path_query_first(d::jsonb, '$.errors[2]') AS the_third
  FROM test.detail($$SELECT product_upsert_bulk((SELECT jsonb_agg(CASE WHEN i % 10 = 0 THEN jsonb_build_object('external_id', 'd' || i, 'name', 'n', 'price', 'x', 'parent_product_id', 'nobody') ELSE jsonb_build_object('external_id', 'd' || i) END) FROM generate_series(1, 20000) i))$$) d;
SELECT octet_length(d) < 64000 AS small, d::jsonb -> 'rejected' AS rejected FROM test.detail($$SELECT product_upsert_bulk((SELECT jsonb_agg(jsonb_build_object('name', 'n', 'category_id', repeat(i || 'x', 50000))) FROM generate_series(1, 20) i))$$) d;
SELECT hint FROM test.error($$SELECT product_upsert_bulk((SELECT jsonb_agg('{}'::jsonb) FROM generate_series(1, 1000)))$$);
SELECT count(*) FROM product_upsert_rows((SELECT jsonb_agg('{}'::jsonb) FROM generate_series(1, 1000)), on_error => 'skip', dry_run => true) WHERE errors IS NOT NULL;
DROP FUNCTION test.detail;
\echo limits_a_thousand_organizations_in_a_batch
SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('organization_id', 1 + i % 1000, 'reference', 'r' || i, 'name', 'x')) FROM generate_series(1, 3000) i)) GROUP BY status;
SELECT count(DISTINCT organization_id) FROM product WHERE reference IS NOT NULL;

\echo limits_the_version_at_its_end
SELECT product_upsert('{"external_id": "v", "name": "V"}') ->> 'name' AS created;
UPDATE product SET version = 2147483647 WHERE external_id = 'v';
SELECT left(test.try($$SELECT product_upsert('{"external_id": "v", "price": 1}')$$), 5) AS refused, test.try($$SELECT status FROM product_upsert_rows('[{"external_id": "v"}]')$$) AS unchanged;

-- JSON has no number for them: an answer with one could be neither read by a client nor stored.
\echo limits_numbers_that_are_none_are_texts_in_answers
ALTER TABLE product ADD own_number numeric;
ALTER TABLE product_variant ADD own_number numeric;
INSERT INTO product_profile (name, definition)
    SELECT 'none', jsonb_set(jsonb_set(definition, '{fields,own_number}', '{"type": "decimal"}'), '{fields,variants,fields,own_number}', '{"type": "decimal"}') FROM product_profile WHERE name = 'catalog';
SELECT status FROM product_upsert_rows('[{"external_id": "nan", "name": "N", "variants": [{"sku": "nan"}]}, {"external_id": "inf", "name": "I"}]', profile => 'none');
UPDATE product SET own_number = CASE external_id WHEN 'nan' THEN 'NaN' ELSE '-Infinity' END::numeric WHERE external_id IN ('nan', 'inf');
UPDATE product_variant SET own_number = 'Infinity' WHERE sku = 'nan';
SELECT a -> 'own_number' AS own, a #> '{variants,0,own_number}' AS of_variant, a::text::jsonb = a AS is_json
  FROM product p, LATERAL (SELECT product_get(p.id, 'none')) g (a) WHERE external_id IN ('nan', 'inf') ORDER BY id;
SELECT a -> 'own_number' AS own, a::text::jsonb = a AS is_json FROM jsonb_array_elements(product_upsert_bulk('[{"external_id": "nan", "price": 1}, {"external_id": "inf"}]', profile => 'none')) a;
SELECT product_upsert('{"external_id": "nan", "price": 2}', profile => 'none') -> 'own_number' AS own;
SELECT status FROM product_upsert_rows('[{"external_id": "nan", "own_number": 1}]', profile => 'none');
DELETE FROM product_profile WHERE name = 'none';
ALTER TABLE product DROP own_number;
ALTER TABLE product_variant DROP own_number;

\echo limits_afterwards_all_is_well
SELECT product_upsert('{"external_id": "after", "name": "After"}') ->> 'name' AS created;
DROP TABLE test.many;
DROP FUNCTION test.noise;
SELECT test.clean();
RESET product_upsert.profile;
