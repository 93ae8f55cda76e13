-- The floor of any change: rows flattened and typed already in a table, joined by the key, only the columns that change.
UPDATE product p SET cost = d.cost, price = d.price, version = p.version + 1, updated_at = now()
  FROM bench.flat_feed d
 WHERE p.organization_id = 1 AND p.manufacturer = d.manufacturer AND p.brand = d.brand AND p.name = d.name AND p.size = d.size
   AND p.size_unit = d.size_unit;
