-- What users of shops, PIMs and importers report of other systems, held here. Each line names the kind of report.
\set VERBOSITY terse
SELECT test.clean();

-- What becomes of documents, a line for each: position, status, what changed or is wrong.
CREATE FUNCTION test.told(documents jsonb, profile text DEFAULT 'catalog', options text DEFAULT '') RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT concat_ws('' '', position, status, changed, test.short(errors)) FROM product_upsert_rows($1, profile => $2, on_error => ''skip'' %s)', options)
        USING documents, profile;
END
$$;

\echo bug_report_codes_of_digits_are_texts_leading_zeros_and_exponents_included
SELECT * FROM test.told('[{"external_id": "12345", "name": "a"}, {"external_id": "012345", "name": "b"}, {"external_id": "12345.0", "name": "c"}, {"external_id": "1E5", "name": "d"}, {"external_id": "100000", "name": "e"}, {"external_id": "12345-AB", "name": "f"}, {"external_id": 12345, "name": "g"}]');
SELECT * FROM test.told('[{"external_id": "012345", "price": 1}]');
SELECT external_id FROM product WHERE price = 1;

\echo bug_report_a_file_of_another_shop_carries_its_ids
SELECT * FROM test.told('[{"id": 77, "external_id": "12345", "price": 5}, {"id": 1, "external_id": "012345", "price": 5}, {"id": 78, "external_id": "other", "name": "o"}]');
SELECT id, external_id FROM product WHERE id > 50;

\echo bug_report_a_row_without_a_key_creates_nothing_where_only_updates_are_wanted
SELECT * FROM test.told('[{"price": 1}, {"name": "internal note"}, {"external_id": null, "price": 2}, {"external_id": "unknown", "price": 3}, {"external_id": "1E5", "price": 4}]', options => ', mode => ''update''');
SELECT message FROM test.error($$SELECT product_upsert('{"price": 1}', mode => 'update')$$);

\echo bug_report_text_of_prices_is_never_guessed
INSERT INTO product_profile (name, definition) VALUES ('bug_reports', '{"coerce": true, "empty": "absent", "identity": ["external_id"], "fields": {
    "sku": {"type": "text", "column": "external_id", "required": true, "nullable": false}, "title": {"type": "text", "column": "name", "required": true},
    "price": {"type": "decimal", "empty": "null"}, "active": {"type": "boolean", "column": "is_common"}, "from": {"type": "date", "column": "available_from"},
    "tags": {"type": "texts", "split": ","}}}');
SELECT p, errors #>> '{0,message}' AS message FROM unnest(ARRAY['1.005', ' 19.90 ', U&'\00A05', '1e3', '', '1,005', '1.234,56', '1 234', U&'1\202F234', '$5', '5 EUR', '+5', '.5', '007', 'NaN', 'Infinity', U&'\FF11']) WITH ORDINALITY p (p, n),
       product_match(jsonb_build_object('sku', 'p' || n, 'title', 't', 'price', p), profile => 'bug_reports') ORDER BY n;
SELECT errors #>> '{0,message}' AS message FROM unnest('{ja,2}'::text[]) b, product_match(jsonb_build_object('sku', 'b', 'title', 't', 'active', b), profile => 'bug_reports');
SELECT d, test.short(errors) AS errors FROM unnest('{2024-02-29,2026-02-29,29.02.2024,02/29/2024,45000,0000-00-00,today,infinity,2026-03-01T00:00:00Z}'::text[]) WITH ORDINALITY d (d, n),
       product_match(jsonb_build_object('sku', 'd', 'title', 't', 'from', d), profile => 'bug_reports') ORDER BY n;

\echo bug_report_a_price_in_another_notation_or_as_a_float_is_no_change
SELECT * FROM test.told('[{"sku": "f", "title": "t", "price": 19.90}]', 'bug_reports');
SELECT p, status FROM unnest('{19.9,19.900,1.99e1,1990e-2,"\"19.90\""}'::text[]) p, product_upsert_rows(('[{"sku": "f", "price": ' || p || '}]')::text, profile => 'bug_reports');
SELECT price, version FROM product WHERE external_id = 'f';
SELECT * FROM test.told('[{"sku": "f", "price": 1.005}]', 'bug_reports');
SELECT price FROM product WHERE external_id = 'f';

\echo bug_report_an_unchanged_feed_touches_nothing_and_burns_no_ids
SELECT updated_at AS touched, (SELECT last_value FROM product_id_seq) AS last FROM product WHERE external_id = 'f' \gset
CREATE FUNCTION test.fired() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'fired'; RETURN NEW; END $$;
CREATE TRIGGER fired BEFORE UPDATE ON product FOR EACH ROW EXECUTE FUNCTION test.fired();
SELECT * FROM test.told('[{"price": 1.0050, "title": "t", "sku": "f"}]', 'bug_reports');
DROP TRIGGER fired ON product;
SELECT updated_at = :'touched' AS untouched, (SELECT last_value FROM product_id_seq) = :last AS no_ids FROM product WHERE external_id = 'f';

\echo bug_report_invisible_characters_around_a_sku_and_inside_it
SELECT * FROM test.told(jsonb_build_array(jsonb_build_object('external_id', U&'\FEFFinv\200B', 'name', 'i'), jsonb_build_object('external_id', U&'i\200Bnv', 'name', 'i'), jsonb_build_object('external_id', E'in\tv', 'name', 'i')));
SELECT * FROM test.told(jsonb_build_array(jsonb_build_object('external_id', U&'inv\00A0', 'price', 1)));
SELECT errors #>> '{0,message}' AS message FROM product_match(jsonb_build_object('external_id', E'in\tv', 'name', 'i'));
SELECT errors #>> '{0,message}' AS message FROM product_match(jsonb_build_object(U&'\FEFFexternal_id', 'inv', 'name', 'i'));

\echo bug_report_a_translation_alone_takes_nothing_else_away
SELECT * FROM test.told('[{"external_id": "tr", "name": "Cup", "price": 7, "tags": ["a"], "translations": {"de": {"name": "Tasse", "description": "Blau"}, "fr": {"name": "Tasse"}}}]');
SELECT * FROM test.told('[{"external_id": "tr", "translations": {"de": {"name": "Becher"}, "fr": null, "it": {"name": "Tazza"}}}]', options => ', field_actions => ''{"translations": "MERGE"}''');
SELECT price, tags, translations FROM product WHERE external_id = 'tr';

\echo bug_report_absent_null_and_empty_are_three_things
SELECT * FROM test.told('[{"external_id": "tr", "description": ""}]');
SELECT * FROM test.told('[{"external_id": "tr"}]');
SELECT * FROM test.told('[{"external_id": "tr", "price": null, "description": null}]');
SELECT * FROM test.told('[{"external_id": "tr", "name": null}]');
SELECT name, price, description FROM product WHERE external_id = 'tr';

\echo bug_report_variants_of_a_second_import_are_neither_doubled_nor_lost
SELECT * FROM test.told('[{"title": "Tee", "handle": "tee", "external_id": "tee", "brand": "B", "images": [{"url": "b.jpg", "sort_order": 2}, {"url": "a.jpg", "sort_order": 1}],
    "variants": [{"sku": "tee-s", "price": 10, "position": 1, "barcode": "0012345678905", "options": [{"name": "Size", "value": "S"}]}, {"sku": "tee-m", "price": 11, "position": 2}]}]', 'retail');
-- Twice; one variant only; one field of it only; its order; another product's sku; by the skus alone.
SELECT * FROM test.told('[{"external_id": "tee", "images": [{"url": "b.jpg", "sort_order": 2}, {"url": "a.jpg", "sort_order": 1}], "variants": [{"sku": "tee-m", "price": 11.0, "position": 2}, {"sku": "tee-s", "price": 10, "position": 1}]}]', 'retail');
SELECT * FROM test.told('[{"external_id": "tee", "variants": [{"sku": " tee-s", "available_quantity": 3}]}]', 'retail');
SELECT * FROM test.told('[{"external_id": "tee", "variants": [{"sku": "tee-s", "position": 2}, {"sku": "tee-m", "position": 1}]}]', 'retail');
SELECT * FROM test.told('[{"variants": [{"sku": "tee-s", "available_quantity": 4}, {"sku": "tee-m", "available_quantity": 5}]}]', 'retail', ', identifier_field => ''sku''');
SELECT sku, price, position, barcode, options, available_quantity FROM product_variant ORDER BY position;
SELECT jsonb_path_query_array(product_upsert('{"external_id": "tee"}', profile => 'retail'), '$.data.images[*].url') AS in_their_order;
SELECT * FROM test.told('[{"external_id": "tee", "variants": []}, {"title": "T2", "handle": "t2", "external_id": "t2", "brand": "B", "variants": [{"sku": "tee-s", "price": 1, "position": 1}]}]', 'retail');
SELECT count(*) FROM product_variant;

\echo bug_report_one_key_twice_in_a_batch
SELECT * FROM test.told('[{"external_id": "twice", "name": "1"}, {"external_id": "single", "name": "2"}, {"external_id": "twice", "name": "3"}]');
SELECT * FROM test.told('[{"external_id": "twice", "name": "1"}, {"external_id": "twice", "name": "1"}]', options => ', on_duplicate => ''same''');
SELECT * FROM test.told('[{"external_id": "twice", "name": "4"}, {"external_id": "twice", "name": "5"}]', options => ', on_duplicate => ''last''');
SELECT name, version FROM product WHERE external_id = 'twice';

\echo bug_report_two_products_exchange_their_handles_and_a_parent_comes_last
SELECT * FROM test.told('[{"external_id": "x1", "name": "1", "handle": "one"}, {"external_id": "x2", "name": "2", "handle": "two"}]');
SELECT * FROM test.told('[{"external_id": "x1", "handle": "two", "parent_product_id": {"external_id": "x3"}}, {"external_id": "x2", "handle": "one"}, {"external_id": "x3", "name": "3"}]',
    options => ', identifier_field => ''external_id''');
SELECT * FROM test.told('[{"external_id": "x3", "parent_product_id": {"external_id": "x1"}}]');
SELECT external_id, handle, parent_product_id IS NOT NULL AS child FROM product WHERE external_id LIKE 'x_' ORDER BY 1;

\echo bug_report_a_taken_key_says_whose_it_is
SELECT state, message FROM test.error($$SELECT product_upsert('{"external_id": "x4", "name": "4", "handle": "one"}', identifier_field => 'external_id')$$);
SELECT state, message FROM test.error($$SELECT product_upsert('{"external_id": "x1", "handle": "one"}')$$);

\echo bug_report_deleted_softly_and_sent_again
SELECT * FROM test.told('[{"external_id": "x2", "is_deleted": true}]');
SELECT * FROM test.told('[{"external_id": "x2", "price": 1}]') UNION ALL SELECT * FROM test.told('[{"external_id": "x2", "is_deleted": false}]');

\echo bug_report_what_jsonb_cannot_hold_is_one_reject_that_says_where
SELECT position, status, errors #>> '{0,message}' AS message FROM product_upsert_rows('[{"external_id": "u1", "name": "a\u0000b"}, {"external_id": "u2", "name": "\ud83d"}, {"external_id": "u3", "name": "\ud83d\ude00"}, {"external_id": "u4", "name": "n", "price": 1e400000}]'::text, on_error => 'skip');

\echo bug_report_a_description_of_a_million_characters
SELECT * FROM test.told(jsonb_build_array(jsonb_build_object('external_id', 'long', 'name', 'l', 'description', repeat('d', 1000000))));
SELECT * FROM test.told(jsonb_build_array(jsonb_build_object('external_id', 'long', 'description', repeat('d', 1000000))))
UNION ALL SELECT * FROM test.told(jsonb_build_array(jsonb_build_object('external_id', 'long', 'description', repeat('d', 999999) || 'e')));

\echo bug_report_a_category_that_names_nothing_is_told_how_to_name_one
SELECT d, errors #>> '{0,message}' AS message FROM unnest(ARRAY['""', '[]', 'true', '{}', '["Tea", "Green"]']::jsonb[]) d, product_match(jsonb_build_object('external_id', 'cat', 'name', 'c', 'category_id', d));

DELETE FROM product_profile WHERE name = 'bug_reports';
DROP FUNCTION test.told(jsonb, text, text), test.fired();
SELECT test.clean();
