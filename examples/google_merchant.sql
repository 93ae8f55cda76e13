-- A tab-separated feed of Google Merchant Center. From the root of the repository:
--   psql -X -d DATABASE -f examples/google_merchant.sql
-- The database has the catalogue: CREATE EXTENSION product_upsert; SELECT product_tables_create();
\set definition `cat examples/google_merchant.json`
INSERT INTO product_profile (name, definition) VALUES ('google_merchant', :'definition');

CREATE TABLE google_tsv (
    id text, title text, description text, link text, image_link text, additional_image_link text, availability text, price text, sale_price text, brand text,
    gtin text, mpn text, condition text, adult text, google_product_category text, product_type text, item_group_id text
);
-- No cell is quoted: a quote is a character like others.
\copy google_tsv from 'examples/google_merchant.tsv' (format csv, delimiter e'\t', quote e'\x01', header match)
ALTER TABLE google_tsv ADD COLUMN line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;

-- A price is an amount and a currency: "799.00 EUR".
CREATE VIEW google_products AS
SELECT t.*, split_part(price, ' ', 1) AS amount, split_part(price, ' ', 2) AS currency, split_part(sale_price, ' ', 1) AS sale_amount FROM google_tsv t;

CALL product_import('google_products', '*', profile => 'google_merchant', key_column => 'line');

SELECT external_id, name, price, currency, meta ->> 'sale_price' AS sale, upc, meta ->> 'availability' AS availability, meta ->> 'adult' AS adult, jsonb_array_length(images) AS images
  FROM product WHERE brand = 'Lumo' ORDER BY external_id;
SELECT r.key AS line, e ->> 'field' AS field, e ->> 'message' AS message
  FROM product_import i JOIN product_import_reject r ON r.import_id = i.id, jsonb_array_elements(r.errors) e
 WHERE i.source = 'public.google_products' ORDER BY r.position, field;
