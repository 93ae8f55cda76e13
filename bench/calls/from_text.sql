SELECT r.status, count(*) FROM product_upsert_from('bench.text_feed') r GROUP BY r.status;
