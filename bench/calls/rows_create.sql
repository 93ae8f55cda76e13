SELECT r.status, count(*) FROM bench.feed, product_upsert_rows(documents, mode => 'create') r GROUP BY r.status;
