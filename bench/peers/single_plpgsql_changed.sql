\set i random(1, least(:documents, 1000))
\set cents random(100, 9999)
SELECT jsonb_set(document, '{defaultPrice}', to_jsonb((:cents / 100.0)::numeric(10,2)))::text AS document FROM bench.row_feed WHERE i = :i \gset
SELECT bench.plpgsql_upsert(:document::jsonb);
