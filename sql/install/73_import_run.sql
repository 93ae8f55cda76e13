-- One run of product_import. It is a jsonb that is passed from step to step: the source, the queries over it, and the current position.

CREATE FUNCTION @extschema@.product_import_who(source regclass) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT concat_ws(', ', format('process %s', l.pid), 'role ' || a.usename, 'application ' || nullif(a.application_name, ''),
                     (SELECT format('import %s, %s of %s documents', i.id, i."position", i.total)
                        FROM @extschema@.product_import i WHERE i.pid = l.pid AND i.status = 'running' ORDER BY i.updated_at DESC LIMIT 1))
      FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid = source::oid
       AND l.objid = '@extschema@.product_import'::regclass::oid
       AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
     LIMIT 1
$$;
COMMENT ON FUNCTION @extschema@.product_import_who(regclass) IS
    'Internal. Describes, for a message, the session that imports a source.';

-- Batches are upserted from this table. It is dropped and created again after a batch was undone, since undone rows keep their space.
CREATE FUNCTION @extschema@.product_import_stage(document_type text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF to_regclass('pg_temp.product_import_batch') IS NOT NULL THEN
        DROP TABLE pg_temp.product_import_batch;
    END IF;
    -- alone: see product_import_plan.
    EXECUTE format('CREATE TEMPORARY TABLE product_import_batch ("position" bigint, at text, key text, mark text, document %s, alone boolean) ON COMMIT DELETE ROWS',
                   document_type);
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_stage(text) IS
    'Internal. Creates the temporary table for batches.';

CREATE FUNCTION @extschema@.product_import_check(source regclass, call jsonb) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    idempotency_key text := call ->> 'idempotency_key';
    absent text;
BEGIN
    SELECT a.name INTO absent
      FROM unnest('{source,document_column,mode,on_error,dry_run,on_duplicate,batch_size,retry_rejects,restart,full_feed,parallel}'::text[])
           WITH ORDINALITY a (name, n)
     WHERE (call || jsonb_build_object('source', source)) -> a.name = 'null' ORDER BY a.n LIMIT 1;
    IF absent IS NOT NULL THEN
        PERFORM @extschema@.product_refuse('22004', absent || ' must not be null', absent, 'required');
    ELSIF (call ->> 'batch_size')::integer NOT BETWEEN 1 AND 100000 THEN
        PERFORM @extschema@.product_refuse('22023', 'batch_size must be from 1 to 100000', 'batch_size', 'range');
    ELSIF (call ->> 'parallel')::integer NOT BETWEEN 1 AND 64 THEN
        PERFORM @extschema@.product_refuse('22023', 'parallel must be from 1 to 64', 'parallel', 'range', 'Use 1 to import without workers.');
    ELSIF idempotency_key = '' THEN
        PERFORM @extschema@.product_refuse('22023', 'idempotency_key cannot be empty', 'idempotency_key', 'range');
    ELSIF idempotency_key IS NOT NULL AND ((call ->> 'dry_run')::boolean OR (call ->> 'retry_rejects')::boolean) THEN
        PERFORM @extschema@.product_refuse('22023', 'a dry run or a retry takes no idempotency_key', 'idempotency_key', 'range');
    ELSIF (call ->> 'full_feed')::boolean AND (call ->> 'retry_rejects')::boolean THEN
        PERFORM @extschema@.product_refuse('22023', 'full_feed cannot be used with retry_rejects', 'full_feed', 'range');
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_check(regclass, jsonb) IS
    'Internal. Raises an error if the arguments of product_import are invalid.';

-- call: the arguments of product_import by name; field_actions and scope as texts, because a null of theirs is not JSON's null.
-- recipe: option, import
CREATE FUNCTION @extschema@.product_import_begin(may_commit boolean, source regclass, call jsonb) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    full_feed boolean := call ->> 'full_feed';
    retry_rejects boolean := call ->> 'retry_rejects';
    profile text := coalesce(call ->> 'profile', current_setting('product_upsert.profile'));
    said text := format('%L, %L, %L, %L, %L, %L, %L, %L, %L, %L',
                        call ->> 'identifier_field', call ->> 'custom_field_reference', call ->> 'field_actions', profile, call ->> 'organization_id',
                        call ->> 'mode', call ->> 'if_version', call ->> 'on_error', call ->> 'dry_run', call ->> 'on_duplicate');
    run jsonb;
    options jsonb;
BEGIN
    PERFORM @extschema@.product_tables_check();
    IF @extschema@.product_tables_made_by() < (CASE WHEN full_feed THEN 3 ELSE 2 END) THEN
        PERFORM @extschema@.product_refuse('55000',
            CASE WHEN full_feed THEN 'full feeds within imports need the catalogue''s tables of version 3' ELSE 'imports need the catalogue''s tables of version 2' END,
            NULL, 'precondition', 'SELECT product_tables_upgrade();');
    ELSIF NOT may_commit THEN
        PERFORM @extschema@.product_refuse('25001', 'product_import commits every batch, and cannot run inside a transaction block', NULL, 'precondition',
            'CALL it by itself: outside BEGIN, not from a function, with autocommit on.');
    END IF;
    PERFORM @extschema@.product_import_check(source, call);
    IF full_feed THEN
        PERFORM @extschema@.product_retire_check(source, (call ->> 'document_column')::name, call ->> 'action', (call ->> 'scope')::jsonb,
            (call ->> 'most')::numeric, false, false);
    END IF;

    run := @extschema@.product_import_source(source, (call ->> 'document_column')::name, (call ->> 'key_column')::name, profile);
    IF NOT @extschema@.product_import_lock(source) THEN
        PERFORM @extschema@.product_refuse('55006', format('%s is being imported by another session: %s', run ->> 'source',
                coalesce(@extschema@.product_import_who(source), 'it has just ended')), 'source', 'precondition',
            'Wait until it has ended; product_import_progress shows how far it is.');
    END IF;
    -- The arguments with which a stopped import must be called again.
    options := jsonb_strip_nulls(call - '{batch_size,restart,parallel,full_feed,action,scope,most}'::text[]
                                 || jsonb_build_object('profile', profile, 'field_actions', (call ->> 'field_actions')::jsonb, 'key_column', run -> 'key'))
        -- A null in the scope has a meaning, so the scope is added without stripping nulls.
        || CASE WHEN full_feed THEN jsonb_build_object('full_feed', jsonb_build_object(
                                        'action', call -> 'action', 'scope', (call ->> 'scope')::jsonb, 'most', call -> 'most')) ELSE '{}' END;
    run := run || jsonb_build_object(
        'organization', @extschema@.product_call_organization((call ->> 'organization_id')::bigint),
        'profile', profile, 'options', options, 'batch_size', call -> 'batch_size', 'dry_run', call -> 'dry_run', 'retry_rejects', retry_rejects, 'attempt', 0,
        'said', said, 'upsert', format('%s.product_import_rows(''pg_temp.product_import_batch'', ''document'', %s, ', '@extschema@', said));
    PERFORM @extschema@.product_import_stage(run ->> 'type');
    -- Without documents, this only checks the arguments.
    EXECUTE format('SELECT FROM %s0, %L)', run ->> 'upsert', run ->> 'cells');
    RETURN @extschema@.product_import_find(@extschema@.product_import_with_workers(run, (call ->> 'parallel')::integer), (call ->> 'restart')::boolean);
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_begin(boolean, regclass, jsonb) IS
    'Internal. Checks a call of product_import, takes its lock, and finds the import to continue.';

-- Continues an unfinished import of the source if it was called with the same arguments. A dry run cannot be continued.
CREATE FUNCTION @extschema@.product_import_find(run jsonb, restart boolean) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    relation text := run ->> 'source';
    organization bigint := run ->> 'organization';
    earlier record;
    answered record;
    differing text;
BEGIN
    SELECT i.* INTO earlier FROM @extschema@.product_import i
     WHERE i.organization_id = organization AND i.source = relation AND i.status IN ('running', 'failed')
       AND NOT coalesce(i.options @> '{"dry_run": true}', true)
     ORDER BY i.id DESC LIMIT 1;
    IF run #> '{options,idempotency_key}' IS NOT NULL THEN
        SELECT i.* INTO answered FROM @extschema@.product_import i
         WHERE i.organization_id = organization AND i.status = 'completed' AND i.options -> 'idempotency_key' = run #> '{options,idempotency_key}'
         ORDER BY i.id LIMIT 1;
        IF answered.id IS NOT NULL THEN
            RETURN run || jsonb_build_object('id', answered.id, 'answered', to_jsonb(answered), 'survey', @extschema@.product_import_count(run));
        END IF;
    END IF;
    IF earlier.id IS NOT NULL AND NOT restart AND NOT (run ->> 'dry_run')::boolean THEN
        SELECT string_agg(format('%s => %s', key, coalesce(earlier.options ->> key, 'NULL')), ', ' ORDER BY key) INTO differing
          FROM jsonb_object_keys(earlier.options || (run -> 'options')) key
         WHERE earlier.options -> key IS DISTINCT FROM run #> ARRAY['options', key];
        IF differing IS NOT NULL THEN
            PERFORM @extschema@.product_refuse('55000', format('import %s of %s is unfinished and was called with other options: %s', earlier.id, relation, differing),
                'source', 'precondition', 'Call it with the same options to continue it, or with restart => true to begin again.');
        END IF;
        RETURN run || jsonb_build_object('id', earlier.id, 'resume', earlier.resume, 'position', earlier."position",
            'total', earlier.total, 'retry_of', earlier.retry_of, 'goes_on', true,
            'survey', CASE WHEN earlier.resume ->> 'by' = 'key' AND earlier.resume ? 'mark' THEN
                format('SELECT pg_catalog.jsonb_build_object(''there'', EXISTS (SELECT FROM %s s WHERE s.%I OPERATOR(pg_catalog.=) %L::%s AND %s OPERATOR(pg_catalog.=) %L))',
                       relation, run ->> 'key', earlier.resume ->> 'at', run ->> 'key_type', @extschema@.product_import_mark(run),
                           earlier.resume ->> 'mark') END);
    END IF;
    IF (run ->> 'retry_rejects')::boolean THEN
        SELECT i.* INTO earlier FROM @extschema@.product_import i
         WHERE i.organization_id = organization AND i.source = relation AND i.status = 'completed' AND NOT coalesce(i.options @> '{"dry_run": true}', true)
         ORDER BY i.id DESC LIMIT 1;
        IF earlier.id IS NULL THEN
            PERFORM @extschema@.product_refuse('P0002', format('no import of %s is completed', relation), 'retry_rejects', 'not_found',
                                               'Call it without retry_rejects first.');
        END IF;
        RETURN run || jsonb_build_object('restart', restart, 'retry_of', earlier.id, 'position', 0,
            'resume', jsonb_build_object('by', 'rejects', 'at', 0),
            'survey', format('SELECT pg_catalog.jsonb_build_object(''total'', pg_catalog.count(*)) FROM (%s) r',
                             @extschema@.product_import_rejects(run || jsonb_build_object('retry_of', earlier.id), 0, NULL)));
    END IF;
    RETURN run || jsonb_build_object('restart', restart, 'position', 0,
        'resume', jsonb_build_object('by', run ->> 'by'),
        'survey', @extschema@.product_import_count(run));
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_find(jsonb, boolean) IS
    'Internal. Finds the import that a call continues, or begins a new one; returns also the query to run on the source before.';

-- The digest shows whether a key is used again for the same documents in the same order.
CREATE FUNCTION @extschema@.product_import_count(run jsonb) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('SELECT pg_catalog.jsonb_build_object(''total'', pg_catalog.count(*), %s, ''digest'', %s) FROM %s',
                  CASE run ->> 'by'
                      WHEN 'key' THEN format('''keys'', pg_catalog.count(s.%I)', run ->> 'key')
                      ELSE format('''seen'', pg_catalog.pg_current_snapshot()::pg_catalog.text, ''blocks'', pg_catalog.pg_relation_size(%s) OPERATOR(pg_catalog./) %s',
                                  run ->> 'relation', current_setting('block_size')) END,
                  CASE WHEN keyed THEN 'pg_catalog.sum(s.product_import_digest)::pg_catalog.text' ELSE 'NULL::pg_catalog.text' END,
                  CASE WHEN keyed THEN format('(SELECT s.%s, pg_catalog.hashtextextended((%s)::pg_catalog.text, pg_catalog.row_number() OVER (ORDER BY s.%s,'
                                              ' pg_catalog.hashtextextended((%s)::pg_catalog.text, 0)))'
                                              ' AS product_import_digest FROM %s s) s', place, run ->> 'document', place, run ->> 'document', run ->> 'source')
                       ELSE format('%s s', run ->> 'source') END)
      FROM (SELECT run #> '{options,idempotency_key}' IS NOT NULL AS keyed,
            CASE run ->> 'by' WHEN 'key' THEN quote_ident(run ->> 'key') ELSE 'ctid' END AS place) k
$$;
COMMENT ON FUNCTION @extschema@.product_import_count(jsonb) IS 'Internal. The query that counts the documents of a source before an import begins.';

-- Distinguishes a row from another that has taken its place: by the transaction that wrote it, or in a view by its content.
CREATE FUNCTION @extschema@.product_import_mark(run jsonb) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN run ->> 'kind' IN ('r', 'p', 'm') THEN 's.xmin::pg_catalog.text' ELSE format('pg_catalog.md5((%s)::pg_catalog.text)',
                                                                                                  run ->> 'document') END
$$;
COMMENT ON FUNCTION @extschema@.product_import_mark(jsonb) IS
    'Internal. The expression that distinguishes a row of the source from one that has replaced it.';

CREATE FUNCTION @extschema@.product_import_survey(run jsonb) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    query pg_catalog.text := pg_catalog.jsonb_extract_path_text(run, 'survey');
    answer pg_catalog.jsonb;
BEGIN
    IF query IS NOT NULL THEN
        EXECUTE query INTO answer;
    END IF;
    -- Whether the feed is complete is checked before any of it is written.
    IF pg_catalog.jsonb_extract_path(run, 'options', 'full_feed') IS NOT NULL
       AND NOT pg_catalog.jsonb_exists(run, 'goes_on') AND NOT pg_catalog.jsonb_exists(run, 'answered') THEN
        answer := pg_catalog.jsonb_concat(coalesce(answer, '{}'), pg_catalog.jsonb_build_object('refusal', (@extschema@.product_import_retiring(run)).refusal));
    END IF;
    RETURN answer;
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_survey(jsonb) IS
    'Internal. Reads from the source what must be known before an import begins or continues.';

CREATE FUNCTION @extschema@.product_import_retiring(run jsonb, OUT organization bigint, OUT gone bigint[], OUT back bigint[], OUT refusal jsonb) RETURNS record
LANGUAGE plpgsql
AS $$
DECLARE
    options pg_catalog.jsonb := pg_catalog.jsonb_extract_path(run, 'options');
    feed pg_catalog.jsonb := pg_catalog.jsonb_extract_path(options, 'full_feed');
BEGIN
    SELECT s.organization, s.gone, s.back, s.refusal INTO organization, gone, back, refusal
      FROM @extschema@.product_retire_survey(
               pg_catalog.jsonb_extract_path_text(run, 'source')::pg_catalog.regclass,
                   pg_catalog.jsonb_extract_path_text(options, 'document_column')::pg_catalog.name,
               pg_catalog.jsonb_extract_path_text(feed, 'action'), pg_catalog.jsonb_extract_path(feed, 'scope'),
                   pg_catalog.jsonb_extract_path_text(feed, 'most')::pg_catalog.numeric,
               pg_catalog.jsonb_extract_path_text(options, 'identifier_field'), pg_catalog.jsonb_extract_path_text(options, 'custom_field_reference'),
               pg_catalog.jsonb_extract_path_text(options, 'profile'), pg_catalog.jsonb_extract_path_text(run, 'organization')::pg_catalog.int8) s;
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_retiring(jsonb) IS
    'Internal. The products that an imported full feed does not name.';

CREATE FUNCTION @extschema@.product_import_start(run jsonb, survey jsonb) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    organization bigint := run ->> 'organization';
    resume jsonb := run -> 'resume';
    import_id bigint := run ->> 'id';
    call jsonb := CASE WHEN run ? 'parallel' THEN jsonb_build_object('call', gen_random_uuid()) ELSE '{}' END;
    place bigint;
    told text;
BEGIN
    IF run ? 'answered' THEN
        IF run #> '{answered,resume,digest}' IS DISTINCT FROM survey -> 'digest' OR run #> '{answered,options}' IS DISTINCT FROM run -> 'options'
           OR run #> '{answered,source}' IS DISTINCT FROM run -> 'source' THEN
            PERFORM @extschema@.product_refuse('55000', format('idempotency_key "%s" belongs to import %s, which had %s', run #>> '{options,idempotency_key}', import_id,
                    CASE WHEN run #> '{answered,source}' IS DISTINCT FROM run -> 'source' THEN 'another source'
                         WHEN run #> '{answered,options}' IS DISTINCT FROM run -> 'options' THEN 'other options' ELSE 'other documents' END),
                'idempotency_key', 'precondition', 'A key is for one feed: pass another one.');
        END IF;
        RAISE NOTICE 'import % of %: completed already, under the same idempotency key: % documents: % created, % updated, % unchanged, % rejected',
            import_id, run ->> 'source',
            @extschema@.product_import_number(run #> '{answered,position}'), @extschema@.product_import_number(run #> '{answered,created}'),
            @extschema@.product_import_number(run #> '{answered,updated}'), @extschema@.product_import_number(run #> '{answered,unchanged}'),
            @extschema@.product_import_number(run #> '{answered,rejected}');
        RETURN run;
    END IF;
    IF run ? 'goes_on' THEN
        IF NOT (survey ->> 'there')::boolean OR resume ->> 'by' = 'place' AND resume -> 'storage' IS DISTINCT FROM run -> 'storage' THEN
            PERFORM @extschema@.product_refuse('55000', format('%s has changed since import %s stopped after document %s', run ->> 'source', import_id, run ->> 'position'),
                'source', 'precondition', 'Call it with restart => true to begin again.');
        END IF;
        -- A worker that outlives its call may have committed its part in the meantime. From now on it cannot.
        UPDATE @extschema@.product_import i
           SET status = 'running', pid = pg_backend_pid(), error = NULL, finished_at = NULL, updated_at = clock_timestamp(),
               resume = i.resume - 'call' || call
         WHERE i.organization_id = organization AND i.id = import_id
        RETURNING i.resume, i."position" INTO resume, place;
        run := run || jsonb_build_object('position', place);
        told := format('continues after %s of %s documents', @extschema@.product_import_number(run -> 'position'),
                       @extschema@.product_import_number(run -> 'total'));
    ELSE
        IF (survey ->> 'keys')::bigint < (survey ->> 'total')::bigint THEN
            PERFORM @extschema@.product_refuse('22004', format('%s rows of %s have no %s', (survey ->> 'total')::bigint - (survey ->> 'keys')::bigint,
                                                           run ->> 'source', run ->> 'key'),
                'key_column', 'required', 'The key column tells where an import continues, so every row must have it.');
        END IF;
        PERFORM @extschema@.product_retire_refuse(nullif(survey -> 'refusal', 'null'));
        IF (run ->> 'restart')::boolean THEN
            UPDATE @extschema@.product_import i SET status = 'abandoned', finished_at = clock_timestamp(), time_left = NULL
             WHERE i.organization_id = organization AND i.source = run ->> 'source' AND i.status IN ('running', 'failed');
        END IF;
        IF resume ->> 'by' = 'place' THEN
            resume := resume || jsonb_build_object('at', 0, 'storage', run -> 'storage', 'seen', survey -> 'seen', 'blocks', survey -> 'blocks');
        END IF;
        IF run #> '{options,idempotency_key}' IS NOT NULL THEN
            resume := resume || jsonb_build_object('digest', survey -> 'digest');
        END IF;
        resume := resume || call;
        BEGIN
            -- The sequence may be behind the rows, which COPY or a subscription has brought: ids that are taken are passed.
            FOR taken IN 0 .. (SELECT count(*) FROM @extschema@.product_import i WHERE i.organization_id = organization) LOOP
                INSERT INTO @extschema@.product_import (organization_id, source, profile, options, total, resume, retry_of, pid, started_at, updated_at)
                VALUES (organization, run ->> 'source', run ->> 'profile', run -> 'options', (survey ->> 'total')::bigint, resume, (run ->> 'retry_of')::bigint,
                        pg_backend_pid(),
                        clock_timestamp(), clock_timestamp())
                ON CONFLICT DO NOTHING
                RETURNING id INTO import_id;
                EXIT WHEN FOUND;
            END LOOP;
        EXCEPTION WHEN insufficient_privilege THEN
            PERFORM @extschema@.product_refuse('42501', format('permission denied to import into organization %s', organization), 'organization_id',
                                               'permission',
                'Pass the organization_id of an organization in which you may create or update products.');
        END;
        told := format('%s documents', @extschema@.product_import_number(survey -> 'total'))
                || coalesce(' that import ' || (run ->> 'retry_of') || ' rejected', '');
    END IF;
    RAISE NOTICE 'import % of %: %', import_id, run ->> 'source', told;
    PERFORM @extschema@.product_import_hold((run ->> 'relation')::oid);
    RETURN run || jsonb_build_object('id', import_id, 'resume', resume, 'total', coalesce(survey -> 'total', run -> 'total'),
                                     'called_at', extract(epoch FROM clock_timestamp()), 'called_position', run -> 'position',
                                     -- So that the first report comes after two seconds.
                                     'told_at', extract(epoch FROM clock_timestamp()) - 3);
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_start(jsonb, jsonb) IS
    'Internal. Begins or continues an import: writes its row in product_import.';

CREATE FUNCTION @extschema@.product_import_number(number jsonb) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT regexp_replace(number #>> '{}', '(\d)(?=(\d{3})+$)', '\1,', 'g')
$$;
COMMENT ON FUNCTION @extschema@.product_import_number(jsonb) IS
    'Internal. Formats a whole number for people: 1,234,567.';

-- In the same transaction as the work that `answer` counts.
CREATE FUNCTION @extschema@.product_import_add(work jsonb, answer jsonb, place bigint, resume jsonb) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    now timestamptz := clock_timestamp();
    seconds double precision := extract(epoch FROM now) - (work ->> 'called_at')::double precision;
    documents bigint := place - (work ->> 'called_position')::bigint;
BEGIN
    UPDATE @extschema@.product_import i
       SET "position" = place, created = i.created + (answer ->> 'created')::bigint, updated = i.updated + (answer ->> 'updated')::bigint,
           unchanged = i.unchanged + (answer ->> 'unchanged')::bigint, rejected = i.rejected + (answer ->> 'rejected')::bigint,
           batches = i.batches + 1, resume = resume, updated_at = now, rate = documents / nullif(seconds, 0),
           time_left = make_interval(secs => greatest(0, (work ->> 'total')::bigint - place) * seconds / nullif(documents, 0))
     WHERE i.organization_id = (work ->> 'organization')::bigint AND i.id = (work ->> 'id')::bigint;
    -- Tables of version 4 lack this column.
    IF (answer ->> 'held_back')::bigint > 0 AND @extschema@.product_tables_made_by() >= 5 THEN
        UPDATE @extschema@.product_import i SET held_back = i.held_back + (answer ->> 'held_back')::bigint
         WHERE i.organization_id = (work ->> 'organization')::bigint AND i.id = (work ->> 'id')::bigint;
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_add(jsonb, jsonb, bigint, jsonb) IS
    'Internal. Records the progress of an import and the outcome of the documents of a batch or a part.';

CREATE FUNCTION @extschema@.product_import_tell(run jsonb) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    done record;
BEGIN
    IF extract(epoch FROM clock_timestamp()) - (run ->> 'told_at')::double precision < 5 THEN
        RETURN run;
    END IF;
    SELECT i.* INTO done FROM @extschema@.product_import i WHERE i.organization_id = (run ->> 'organization')::bigint AND i.id = (run ->> 'id')::bigint;
    RAISE NOTICE 'import % of %: % of %, % a second, % left, % rejected', done.id, done.source,
        @extschema@.product_import_number(to_jsonb(done."position")), @extschema@.product_import_number(run -> 'total'), round(done.rate),
        to_char(done.time_left, 'HH24:MI:SS'), @extschema@.product_import_number(to_jsonb(done.rejected));
    RETURN run || jsonb_build_object('told_at', extract(epoch FROM clock_timestamp()));
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_tell(jsonb) IS
    'Internal. Reports the progress of an import to the caller, after two seconds and then every five.';
