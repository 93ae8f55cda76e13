-- A small table again and again, until 2,000 documents have been upserted.
DO $$
DECLARE
  documents bigint := (SELECT count(*) FROM bench.row_feed);
BEGIN
  FOR i IN 1 .. greatest(1, 2000 / documents) LOOP
    PERFORM count(*) FROM product_upsert_from('bench.row_feed');
  END LOOP;
END
$$;
