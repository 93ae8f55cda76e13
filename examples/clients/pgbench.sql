-- pgbench: pgbench -n -M prepared -c 4 -t 50 -f pgbench.sql. One document of a thousand, then a batch of twenty; a prepared statement each.
\set product random(1, 1000)
\set cents random(100, 9999)
SELECT product_upsert(jsonb_build_object('external_id', 'P-' || :product, 'name', 'Product ' || :product, 'price', :cents::numeric / 100));
\set first random(1, 981)
SELECT product_summary(status, changed, errors)
  FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'P-' || n, 'name', 'Product ' || n, 'price', :cents::numeric / 100))
                              FROM generate_series(:first::integer, :first::integer + 19) n));
