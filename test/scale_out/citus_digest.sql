-- What the catalogue holds, without ids and times, a line for each organization: the same on one server, on Citus, and in a dump.
SELECT o.organization_id,
       (SELECT count(*) FROM product p WHERE p.organization_id = o.organization_id),
       md5(concat_ws(E'\n',
           (SELECT string_agg(t, E'\n' ORDER BY t) FROM (
               SELECT (to_jsonb(p) - '{id,uuid,created_at,updated_at,category_id,parent_product_id,measurement_id,billing_entity_id,tax_group_id,cost_centre_id}'::text[])::text || (p.category_id IS NULL) || (p.parent_product_id IS NULL) AS t
                 FROM product p WHERE p.organization_id = o.organization_id) p),
           (SELECT string_agg(t, E'\n' ORDER BY t) FROM (
               SELECT concat_ws(' ', p.external_id, (to_jsonb(v) - '{id,product_id,created_at,updated_at}'::text[])::text) AS t
                 FROM product_variant v JOIN product p ON (p.organization_id, p.id) = (v.organization_id, v.product_id)
                WHERE v.organization_id = o.organization_id AND p.organization_id = o.organization_id) v),
           (SELECT string_agg(t, E'\n' ORDER BY t) FROM (
               SELECT concat_ws(' ', p.external_id, f.key, u.value, u.is_unique) AS t
                 FROM product_custom_value u JOIN product p ON (p.organization_id, p.id) = (u.organization_id, u.product_id)
                 JOIN product_custom_field f ON (f.organization_id, f.id) = (u.organization_id, u.custom_field_id)
                WHERE u.organization_id = o.organization_id AND p.organization_id = o.organization_id AND f.organization_id = o.organization_id) u)))
  FROM (VALUES (:o)) o (organization_id);
