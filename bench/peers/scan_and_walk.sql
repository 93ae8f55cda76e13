-- What reading alone costs: all columns of all rows, and every member of every document, hashed.
SELECT count(updated_at) FROM product;
SELECT count(jsonb_hash_extended(documents, 0)) FROM bench.feed;
