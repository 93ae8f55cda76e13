-- The feed as a file of one document a line: what a client's parameter or pg_read_file gives.
SELECT r.status, count(*) FROM product_upsert_rows(pg_read_file(:'text_file')) r GROUP BY r.status;
