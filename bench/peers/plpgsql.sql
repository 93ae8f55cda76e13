SELECT jsonb_array_length(bench.plpgsql_upsert_bulk(documents)) FROM bench.feed;
