-- The same text by way of jsonb.
SELECT r.status, count(*)
  FROM product_upsert_rows((SELECT jsonb_agg(line::jsonb) FROM string_to_table(pg_read_file(:'text_file'), E'\n') line WHERE line <> '')) r
 GROUP BY r.status;
