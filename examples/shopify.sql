-- Shopify's product CSV, where a product has a row for each of its variants and further images. From the root of the repository:
--   psql -X -d DATABASE -f examples/shopify.sql
-- The database has the catalogue: CREATE EXTENSION product_upsert; SELECT product_tables_create();
\set definition `cat examples/shopify.json`
INSERT INTO product_profile (name, definition) VALUES ('shopify', :'definition');

CREATE TABLE shopify_csv (
    "Handle" text, "Title" text, "Body (HTML)" text, "Vendor" text, "Product Category" text, "Type" text, "Tags" text, "Published" text,
    "Option1 Name" text, "Option1 Value" text, "Option2 Name" text, "Option2 Value" text, "Option3 Name" text, "Option3 Value" text, "Variant SKU" text,
    "Variant Grams" text, "Variant Inventory Tracker" text, "Variant Inventory Qty" text, "Variant Inventory Policy" text,
    "Variant Fulfillment Service" text, "Variant Price" text, "Variant Compare At Price" text, "Variant Requires Shipping" text, "Variant Taxable" text,
    "Variant Barcode" text, "Image Src" text, "Image Position" text, "Image Alt Text" text, "Gift Card" text, "SEO Title" text, "SEO Description" text,
    "Variant Image" text, "Variant Weight Unit" text, "Variant Tax Code" text, "Cost per item" text, "Status" text
);
\copy shopify_csv from 'examples/shopify.csv' (format csv, header match)
ALTER TABLE shopify_csv ADD COLUMN line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;

-- A product's first row has its own columns and the names of the options. jsonb_strip_nulls: an empty cell says nothing.
CREATE VIEW shopify_products AS
WITH named AS (
    SELECT c.*, first_value("Option1 Name") OVER h AS name1, first_value("Option2 Name") OVER h AS name2, first_value("Option3 Name") OVER h AS name3
      FROM shopify_csv c WINDOW h AS (PARTITION BY "Handle" ORDER BY line)
)
SELECT min(line) AS line, "Handle", max("Title") AS "Title", max("Body (HTML)") AS "Body (HTML)", max("Vendor") AS "Vendor",
       max("Product Category") AS "Product Category", max("Type") AS "Type", max("Tags") AS "Tags", max("Published") AS "Published",
       max("Gift Card") AS "Gift Card", max("SEO Title") AS "SEO Title", max("SEO Description") AS "SEO Description", max("Status") AS "Status",
       jsonb_agg(jsonb_strip_nulls(jsonb_build_object('Image Src', "Image Src", 'Image Position', "Image Position", 'Image Alt Text', "Image Alt Text"))
                 ORDER BY line) FILTER (WHERE "Image Src" IS NOT NULL) AS "Images",
       jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                     'Variant SKU', "Variant SKU", 'Variant Price', "Variant Price", 'Variant Compare At Price', coalesce("Variant Compare At Price", ''),
                     'Cost per item', "Cost per item", 'Variant Barcode', "Variant Barcode", 'Variant Inventory Qty', "Variant Inventory Qty", 'position', line,
                     'options', (SELECT jsonb_agg(jsonb_build_object('name', o.name, 'value', o.value))
                                   FROM (VALUES (name1, "Option1 Value"), (name2, "Option2 Value"), (name3, "Option3 Value")) o (name, value)
                                  WHERE o.value IS NOT NULL)))
                 ORDER BY line) FILTER (WHERE "Variant SKU" IS NOT NULL) AS "Variants"
  FROM named GROUP BY "Handle";

CALL product_import('shopify_products', '*', profile => 'shopify', key_column => 'line');

SELECT p.handle, p.name, p.status, p.tags, p.meta ->> 'published' AS published, jsonb_array_length(p.images) AS images, v.sku, v.price, v.price_comparison AS was,
       v.options -> 0 ->> 'value' AS size, v.available_quantity AS stock
  FROM product p JOIN product_variant v ON v.organization_id = p.organization_id AND v.product_id = p.id
 WHERE p.brand = 'Nordhem' ORDER BY p.handle, v.position;
SELECT r.key AS line, e ->> 'field' AS field, e ->> 'message' AS message
  FROM product_import i JOIN product_import_reject r ON r.import_id = i.id, jsonb_array_elements(r.errors) e
 WHERE i.source = 'public.shopify_products' ORDER BY r.position, field;
