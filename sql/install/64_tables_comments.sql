-- Comments of columns, for \d+, where sql/tables has none. Existing comments are not changed.

-- recipe: column, table, feed, view
CREATE FUNCTION @extschema@.product_tables_columns() RETURNS TABLE (relation text, attname text, comment text)
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    -- Under *: columns that mean the same in every table.
    VALUES
    ('*', 'organization_id', 'The organization that the row belongs to.'),
    ('*', 'id', 'Given when the row is made, or by who makes it.'),
    ('*', 'uuid', 'Given by a document, or made when it is asked for; null until then.'),
    ('*', 'reference', 'What documents and people call it; no other of the organization has it.'),
    ('*', 'name', 'Its name.'),
    ('*', 'code', 'A short code; no other of the organization has it.'),
    ('*', 'description', 'A description for people.'),
    ('*', 'type', 'Which kind it is.'),
    ('*', 'web_url', 'A page about it.'),
    ('*', 'tags', 'Words to find it by.'),
    ('*', 'images', 'A list of images, as JSON.'),
    ('*', 'meta', 'What is known of it besides, as JSON.'),
    ('*', 'tax_category', 'Which category of taxes it is in.'),
    ('*', 'display_order', 'Where it stands in lists.'),
    ('*', 'product_id', 'The product that it belongs to.'),
    ('*', 'custom_field_id', 'The custom field that it belongs to.'),
    ('*', 'created_at', 'When the row was made.'),
    ('*', 'updated_at', 'When the row was last changed.'),
    ('*', 'created', 'How many products were created.'),
    ('*', 'updated', 'How many products were updated.'),
    ('*', 'unchanged', 'How many documents changed nothing.'),
    ('*', 'rejected', 'How many documents were rejected.'),
    ('product', 'external_id', 'What another system calls it: an identity.'),
    ('product', 'reference', 'What its owner calls it: an identity.'),
    ('product', 'handle', 'A name for URLs: an identity.'),
    ('product', 'manufacturer', 'Who makes it; with brand, name, size and size_unit an identity.'),
    ('product', 'brand', 'Its brand; part of the identity natural.'),
    ('product', 'name', 'Its name; part of the identity natural.'),
    ('product', 'size', 'How much of it there is, in size_unit; part of the identity natural.'),
    ('product', 'internal_name', 'Its name for those who sell it.'),
    ('product', 'product_type', 'Which kind of product it is.'),
    ('product', 'status', 'Its status; the profile says which there are.'),
    ('product', 'invoice_visibility', 'Whether and how an invoice shows it.'),
    ('product', 'currency', 'The currency of price and cost.'),
    ('product', 'price', 'What it is sold for, exactly.'),
    ('product', 'cost', 'What it costs its seller, exactly.'),
    ('product', 'available_from', 'The first day on which it is for sale; null: there is none.'),
    ('product', 'available_to', 'The last day on which it is for sale; null: there is none.'),
    ('product', 'container', 'What it comes in, such as a can.'),
    ('product', 'vend_size', 'The vendSize of vending documents.'),
    ('product', 'calories', 'Its calories.'),
    ('product', 'product_group', 'The group that it is sold in.'),
    ('product', 'item_number', 'A number of the seller, which need not be unique.'),
    ('product', 'upc', 'Its bar code, which need not be unique unless an identity rule says so.'),
    ('product', 'is_common', 'Whether it is a common product, as vending documents say.'),
    ('product', 'product_image', 'An image of it.'),
    ('product', 'nutrition_image', 'An image of what is in it.'),
    ('product', 'department', 'The department that sells it.'),
    ('product', 'systems', 'The systems that retail documents name.'),
    ('product', 'channels', 'The channels that retail documents name.'),
    ('product', 'custom_fields', 'The values of custom fields, by product_custom_field.key.'),
    ('product', 'linked_integrations', 'Which outside systems know it, and as what.'),
    ('product', 'category_id', 'The product_category that it is in.'),
    ('product', 'parent_product_id', 'The product above it.'),
    ('product', 'billing_entity_id', 'The product_billing_entity that bills for it.'),
    ('product', 'tax_group_id', 'Its product_tax_group.'),
    ('product', 'measurement_id', 'The product_measurement by which its use is counted.'),
    ('product', 'cost_centre_id', 'The product_cost_centre that it is booked to.'),
    ('product', 'is_archived', 'Archived; still matched.'),
    ('product_category', 'parent_id', 'The category above it; null: there is none.'),
    ('product_change', 'action', 'created, updated or deleted.'),
    ('product_change', 'version', 'The version of the product after the change.'),
    ('product_change_consumer', 'name', 'Who reads: the name that product_changes_read is called with.'),
    ('product_change_consumer', 'read_at', 'When it last read.'),
    ('product_custom_field', 'namespace', 'Keeps references of several sources apart; may be empty.'),
    ('product_custom_field', 'reference', 'What documents call it; unique with its namespace.'),
    ('product_custom_field', 'multiple_values', 'Whether a product may have several values.'),
    ('product_custom_field_use', 'key', 'The key that the field had when its first value came.'),
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
    ('product_identity', 'name', 'Its name, by which identifier_field names it.'),
    ('product_import_progress', 'source', 'The table or view, with its schema.'),
    ('product_import_progress', 'profile', 'The profile that its documents are read by.'),
    ('product_import_progress', 'state', 'running, interrupted, completed, failed or abandoned.'),
    ('product_import_progress', 'done', 'The documents up to this one are committed.'),
    ('product_import_progress', 'total', 'How many documents the source held when it began.'),
    ('product_import_progress', 'percent', 'How much of them is done.'),
    ('product_import_progress', 'retries', 'How often a batch was tried again.'),
    ('product_import_progress', 'rate', 'Documents a second, since it was last called.'),
    ('product_import_progress', 'time_left', 'At that rate.'),
    ('product_import_progress', 'started_by', 'The role that called it first.'),
    ('product_import_progress', 'started_at', 'When it was first called.'),
    ('product_import_progress', 'updated_at', 'When its last batch was committed.'),
    ('product_import_progress', 'finished_at', 'When it was completed, failed or was abandoned.'),
    ('product_import_progress', 'pid', 'The server process that works at it.'),
    ('product_import_progress', 'error', 'Why it failed.'),
    ('product_import_reject', 'import_id', 'The import.'),
    ('product_import_progress', 'held_back', 'How many documents had fields that a higher-ranked source had written otherwise.'),
    ('product_import_progress', 'retired', 'How many products a full feed did not name, and were retired; null where it is none.'),
    ('product_parked', 'profile', 'The profile that the document is read by.'),
    ('product_parked', 'document', 'As it came.'),
    ('product_parked', 'tries', 'How often it came or was tried.'),
    ('product_parked', 'application', 'The application_name of the session.'),
    ('product_parked_missing', 'profile', 'The profile of the documents.'),
    ('product_parked_missing', 'field', 'The field that names what is missing.'),
    ('product_parked_missing', 'resource_type', 'What is missing: which kind of row.'),
    ('product_parked_missing', 'resource_id', 'What is missing: as the documents name it.'),
    ('product_parked_missing', 'documents', 'How many documents wait for it.'),
    ('product_parked_missing', 'since', 'When the first of them came.'),
    ('product_measurement', 'unit_id', 'The product_unit that it counts in.'),
    ('product_measurement', 'fair_billing', 'The fairBilling of subscription documents.'),
    ('product_member', 'permissions', 'What the member may do there.'),
    ('product_organization', 'organization_id', 'Its number, which is that of its rows in the other tables.'),
    ('product_profile', 'name', 'Its name, by which calls name it.'),
    ('product_profile', 'definition', 'What it says, in the language of doc/profiles.md.'),
    ('product_tables_version', 'version', 'The version.'),
    ('product_tax_group', 'internal_description', 'A description for those who sell.'),
    ('product_tax_group', 'reverse_charge_type', 'Such as REVERSE_CHARGE.'),
    ('product_variant', 'sku', 'Its stock keeping unit, by which documents find it.'),
    ('product_variant', 'external_id', 'What another system calls it.'),
    ('product_variant', 'barcode', 'Its bar code.'),
    ('product_variant', 'handle', 'A name for URLs.'),
    ('product_variant', 'title', 'Its name.'),
    ('product_variant', 'position', 'Where it stands among those of its product.'),
    ('product_variant', 'price', 'What it is sold for, exactly.'),
    ('product_variant', 'price_discounted', 'The price while it is reduced.'),
    ('product_variant', 'price_comparison', 'A price to compare with.'),
    ('product_variant', 'price_cost', 'What it costs its seller.'),
    ('product_variant', 'available_quantity', 'How many there are.')
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
