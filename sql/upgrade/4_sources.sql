-- Who has written which field.
ALTER TABLE @extschema@.product ADD COLUMN field_sources jsonb;
COMMENT ON COLUMN @extschema@.product.field_sources IS '{column: source}: who has written what, of fields that a profile has a precedence for; * is who created the product.';
