\set i random(1, least(:documents, 1000))
SELECT document::text AS document FROM bench.row_feed WHERE i = :i \gset
SELECT product_upsert(:document::text);
