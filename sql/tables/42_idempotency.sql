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
COMMENT ON TABLE @extschema@.product_idempotency IS 'What product_request answered calls with an Idempotency-Key. Expired rows go with later calls; deleting one frees its key.';
COMMENT ON COLUMN @extschema@.product_idempotency.caller IS 'The role that called: a key is its own.';
COMMENT ON COLUMN @extschema@.product_idempotency.call IS 'SHA-256 of what was asked: another call with the same key is refused.';
