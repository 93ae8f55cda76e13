-- The answers of calls with an idempotency key.
CREATE TABLE @extschema@.product_idempotency (
    organization_id bigint NOT NULL,
    caller name NOT NULL,
    key text NOT NULL,
    call bytea NOT NULL,
    status integer,
    body jsonb,
    headers jsonb,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (organization_id, caller, key)
);
CREATE INDEX product_idempotency_created_at_idx ON @extschema@.product_idempotency (organization_id, created_at);
COMMENT ON TABLE @extschema@.product_idempotency IS 'The answers to calls with an idempotency key. Later calls delete rows that have expired. Deleting a row frees its key.';
COMMENT ON COLUMN @extschema@.product_idempotency.caller IS 'The role that called. Each role has keys of its own.';
COMMENT ON COLUMN @extschema@.product_idempotency.call IS 'SHA-256 of the call. Another call with the same key is refused.';
