-- The demo: one catalogue of a vending operator, from the first load to a nightly feed and what reads its changes.
-- scripts/demo runs it in a new database; by hand, from the root of the repository:
--   psql -X -d NEW_DATABASE -f examples/demo.sql
\set QUIET on
\set ON_ERROR_STOP on
\set VERBOSITY default
\set SHOW_CONTEXT never
\pset pager off
\pset footer off
\pset null ''
\pset border 1
SET client_min_messages = warning;

\set catalogue `cat examples/vending.json`
CREATE TABLE catalogue AS SELECT :'catalogue'::jsonb AS body;

\set ECHO queries
\echo
\echo '=== The extension, and a feed of products as the vending API documents it'
\echo
CREATE EXTENSION product_upsert;
SELECT product_tables_create();
SELECT jsonb_array_length(body -> 'body') AS products,
       jsonb_path_query_array(body, '$.body[1 to 2].name') AS second_and_third
FROM catalogue;
SET product_upsert.profile = 'vending';

\echo
\echo '=== 1. The first load: everything is new, and each answer says why'
\echo
CREATE TABLE first_load AS
SELECT answer.* FROM catalogue, product_upsert_rows(body) AS answer;

SELECT status, decided_by, count(*) FROM first_load GROUP BY status, decided_by ORDER BY count(*) DESC, decided_by;

SELECT position, first_load.status, first_load.id, decided_by, manufacturer, brand, name, size, size_unit
FROM first_load JOIN product USING (id) ORDER BY position LIMIT 10;

\echo
\echo '=== 2. The same load again: nothing to do, and nothing is written'
\echo
SELECT status, decided_by, count(*)
FROM catalogue, product_upsert_rows(body) AS answer GROUP BY status, decided_by;

\echo
\echo '=== 3. A changed load: two new prices, a rename by productId, a product taken off sale, one that is new'
\echo
\set ECHO none
SELECT id AS sprite FROM product WHERE brand = 'Sprite' ORDER BY id LIMIT 1 \gset
\set ECHO queries
SELECT position, status, id, decided_by, version, changed
FROM product_upsert_rows(jsonb_build_array(
  '{"manufacturer": "Mars Wrigley", "brand": "Snickers", "name": "Original", "size": 1.86, "unitsForSize": "oz", "defaultPrice": 1.90}'::jsonb,
  '{"manufacturer": "Red Bull", "brand": "Red Bull", "name": "Energy Drink", "size": 12, "unitsForSize": "fl oz", "defaultPrice": 3.95, "cost": 2.05}'::jsonb,
  jsonb_build_object('productId', :sprite, 'name', 'Lemon-Lime, new recipe'),
  '{"manufacturer": "Ferrero", "brand": "100 Grand", "name": "Original", "size": 1.5, "unitsForSize": "oz", "isDeleted": true}'::jsonb,
  '{"manufacturer": "Mars Wrigley", "brand": "Snickers", "name": "Pecan", "size": 1.86, "unitsForSize": "oz", "defaultPrice": 1.95}'::jsonb));

SELECT id, brand, name, price, cost, is_deleted, version FROM product WHERE version > 1 ORDER BY id;

\echo
\echo '=== 4. A batch in which two documents are the same product: an error that names both, and nothing is written'
\echo
SELECT count(*) AS products, sum(version) AS versions FROM product;

\set ON_ERROR_STOP off
SELECT product_upsert_bulk('[
  {"manufacturer": "Mars Wrigley", "brand": "Twix", "name": "Salted Caramel", "size": 1.41, "unitsForSize": "oz"},
  {"manufacturer": "Mars Wrigley", "brand": "Snickers", "name": "Original", "size": 1.86, "unitsForSize": "oz", "defaultPrice": 9.99},
  {"manufacturer": "Mars Wrigley", "brand": "Twix", "name": "Salted Caramel", "size": 1.41, "unitsForSize": "oz", "customField1": "other"}]');
\set ON_ERROR_STOP on
\echo 'SQLSTATE' :SQLSTATE
\set ECHO none
SELECT :'SQLSTATE' = '23505' AS as_it_should \gset
\if :as_it_should
\else
\warn the collision was to be refused with 23505
SELECT 1 / 0;
\endif
\set ECHO queries
\echo

SELECT count(*) AS products, sum(version) AS versions FROM product;

\echo
\echo '=== 5. A dry run: what would be, constraints and all, and then undone'
\echo
SELECT position, status, id, decided_by, version, changed
FROM product_upsert_rows('[
  {"manufacturer": "Mars Wrigley", "brand": "Snickers", "name": "Original", "size": 1.86, "unitsForSize": "oz", "defaultPrice": 2.10},
  {"manufacturer": "Mars Wrigley", "brand": "Twix", "name": "Salted Caramel", "size": 1.41, "unitsForSize": "oz"}]', dry_run => true);

SELECT count(*) AS products, sum(version) AS versions FROM product;

\echo
\echo '=== The table'
\echo
SELECT id, manufacturer, brand, name, size, size_unit, price, is_deleted AS deleted, version
FROM product ORDER BY version DESC, id LIMIT 12;
SELECT count(*) AS products, count(DISTINCT manufacturer) AS manufacturers, count(DISTINCT (manufacturer, brand)) AS brands,
       count(*) FILTER (WHERE is_deleted) AS deleted
FROM product;

\echo
\echo '=== 6. A nightly feed: 100,000 documents, a transaction for every 5,000,'
\echo '       and a line on how far it is, after two seconds and then every five'
\echo
\set ECHO none
CREATE TABLE night (line bigint PRIMARY KEY, document jsonb);
INSERT INTO night
SELECT i, jsonb_build_object('manufacturer', 'Nordhem', 'brand', 'Line ' || i % 50, 'name', 'Snack ' || i, 'size', i % 9 + 1, 'unitsForSize', 'oz',
                             'defaultPrice', CASE WHEN i % 30000 = 7 THEN to_jsonb('dear'::text) ELSE to_jsonb(1.75) END)
FROM generate_series(1, 100000) AS i;
ANALYZE night;
SET client_min_messages = notice;
\set ECHO queries
CALL product_import('night');
\set ECHO none
SET client_min_messages = warning;
\set ECHO queries

SELECT state, done, created, rejected, round(rate) AS documents_a_second FROM product_import_progress;

SELECT position, document ->> 'name' AS name, errors #>> '{0,message}' AS message FROM product_import_reject;

\echo
\echo '=== 7. The next night: nearly all of it is as it was, and is not written'
\echo
UPDATE night SET document = jsonb_set(document, '{defaultPrice}', '1.95') WHERE line % 1000 = 1;
SET product_upsert.change_feed = on;
SELECT jsonb_pretty(product_summary(status, changed, errors)) AS summary
FROM product_upsert_from('night', on_error => 'skip');

\echo
\echo '=== 8. What has changed, as a search index or a cache reads it: each change once'
\echo
SELECT product_id, action, version, changed FROM product_changes_read('search', 4);

SELECT product_id, action, version, changed FROM product_changes_read('search') ORDER BY id DESC LIMIT 2;
