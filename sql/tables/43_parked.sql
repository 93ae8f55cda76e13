-- Documents that name rows which do not exist yet, if their profile says `park`.
CREATE TABLE @extschema@.product_parked (
    organization_id bigint NOT NULL,
    profile text NOT NULL,
    key text NOT NULL,
    document jsonb NOT NULL,
    options jsonb NOT NULL DEFAULT '{}',
    errors jsonb NOT NULL,
    product_id bigint,
    parked_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    tried_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    tries integer NOT NULL DEFAULT 1,
    application text DEFAULT pg_catalog.current_setting('application_name'),
    product_version integer,
    PRIMARY KEY (organization_id, profile, key)
);
-- Used by each call of a profile that parks, to find what waits for its documents.
CREATE INDEX product_parked_key_idx ON @extschema@.product_parked (organization_id, key);
CREATE INDEX product_parked_product_idx ON @extschema@.product_parked (organization_id, product_id) WHERE product_id IS NOT NULL;
COMMENT ON TABLE @extschema@.product_parked IS
    'Documents that wait for rows that they name. product_parked_retry upserts them. A later document with the same key replaces an earlier one.';
COMMENT ON COLUMN @extschema@.product_parked.key IS
    'Identifies the document: the first identity rule of the profile for which the document has a key, and that key. A digest if there is none, or if the key is long.';
COMMENT ON COLUMN @extschema@.product_parked.options IS 'The options of the call, except for profile and organization.';
COMMENT ON COLUMN @extschema@.product_parked.errors IS
    '[{field, code, message, resource_type, resource_id}]: what the document waits for, or why it was rejected when it was retried.';
COMMENT ON COLUMN @extschema@.product_parked.product_id IS 'The product that it matched, if it matched one.';
COMMENT ON COLUMN @extschema@.product_parked.product_version IS
    'The version of that product when the document came. If the product has a later version, the document is superseded.';
COMMENT ON COLUMN @extschema@.product_parked.parked_at IS 'Since when a document with this key has been waiting.';
COMMENT ON COLUMN @extschema@.product_parked.tried_at IS 'When it came last; or when one of its product that had come before it was taken.';

-- security_invoker, so that row security applies to the reader.
-- recipe: error
CREATE VIEW @extschema@.product_parked_missing WITH (security_invoker = true) AS
SELECT p.organization_id, p.profile, pg_catalog.regexp_replace(e.error ->> 'field', '[.][0-9]+$', '') AS field,
       e.error ->> 'resource_type' AS resource_type, e.error ->> 'resource_id' AS resource_id,
       pg_catalog.count(*) AS documents, pg_catalog.min(p.parked_at) AS since
  FROM @extschema@.product_parked p
 CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(p.errors) e (error)
 WHERE e.error ->> 'code' = 'parked'
 GROUP BY 1, 2, 3, 4, 5;
COMMENT ON VIEW @extschema@.product_parked_missing IS 'What documents wait for: the field, what is missing, how many documents wait for it and since when.';
