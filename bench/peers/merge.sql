-- The same with MERGE. Equality, not IS NOT DISTINCT FROM, so that it can use an index or a hash: sizes must be given.
MERGE INTO product p USING (
SELECT 1::bigint AS organization_id, d.manufacturer, d.brand, d.name, d.size, d."unitsForSize" AS size_unit,
              coalesce(d.container, 'unknown') AS container, coalesce(d."vendSize", 'unknown') AS vend_size,
              coalesce(d.cost, 0.0) AS cost, coalesce(d."defaultPrice", 0.0) AS price, d.calories,
              coalesce(d."isACommonProduct", false) AS is_common, coalesce(d."isDeleted", false) AS is_deleted,
              d."productGroup" AS product_group, d.number AS item_number, d.upc, d."productImage" AS product_image,
              d."nutritionImage" AS nutrition_image, d."customData" AS custom_data,
              nullif(jsonb_strip_nulls(jsonb_build_object(
                'customField1', d."customField1", 'customField2', d."customField2", 'customField3', d."customField3",
                'customField4', d."customField4", 'customField5', d."customField5", 'customField6', d."customField6",
                'customField7', d."customField7", 'customField8', d."customField8", 'customField9', d."customField9",
                'customField10', d."customField10", 'customField11', d."customField11", 'customField12', d."customField12",
                'customField13', d."customField13", 'customField14', d."customField14", 'customField15', d."customField15")),
                '{}') AS custom_fields
         FROM bench.feed f, jsonb_to_recordset(f.documents) AS d (
              manufacturer text, brand text, name text, size numeric, "unitsForSize" text, container text, "vendSize" text,
              cost numeric, "defaultPrice" numeric, calories integer, "isACommonProduct" boolean, "isDeleted" boolean,
              "productGroup" text, number text, upc text, "productImage" text, "nutritionImage" text, "customData" jsonb,
              "customField1" text, "customField2" text, "customField3" text, "customField4" text, "customField5" text,
              "customField6" text, "customField7" text, "customField8" text, "customField9" text, "customField10" text,
              "customField11" text, "customField12" text, "customField13" text, "customField14" text, "customField15" text)
) d
   ON p.organization_id = d.organization_id AND p.manufacturer = d.manufacturer AND p.brand = d.brand AND p.name = d.name
      AND p.size = d.size AND p.size_unit = d.size_unit
 WHEN NOT MATCHED THEN INSERT (organization_id, manufacturer, brand, name, size, size_unit, container, vend_size, cost, price, calories, is_common,
              is_deleted, product_group, item_number, upc, product_image, nutrition_image, custom_data, custom_fields)
      VALUES (d.organization_id, d.manufacturer, d.brand, d.name, d.size, d.size_unit, d.container, d.vend_size, d.cost, d.price, d.calories, d.is_common,
              d.is_deleted, d.product_group, d.item_number, d.upc, d.product_image, d.nutrition_image, d.custom_data, d.custom_fields)
 WHEN MATCHED AND (p.container, p.vend_size, p.cost, p.price, p.calories, p.is_common, p.is_deleted, p.product_group, p.item_number, p.upc,
        p.product_image, p.nutrition_image, p.custom_data, p.custom_fields)
    IS DISTINCT FROM
       (d.container, d.vend_size, d.cost, d.price, d.calories, d.is_common,
        d.is_deleted, d.product_group, d.item_number, d.upc, d.product_image,
        d.nutrition_image, d.custom_data, d.custom_fields) THEN UPDATE
      SET container = d.container, vend_size = d.vend_size, cost = d.cost, price = d.price,
       calories = d.calories, is_common = d.is_common, is_deleted = d.is_deleted,
       product_group = d.product_group, item_number = d.item_number, upc = d.upc,
       product_image = d.product_image, nutrition_image = d.nutrition_image, custom_data = d.custom_data,
       custom_fields = d.custom_fields, version = p.version + 1, updated_at = now();
