-- Fills the feed of a case: `documents` of them, every `step`-th of the catalogue, changed as `change` says, with `fields`; in arrays
-- of `size`, 0 for none; the first `rows` also one a row; and, of vending, those in arrays also flattened, in a table and a file.
-- In any case as text, in a file of one document a line.
-- `warm` documents, as stored, are for a call before the measured one.
\set QUIET on
\set ON_ERROR_STOP on
SELECT :size > 0 AS arrays, :size > 0 AND to_regclass('bench.flat_feed') IS NOT NULL AS flattened \gset
INSERT INTO bench.row_feed SELECT i, document FROM bench.documents(1, :documents, :step, :'change', :'fields');
COPY (SELECT document FROM bench.row_feed ORDER BY i) TO :'text_file' (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02');
\if :arrays
INSERT INTO bench.feed
SELECT jsonb_agg(document ORDER BY n)
  FROM (SELECT document, row_number() OVER (ORDER BY i) - 1 AS n FROM bench.row_feed) numbered
 GROUP BY n / :size ORDER BY n / :size;
DELETE FROM bench.row_feed WHERE i > :rows;
\endif
\if :flattened
INSERT INTO bench.flat_feed SELECT f.* FROM bench.flat(1, :documents, :step, :'change') f;
COPY (SELECT organization_id, manufacturer, brand, name, size, size_unit, container, vend_size, cost, price, calories, is_common,
             is_deleted, product_group, item_number, upc, product_image, nutrition_image, custom_data, custom_fields
        FROM bench.flat_feed) TO :'copy_file';
VACUUM (ANALYZE) bench.flat_feed;
\endif
INSERT INTO bench.text_feed SELECT document::text FROM bench.row_feed WHERE :rows > 0 ORDER BY i;
INSERT INTO bench.warm SELECT jsonb_agg(document) FROM bench.documents(1, :warm, 1, 'none', :'fields') HAVING count(*) > 0;
VACUUM (ANALYZE) bench.feed, bench.row_feed, bench.text_feed;
\pset tuples_only on
\pset format unaligned
SELECT coalesce((SELECT sum(pg_column_size(documents)) FROM bench.feed), (SELECT sum(pg_column_size(document)) FROM bench.row_feed), 0);
