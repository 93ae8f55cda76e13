-- The catalogue that a case begins with: `stored` products of `profile`, and room for a feed.
\set QUIET on
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION product_upsert;
SELECT product_tables_create() \g /dev/null
CREATE EXTENSION pg_prewarm;
CREATE SCHEMA bench;
-- An array of documents in each row, uncompressed, so that nobody's time is that of the decompression.
CREATE TABLE bench.feed (documents jsonb NOT NULL);
ALTER TABLE bench.feed ALTER documents SET STORAGE EXTERNAL;
-- The same one document a row.
CREATE TABLE bench.row_feed (i bigint PRIMARY KEY, document jsonb NOT NULL);
-- The same as text.
CREATE TABLE bench.text_feed (document text NOT NULL);
-- What a session upserts before the clock starts.
CREATE TABLE bench.warm (documents jsonb NOT NULL);
-- Whatever lands here is upserted.
CREATE TABLE bench.landing (document jsonb NOT NULL);
CREATE TABLE bench.silent_landing (document jsonb NOT NULL);
CREATE TRIGGER upsert AFTER INSERT ON bench.landing REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger('document');
\ir documents/:profile.sql
-- By the extension itself, in pieces: every contender finds the same table in the same order.
SELECT count(product_upsert_bulk(documents, mode => 'create')) AS pieces
  FROM generate_series(1, :stored, 50000) first,
       LATERAL (SELECT jsonb_agg(document ORDER BY i) AS documents
                  FROM bench.documents(first, least(first + 49999, :stored), 1, 'none', 'full')) piece \gset
GRANT USAGE ON SCHEMA bench TO bench_member;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bench TO bench_member;
SELECT product_grant('bench_member', permission, 1)
  FROM unnest('{PRODUCT.VIEW,PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) permission \g /dev/null
GRANT SELECT ON ALL TABLES IN SCHEMA bench TO bench_member;
VACUUM (ANALYZE);
