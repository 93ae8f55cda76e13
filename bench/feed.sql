-- Fills the feed of a case: `documents` of them, changed as `change` says, with `fields`; flattened too, in a table and a file.
\set QUIET on
\set ON_ERROR_STOP on
INSERT INTO bench.feed
SELECT jsonb_agg(CASE WHEN :'change' = 'key' THEN document || jsonb_build_object('productId', i) ELSE document END ORDER BY i)
  FROM bench.documents(1, :documents, :'change', :'fields');
INSERT INTO bench.flat_feed SELECT * FROM bench.flat(1, :documents, :'change');
INSERT INTO bench.single SELECT * FROM bench.documents(1, least(:documents, 1000), :'change', :'fields');
VACUUM (ANALYZE) bench.feed, bench.flat_feed, bench.single;
COPY (SELECT organization_id, manufacturer, brand, name, size, size_unit, container, vend_size, cost, price, calories, is_common,
             is_deleted, product_group, item_number, upc, product_image, nutrition_image, custom_data, custom_fields
        FROM bench.flat_feed) TO :'copy_file';
\pset tuples_only on
SELECT pg_column_size(documents) FROM bench.feed;
