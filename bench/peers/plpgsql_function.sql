-- The function that a careful team writes by hand, with the rules of the vending contract: validation of types and limits,
-- trimmed keys, productId or the natural key, never a silent merge, defaults, unchanged rows left alone, races met, the
-- stored product as the answer. Loaded before the clock starts.
CREATE FUNCTION bench.plpgsql_upsert(document jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  org bigint := coalesce((document ->> 'organizationId')::bigint, 1);
  given_id bigint;
  new product;
  old product;
  by_id product;
  field text;
  fields jsonb;
BEGIN
  IF jsonb_typeof(document) <> 'object' THEN
    RAISE EXCEPTION 'document must be an object' USING ERRCODE = '22023';
  END IF;
  FOREACH field IN ARRAY ARRAY['manufacturer', 'brand', 'name'] LOOP
    IF jsonb_typeof(document -> field) IS DISTINCT FROM 'string' OR btrim(document ->> field) = '' THEN
      RAISE EXCEPTION '% is required', field USING ERRCODE = '22023';
    END IF;
  END LOOP;
  FOREACH field IN ARRAY ARRAY['cost', 'defaultPrice', 'size', 'calories', 'productId'] LOOP
    IF document ? field AND jsonb_typeof(document -> field) NOT IN ('number', 'null') THEN
      RAISE EXCEPTION '% must be a number', field USING ERRCODE = '22023';
    END IF;
  END LOOP;
  FOREACH field IN ARRAY ARRAY['isACommonProduct', 'isDeleted'] LOOP
    IF document ? field AND jsonb_typeof(document -> field) <> 'boolean' THEN
      RAISE EXCEPTION '% must be true or false', field USING ERRCODE = '22023';
    END IF;
  END LOOP;
  IF (document ->> 'cost')::numeric < 0 THEN
    RAISE EXCEPTION 'cost must not be negative' USING ERRCODE = '22023';
  END IF;
  SELECT key INTO field FROM jsonb_object_keys(document) key
   WHERE key <> ALL ('{organizationId,productId,manufacturer,brand,name,size,unitsForSize,container,vendSize,cost,defaultPrice,calories,isACommonProduct,isDeleted,productGroup,number,upc,productImage,nutritionImage,customData,customField1,customField2,customField3,customField4,customField5,customField6,customField7,customField8,customField9,customField10,customField11,customField12,customField13,customField14,customField15}')
   LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '% is no field of a product', field USING ERRCODE = '22023';
  END IF;

  given_id := (document ->> 'productId')::bigint;
  new.manufacturer := btrim(document ->> 'manufacturer');
  new.brand := btrim(document ->> 'brand');
  new.name := btrim(document ->> 'name');
  new.size := (document ->> 'size')::numeric;
  new.size_unit := nullif(btrim(document ->> 'unitsForSize'), '');

  FOR attempt IN 1 .. 10 LOOP
    -- An index is searched for equality or for null, not for IS NOT DISTINCT FROM.
    SELECT * INTO old FROM product p
     WHERE p.organization_id = org AND p.manufacturer = new.manufacturer AND p.brand = new.brand AND p.name = new.name
       AND (p.size = new.size OR (new.size IS NULL AND p.size IS NULL))
       AND (p.size_unit = new.size_unit OR (new.size_unit IS NULL AND p.size_unit IS NULL));
    IF given_id IS NOT NULL THEN
      SELECT * INTO by_id FROM product p WHERE p.organization_id = org AND p.id = given_id;
      IF FOUND AND old.id IS NOT NULL AND old.id <> given_id THEN
        RAISE EXCEPTION 'productId names %, the key names %', given_id, old.id USING ERRCODE = '23505';
      END IF;
      IF FOUND THEN
        old := by_id;
      END IF;
    END IF;

    new := old;
    new.manufacturer := btrim(document ->> 'manufacturer');
    new.brand := btrim(document ->> 'brand');
    new.name := btrim(document ->> 'name');
    IF document ? 'size' THEN new.size := (document ->> 'size')::numeric; END IF;
    IF document ? 'unitsForSize' THEN new.size_unit := nullif(btrim(document ->> 'unitsForSize'), ''); END IF;
    new.container := coalesce(document ->> 'container', old.container, 'unknown');
    new.vend_size := coalesce(document ->> 'vendSize', old.vend_size, 'unknown');
    new.cost := coalesce((document ->> 'cost')::numeric, old.cost, 0.0);
    new.price := coalesce((document ->> 'defaultPrice')::numeric, old.price, 0.0);
    IF document ? 'calories' THEN new.calories := (document ->> 'calories')::integer; END IF;
    new.is_common := coalesce((document ->> 'isACommonProduct')::boolean, old.is_common, false);
    new.is_deleted := coalesce((document ->> 'isDeleted')::boolean, old.is_deleted, false);
    IF document ? 'productGroup' THEN new.product_group := document ->> 'productGroup'; END IF;
    IF document ? 'number' THEN new.item_number := document ->> 'number'; END IF;
    IF document ? 'upc' THEN new.upc := document ->> 'upc'; END IF;
    IF document ? 'productImage' THEN new.product_image := document ->> 'productImage'; END IF;
    IF document ? 'nutritionImage' THEN new.nutrition_image := document ->> 'nutritionImage'; END IF;
    IF document ? 'customData' THEN new.custom_data := nullif(document -> 'customData', 'null'); END IF;
    SELECT jsonb_object_agg(key, value) INTO fields FROM jsonb_each(document) WHERE key LIKE 'customField%';
    new.custom_fields := nullif(jsonb_strip_nulls(coalesce(old.custom_fields, '{}') || coalesce(fields, '{}')), '{}');

    IF old.id IS NULL THEN
      INSERT INTO product (organization_id, id, manufacturer, brand, name, size, size_unit, container, vend_size, cost, price, calories,
                           is_common, is_deleted, product_group, item_number, upc, product_image, nutrition_image, custom_data,
                           custom_fields)
      VALUES (org, coalesce(given_id, nextval(pg_get_serial_sequence('product', 'id'))), new.manufacturer, new.brand, new.name, new.size,
              new.size_unit, new.container, new.vend_size, new.cost, new.price, new.calories, new.is_common, new.is_deleted,
              new.product_group, new.item_number, new.upc, new.product_image, new.nutrition_image, new.custom_data,
              new.custom_fields)
      ON CONFLICT DO NOTHING
      RETURNING * INTO new;
      EXIT WHEN FOUND;
    ELSIF new IS NOT DISTINCT FROM old THEN
      EXIT;
    ELSE
      UPDATE product p
         SET manufacturer = new.manufacturer, brand = new.brand, name = new.name, size = new.size, size_unit = new.size_unit,
             container = new.container, vend_size = new.vend_size, cost = new.cost, price = new.price, calories = new.calories,
             is_common = new.is_common, is_deleted = new.is_deleted, product_group = new.product_group,
             item_number = new.item_number, upc = new.upc, product_image = new.product_image,
             nutrition_image = new.nutrition_image, custom_data = new.custom_data, custom_fields = new.custom_fields,
             version = p.version + 1, updated_at = now()
       WHERE p.organization_id = org AND p.id = old.id AND p.version = old.version
      RETURNING * INTO new;
      EXIT WHEN FOUND;
    END IF;
  END LOOP;

  RETURN jsonb_build_object(
    'organizationId', org, 'productId', new.id, 'manufacturer', new.manufacturer, 'brand', new.brand, 'name', new.name,
    'size', new.size, 'unitsForSize', new.size_unit, 'container', new.container, 'vendSize', new.vend_size, 'cost', new.cost,
    'defaultPrice', new.price, 'calories', new.calories, 'isACommonProduct', new.is_common, 'isDeleted', new.is_deleted,
    'productGroup', new.product_group, 'number', new.item_number, 'upc', new.upc, 'productImage', new.product_image,
    'nutritionImage', new.nutrition_image, 'customData', new.custom_data)
    || '{"customField1": null, "customField2": null, "customField3": null, "customField4": null, "customField5": null, "customField6": null, "customField7": null, "customField8": null, "customField9": null, "customField10": null, "customField11": null, "customField12": null, "customField13": null, "customField14": null, "customField15": null}'::jsonb
    || coalesce(new.custom_fields, '{}');
END
$$;

CREATE FUNCTION bench.plpgsql_upsert_bulk(documents jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  document jsonb;
  ids bigint[] := '{}';
BEGIN
  FOR document IN SELECT jsonb_array_elements(documents) LOOP
    ids := ids || (bench.plpgsql_upsert(document) ->> 'productId')::bigint;
  END LOOP;
  IF (SELECT count(*) > count(DISTINCT i) FROM unnest(ids) i) THEN
    RAISE EXCEPTION 'two documents are the same product' USING ERRCODE = '23505';
  END IF;
  RETURN to_jsonb(ids);
END
$$;

-- A bad document is left out: a subtransaction for each.
CREATE FUNCTION bench.plpgsql_upsert_bulk_skip(documents jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  document jsonb;
  ids bigint[] := '{}';
BEGIN
  FOR document IN SELECT jsonb_array_elements(documents) LOOP
    BEGIN
      ids := ids || (bench.plpgsql_upsert(document) ->> 'productId')::bigint;
    EXCEPTION WHEN invalid_parameter_value OR unique_violation THEN
      ids := ids || NULL::bigint;
    END;
  END LOOP;
  RETURN to_jsonb(ids);
END
$$;
