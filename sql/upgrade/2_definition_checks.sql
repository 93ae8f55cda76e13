-- In their place stand checks that say what is wrong: see sql/install/60_tables_guard.sql.
ALTER TABLE @extschema@.product_profile DROP CONSTRAINT IF EXISTS product_profile_name_check;
ALTER TABLE @extschema@.product_custom_field
    DROP CONSTRAINT IF EXISTS product_custom_field_check,
    DROP CONSTRAINT IF EXISTS product_custom_field_type_check,
    DROP CONSTRAINT IF EXISTS product_custom_field_namespace_check,
    DROP CONSTRAINT IF EXISTS product_custom_field_reference_check;
