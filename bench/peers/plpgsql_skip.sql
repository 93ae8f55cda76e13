SELECT jsonb_array_length(bench.plpgsql_upsert_bulk_skip(documents)) FROM bench.feed;
