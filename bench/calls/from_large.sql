SET product_upsert.batch_documents = 25000;
SET product_upsert.batch_memory = '64MB';
SELECT r.status, count(*) FROM product_upsert_from('bench.row_feed') r GROUP BY r.status;
