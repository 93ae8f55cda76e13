SELECT jsonb_array_length(product_upsert_bulk(documents, profile => 'sources')) FROM bench.feed;
