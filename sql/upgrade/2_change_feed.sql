-- Which transaction and call a change is of, and who has read how far. What was written before is as old as can be.
ALTER TABLE @extschema@.product_change
    ADD COLUMN xact xid8 NOT NULL DEFAULT '3',
    ADD COLUMN called_at timestamptz NOT NULL DEFAULT pg_catalog.statement_timestamp(),
    ADD COLUMN application text;
ALTER TABLE @extschema@.product_change
    ALTER COLUMN xact SET DEFAULT pg_catalog.pg_current_xact_id(),
    ALTER COLUMN application SET DEFAULT pg_catalog.current_setting('application_name');
CREATE INDEX product_change_xact_idx ON @extschema@.product_change (organization_id, xact, id);
COMMENT ON COLUMN @extschema@.product_change.changed IS
    '{column: {"old": …, "new": …}}, and "variants" as they are now; of a created product what it has. What else stands beside the product is only named.';
COMMENT ON COLUMN @extschema@.product_change.changed_at IS 'When the transaction began.';
COMMENT ON COLUMN @extschema@.product_change.changed_by IS 'The role that did it.';
COMMENT ON COLUMN @extschema@.product_change.xact IS 'The transaction that did it. product_changes_read gives no change before all transactions up to it have ended.';
COMMENT ON COLUMN @extschema@.product_change.called_at IS 'When the statement began: what has the same xact and called_at is of one call.';
COMMENT ON COLUMN @extschema@.product_change.application IS 'The application_name of the session; of an import, which one and how far it was.';

CREATE TABLE @extschema@.product_change_consumer (
    organization_id bigint NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    xact xid8 NOT NULL DEFAULT '0',
    change_id bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    read_at timestamptz,
    PRIMARY KEY (organization_id, name)
);
COMMENT ON TABLE @extschema@.product_change_consumer IS 'Who reads the change feed by product_changes_read, and how far each has come. Deleting a row ends it.';
COMMENT ON COLUMN @extschema@.product_change_consumer.xact IS 'The transaction of the change that was read last.';
COMMENT ON COLUMN @extschema@.product_change_consumer.change_id IS 'The change that was read last.';
