SELECT r.status, count(*) FROM product_upsert_from('bench.row_feed') r GROUP BY r.status;
