-- Identity rules that fold: the index and the matcher compare by one function.
\set VERBOSITY terse
SELECT test.clean();

\echo folds_are_functions_of_the_text_alone
-- psql 17 counts the columns of zero-width characters otherwise.
\pset format unaligned
SELECT fold, to_json(ARRAY(SELECT product_identity_fold(t, fold) FROM unnest(ARRAY['AbC', 'STRASSE', 'straße', 'ΣΊΣΥΦΟΣ', U&'the\0301', U&'th\00E9', U&'\FF21\FF11', U&'a\00ADb', '4006381-33393 1', '123', 'no digits']) t)) AS folded
  FROM unnest('{exact,case,nfc,compatible,gtin}'::text[]) fold;
\pset format aligned
SELECT state, message, hint FROM test.error($$SELECT product_identity_fold('a', 'upper')$$);
SELECT count(*) AS not_idempotent FROM generate_series(33, 65535) c, unnest('{case,nfc,compatible}'::text[]) f, LATERAL (SELECT product_identity_fold(chr(c) || U&'\0301' || chr(c), f)) o (once)
 WHERE (c < 55296 OR c > 57343) AND product_identity_fold(once, f) <> once;

\echo a_rule_of_ones_own_folds
SELECT product_identity_create('upc', '{upc}', folds => '{gtin}');
SELECT product_upsert('{"upc": "4006381333931", "name": "Pen"}', identifier_field => 'upc') ->> 'upc' AS stored;
SELECT test.ways(jsonb_build_object('upc', u, 'price', 1), 'catalog', ', identifier_field => ''upc''') AS outcome FROM unnest('{4006381333931,04006381333931,4006381-333931,4006381333932}'::text[]) u;
-- No digits are taken out of what is no GTIN: it would be the GTIN of another product.
SELECT u, product_identity_fold(u, 'gtin') AS compared FROM unnest('{B0000SX2UC,4.00638E+12,"4,00638E+12",4006381333931.0,4006381‑333931}'::text[]) u;
SELECT test.ways('{"upc": "04006381333931", "external_id": "other", "name": "x"}', 'catalog') AS taken_otherwise;
SELECT test.try($$INSERT INTO product (organization_id, name, upc) VALUES (1, 'by hand', '0-4006381333931')$$) AS by_hand;
SELECT indexdef LIKE '%product_identity_fold(upc, ''gtin''::text)%' AS over_the_function FROM pg_indexes WHERE indexname = 'product_identity_upc';
SELECT fields, folds FROM product_identity WHERE name = 'upc';
\echo an_upgrade_rebuilds_the_indexes_of_the_fold_gtin
CREATE TEMPORARY TABLE built AS SELECT c.oid, pg_relation_filenode(c.oid) AS node FROM pg_class c WHERE c.relkind = 'i' AND pg_get_indexdef(c.oid) LIKE '%product_identity_fold(upc, %';
DO $$ BEGIN EXECUTE (SELECT script FROM product_tables_steps() WHERE script LIKE '%The fold gtin%'); END $$;
SELECT count(*) > 0 AS built, bool_and(node <> pg_relation_filenode(oid)) AS rebuilt FROM built;
DROP TABLE built;
SELECT product_identity_drop('upc');

\echo faults_of_folds
SELECT state, message, hint, test.short(errors) AS errors FROM unnest(ARRAY['{case}', '{upper,case}', '{case,case,case}', '{NULL,case}', '{}']) f, test.error(format($$SELECT product_identity_create('x', '{upc,item_number}', folds => %L)$$, f));
SELECT state, message, hint, test.short(errors) AS errors FROM test.error($$SELECT product_identity_create('x', '{price}', folds => '{case}')$$);
SELECT state, message, hint, test.short(errors) AS errors FROM test.error($$SELECT product_identity_create('reference', '{handle}', folds => '{case}')$$);
SELECT state, message, hint, test.short(errors) AS errors FROM test.error($$SELECT product_identity_create('id', '{id}', folds => '{case}')$$);

\echo a_built_in_rule_folds_once_it_is_created_anew
SELECT status, id FROM product_upsert_rows('[{"external_id": "ABC", "reference": "R", "name": "A"}, {"external_id": "def", "name": "D"}]');
SELECT product_identity_create('external_id', '{external_id}', folds => '{case}');
SELECT product_identity_create('external_id', '{external_id}', folds => '{case}');
SELECT external_id, test.ways(jsonb_build_object('external_id', external_id, 'price', 1), 'catalog') AS outcome FROM unnest('{abc,ABC,Def,ghi}'::text[]) external_id;
SELECT test.ways('{"external_id": "abc"}', 'catalog') AS respelt, test.ways('{"external_id": "abc", "reference": "r2"}', 'catalog') AS respelt_and_more;
SELECT status, decided_by FROM product_match('{"external_id": "dEF"}');
\echo documents_of_one_call_are_the_same_product_by_the_fold
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "new", "name": "n"}, {"external_id": "NEW", "name": "n"}]', on_error => 'skip');
SELECT position, status FROM product_upsert_rows('[{"external_id": "new", "name": "n"}, {"external_id": "NEW", "name": "n2"}]', on_duplicate => 'last');
SELECT external_id, name FROM product WHERE lower(external_id) = 'new';
\echo direct_sql_is_held_to_it
SELECT test.try($$INSERT INTO product (organization_id, name, external_id) VALUES (1, 'n', 'aBC')$$) AS by_hand;
\echo a_large_batch_is_matched_by_a_scan_of_the_table
SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'Bulk' || i, 'name', 'b')) FROM generate_series(1, 3000) i)) GROUP BY 1;
SELECT status, decided_by, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'bULK' || i, 'price', 1)) FROM generate_series(1, 3000) i)) GROUP BY 1, 2;
SELECT status, decided_by FROM product_upsert_rows('[{"external_id": "BULK7", "price": 2}]');
\echo keys_move_under_a_fold
SELECT id AS a FROM product WHERE external_id = 'bULK1' \gset
SELECT id AS b FROM product WHERE external_id = 'bULK2' \gset
SELECT status, changed FROM product_upsert_rows(format('[{"id": %s, "external_id": "BULK2"}, {"id": %s, "external_id": "BULK1"}]', :a, :b)::jsonb, identifier_field => 'id');
SELECT id = :a AS is_a, external_id FROM product WHERE external_id IN ('BULK1', 'BULK2') ORDER BY 2;
\echo what_stored_products_break_is_refused_and_nothing_changes
SELECT product_identity_create('external_id', '{external_id}', folds => '{exact}');
SELECT status FROM product_upsert_rows('[{"external_id": "abc", "name": "another"}]');
SELECT state, message LIKE 'stored products violate identity rule "external_id"%' AS says_so FROM test.error($$SELECT product_identity_create('external_id', '{external_id}', folds => '{case}')$$);
SELECT folds IS NULL AS exact FROM product_identity WHERE name = 'external_id';
SELECT test.ways('{"external_id": "aBc", "name": "n"}', 'catalog') AS exact_again;
\echo the_natural_key_folds_by_field_and_so_do_its_levels
SELECT product_identity_create('natural', '{manufacturer,brand,name,size,size_unit}', true, '{manufacturer}', '{compatible,case,case,exact,case}');
SELECT position, status, decided_by FROM product_upsert_rows('[{"manufacturer": "Mars", "brand": "Twix", "name": "Bar"}, {"manufacturer": "MARS", "brand": "TWIX", "name": "Minis"}, {"manufacturer": "mars", "brand": "Snickers", "name": "Bar"}]', profile => 'vending');
SELECT position, status, decided_by FROM product_upsert_rows('[{"manufacturer": "ＭＡＲＳ", "brand": "twix", "name": "bar", "cost": 1}, {"manufacturer": "mars", "brand": "TWIX", "name": "White"}]', profile => 'vending');
SELECT product_identity_create('natural', '{manufacturer,brand,name,size,size_unit}', true, '{manufacturer}', '{exact,exact,exact,exact,exact}');
\echo requests_name_products_as_they_are_spelt_and_rows_by_the_letter
SELECT product_identity_create('reference', '{reference}', folds => '{case}');
SELECT test.ways('{"name": "child", "external_id": "c1", "parent_product_id": "R"}', 'catalog') AS to_the_letter, test.ways('{"name": "child", "external_id": "c1", "parent_product_id": "r"}', 'catalog') AS not_so;
SELECT path, (product_request('billing', 'GET', '/v1/products/' || path, headers => '{"x-api-key": "k"}')).status FROM unnest('{R,r}'::text[]) path;
SELECT (product_request('billing', 'PATCH', '/v1/products/R', '{"reference": "r", "description": "by the path"}', headers => '{"x-api-key": "k"}')).status AS changed;
SELECT reference, description FROM product WHERE reference IN ('R', 'r');
SELECT product_identity_create('reference', '{reference}', folds => '{exact}');
SELECT count(*) AS left_over FROM pg_class WHERE relname LIKE 'product\_exact\_%';
\echo what_holds_a_folded_rule_is_put_back
SELECT product_identity_create('handle', '{handle}', folds => '{nfc}');
DROP INDEX product_identity_handle;
SELECT state, message FROM test.error($$SELECT product_upsert('{"handle": "h", "name": "n"}')$$);
SELECT * FROM product_tables_upgrade();
SELECT status FROM product_upsert_rows(jsonb_build_array(jsonb_build_object('handle', U&'the\0301', 'name', 'n')));
SELECT test.ways(jsonb_build_object('handle', U&'th\00E9', 'price', 1), 'catalog') AS composed;
SELECT product_identity_create('handle', '{handle}', folds => '{exact}');

SELECT test.clean();
