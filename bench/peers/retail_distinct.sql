-- The same in the careful form: what is stored is looked up and compared, and only what differs is written. A product whose variants
-- alone changed gets a new version too. New ids are drawn beforehand, so that variants need not be joined to what was inserted.
-- Two that race to create one product: the second fails, and has to try again.
DO $$
DECLARE
  refused bigint;
BEGIN
  WITH d AS MATERIALIZED (
    SELECT d.*, coalesce(p.id, nextval(pg_get_serial_sequence('product', 'id'))) AS id, p.id IS NULL AS is_new
      FROM bench.feed f, jsonb_to_recordset(f.documents) AS d (
           external_id text, handle text, title text, brand text, type text, status text, description text, web_url text,
           currency text, "position" integer, systems text[], channels text[], tags text[], images jsonb, variants jsonb)
      LEFT JOIN product p ON p.organization_id = 1 AND p.external_id = d.external_id
  ), x AS MATERIALIZED (
    SELECT x.*, d.id AS product_id, v.id, v.product_id AS owner
      FROM d, jsonb_to_recordset(d.variants) AS x (
           sku text, external_id text, barcode text, title text, description text, "position" integer, price numeric,
           price_discounted numeric, price_comparison numeric, price_cost numeric, available_quantity integer, images jsonb,
           tags text[], options jsonb)
      LEFT JOIN product_variant v ON v.organization_id = 1 AND v.sku = x.sku
  ), new_product AS (
    INSERT INTO product (organization_id, id, external_id, handle, name, brand, product_type, status, description, web_url,
                         currency, display_order, systems, channels, tags, images)
    SELECT 1, id, external_id, handle, title, brand, type, status, description, web_url, currency, coalesce("position", 1), systems,
           channels, tags, images
      FROM d WHERE is_new
  ), new_variant AS (
    INSERT INTO product_variant (organization_id, product_id, sku, external_id, barcode, title, description, "position", price,
                                 price_discounted, price_comparison, price_cost, available_quantity, images, tags, options)
    SELECT 1, product_id, sku, external_id, barcode, title, description, "position", price, price_discounted, price_comparison,
           price_cost, available_quantity, images, tags, options
      FROM x WHERE id IS NULL
    RETURNING product_id
  ), changed_variant AS (
    UPDATE product_variant v
       SET external_id = x.external_id, barcode = x.barcode, title = x.title, description = x.description, "position" = x."position",
           price = x.price, price_discounted = x.price_discounted, price_comparison = x.price_comparison, price_cost = x.price_cost,
           available_quantity = x.available_quantity, images = x.images, tags = x.tags, options = x.options, updated_at = now()
      FROM x
     WHERE v.organization_id = 1 AND v.id = x.id
       AND (v.external_id, v.barcode, v.title, v.description, v."position", v.price, v.price_discounted, v.price_comparison,
            v.price_cost, v.available_quantity, v.images, v.tags, v.options)
           IS DISTINCT FROM
           (x.external_id, x.barcode, x.title, x.description, x."position", x.price, x.price_discounted, x.price_comparison,
            x.price_cost, x.available_quantity, x.images, x.tags, x.options)
    RETURNING v.product_id
  ), changed_product AS (
    UPDATE product p
       SET name = d.title, brand = d.brand, product_type = d.type, status = d.status, description = d.description,
           web_url = d.web_url, currency = d.currency, display_order = coalesce(d."position", 1), systems = d.systems,
           channels = d.channels, tags = d.tags, images = d.images, version = p.version + 1, updated_at = now()
      FROM d
     WHERE p.organization_id = 1 AND p.id = d.id
       AND ((p.name, p.brand, p.product_type, p.status, p.description, p.web_url, p.currency, p.display_order, p.systems,
             p.channels, p.tags, p.images)
            IS DISTINCT FROM
            (d.title, d.brand, d.type, d.status, d.description, d.web_url, d.currency, coalesce(d."position", 1), d.systems,
             d.channels, d.tags, d.images)
            OR p.id IN (SELECT product_id FROM new_variant UNION ALL SELECT product_id FROM changed_variant))
  )
  SELECT count(*) FROM x WHERE owner <> product_id INTO refused;
  IF refused > 0 THEN
    RAISE EXCEPTION '% variants have the sku of another product', refused USING ERRCODE = '23505';
  END IF;
END
$$;
