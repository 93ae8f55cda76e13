-- WooCommerce's product CSV: a staging table with its columns, \copy, and one call. From the root of the repository:
--   psql -X -d DATABASE -f examples/woocommerce.sql
-- The database has the catalogue: CREATE EXTENSION product_upsert; SELECT product_tables_create();
\set definition `cat examples/woocommerce.json`
INSERT INTO product_profile (name, definition) VALUES ('woocommerce', :'definition');

CREATE TABLE woocommerce_csv (
    "ID" text, "Type" text, "SKU" text, "Name" text, "Published" text, "Is featured?" text, "Visibility in catalog" text, "Short description" text,
    "Description" text, "Date sale price starts" text, "Date sale price ends" text, "Tax status" text, "Tax class" text, "In stock?" text, "Stock" text,
    "Low stock amount" text, "Backorders allowed?" text, "Sold individually?" text, "Weight (kg)" text, "Length (cm)" text, "Width (cm)" text,
    "Height (cm)" text, "Allow customer reviews?" text, "Purchase note" text, "Sale price" text, "Regular price" text, "Categories" text, "Tags" text,
    "Shipping class" text, "Images" text, "Download limit" text, "Download expiry days" text, "Parent" text, "Grouped products" text, "Upsells" text,
    "Cross-sells" text, "External URL" text, "Button text" text, "Position" text
);
\copy woocommerce_csv from 'examples/woocommerce.csv' (format csv, header match)
ALTER TABLE woocommerce_csv ADD COLUMN line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;

CALL product_import('woocommerce_csv', '*', profile => 'woocommerce');

SELECT external_id, name, status, price, meta ->> 'sale_price' AS sale_price, tags, meta -> 'categories' AS categories, jsonb_array_length(images) AS images
  FROM product WHERE external_id IN ('mug-blue', 'mug-red', 'pot', 'cup') ORDER BY external_id;
SELECT r.key AS line, e ->> 'field' AS field, e ->> 'message' AS message
  FROM product_import i JOIN product_import_reject r ON r.import_id = i.id, jsonb_array_elements(r.errors) e
 WHERE i.source = 'public.woocommerce_csv' ORDER BY r.position, field;
