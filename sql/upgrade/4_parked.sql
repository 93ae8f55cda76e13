-- What a document came behind, which a time alone does not tell.
ALTER TABLE @extschema@.product_parked ADD COLUMN product_version integer;
COMMENT ON COLUMN @extschema@.product_parked.product_version IS 'The version of that product which the document came behind: of a later one it is superseded.';
