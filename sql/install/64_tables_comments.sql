-- Comments of columns, for \d+, where sql/tables has none. Existing comments are not changed.

-- recipe: column, table, feed, view
CREATE FUNCTION @extschema@.product_tables_columns() RETURNS TABLE (relation text, attname text, comment text)
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    -- Under *: columns that mean the same in every table.
    VALUES
    ('*', 'organization_id', 'The organization that the row belongs to.'),
    ('*', 'id', 'Generated when the row is created, or set by whoever creates it.'),
    ('*', 'uuid', 'Set by a document, or generated when an answer needs it; null until then.'),
    ('*', 'reference', 'The reference by which documents name it; unique in the organization.'),
    ('*', 'name', 'Its name.'),
    ('*', 'code', 'A short code; unique in the organization.'),
    ('*', 'description', 'A description for people.'),
    ('*', 'type', 'Its type.'),
    ('*', 'web_url', 'A page about it.'),
    ('*', 'tags', 'Words to find it by.'),
    ('*', 'images', 'A list of images, as JSON.'),
    ('*', 'meta', 'Further data, as JSON.'),
    ('*', 'tax_category', 'Its tax category.'),
    ('*', 'display_order', 'Its position in lists.'),
    ('*', 'product_id', 'The product that it belongs to.'),
    ('*', 'custom_field_id', 'The custom field that it belongs to.'),
    ('*', 'created_at', 'When the row was created.'),
    ('*', 'updated_at', 'When the row was last changed.'),
    ('*', 'created', 'How many products were created.'),
    ('*', 'updated', 'How many products were updated.'),
    ('*', 'unchanged', 'How many documents changed nothing.'),
    ('*', 'rejected', 'How many documents were rejected.'),
    ('product', 'external_id', 'Its id in another system. It identifies the product.'),
    ('product', 'reference', 'Its reference. It identifies the product.'),
    ('product', 'handle', 'Its name in URLs. It identifies the product.'),
    ('product', 'manufacturer', 'Its manufacturer. Identifies the product together with brand, name, size and size_unit (rule natural).'),
    ('product', 'brand', 'Its brand; part of the identity rule natural.'),
    ('product', 'name', 'Its name; part of the identity rule natural.'),
    ('product', 'size', 'Its size, in size_unit; part of the identity rule natural.'),
    ('product', 'internal_name', 'Its name for internal use.'),
    ('product', 'product_type', 'The type of product.'),
    ('product', 'status', 'Its status. The profile says which values there are.'),
    ('product', 'invoice_visibility', 'Whether and how invoices show it.'),
    ('product', 'currency', 'The currency of price and cost.'),
    ('product', 'price', 'Its selling price.'),
    ('product', 'cost', 'Its cost to the seller.'),
    ('product', 'available_from', 'The first day on which it is for sale; null: no limit.'),
    ('product', 'available_to', 'The last day on which it is for sale; null: no limit.'),
    ('product', 'container', 'What it comes in, such as a can.'),
    ('product', 'vend_size', 'The vendSize of vending documents.'),
    ('product', 'calories', 'Its calories.'),
    ('product', 'product_group', 'The group of products that it belongs to.'),
    ('product', 'item_number', 'The seller''s number for it, which need not be unique.'),
    ('product', 'upc', 'Its bar code, which need not be unique unless an identity rule says so.'),
    ('product', 'is_common', 'Whether it is a common product, as vending documents say.'),
    ('product', 'product_image', 'An image of it.'),
    ('product', 'nutrition_image', 'An image of what is in it.'),
    ('product', 'department', 'The department that sells it.'),
    ('product', 'systems', 'The systems that retail documents name.'),
    ('product', 'channels', 'The channels that retail documents name.'),
    ('product', 'custom_fields', 'The values of custom fields, by product_custom_field.key.'),
    ('product', 'linked_integrations', 'The external systems that it is linked to.'),
    ('product', 'category_id', 'The product_category that it is in.'),
    ('product', 'parent_product_id', 'Its parent product.'),
    ('product', 'billing_entity_id', 'The product_billing_entity that bills for it.'),
    ('product', 'tax_group_id', 'Its product_tax_group.'),
    ('product', 'measurement_id', 'The product_measurement by which its use is measured.'),
    ('product', 'cost_centre_id', 'The product_cost_centre that it is booked to.'),
    ('product', 'is_archived', 'Archived; still matched.'),
    ('product_category', 'parent_id', 'Its parent category; null: none.'),
    ('product_change', 'action', 'created, updated or deleted.'),
    ('product_change', 'version', 'The version of the product after the change.'),
    ('product_change_consumer', 'name', 'The name of the consumer, with which it calls product_changes_read.'),
    ('product_change_consumer', 'read_at', 'When it last read changes.'),
    ('product_custom_field', 'namespace', 'Keeps references of several sources apart; may be empty.'),
    ('product_custom_field', 'reference', 'The reference by which documents name it; unique within its namespace.'),
    ('product_custom_field', 'multiple_values', 'Whether a product may have several values.'),
    ('product_custom_field_use', 'key', 'The key of the field when its first value was stored.'),
    ('product_custom_field_use', 'type', 'Its type since then.'),
    ('product_custom_field_use', 'multiple_values', 'Whether it takes several values, since then.'),
    ('product_custom_field_use', 'unique_value', 'Whether its values are unique, since then.'),
    ('product_custom_field_use', 'is_identifier', 'Whether it finds products, since then.'),
    ('product_custom_value', 'value', 'The value as text.'),
    ('product_family_link', 'family_id', 'The family.'),
    ('product_feature_link', 'feature_id', 'The feature.'),
    ('product_idempotency', 'key', 'The Idempotency-Key.'),
    ('product_idempotency', 'status', 'The HTTP status of the answer.'),
    ('product_idempotency', 'body', 'The body of the answer.'),
    ('product_idempotency', 'headers', 'The headers of the answer.'),
    ('product_identity', 'name', 'Its name, as identifier_field gives it.'),
    ('product_import_progress', 'source', 'The table or view, with its schema.'),
    ('product_import_progress', 'profile', 'The profile of its documents.'),
    ('product_import_progress', 'state', 'running, interrupted, completed, failed or abandoned.'),
    ('product_import_progress', 'done', 'The position of the last document that is committed.'),
    ('product_import_progress', 'total', 'The number of documents in the source when it was started.'),
    ('product_import_progress', 'percent', 'The percentage of documents that is done.'),
    ('product_import_progress', 'retries', 'How often a batch was retried.'),
    ('product_import_progress', 'rate', 'Documents per second since the last call.'),
    ('product_import_progress', 'time_left', 'The time left at that rate.'),
    ('product_import_progress', 'started_by', 'The role that started it.'),
    ('product_import_progress', 'started_at', 'When it was started.'),
    ('product_import_progress', 'updated_at', 'When its last batch was committed.'),
    ('product_import_progress', 'finished_at', 'When it was completed, failed or was abandoned.'),
    ('product_import_progress', 'pid', 'The server process that works on it.'),
    ('product_import_progress', 'error', 'Why it failed.'),
    ('product_import_reject', 'import_id', 'The import.'),
    ('product_import_progress', 'held_back', 'The number of documents with fields that were not written because a higher-ranked source had written another value.'),
    ('product_import_progress', 'retired', 'The number of products that were retired because a full feed did not name them; null if it is no full feed.'),
    ('product_parked', 'profile', 'The profile of the document.'),
    ('product_parked', 'document', 'The document as it came.'),
    ('product_parked', 'tries', 'How often it came or was retried.'),
    ('product_parked', 'application', 'The application_name of the session.'),
    ('product_parked_missing', 'profile', 'The profile of the documents.'),
    ('product_parked_missing', 'field', 'The field that names the missing row.'),
    ('product_parked_missing', 'resource_type', 'The type of the missing row.'),
    ('product_parked_missing', 'resource_id', 'The missing row, as the documents name it.'),
    ('product_parked_missing', 'documents', 'How many documents wait for it.'),
    ('product_parked_missing', 'since', 'When the first of them came.'),
    ('product_measurement', 'unit_id', 'Its product_unit.'),
    ('product_measurement', 'fair_billing', 'The fairBilling of subscription documents.'),
    ('product_member', 'permissions', 'The permissions of the member in the organization.'),
    ('product_organization', 'organization_id', 'The id of the organization, as in the other tables.'),
    ('product_profile', 'name', 'Its name, as calls give it.'),
    ('product_profile', 'definition', 'Its definition, in the language of doc/profiles.md.'),
    ('product_tables_version', 'version', 'The version.'),
    ('product_tax_group', 'internal_description', 'A description for internal use.'),
    ('product_tax_group', 'reverse_charge_type', 'Such as REVERSE_CHARGE.'),
    ('product_variant', 'sku', 'Its stock keeping unit, by which documents find it.'),
    ('product_variant', 'external_id', 'Its id in another system.'),
    ('product_variant', 'barcode', 'Its bar code.'),
    ('product_variant', 'handle', 'Its name in URLs.'),
    ('product_variant', 'title', 'Its title.'),
    ('product_variant', 'position', 'Its position among the variants of its product.'),
    ('product_variant', 'price', 'Its selling price.'),
    ('product_variant', 'price_discounted', 'Its price while it is reduced.'),
    ('product_variant', 'price_comparison', 'A price to compare with.'),
    ('product_variant', 'price_cost', 'Its cost to the seller.'),
    ('product_variant', 'available_quantity', 'The quantity that is available.')
$$;
COMMENT ON FUNCTION @extschema@.product_tables_columns() IS
    'Internal. Descriptions of the columns of the catalogue''s tables.';

CREATE FUNCTION @extschema@.product_tables_comments() RETURNS SETOF text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lacking record;
    made integer := 0;
BEGIN
    FOR lacking IN
        SELECT DISTINCT ON (c.relname, a.attnum) format('COMMENT ON COLUMN %s.%I.%I IS %L', '@extschema@', c.relname, a.attname, t.comment) AS command
          FROM @extschema@.product_tables_columns() t
          JOIN pg_attribute a ON a.attname = t.attname AND a.attnum > 0 AND NOT a.attisdropped
          JOIN pg_class c ON c.oid = a.attrelid AND (c.relname = t.relation OR t.relation = '*')
         WHERE c.relnamespace = '@extschema@'::regnamespace AND c.relname = ANY (@extschema@.product_tables_names())
           AND c.relkind IN ('r', 'p', 'f', 'v') AND col_description(c.oid, a.attnum) IS NULL
         ORDER BY c.relname, a.attnum, t.relation DESC
    LOOP
        EXECUTE lacking.command;
        made := made + 1;
    END LOOP;
    IF made > 0 THEN
        RETURN NEXT format('columns that lacked a comment: %s', made);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_tables_comments() IS
    'Internal. Adds comments to columns of the catalogue''s tables that have none; returns what was done.';
