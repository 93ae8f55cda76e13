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

-- Which documents wait still is noted by the call itself. Whether something came after one is asked of all before any is written: a
-- product that it did not find when it came, or that was written since. What waits is tried in the order in which it came.
CREATE FUNCTION @extschema@.product_parked_retry(profile text DEFAULT NULL, organization_id bigint DEFAULT NULL, most integer DEFAULT 10000)
    RETURNS TABLE (key text, status text, id bigint, errors jsonb)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    organization bigint;
    waiting record;
    said record;
    profiles text[] := '{}';
    names text[] := '{}';
    keys text[];
    documents jsonb;
BEGIN
    PERFORM @extschema@.product_parked_check(most);
    organization := @extschema@.product_call_organization(product_parked_retry.organization_id);
    FOR waiting IN
        SELECT p.profile, p.key, m.id, m.id IS NOT NULL AND (p.product_id IS NULL OR EXISTS (
                   SELECT FROM @extschema@.product r WHERE r.organization_id = organization AND r.id = m.id AND r.updated_at > p.tried_at)) AS overtaken
               -- Another session that tries the same leaves them to us, or we to it.
          FROM (SELECT w.profile, w.key, w.document, w.options, w.product_id, w.tried_at FROM @extschema@.product_parked w
                 WHERE w.organization_id = organization AND (product_parked_retry.profile IS NULL OR w.profile = product_parked_retry.profile)
                 ORDER BY w.tried_at, w.parked_at, w.profile, w.key LIMIT most FOR UPDATE SKIP LOCKED) p,
               LATERAL @extschema@.product_match(p.document, p.options ->> 'identifier_field', p.options ->> 'custom_field_reference', p.options -> 'field_actions',
                                                 p.profile, organization) m
    LOOP
        IF waiting.overtaken THEN
            DELETE FROM @extschema@.product_parked w WHERE w.organization_id = organization AND w.profile = waiting.profile AND w.key = waiting.key;
            key := waiting.key;
            status := 'unchanged';
            id := waiting.id;
            errors := '[{"field": null, "code": "superseded", "message": "the product was written after the document came"}]';
            RETURN NEXT;
        ELSE
            profiles := profiles || waiting.profile;
            names := names || waiting.key;
        END IF;
    END LOOP;
    PERFORM set_config('product_upsert.retries_parked', 'on', true);
    FOR said IN
        SELECT p.profile, p.options FROM unnest(profiles, names) n (profile, key)
          JOIN @extschema@.product_parked p ON p.organization_id = organization AND p.profile = n.profile AND p.key = n.key
         GROUP BY p.profile, p.options ORDER BY min(p.tried_at), min(p.parked_at), p.profile, p.options
    LOOP
        SELECT array_agg(p.key ORDER BY p.tried_at, p.parked_at, p.key), jsonb_agg(p.document ORDER BY p.tried_at, p.parked_at, p.key) INTO keys, documents
          FROM unnest(profiles, names) n (profile, key)
          JOIN @extschema@.product_parked p ON p.organization_id = organization AND p.profile = n.profile AND p.key = n.key
         WHERE p.profile = said.profile AND p.options = said.options;
        FOR key, status, id, errors IN
            SELECT keys[r."position"], r.status, r.id, r.errors
              FROM @extschema@.product_upsert_rows(documents, said.options ->> 'identifier_field', said.options ->> 'custom_field_reference', said.options -> 'field_actions',
                       said.profile, organization, coalesce(said.options ->> 'mode', 'upsert'), (said.options ->> 'if_version')::integer, on_error => 'skip', on_duplicate => 'last') r
             ORDER BY r."position"
        LOOP
            IF status <> 'rejected' THEN
                DELETE FROM @extschema@.product_parked p WHERE p.organization_id = organization AND p.profile = said.profile AND p.key = product_parked_retry.key;
            ELSIF NOT errors @> '[{"code": "parked"}]' THEN
                UPDATE @extschema@.product_parked p SET errors = product_parked_retry.errors, tried_at = clock_timestamp(), tries = p.tries + 1
                 WHERE p.organization_id = organization AND p.profile = said.profile AND p.key = product_parked_retry.key;
            END IF;
            RETURN NEXT;
        END LOOP;
    END LOOP;
    PERFORM set_config('product_upsert.retries_parked', 'off', true);
END
$$;
COMMENT ON FUNCTION @extschema@.product_parked_retry(text, bigint, integer) IS
    'Upserts the documents that wait (product_parked), of one profile or of all, at most so many. Returns what became of each: those whose rows are still missing go on waiting, and what a later document came after is superseded.';
