-- The same, all of them known by their id: what differs is written, families become those named, custom fields are merged.
DO $$
DECLARE
  wrong text;
BEGIN
  WITH d AS MATERIALIZED (
    SELECT d.*, p.id AS product_id, m.id AS measurement_id, t.id AS tax_group_id, c.id AS cost_centre_id
      FROM bench.feed f, jsonb_to_recordset(f.documents) AS d (
           id uuid, "productFamilies" jsonb, name text, description text, "internalName" text, number text, translations jsonb, type text,
           measurement jsonb, "invoiceVisibility" text, "costCentre" jsonb, "taxGroup" jsonb, "isArchived" boolean, "customFields" jsonb)
      LEFT JOIN product p ON p.organization_id = 1 AND p.uuid = d.id
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
  ), gone AS (
    DELETE FROM product_family_link l USING d
     WHERE l.organization_id = 1 AND l.product_id = d.product_id AND (l.product_id, l.family_id) NOT IN (SELECT product_id, family_id FROM family)
    RETURNING l.product_id
  ), link AS (
    INSERT INTO product_family_link (organization_id, product_id, family_id)
    SELECT 1, product_id, family_id FROM family f
     WHERE NOT EXISTS (SELECT FROM product_family_link l WHERE l.organization_id = 1 AND l.product_id = f.product_id AND l.family_id = f.family_id)
    RETURNING product_id
  ), gone_value AS (
    DELETE FROM product_custom_value v USING custom c
     WHERE v.organization_id = 1 AND v.product_id = c.product_id AND v.custom_field_id = c.custom_field_id AND v.value <> c.value
  ), value AS (
    INSERT INTO product_custom_value (organization_id, custom_field_id, value, product_id, is_unique)
    SELECT 1, custom_field_id, value, product_id, true FROM custom c
     WHERE unique_value AND NOT EXISTS (SELECT FROM product_custom_value v
                                         WHERE v.organization_id = 1 AND v.product_id = c.product_id
                                           AND v.custom_field_id = c.custom_field_id AND v.value = c.value)
  ), changed AS (
    UPDATE product p
       SET name = d.name, description = d.description, internal_name = d."internalName", number = d.number, translations = d.translations,
           product_type = d.type, measurement_id = d.measurement_id, invoice_visibility = d."invoiceVisibility",
           cost_centre_id = d.cost_centre_id, tax_group_id = d.tax_group_id, is_archived = coalesce(d."isArchived", false),
           custom_fields = coalesce(p.custom_fields, '{}') || d."customFields", version = p.version + 1, updated_at = now()
      FROM d
     WHERE p.organization_id = 1 AND p.id = d.product_id
       AND ((p.name, p.description, p.internal_name, p.number, p.translations, p.product_type, p.measurement_id, p.invoice_visibility,
             p.cost_centre_id, p.tax_group_id, p.is_archived, p.custom_fields)
            IS DISTINCT FROM
            (d.name, d.description, d."internalName", d.number, d.translations, d.type, d.measurement_id, d."invoiceVisibility",
             d.cost_centre_id, d.tax_group_id, coalesce(d."isArchived", false), coalesce(p.custom_fields, '{}') || d."customFields")
            OR p.id IN (SELECT product_id FROM gone UNION ALL SELECT product_id FROM link))
  )
  SELECT coalesce((SELECT 'id ' || id FROM d WHERE product_id IS NULL LIMIT 1),
                  (SELECT 'custom field of ' || product_id FROM custom WHERE fits IS NOT TRUE LIMIT 1),
                  (SELECT 'reference of ' || id FROM d
                    WHERE (measurement IS NOT NULL AND measurement_id IS NULL) OR ("taxGroup" IS NOT NULL AND tax_group_id IS NULL)
                       OR ("costCentre" IS NOT NULL AND cost_centre_id IS NULL) LIMIT 1)) INTO wrong;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'wrong %', wrong USING ERRCODE = '22023';
  END IF;
END
$$;
