-- The version of the library that created the tables. It is a view, so that every dump contains it, even one of the definitions alone.
CREATE VIEW @extschema@.product_tables_version AS SELECT @tables_version@ AS version;
COMMENT ON VIEW @extschema@.product_tables_version IS 'The version of the catalogue''s tables. product_tables_create and product_tables_upgrade set it.';
