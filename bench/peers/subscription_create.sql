-- Products that refer to others, all of them new. A reference or a custom field that is unknown, and a value that its custom field
-- does not take, is an error; unique values are kept where an index holds them.
-- Ids are drawn beforehand, so that what belongs to a product need not be joined to what was inserted.
DO $$
DECLARE
  wrong text;
BEGIN
  WITH d AS MATERIALIZED (
    SELECT d.*, nextval(pg_get_serial_sequence('product', 'id')) AS product_id, m.id AS measurement_id, t.id AS tax_group_id, c.id AS cost_centre_id
      FROM bench.feed f, jsonb_to_recordset(f.documents) AS d (
           id uuid, "productFamilies" jsonb, name text, description text, "internalName" text, number text, translations jsonb, type text,
           measurement jsonb, "invoiceVisibility" text, "costCentre" jsonb, "taxGroup" jsonb, "isArchived" boolean, "customFields" jsonb)
      LEFT JOIN product_measurement m ON m.organization_id = 1 AND m.code = d.measurement ->> 'code'
      LEFT JOIN product_tax_group t ON t.organization_id = 1 AND t.uuid = (d."taxGroup" ->> 'id')::uuid
      LEFT JOIN product_cost_centre c ON c.organization_id = 1 AND c.uuid = (d."costCentre" ->> 'id')::uuid
  ), family AS MATERIALIZED (
    SELECT d.product_id, f.id AS family_id
      FROM d, jsonb_to_recordset(d."productFamilies") AS x (id uuid) LEFT JOIN product_family f ON f.organization_id = 1 AND f.uuid = x.id
  ), custom AS MATERIALIZED (
    SELECT d.product_id, c.id AS custom_field_id, c.unique_value, x.value #>> '{}' AS value,
           CASE c.type WHEN 'text' THEN jsonb_typeof(x.value) = 'string' WHEN 'number' THEN jsonb_typeof(x.value) = 'number'
                       WHEN 'boolean' THEN jsonb_typeof(x.value) = 'boolean'
                       WHEN 'enum' THEN x.value #>> '{}' = ANY (c.enum_values) END AS fits
      FROM d, jsonb_each(d."customFields") x LEFT JOIN product_custom_field c ON c.organization_id = 1 AND c.reference = x.key
  ), p AS (
    INSERT INTO product (organization_id, id, uuid, name, description, internal_name, number, translations, product_type,
                         measurement_id, invoice_visibility, cost_centre_id, tax_group_id, is_archived, custom_fields)
    SELECT 1, product_id, id, name, description, "internalName", number, translations, type, measurement_id, "invoiceVisibility",
           cost_centre_id, tax_group_id, coalesce("isArchived", false), "customFields"
      FROM d
  ), link AS (
    INSERT INTO product_family_link (organization_id, product_id, family_id)
    SELECT 1, product_id, family_id FROM family
  ), value AS (
    INSERT INTO product_custom_value (organization_id, custom_field_id, value, product_id, is_unique)
    SELECT 1, custom_field_id, value, product_id, true FROM custom WHERE unique_value
  )
  SELECT coalesce((SELECT 'custom field of ' || product_id FROM custom WHERE fits IS NOT TRUE LIMIT 1),
                  (SELECT 'reference of ' || id FROM d
                    WHERE (measurement IS NOT NULL AND measurement_id IS NULL) OR ("taxGroup" IS NOT NULL AND tax_group_id IS NULL)
                       OR ("costCentre" IS NOT NULL AND cost_centre_id IS NULL) LIMIT 1)) INTO wrong;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'wrong %', wrong USING ERRCODE = '22023';
  END IF;
END
$$;
