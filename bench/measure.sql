-- Runs one statement file in a session of its own and prints what it cost, tab-separated:
-- milliseconds, milliseconds of CPU, bytes of WAL, dead tuples, blocks touched of the product
-- tables and their indexes, KB of private memory at the peak.
\set QUIET on
\set ON_ERROR_STOP on
SET client_min_messages = warning;
\if :{?cold}
\else
SELECT sum(pg_prewarm(oid::regclass)) AS warm FROM pg_class
 WHERE relkind IN ('r', 'i', 't', 'm') AND oid >= 16384 AND relfilenode <> 0 \gset
\endif
\if :{?role}
SET ROLE :role;
\endif
-- Both sides' first call finds the catalogue's caches filled as far as a look at the table fills them.
SELECT count(*) AS before FROM (SELECT FROM product LIMIT 1) p \gset
SELECT count(product_upsert_bulk(documents)) AS before FROM bench.warm \gset
RESET ROLE;
CREATE FUNCTION pg_temp.private_kb(status text, peak boolean) RETURNS bigint LANGUAGE sql AS $$
SELECT substring(status FROM CASE WHEN peak THEN 'VmHWM:\s*(\d+)' ELSE 'VmRSS:\s*(\d+)' END)::bigint
       - substring(status FROM 'RssShmem:\s*(\d+)')::bigint - substring(status FROM 'RssFile:\s*(\d+)')::bigint $$;
-- In nanoseconds: of this process, and of the workers that it had: of those of the server's that have ended, in hundredths of a second.
CREATE FUNCTION pg_temp.cpu() RETURNS bigint LANGUAGE sql AS $$
SELECT split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::bigint
       + (SELECT (split_part(s, ' ', 16)::bigint + split_part(s, ' ', 17)::bigint) * 10000000
            FROM pg_read_file('/proc/' || split_part(pg_read_file('/proc/self/stat'), ' ', 4) || '/stat') s) $$;
SELECT pg_temp.cpu() \gset before_
SELECT pg_temp.private_kb(pg_read_file('/proc/self/status'), false) AS memory \gset
-- Warming up touched blocks too.
SELECT pg_stat_force_next_flush() \gset
CREATE FUNCTION pg_temp.blocks() RETURNS bigint LANGUAGE sql AS $$
SELECT sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit + idx_blks_read, 0)) FROM pg_statio_user_tables WHERE relname LIKE 'product%' $$;
SELECT pg_temp.blocks() AS blocks \gset
\o /dev/null
RESET ROLE;
SELECT pg_current_wal_insert_lsn() AS lsn, pg_temp.cpu() AS cpu \gset
\if :{?role}
SET ROLE :role;
\endif
SELECT clock_timestamp() AS start \gset
\i :statement
SELECT round(extract(epoch FROM clock_timestamp() - :'start') * 1000, 3) AS ms \gset
\o
RESET ROLE;
SELECT round((pg_temp.cpu() - :cpu) / 1e6, 3) AS cpu,
       pg_current_wal_insert_lsn() - :'lsn' AS wal \gset
SELECT pg_temp.private_kb(pg_read_file('/proc/self/status'), true) - :memory AS memory \gset
SELECT pg_stat_force_next_flush() \gset
SELECT 1 AS flushed \gset
\pset format unaligned
\pset tuples_only on
\pset fieldsep '|'
SELECT :ms, :cpu, :wal, sum(n_dead_tup), pg_temp.blocks() - :blocks, :memory FROM pg_stat_user_tables WHERE relname LIKE 'product%';
