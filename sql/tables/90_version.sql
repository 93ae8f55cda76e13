-- By which version of the library the tables were made. A view: it is in every dump, also in one of the definitions alone.
CREATE VIEW @extschema@.product_tables_version AS SELECT @tables_version@ AS version;
COMMENT ON VIEW @extschema@.product_tables_version IS
    'The version of the catalogue''s tables. Written by product_tables_create and product_tables_upgrade.';
