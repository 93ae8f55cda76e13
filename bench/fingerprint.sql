-- The rows that a contender left, as a number: ids, versions, times and who wrote what apart, since those are nobody's to choose.
SELECT count(*) || ' ' || sum(hashtextextended(row, 0))
  FROM (SELECT (to_jsonb(p) - '{id,version,created_at,updated_at,field_sources}'::text[])::text FROM product p
        UNION ALL
        SELECT (to_jsonb(v) - '{id,product_id,created_at,updated_at}'::text[])::text || p.external_id
          FROM product_variant v JOIN product p ON p.organization_id = v.organization_id AND p.id = v.product_id
        UNION ALL
        SELECT 'family ' || l.family_id || ' of ' || p.uuid
          FROM product_family_link l JOIN product p ON p.organization_id = l.organization_id AND p.id = l.product_id
        UNION ALL
        SELECT (to_jsonb(v) - 'product_id')::text || p.uuid
          FROM product_custom_value v JOIN product p ON p.organization_id = v.organization_id AND p.id = v.product_id) rows (row);
