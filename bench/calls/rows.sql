SELECT r.status, count(*) FROM bench.feed, product_upsert_rows(documents) r GROUP BY r.status;
