CREATE EXTENSION product_upsert;
SELECT product_tables_create();
