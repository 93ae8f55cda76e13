SELECT jsonb_array_length(product_upsert_bulk(documents, on_error => 'skip')) FROM bench.feed;
