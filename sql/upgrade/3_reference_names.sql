-- Documents name these rows so.
CREATE INDEX product_category_name_idx ON @extschema@.product_category (organization_id, name);
CREATE INDEX product_family_name_idx ON @extschema@.product_family (organization_id, name);
CREATE INDEX product_cost_centre_code_idx ON @extschema@.product_cost_centre (organization_id, code);
