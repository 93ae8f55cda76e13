SELECT jsonb_array_length(product_upsert_bulk(documents, mode => 'create')) FROM bench.feed;
