-- What waits for a document that has come: each call of a profile that parks asks it.
CREATE INDEX product_parked_key_idx ON @extschema@.product_parked (organization_id, key);
CREATE INDEX product_parked_product_idx ON @extschema@.product_parked (organization_id, product_id) WHERE product_id IS NOT NULL;
