-- Imports count the documents that a higher-ranked source has held back.
ALTER TABLE @extschema@.product_import ADD COLUMN held_back bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN @extschema@.product_import.held_back IS
    'The number of documents with fields that were not written because a higher-ranked source had written another value.';
-- The same as before, and one column more: what depends on it stays.
DO $step$
BEGIN
    EXECUTE $view$CREATE OR REPLACE VIEW @extschema@.product_import_progress WITH (security_invoker = true) AS
SELECT i.organization_id, i.id, i.source, i.profile,
       CASE WHEN i.status = 'running' AND l.pid IS NULL THEN 'interrupted' ELSE i.status END AS state,
       i."position" AS done, i.total, pg_catalog.round(100.0 * i."position" / nullif(i.total, 0), 1) AS percent,
       i.created, i.updated, i.unchanged, i.rejected, i.retries, pg_catalog.round(i.rate::numeric, 1) AS rate,
       CASE WHEN l.pid IS NOT NULL THEN i.time_left END AS time_left,
       i.started_by, i.started_at, i.updated_at, i.finished_at, l.pid, i.error, i.retired, i.held_back
  FROM @extschema@.product_import i
  LEFT JOIN pg_catalog.pg_locks l
    ON i.status = 'running' AND l.pid = i.pid AND l.locktype = 'advisory' AND l.granted AND l.mode = 'ExclusiveLock'
   AND l.objsubid = 2
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
   AND l.classid = pg_catalog.to_regclass(i.source)::oid AND l.objid = '@extschema@.product_import'::pg_catalog.regclass::oid$view$;
END
$step$;
