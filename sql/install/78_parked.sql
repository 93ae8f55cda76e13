-- Documents that wait for rows that they name.

CREATE FUNCTION @extschema@.product_parked_check(most integer) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@.product_tables_check();
    IF to_regclass('@extschema@.product_parked') IS NULL THEN
        PERFORM @extschema@.product_refuse('55000', 'parked documents need the catalogue''s tables of version 3',
            NULL, 'precondition', 'SELECT product_tables_upgrade();');
    ELSIF NOT (has_any_column_privilege('@extschema@.product', 'SELECT') AND has_any_column_privilege('@extschema@.product_parked', 'UPDATE')) THEN
        PERFORM @extschema@.product_refuse('42501', 'permission denied to try parked documents again', NULL, 'permission');
    ELSIF most IS NULL THEN
        PERFORM @extschema@.product_refuse('22004', 'most must not be null', 'most', 'required');
    ELSIF most NOT BETWEEN 1 AND 100000 THEN
        PERFORM @extschema@.product_refuse('22023', 'most must be from 1 to 100000', 'most', 'range');
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_parked_check(integer) IS
    'Internal. Raises an error if a call of product_parked_retry is invalid.';

-- A column since version 4: null in tables of version 3.
CREATE FUNCTION @extschema@.product_parked_behind(waiting anyelement) RETURNS integer
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (to_jsonb(waiting) ->> 'product_version')::integer
$$;
COMMENT ON FUNCTION @extschema@.product_parked_behind(anyelement) IS
    'Internal. The version of its product that a waiting document follows; null if unknown.';

-- Accepted documents no longer wait. The others keep the order in which they came (tried_at). A document that came after an accepted one now follows the version of the product
-- that this one wrote; a document that came before it keeps its version, since its product has been written after it. seen: when each product was written last before; versions:
-- the version then. Plans are made for the actual length of the lists.
CREATE FUNCTION @extschema@.product_parked_go_on(
    organization bigint, profiles text[], names text[], came timestamptz[], taken bigint[], taken_profiles text[], taken_names text[],
    products bigint[], seen timestamptz[], versions integer[]) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_variable
DECLARE
    now timestamptz;
    gone bigint;
    moved_profiles text[];
    moved_names text[];
BEGIN
    -- All sessions use the same order.
    PERFORM FROM @extschema@.product_parked w JOIN unnest(taken_profiles, taken_names) t (profile, key) ON t.profile = w.profile AND t.key = w.key
      WHERE w.organization_id = organization ORDER BY w.key, w.profile FOR UPDATE OF w;
    DELETE FROM @extschema@.product_parked w USING unnest(taken_profiles, taken_names) t (profile, key), unnest(profiles, names, came) n (profile, key, came)
     WHERE w.organization_id = organization AND w.profile = t.profile AND w.key = t.key AND n.profile = t.profile AND n.key = t.key AND w.tried_at = n.came;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone <> cardinality(taken) THEN
        RAISE EXCEPTION USING ERRCODE = 'serialization_failure', MESSAGE = 'a waiting document was replaced meanwhile';
    END IF;
    now := clock_timestamp();
    WITH tried AS (
        SELECT n.profile, n.key, n.came FROM unnest(profiles, names, came) n (profile, key, came)
    ), written AS (
        SELECT t.id, t.key, r.came, coalesce(s.seen, '-infinity') AS seen, coalesce(s.version, 0) AS version
          FROM unnest(taken, taken_profiles, taken_names) t (id, profile, key) JOIN tried r ON r.profile = t.profile AND r.key = t.key
          LEFT JOIN (SELECT n.id, max(n.seen) AS seen, max(n.version) AS version FROM unnest(products, seen, versions) n (id, seen, version) GROUP BY n.id) s ON s.id = t.id
    ), met AS (
        SELECT w.profile, w.key, t.id, t.came, t.seen, t.version FROM @extschema@.product_parked w JOIN written t ON t.id = w.product_id
         WHERE w.organization_id = organization
        UNION ALL
        SELECT w.profile, w.key, t.id, t.came, t.seen, t.version FROM @extschema@.product_parked w JOIN written t ON t.key = w.key
         WHERE w.organization_id = organization AND w.product_id IS NULL
    ), last AS (
        SELECT m.profile, m.key, max(m.id) AS id, max(m.came) AS came, max(m.seen) AS seen, max(m.version) AS version FROM met m GROUP BY m.profile, m.key
    ), waiting AS (
        -- A session that has locked one of them is replacing it.
        SELECT w.profile, w.key, w.tried_at, w.product_id, @extschema@.product_parked_behind(w) AS behind FROM @extschema@.product_parked w
         WHERE w.organization_id = organization AND (w.profile, w.key) IN (SELECT l.profile, l.key FROM last l UNION SELECT r.profile, r.key FROM tried r)
           FOR UPDATE SKIP LOCKED
    ), ordered AS (
        SELECT v.profile, v.key, v.tried_at AS came, l.id,
               l.came < v.tried_at AND CASE WHEN l.id = v.product_id AND v.behind IS NOT NULL THEN l.version <= v.behind ELSE l.seen <= v.tried_at END AS moves,
               row_number() OVER (ORDER BY v.tried_at, v.profile, v.key) AS place
          FROM waiting v LEFT JOIN last l ON l.profile = v.profile AND l.key = v.key
    ), moved AS (
        UPDATE @extschema@.product_parked w
           SET tried_at = CASE WHEN o.moves THEN now + o.place * interval '1 microsecond' ELSE o.came END, product_id = coalesce(o.id, w.product_id)
          FROM ordered o
         WHERE w.organization_id = organization AND w.profile = o.profile AND w.key = o.key
        RETURNING w.profile, w.key, o.moves
    )
    SELECT array_agg(m.profile), array_agg(m.key) INTO moved_profiles, moved_names FROM moved m WHERE m.moves;
    -- Tables of version 3 have no versions here.
    IF moved_names IS NOT NULL AND EXISTS (
        SELECT FROM pg_attribute a WHERE a.attrelid = '@extschema@.product_parked'::regclass AND a.attname = 'product_version' AND NOT a.attisdropped) THEN
        UPDATE @extschema@.product_parked w SET product_version = r.version
          FROM unnest(moved_profiles, moved_names) m (profile, key), @extschema@.product r
         WHERE w.organization_id = organization AND w.profile = m.profile AND w.key = m.key AND r.organization_id = organization AND r.id = w.product_id;
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_parked_go_on(bigint, text[], text[], timestamptz[], bigint[], text[], text[], bigint[], timestamptz[], integer[]) IS
    'Internal. Updates the documents that still wait after a call of product_parked_retry, in their order.';

-- The documents to try, in the order in which they came, each with its product. overtaken: a later document was accepted. Then its product has a later version than the one that
-- the document follows, or was deleted, or was created after it by a transaction that had begun before. Such a product is
-- not older than what waits; all rows that pg_restore -1 has written are of one transaction. Parameters have the function's name in front: tables may have columns of
-- the same name.
CREATE FUNCTION @extschema@.product_parked_waiting(organization bigint, of_profile text, most integer)
    RETURNS TABLE (profile text, key text, options jsonb, tried_at timestamptz, id bigint, version integer, updated_at timestamptz, overtaken boolean)
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.profile, p.key, p.options, p.tried_at, m.id, r.version, r.updated_at,
           CASE WHEN p.behind IS NOT NULL AND p.product_id = r.id THEN r.version > p.behind
                ELSE r.updated_at > p.tried_at OR p.product_id IS NULL AND p.writer = r.xmin AND r.created_at >= p.parked_at END
           OR p.product_id IS NOT NULL
              AND NOT EXISTS (SELECT FROM @extschema@.product d WHERE d.organization_id = product_parked_waiting.organization AND d.id = p.product_id)
      FROM (SELECT w.profile, w.key, w.document, w.options, w.product_id, w.tried_at, w.parked_at, w.xmin AS writer,
                   @extschema@.product_parked_behind(w) AS behind
              FROM @extschema@.product_parked w
             WHERE w.organization_id = product_parked_waiting.organization
               AND (product_parked_waiting.of_profile IS NULL OR w.profile = product_parked_waiting.of_profile)
             ORDER BY w.tries, w.tried_at, w.profile, w.key LIMIT product_parked_waiting.most) p
     CROSS JOIN LATERAL @extschema@.product_match(p.document, p.options ->> 'identifier_field', p.options ->> 'custom_field_reference',
                                                  p.options -> 'field_actions', p.profile, product_parked_waiting.organization) m
      LEFT JOIN @extschema@.product r ON r.organization_id = product_parked_waiting.organization AND r.id = m.id
     ORDER BY p.tried_at, p.profile, p.key
$$;
COMMENT ON FUNCTION @extschema@.product_parked_waiting(bigint, text, integer) IS
    'Internal. The documents that product_parked_retry tries.';

-- A call has one profile and one set of options. If a product has documents with several, they are tried one after the other.
CREATE FUNCTION @extschema@.product_parked_waves(products bigint[], names text[], sorts text[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT array_agg(s.wave ORDER BY s.place)
      FROM (SELECT c.place, sum(c.step) OVER (PARTITION BY c.product ORDER BY c.place) AS wave
              FROM (SELECT k.place, k.product,
                           (lag(k.sort) OVER (PARTITION BY k.product ORDER BY k.place) IS DISTINCT FROM k.sort)::integer AS step
                      FROM (SELECT n.place, n.sort, coalesce(n.product::text, ': ' || n.name) AS product
                              FROM unnest(products, names, sorts) WITH ORDINALITY n (product, name, sort, place)) k) c) s
$$;
COMMENT ON FUNCTION @extschema@.product_parked_waves(bigint[], text[], text[]) IS
    'Internal. The number of the call in which product_parked_retry tries each document.';

-- Each write increments a product's version by one; a larger difference means that another session has written it too.
CREATE FUNCTION @extschema@.product_parked_met(written bigint[], written_versions integer[], products bigint[], versions integer[]) RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM (SELECT w.id, count(*) AS times, max(w.version) AS version FROM unnest(written, written_versions) w (id, version) GROUP BY w.id) w
          LEFT JOIN (SELECT n.id, max(n.version) AS version FROM unnest(products, versions) n (id, version) WHERE n.id IS NOT NULL GROUP BY n.id) n
            ON n.id = w.id
         WHERE w.version <> coalesce(n.version, 0) + w.times)
$$;
COMMENT ON FUNCTION @extschema@.product_parked_met(bigint[], integer[], bigint[], integer[]) IS
    'Internal. Whether another session has written a product since product_parked_retry looked at it.';

-- Each element of refused is [profile, key, errors, id]. Rows are locked in the order that all sessions use, after all products are written, so that nobody waits in a cycle. A
-- document that another call has put in the place of one is not changed. The plan knows the number of rows, since they are joined with what was tried.
-- recipe: error
CREATE FUNCTION @extschema@.product_parked_refuse(organization bigint, profiles text[], names text[], came timestamptz[], refused jsonb[]) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_variable
BEGIN
    PERFORM FROM @extschema@.product_parked w JOIN unnest(profiles, names) t (profile, key) ON t.profile = w.profile AND t.key = w.key
      WHERE w.organization_id = organization ORDER BY w.key, w.profile FOR UPDATE OF w;
    UPDATE @extschema@.product_parked w
       SET tries = w.tries + 1, product_id = coalesce(w.product_id, (r.one ->> 3)::bigint),
           errors = CASE WHEN r.one -> 2 @> '[{"code": "parked"}]'
                         THEN (SELECT jsonb_agg(e.one - 'position') FROM jsonb_array_elements(r.one -> 2) e (one)) ELSE r.one -> 2 END
      FROM unnest(profiles, names, came) n (profile, key, came) JOIN unnest(refused) r (one) ON r.one ->> 0 = n.profile AND r.one ->> 1 = n.key
     WHERE w.organization_id = organization AND w.profile = n.profile AND w.key = n.key AND w.tried_at = n.came;
END
$$;
COMMENT ON FUNCTION @extschema@.product_parked_refuse(bigint, text[], text[], timestamptz[], jsonb[]) IS
    'Internal. Records why documents still wait.';

-- One attempt. Whether a document is overtaken is checked for all before any is written. Writers lock products before waiting documents, and so does this: only after its writes
-- does it check whether the documents still waited, and whether the products were the ones that it had looked at. If not, 40001 undoes it.
-- recipe: option
CREATE FUNCTION @extschema@.product_parked_try(organization bigint, of_profile text, most integer)
    RETURNS TABLE (key text, status text, id bigint, errors jsonb)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    waiting record;
    said record;
    profiles text[] := '{}';
    names text[] := '{}';
    came timestamptz[] := '{}';
    products bigint[] := '{}';
    versions integer[] := '{}';
    seen timestamptz[] := '{}';
    sorts text[] := '{}';
    waves bigint[];
    version integer;
    written bigint[] := '{}';
    written_versions integer[] := '{}';
    taken bigint[] := '{}';
    taken_profiles text[] := '{}';
    taken_names text[] := '{}';
    refused jsonb[] := '{}';
    source text := coalesce(current_setting('product_upsert.source', true), '');
BEGIN
    FOR waiting IN
        SELECT w.* FROM @extschema@.product_parked_waiting(organization, of_profile, most) w
    LOOP
        IF waiting.overtaken THEN
            DELETE FROM @extschema@.product_parked w
             WHERE w.organization_id = organization AND w.profile = waiting.profile AND w.key = waiting.key AND w.tried_at = waiting.tried_at;
            key := waiting.key;
            status := 'unchanged';
            id := waiting.id;
            errors := '[{"field": null, "code": "superseded", "message": "the product was written or deleted after the document came"}]';
            RETURN NEXT;
        ELSE
            profiles := profiles || waiting.profile;
            names := names || waiting.key;
            came := came || waiting.tried_at;
            products := products || waiting.id;
            versions := versions || waiting.version;
            seen := seen || waiting.updated_at;
            sorts := sorts || (waiting.profile || waiting.options);
        END IF;
    END LOOP;
    waves := @extschema@.product_parked_waves(products, names, sorts);
    PERFORM set_config('product_upsert.retries_parked', 'on', true);
    FOR said IN
        SELECT n.wave, p.profile, p.options, array_agg(p.key ORDER BY n.place) AS keys, jsonb_agg(p.document ORDER BY n.place) AS documents
          FROM unnest(profiles, names, came, waves) WITH ORDINALITY n (profile, key, came, wave, place)
          JOIN @extschema@.product_parked p ON p.organization_id = organization AND p.profile = n.profile AND p.key = n.key AND p.tried_at = n.came
         GROUP BY n.wave, p.profile, p.options ORDER BY n.wave, min(n.place)
    LOOP
        PERFORM set_config('product_upsert.source', coalesce(said.options ->> 'source', ''), true);
        FOR key, status, id, errors, version IN
            SELECT said.keys[r."position"], r.status, r.id, r.errors, r.version
              FROM @extschema@.product_upsert_rows(said.documents, said.options ->> 'identifier_field', said.options ->> 'custom_field_reference',
                       said.options -> 'field_actions', said.profile, organization, coalesce(said.options ->> 'mode', 'upsert'),
                       (said.options ->> 'if_version')::integer, on_error => 'skip', on_duplicate => 'last') r
             ORDER BY r."position"
        LOOP
            IF status IN ('created', 'updated') THEN
                written := written || id;
                written_versions := written_versions || version;
            END IF;
            IF status <> 'rejected' THEN
                taken := taken || id;
                taken_profiles := taken_profiles || said.profile;
                taken_names := taken_names || key;
            ELSE
                refused := array_append(refused, jsonb_build_array(said.profile, key, errors, id));
            END IF;
            RETURN NEXT;
        END LOOP;
    END LOOP;
    PERFORM set_config('product_upsert.retries_parked', 'off', true), set_config('product_upsert.source', source, true);
    IF @extschema@.product_parked_met(written, written_versions, products, versions) THEN
        RAISE EXCEPTION USING ERRCODE = 'serialization_failure', MESSAGE = 'a product was written meanwhile';
    END IF;
    PERFORM @extschema@.product_parked_refuse(organization, profiles, names, came, refused);
    PERFORM @extschema@.product_parked_go_on(organization, profiles, names, came, taken, taken_profiles, taken_names, products, seen, versions);
END
$$;
COMMENT ON FUNCTION @extschema@.product_parked_try(bigint, text, integer) IS
    'Internal. One attempt of product_parked_retry.';

-- Waiting documents are tried in the order in which they came, by one session at a time.
CREATE FUNCTION @extschema@.product_parked_retry(profile text DEFAULT NULL, organization_id bigint DEFAULT NULL, most integer DEFAULT 10000)
    RETURNS TABLE (key text, status text, id bigint, errors jsonb)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    organization bigint;
    told jsonb;
BEGIN
    PERFORM @extschema@.product_parked_check(most);
    organization := @extschema@.product_call_organization(product_parked_retry.organization_id);
    PERFORM pg_advisory_xact_lock(hashtextextended('@extschema@.product_parked', organization));
    FOR attempt IN 1 .. 50 LOOP
        BEGIN
            SELECT jsonb_agg(jsonb_build_array(t.key, t.status, t.id, t.errors)) INTO told FROM @extschema@.product_parked_try(organization,
                product_parked_retry.profile, most) t;
            EXIT;
        EXCEPTION WHEN deadlock_detected OR serialization_failure THEN
            IF attempt = 50 OR current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
                RAISE;
            END IF;
            PERFORM pg_sleep(0.02 * random());
        END;
    END LOOP;
    RETURN QUERY SELECT t.one ->> 0, t.one ->> 1, (t.one ->> 2)::bigint,
        nullif(t.one -> 3, 'null') FROM jsonb_array_elements(told) WITH ORDINALITY t (one, n) ORDER BY t.n;
END
$$;
COMMENT ON FUNCTION @extschema@.product_parked_retry(text, bigint, integer) IS
    'Upserts waiting documents (product_parked), of one profile or of all, up to the given number. Returns the outcome of each: those whose rows are still missing keep '
    'waiting; one that a later document has overtaken is superseded.';
