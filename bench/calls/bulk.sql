SELECT jsonb_array_length(product_upsert_bulk(documents)) FROM bench.feed;
