\set n random(1, 64)
SELECT jsonb_array_length(product_upsert_bulk(documents)) FROM bench.hot WHERE n = :n;
