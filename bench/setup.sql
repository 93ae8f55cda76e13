-- The catalogue that a case begins with: `stored` products, and a feed of `documents`.
\set QUIET on
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION product_upsert;
CREATE EXTENSION pg_prewarm;
\ir generate.sql
\ir peers/plpgsql_function.sql
-- By the extension itself, in pieces: every contender finds the same table in the same order.
SELECT count(product_upsert_bulk(documents)) AS pieces
  FROM (SELECT jsonb_agg(document ORDER BY i) AS documents
          FROM bench.documents(1, :stored, 1, 'none', 'full')
         GROUP BY i / 50000 ORDER BY i / 50000) piece \gset
GRANT USAGE ON SCHEMA bench TO bench_member;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bench TO bench_member;
SELECT product_grant('bench_member', permission, 1)
  FROM unnest('{PRODUCT.VIEW,PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) permission \g /dev/null
GRANT SELECT ON ALL TABLES IN SCHEMA bench TO bench_member;
VACUUM (ANALYZE) product;
