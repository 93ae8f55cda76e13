-- Products and variants in one statement, as most people write it: every row is written, changed or not. A product is found by
-- its external_id and keeps its handle; a variant is found by its sku, those not named are kept, and a sku that another product
-- owns is refused.
DO $$
DECLARE
  sent bigint;
  written bigint;
BEGIN
  WITH d AS MATERIALIZED (
    SELECT d.*
      FROM bench.feed f, jsonb_to_recordset(f.documents) AS d (
           external_id text, handle text, title text, brand text, type text, status text, description text, web_url text,
           currency text, "position" integer, systems text[], channels text[], tags text[], images jsonb, variants jsonb)
  ), p AS (
    INSERT INTO product AS p (organization_id, external_id, handle, name, brand, product_type, status, description, web_url,
                              currency, display_order, systems, channels, tags, images)
    SELECT 1, external_id, handle, title, brand, type, status, description, web_url, currency, coalesce("position", 1), systems,
           channels, tags, images
      FROM d
    ON CONFLICT (organization_id, external_id) WHERE external_id IS NOT NULL DO UPDATE
       SET name = excluded.name, brand = excluded.brand, product_type = excluded.product_type, status = excluded.status,
           description = excluded.description, web_url = excluded.web_url, currency = excluded.currency,
           display_order = excluded.display_order, systems = excluded.systems, channels = excluded.channels, tags = excluded.tags,
           images = excluded.images, version = p.version + 1, updated_at = now()
    RETURNING p.id, p.external_id
  ), v AS (
    INSERT INTO product_variant AS v (organization_id, product_id, sku, external_id, barcode, title, description, "position", price,
                                      price_discounted, price_comparison, price_cost, available_quantity, images, tags, options)
    SELECT 1, p.id, x.sku, x.external_id, x.barcode, x.title, x.description, x."position", x.price, x.price_discounted,
           x.price_comparison, x.price_cost, x.available_quantity, x.images, x.tags, x.options
      FROM d JOIN p USING (external_id), jsonb_to_recordset(d.variants) AS x (
           sku text, external_id text, barcode text, title text, description text, "position" integer, price numeric,
           price_discounted numeric, price_comparison numeric, price_cost numeric, available_quantity integer, images jsonb,
           tags text[], options jsonb)
    ON CONFLICT (organization_id, sku) DO UPDATE
       SET external_id = excluded.external_id, barcode = excluded.barcode, title = excluded.title, description = excluded.description,
           "position" = excluded."position", price = excluded.price, price_discounted = excluded.price_discounted,
           price_comparison = excluded.price_comparison, price_cost = excluded.price_cost,
           available_quantity = excluded.available_quantity, images = excluded.images, tags = excluded.tags,
           options = excluded.options, updated_at = now()
     WHERE v.product_id = excluded.product_id
    RETURNING 1
  )
  SELECT (SELECT sum(jsonb_array_length(variants)) FROM d), (SELECT count(*) FROM v) INTO sent, written;
  IF written <> sent THEN
    RAISE EXCEPTION '% variants have the sku of another product', sent - written USING ERRCODE = '23505';
  END IF;
END
$$;
