-- Rows of CSV files as documents: the examples of doc/csv.md, as they stand (pg_regress runs in the root of the repository); and key_column.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT test.clean();
TRUNCATE product_import RESTART IDENTITY CASCADE;

\echo csv_woocommerce
\i examples/woocommerce.sql
\echo csv_shopify
\i examples/shopify.sql
\echo csv_google_merchant
\i examples/google_merchant.sql

\echo csv_again_is_unchanged
CALL product_import('woocommerce_csv', '*', profile => 'woocommerce');
CALL product_import('shopify_products', '*', profile => 'shopify', key_column => 'line');
CALL product_import('google_products', '*', profile => 'google_merchant', key_column => 'line');
SELECT source, position, created, updated, unchanged, rejected FROM product_import ORDER BY id;

\echo csv_an_empty_cell_says_nothing_or_null_as_the_profile_has_it
UPDATE woocommerce_csv SET "Sale price" = NULL, "Regular price" = NULL, "Tags" = '' WHERE "SKU" = 'mug-blue';
SELECT key, status, changed FROM product_upsert_from('woocommerce_csv', '*', profile => 'woocommerce', key_column => 'line', on_error => 'skip') WHERE status = 'updated';
SELECT price, meta ->> 'sale_price' AS sale_price, tags FROM product WHERE external_id = 'mug-blue';

\echo csv_rejects_are_retried_from_the_source
UPDATE woocommerce_csv SET "SKU" = 'spoon', "In stock?" = 'no', "Published" = '1', "Stock" = NULL, "Regular price" = '24.50' WHERE line IN (3, 4, 5) AND "SKU" IS NULL;
UPDATE woocommerce_csv SET "Regular price" = '24.50' WHERE line = 3;
CALL product_import('woocommerce_csv', '*', profile => 'woocommerce', retry_rejects => true);
SELECT i.position, created, rejected, r.key FROM product_import i LEFT JOIN product_import_reject r ON r.import_id = i.id WHERE i.retry_of IS NOT NULL;

\echo csv_rows_of_a_table_without_a_key
CREATE TABLE test.cells AS SELECT "SKU", "Name" FROM woocommerce_csv ORDER BY line;
CALL product_import('test.cells', '*', profile => 'woocommerce', mode => 'update');
SELECT position, unchanged, rejected FROM product_import ORDER BY id DESC LIMIT 1;

\echo csv_answers_are_tied_to_their_rows
CREATE TABLE test.keyed ("the line" text, document jsonb);
INSERT INTO test.keyed VALUES ('a', '{"external_id": "k1", "name": "K1"}'), (NULL, '{"external_id": "k2"}'), ('c', '5'), ('c', '{"external_id": "k3", "name": "K3"}');
SELECT position, status, key FROM product_upsert_from('test.keyed', on_error => 'skip', key_column => 'the line');
SELECT position, status, key FROM product_upsert_from('test.keyed', on_error => 'skip');
SELECT position, status, key FROM product_upsert_from('test.keyed', on_error => 'skip', key_column => 'document') LIMIT 1;
SELECT * FROM test.error($$SELECT product_upsert_from('test.keyed', key_column => 'line')$$);
INSERT INTO test.keyed SELECT i::text, jsonb_build_object('external_id', 'k' || i, 'name', 'K') FROM generate_series(10, 10509) i;
SELECT count(*), count(*) FILTER (WHERE position <> key::int - 5) AS not_where_they_belong FROM product_upsert_from('test.keyed', on_error => 'skip', key_column => 'the line') WHERE position > 4;

\echo csv_a_key_column_by_which_products_are_found_is_part_of_the_document_and_a_number_of_rows_is_not
CREATE TABLE test.by_sku (external_id text PRIMARY KEY, name text);
INSERT INTO test.by_sku VALUES ('sku-1', 'by sku');
SELECT key, status FROM product_upsert_from('test.by_sku', '*', key_column => 'external_id');
CALL product_import('test.by_sku', '*');
CALL product_import('test.by_sku', '*', on_error => 'abort', retry_rejects => false, restart => true, key_column => 'external_id');
SELECT created, unchanged, rejected FROM product_import WHERE source = 'test.by_sku' ORDER BY id;
-- What is named like a key and numbers the rows; and ids, which are other than the products'.
CREATE TABLE test.by_number (number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, external_id text, name text);
CREATE TABLE test.by_id (id bigint PRIMARY KEY, external_id text, name text);
INSERT INTO test.by_number (external_id, name) VALUES ('sku-2', 'by number');
INSERT INTO test.by_id VALUES (77, 'sku-3', 'by id');
CALL product_import('test.by_number', '*');
CALL product_import('test.by_id', '*');
SELECT key, status FROM product_upsert_from('test.by_number', '*', key_column => 'number') UNION ALL SELECT key, status FROM product_upsert_from('test.by_id', '*', key_column => 'id');
-- A number is no text, but where the profile takes it for one.
CREATE TABLE test.by_line (number integer PRIMARY KEY, external_id text, name text);
INSERT INTO test.by_line VALUES (1, 'sku-4', 'by line');
CALL product_import('test.by_line', '*');
SELECT created, rejected FROM product_import WHERE source = 'test.by_line';
INSERT INTO product_profile (name, definition) SELECT 'lines', definition || '{"coerce": true}' FROM product_profile WHERE name = 'catalog';
SELECT key, status, changed FROM product_upsert_from('test.by_line', '*', key_column => 'number') UNION ALL SELECT key, status, changed FROM product_upsert_from('test.by_line', '*', key_column => 'number', profile => 'lines');
UPDATE test.by_line SET number = 2;
CALL product_import('test.by_line', '*', profile => 'lines');
SELECT created, updated, rejected FROM product_import WHERE source = 'test.by_line' AND profile = 'lines';
DELETE FROM product_profile WHERE name = 'lines';
-- product_upsert_from takes any type for a key.
ALTER TABLE test.by_line ALTER number TYPE double precision;
SELECT key, status FROM product_upsert_from('test.by_line', '*', key_column => 'number');
SELECT external_id, name, number, id <> 77 AS has_an_id_of_its_own FROM product WHERE name LIKE 'by %' ORDER BY 1;

\echo csv_a_definition_without_sense
INSERT INTO product_profile (name, definition) VALUES ('bad', '{"identity": ["id"], "empty": "nothing", "fields": {"id": {"type": "integer"}}}');
INSERT INTO product_profile (name, definition) VALUES ('bad', '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "tags": {"type": "texts", "split": ""}}}');
INSERT INTO product_profile (name, definition) VALUES ('bad', '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "images": {"type": "objects", "split": ",", "fields": {"url": {"type": "text"}}}}}');
INSERT INTO product_profile (name, definition) VALUES ('bad', '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": {"type": "text", "split": ","}}}');

DROP VIEW shopify_products, google_products;
DROP TABLE woocommerce_csv, shopify_csv, google_tsv, test.cells, test.keyed, test.by_sku, test.by_number, test.by_id, test.by_line;
DELETE FROM product_profile WHERE name IN ('woocommerce', 'shopify', 'google_merchant');
TRUNCATE product_import RESTART IDENTITY CASCADE;
SELECT test.clean();
