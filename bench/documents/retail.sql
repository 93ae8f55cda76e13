-- Documents as a clothing shop's merchandise system sends them: a product in three sizes. Document i is a function of i.
-- `change` is 'none', or 'price': every variant has another price. `fields` is for vending alone.
CREATE FUNCTION bench.documents(first bigint, last bigint, step bigint, change text, fields text) RETURNS TABLE (i bigint, document jsonb)
LANGUAGE sql STABLE AS $$
SELECT i,
       jsonb_build_object('external_id', 'ERP-' || k, 'handle', lower(cut) || '-' || k, 'title', cut || ' ' || k, 'brand', 'Label ' || k % 40,
                          'type', 'configurable', 'status', 'active', 'description', 'The ' || lower(cut) || ' of the season, in three sizes.',
                          'web_url', 'https://shop.example.com/' || lower(cut) || '-' || k, 'currency', 'EUR', 'position', k % 1000,
                          'systems', '["pos", "web"]'::jsonb, 'channels', '["store", "online"]'::jsonb,
                          'tags', jsonb_build_array(lower(cut), 'season ' || k % 4), 'images', jsonb_build_array(
                              jsonb_build_object('url', 'https://images.example.com/' || k || '/front.jpg', 'sort_order', 1),
                              jsonb_build_object('url', 'https://images.example.com/' || k || '/back.jpg', 'sort_order', 2)),
                          'variants', (
         SELECT jsonb_agg(jsonb_build_object(
                    'sku', k || '-' || size, 'position', n, 'title', size, 'external_id', 'ERP-' || k || '-' || n, 'barcode', lpad((k * 10 + n)::text, 13, '2'),
                    'description', NULL, 'available_quantity', k % 90 + n, 'price', 10 + k % 90 + 0.95 + CASE change WHEN 'price' THEN 2 ELSE 0 END,
                    'price_discounted', NULL, 'price_comparison', 15 + k % 90 + 0.95, 'price_cost', 4 + k % 50 + 0.50,
                    'tags', jsonb_build_array(size), 'images', '[]'::jsonb,
                    'options', jsonb_build_array(jsonb_build_object('name', 'Size', 'value', size, 'sort_order', n))) ORDER BY n)
           FROM unnest('{S,M,L}'::text[]) WITH ORDINALITY sizes (size, n)))
  FROM generate_series(first, last, step) i,
       LATERAL (SELECT i * 3919313 % 8640007 AS k) key,
       LATERAL (SELECT (ARRAY['Shirt', 'Jacket', 'Skirt', 'Coat', 'Scarf'])[1 + k % 5] AS cut) name
$$;
