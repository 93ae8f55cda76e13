-- What product_import keeps, and the view of it.
ALTER TABLE @extschema@.product_import
    DROP CONSTRAINT IF EXISTS product_import_status_check,
    ADD CONSTRAINT product_import_status_check CHECK (status IN ('running', 'completed', 'failed', 'abandoned')),
    ADD COLUMN total bigint,
    ADD COLUMN batches bigint NOT NULL DEFAULT 0,
    ADD COLUMN retries bigint NOT NULL DEFAULT 0,
    ADD COLUMN rate double precision,
    ADD COLUMN time_left interval,
    ADD COLUMN resume jsonb,
    ADD COLUMN retry_of bigint,
    ADD COLUMN pid integer,
    ADD COLUMN started_by name NOT NULL DEFAULT current_user;
ALTER TABLE @extschema@.product_import_reject ADD COLUMN key text;
COMMENT ON COLUMN @extschema@.product_import.source IS 'The table or view, with its schema.';
COMMENT ON COLUMN @extschema@.product_import.profile IS 'The profile that its documents are read by.';
COMMENT ON COLUMN @extschema@.product_import.status IS
    'running (also where it was interrupted, see product_import_progress), completed, failed, or abandoned: another was begun in its place.';
COMMENT ON COLUMN @extschema@.product_import.options IS 'What it was called with: the same call goes on with it.';
COMMENT ON COLUMN @extschema@.product_import."position" IS 'The documents up to this one are committed.';
COMMENT ON COLUMN @extschema@.product_import.started_at IS 'When it was first called.';
COMMENT ON COLUMN @extschema@.product_import.updated_at IS 'When its last batch was committed.';
COMMENT ON COLUMN @extschema@.product_import.finished_at IS 'When it was completed, failed or was abandoned.';
COMMENT ON COLUMN @extschema@.product_import.error IS 'Why it failed.';
COMMENT ON COLUMN @extschema@.product_import.total IS 'How many documents the source held when it began.';
COMMENT ON COLUMN @extschema@.product_import.batches IS 'Transactions so far.';
COMMENT ON COLUMN @extschema@.product_import.retries IS 'How often a batch was tried again, after a deadlock or a serialization failure.';
COMMENT ON COLUMN @extschema@.product_import.rate IS 'Documents a second, since it was last called.';
COMMENT ON COLUMN @extschema@.product_import.time_left IS 'At that rate.';
COMMENT ON COLUMN @extschema@.product_import.resume IS 'How the source is read, and where the next batch begins.';
COMMENT ON COLUMN @extschema@.product_import.retry_of IS 'The import whose rejects it tries again.';
COMMENT ON COLUMN @extschema@.product_import.pid IS 'The server process that last worked at it.';
COMMENT ON COLUMN @extschema@.product_import.started_by IS 'The role that called it first.';
COMMENT ON COLUMN @extschema@.product_import_reject."position" IS 'Which document of the import it was, from 1.';
COMMENT ON COLUMN @extschema@.product_import_reject.document IS 'As it was rejected; what is no JSON, as a JSON text.';
COMMENT ON COLUMN @extschema@.product_import_reject.key IS 'The row of the source: the value of the key column, or the row''s place (ctid).';

-- With the rights of who looks, so that row security holds. Who runs an import holds the lock of its source: see product_import_lock.
CREATE VIEW @extschema@.product_import_progress WITH (security_invoker = true) AS
SELECT i.organization_id, i.id, i.source, i.profile,
       CASE WHEN i.status = 'running' AND l.pid IS NULL THEN 'interrupted' ELSE i.status END AS state,
       i."position" AS done, i.total, pg_catalog.round(100.0 * i."position" / nullif(i.total, 0), 1) AS percent,
       i.created, i.updated, i.unchanged, i.rejected, i.retries, pg_catalog.round(i.rate::numeric, 1) AS rate,
       CASE WHEN l.pid IS NOT NULL THEN i.time_left END AS time_left,
       i.started_by, i.started_at, i.updated_at, i.finished_at, l.pid, i.error
  FROM @extschema@.product_import i
  LEFT JOIN pg_catalog.pg_locks l
    ON i.status = 'running' AND l.pid = i.pid AND l.locktype = 'advisory' AND l.granted AND l.mode = 'ExclusiveLock'
   AND l.objsubid = 2
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
   AND l.classid = pg_catalog.to_regclass(i.source)::oid AND l.objid = '@extschema@.product_import'::pg_catalog.regclass::oid;
COMMENT ON VIEW @extschema@.product_import_progress IS
    'How far imports are: state (running, interrupted, completed, failed, abandoned), done of total, rate, time left, who runs it.';
