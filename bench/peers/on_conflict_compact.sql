-- The careful form for documents of 11 fields: the other columns are not spoken of, so they stay as they are.
INSERT INTO product AS p (organization_id, manufacturer, brand, name, size, size_unit, cost, price, calories, product_group, item_number, upc)
SELECT 1, d.manufacturer, d.brand, d.name, d.size, d."unitsForSize", d.cost, d."defaultPrice", d.calories, d."productGroup", d.number, d.upc
  FROM bench.feed f, jsonb_to_recordset(f.documents) AS d (
       manufacturer text, brand text, name text, size numeric, "unitsForSize" text, cost numeric, "defaultPrice" numeric, calories integer,
       "productGroup" text, number text, upc text)
ON CONFLICT (organization_id, manufacturer, brand, name, size, size_unit) WHERE manufacturer IS NOT NULL DO UPDATE
   SET cost = excluded.cost, price = excluded.price, calories = excluded.calories, product_group = excluded.product_group,
       item_number = excluded.item_number, upc = excluded.upc, version = p.version + 1, updated_at = now()
 WHERE (p.cost, p.price, p.calories, p.product_group, p.item_number, p.upc)
    IS DISTINCT FROM
       (excluded.cost, excluded.price, excluded.calories, excluded.product_group, excluded.item_number, excluded.upc);
