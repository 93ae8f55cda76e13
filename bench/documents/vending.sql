-- Documents as a vending operator's supplier sends them, in any number, always the same ones: document i of a feed is
-- a function of i. Consecutive documents are far apart in key order, as rows of a supplier's export are.

CREATE FUNCTION bench.catalogue_parts(OUT makers text[], OUT brands text[], OUT lines text[], OUT flavours text[], OUT groups text[])
LANGUAGE sql IMMUTABLE AS $$
SELECT
  '{The Coca-Cola Company,PepsiCo,Keurig Dr Pepper,Mars Wrigley,Hershey,Mondelez International,Nestlé,Frito-Lay,Kellanova,General Mills,Campbell''s,Conagra Brands,Ferrero,Red Bull,Monster Beverage,Utz Brands}'::text[],
  '{Coca-Cola,Sprite,Fanta,Pepsi,Mountain Dew,Gatorade,Dr Pepper,Snapple,A&W,Snickers,Twix,M&M''s,Reese''s,Kit Kat,Almond Joy,Oreo,Ritz,Chips Ahoy!,Nescafé,Crunch,Pure Life,Lay''s,Doritos,Cheetos,Pringles,Pop-Tarts,Cheez-It,Nature Valley,Chex Mix,Bugles,Goldfish,Snyder''s,Cape Cod,Slim Jim,Orville Redenbacher''s,Act II,Butterfinger,Baby Ruth,Nutella,Red Bull,Red Bull Editions,Organics by Red Bull,Monster Energy,Java Monster,Reign,Utz,Zapp''s,Golden Flake}'::text[],
  '{Original,Zero Sugar,Diet,Classic,Family,Snack Size,King Size,Fun Size,Limited Edition,Reduced Fat,Baked,Organic,Gluten Free,Extra,Mini,Max,Light,Bites,Thins,Dark,White,Caffeine Free,Vitamin,Ultra,Select,Reserve,Heritage,Winter,Summer,Harvest,Party,Share,Travel,School,Office,Stadium,Cinema,Gym,Morning,Midnight,Export,Regional,Signature,Kids,Low Sodium,Double,Triple,Protein,Whole Grain,Kettle}'::text[],
  '{Plain,Cherry,Vanilla,Lime,Orange,Peach,Grape,Mango,Lemon,Strawberry,Raspberry,Blueberry,Apple,Pineapple,Coconut,Caramel,Chocolate,Peanut,Almond,Hazelnut,Mint,Coffee,Mocha,Honey,Maple,Cinnamon,Ginger,Sea Salt,Vinegar,Sour Cream,Cheddar,Nacho,Jalapeño,Barbecue,Ranch,Pizza,Garlic,Onion,Pepper,Paprika,Dill,Buffalo,Chili,Wasabi,Teriyaki,Bacon,Truffle,Rosemary,Tomato,Mustard,Pumpkin,Pecan,Cashew,Pistachio,Toffee,Fudge,Marshmallow,Berry,Tropical,Citrus}'::text[],
  '{Soft Drinks,Water,Juice,Energy Drinks,Sports Drinks,Candy,Chocolate,Chips,Crackers,Cookies,Nuts,Meat Snacks}'::text[]
$$;

-- The fields of products first to last, before they become documents or rows. `change` says how they differ from what was
-- stored by change 'none': 'price' (every product), 'percent' (one in a hundred), 'key' (the name), 'new' (another product), 'mixed' (5 % new, 10 %
-- dearer), 'reject' (5 % with a negative cost).
CREATE FUNCTION bench.products(first bigint, last bigint, step bigint, change text)
RETURNS TABLE (i bigint, manufacturer text, brand text, name text, size numeric, size_unit text, container text, vend_size text,
    cost numeric, price numeric, calories integer, is_common boolean, is_deleted boolean, product_group text, item_number text,
    upc text, product_image text, nutrition_image text, custom_data jsonb, field1 text, field2 text, field3 text)
LANGUAGE sql STABLE AS $$
SELECT i, makers[1 + b / 3], brands[1 + b],
       lines[1 + l] || ' ' || flavours[1 + f] || CASE WHEN change = 'key' THEN ', new recipe' ELSE '' END,
       round((4 + s * 0.25)::numeric, 2), CASE WHEN b < 10 THEN 'fl oz' ELSE 'oz' END,
       (ARRAY['can', 'bottle', 'bag', 'bar', 'box'])[1 + b % 5],
       round((4 + s * 0.25)::numeric, 2) || CASE WHEN b < 10 THEN ' fl oz ' ELSE ' oz ' END || (ARRAY['can', 'bottle', 'bag', 'bar', 'box'])[1 + b % 5],
       CASE WHEN change = 'reject' AND i % 20 = 7 THEN -1.00 ELSE 0.25 + (k % 300) * 0.01 + dearer * 0.02 END,
       1.00 + (k % 500) * 0.05 + dearer * 0.05,
       (k % 600)::integer, k % 3 = 0, k % 50 = 0, groups[1 + b % 12], 'SKU-' || lpad(k::text, 8, '0'),
       lpad((49000000000 + k)::text, 12, '0'), 'https://images.example.com/products/' || k || '.png',
       CASE WHEN k % 4 = 0 THEN 'https://images.example.com/nutrition/' || k || '.png' END,
       CASE WHEN k % 10 = 0 THEN jsonb_build_object('planogram', jsonb_build_object('row', k % 7, 'slot', k % 11), 'seasonal', k % 2 = 0) END,
       'aisle ' || k % 40, 'supplier ' || b, CASE WHEN k % 3 = 0 THEN 'promo ' || k % 90 END
  FROM bench.catalogue_parts(),
       LATERAL (SELECT g AS i,
                       ((CASE WHEN change = 'new' OR change = 'mixed' AND g % 20 = 3 THEN g + 6000000 ELSE g END) * 3919313 + 12345) % 8640000 AS k,
                       CASE change WHEN 'price' THEN 1 WHEN 'percent' THEN (g % 100 = 7)::integer
                                   WHEN 'mixed' THEN (g % 10 = 4)::integer ELSE 0 END AS dearer
                  FROM generate_series(first, last, step) g) n,
       LATERAL (SELECT (k % 48)::integer AS b, (k / 48 % 50)::integer AS l, (k / 2400 % 60)::integer AS f, (k / 144000)::integer AS s) parts
$$;

-- The rows as the table product has them: what COPY and the set-based UPDATE get.
CREATE FUNCTION bench.flat(first bigint, last bigint, step bigint, change text)
RETURNS TABLE (i bigint, organization_id bigint, manufacturer text, brand text, name text, size numeric, size_unit text, container text, vend_size text,
    cost numeric, price numeric, calories integer, is_common boolean, is_deleted boolean, product_group text, item_number text,
    upc text, product_image text, nutrition_image text, custom_data jsonb, custom_fields jsonb)
LANGUAGE sql STABLE AS $$
SELECT i, 1::bigint, manufacturer, brand, name, size, size_unit, container, vend_size, cost, price, calories, is_common, is_deleted,
       product_group, item_number, upc, product_image, nutrition_image, custom_data,
       jsonb_strip_nulls(jsonb_build_object('customField1', field1, 'customField2', field2, 'customField3', field3))
  FROM bench.products(first, last, step, change)
$$;

-- 'key' documents name their product by productId too: the i-th product stored has id i.
-- 'full': the 34 fields of the documented request, nulls written out. 'compact': what a careful client sends.
CREATE FUNCTION bench.documents(first bigint, last bigint, step bigint, change text, fields text) RETURNS TABLE (i bigint, document jsonb)
LANGUAGE sql STABLE AS $$
SELECT p.i,
       CASE WHEN fields = 'compact' THEN
         jsonb_build_object('manufacturer', manufacturer, 'brand', brand, 'name', name, 'size', size, 'unitsForSize', size_unit,
                            'cost', cost, 'defaultPrice', price, 'calories', calories, 'productGroup', product_group,
                            'number', item_number, 'upc', upc)
       ELSE
         jsonb_build_object('manufacturer', manufacturer, 'brand', brand, 'name', name, 'customData', custom_data, 'size', size,
                            'unitsForSize', size_unit, 'container', container, 'upc', upc, 'productImage', product_image,
                            'nutritionImage', nutrition_image, 'cost', cost, 'defaultPrice', price, 'isACommonProduct', is_common,
                            'vendSize', vend_size, 'calories', calories, 'productGroup', product_group, 'organizationId', 1,
                            'number', item_number, 'isDeleted', is_deleted)
         || jsonb_build_object('customField1', field1, 'customField2', field2, 'customField3', field3, 'customField4', NULL,
                               'customField5', NULL, 'customField6', NULL, 'customField7', NULL, 'customField8', NULL,
                               'customField9', NULL, 'customField10', NULL, 'customField11', NULL, 'customField12', NULL,
                               'customField13', NULL, 'customField14', NULL, 'customField15', NULL)
         || CASE WHEN change = 'key' THEN jsonb_build_object('productId', i) ELSE '{}' END
       END
  FROM bench.products(first, last, step, change) p
$$;

-- The feed flattened: what COPY and the bare UPDATE get.
CREATE TABLE bench.flat_feed AS SELECT * FROM bench.flat(1, 0, 1, 'none');
ALTER TABLE bench.flat_feed ADD PRIMARY KEY (i);
\ir ../peers/plpgsql_function.sql
