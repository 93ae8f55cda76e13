-- Counts of calls, and the time they took.

-- recipe: count
CREATE FUNCTION @extschema@.product_upsert_stats()
    RETURNS TABLE (profile text, calls bigint, failed bigint, documents bigint, created bigint, updated bigint, unchanged bigint, rejected bigint, retries bigint,
                   read_ms double precision, decide_ms double precision, write_ms double precision, waiting_ms double precision, since timestamptz, scope text)
LANGUAGE C VOLATILE STRICT ROWS 10
AS 'MODULE_PATHNAME', 'product_upsert_stats';
COMMENT ON FUNCTION @extschema@.product_upsert_stats() IS
    'Returns the number of calls and documents by profile, and the time they took, since the server was started or product_upsert_stats_reset() called; of all sessions '
    '(scope server), or of this one only (session).';

CREATE FUNCTION @extschema@.product_upsert_stats_reset() RETURNS void
LANGUAGE C VOLATILE STRICT
AS 'MODULE_PATHNAME', 'product_upsert_stats_reset';
COMMENT ON FUNCTION @extschema@.product_upsert_stats_reset() IS
    'Resets the counts of product_upsert_stats in this database.';
REVOKE ALL ON FUNCTION @extschema@.product_upsert_stats_reset() FROM PUBLIC;
