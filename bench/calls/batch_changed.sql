SELECT jsonb_array_length(product_upsert_bulk(jsonb_agg(jsonb_set(document, '{defaultPrice}', to_jsonb((1 + random() * 98)::numeric(10,2))) ORDER BY random()))) FROM bench.row_feed WHERE i <= 100;
