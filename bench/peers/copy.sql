-- The floor of any load: rows flattened and typed already, in a file, nothing checked, nothing matched, nothing answered.
COPY product (organization_id, manufacturer, brand, name, size, size_unit, container, vend_size, cost, price, calories, is_common,
              is_deleted, product_group, item_number, upc, product_image, nutrition_image, custom_data, custom_fields)
FROM :'copy_file';
