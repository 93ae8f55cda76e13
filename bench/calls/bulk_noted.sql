SET product_upsert.change_feed = on;
SELECT jsonb_array_length(product_upsert_bulk(documents)) FROM bench.feed;
