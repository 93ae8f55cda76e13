-- Deleting a category looks for its children by this.
CREATE INDEX product_category_parent_idx ON @extschema@.product_category (organization_id, parent_id)
    WHERE parent_id IS NOT NULL;
