-- Documents that wait for rows that they name.

CREATE FUNCTION @extschema@.product_parked_check(most integer) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@.product_tables_check();
    IF to_regclass('@extschema@.product_parked') IS NULL THEN
        PERFORM @extschema@.product_refuse('55000', 'documents that wait need the catalogue''s tables of version 2', NULL, 'precondition', 'SELECT product_tables_upgrade();');
    ELSIF most IS NULL THEN
        PERFORM @extschema@.product_refuse('22004', 'most cannot be null', 'most', 'required');
    ELSIF most NOT BETWEEN 1 AND 100000 THEN
        PERFORM @extschema@.product_refuse('22023', 'most must be from 1 to 100000', 'most', 'range');
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_parked_check(integer) IS 'Internal. Raises what is wrong with a call of product_parked_retry.';

-- Which documents wait still, and that those which were taken do not, is noted by the call itself.
CREATE FUNCTION @extschema@.product_parked_retry(profile text DEFAULT NULL, organization_id bigint DEFAULT NULL, most integer DEFAULT 10000)
    RETURNS TABLE (key text, status text, id bigint, errors jsonb)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    organization bigint;
    said record;
    keys text[];
    documents jsonb;
    tried integer := 0;
BEGIN
    PERFORM @extschema@.product_parked_check(most);
    organization := @extschema@.product_call_organization(product_parked_retry.organization_id);
    FOR said IN
        SELECT p.profile, p.options FROM @extschema@.product_parked p
         WHERE p.organization_id = organization AND (product_parked_retry.profile IS NULL OR p.profile = product_parked_retry.profile)
         GROUP BY p.profile, p.options ORDER BY min(p.parked_at), p.profile, p.options
    LOOP
        EXIT WHEN tried >= most;
        -- Another session that tries the same leaves them to us, or we to it.
        SELECT array_agg(d.key ORDER BY d.tried_at, d.key), jsonb_agg(d.document ORDER BY d.tried_at, d.key) INTO keys, documents
          FROM (SELECT p.key, p.document, p.tried_at FROM @extschema@.product_parked p
                 WHERE p.organization_id = organization AND p.profile = said.profile AND p.options = said.options
                 ORDER BY p.tried_at, p.key LIMIT most - tried FOR UPDATE SKIP LOCKED) d;
        CONTINUE WHEN keys IS NULL;
        tried := tried + cardinality(keys);
        FOR key, status, id, errors IN
            SELECT keys[r."position"], r.status, r.id, r.errors
              FROM @extschema@.product_upsert_rows(documents, said.options ->> 'identifier_field', said.options ->> 'custom_field_reference', said.options -> 'field_actions',
                       said.profile, organization, coalesce(said.options ->> 'mode', 'upsert'), (said.options ->> 'if_version')::integer, on_error => 'skip') r
             ORDER BY r."position"
        LOOP
            IF status <> 'rejected' THEN
                DELETE FROM @extschema@.product_parked p WHERE p.organization_id = organization AND p.profile = said.profile AND p.key = product_parked_retry.key;
            ELSIF NOT errors @> '[{"code": "parked"}]' THEN
                UPDATE @extschema@.product_parked p SET errors = product_parked_retry.errors, tried_at = now(), tries = p.tries + 1
                 WHERE p.organization_id = organization AND p.profile = said.profile AND p.key = product_parked_retry.key;
            END IF;
            RETURN NEXT;
        END LOOP;
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.product_parked_retry(text, bigint, integer) IS
    'Upserts the documents that wait (product_parked), of one profile or of all, at most so many. Returns what became of each: those whose rows are still missing go on waiting.';
