-- product_import with workers (parallel => n). A batch is divided into parts, one for each worker, so that documents with a common key are in one part. Each worker upserts its
-- part in a transaction of its own. No worker commits before all have voted: if two parts conflict after all (over a product, or a lock that one holds and the other needs, or a
-- reject that the other part may resolve), the batch is undone and repeated by the calling process alone, as without workers. While the workers are busy, the next batch is read
-- and divided. Every document is upserted exactly once: the writes of a part, its rejects, and the list of its documents (resume.window of the import) are one transaction. If some
-- parts of a batch are committed, the calling process finishes the batch, in this call or the next: see product_import_rest.

CREATE FUNCTION @extschema@.product_import_crew(wanted integer) RETURNS jsonb
LANGUAGE C VOLATILE STRICT
AS 'MODULE_PATHNAME', 'product_import_crew';
COMMENT ON FUNCTION @extschema@.product_import_crew(integer) IS
    'Internal. Starts the workers of this session''s import, as many as possible, if there are none; returns their pids, and whether they are new.';

CREATE FUNCTION @extschema@.product_import_dismiss() RETURNS void
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_import_dismiss';
COMMENT ON FUNCTION @extschema@.product_import_dismiss() IS 'Internal. Ends the workers of this session''s import.';

-- recipe: option
CREATE FUNCTION @extschema@.product_import_plan(
    identifier_field text, custom_field_reference text, field_actions jsonb, profile text, organization_id bigint, mode text, if_version integer,
    on_error text, dry_run boolean, on_duplicate text, cells boolean, parts integer) RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_import_plan';
COMMENT ON FUNCTION @extschema@.product_import_plan(text, text, jsonb, text, bigint, text, integer, text, boolean, text, boolean, integer) IS
    'Internal. Divides the documents of pg_temp.product_import_ahead into parts; returns how many.';

CREATE FUNCTION @extschema@.product_import_deal(work text) RETURNS integer[]
LANGUAGE C VOLATILE STRICT
AS 'MODULE_PATHNAME', 'product_import_deal';
COMMENT ON FUNCTION @extschema@.product_import_deal(text) IS
    'Internal. Sends the planned parts to the workers; returns the workers that got documents.';

CREATE FUNCTION @extschema@.product_import_hear(wait integer) RETURNS jsonb
LANGUAGE C VOLATILE STRICT
AS 'MODULE_PATHNAME', 'product_import_hear';
COMMENT ON FUNCTION @extschema@.product_import_hear(integer) IS
    'Internal. Receives an answer from a worker: worker, pid, answer; null if there is none within the given milliseconds (0: no limit).';

CREATE FUNCTION @extschema@.product_import_say(worker integer, go boolean) RETURNS void
LANGUAGE C VOLATILE STRICT
AS 'MODULE_PATHNAME', 'product_import_say';
COMMENT ON FUNCTION @extschema@.product_import_say(integer, boolean) IS 'Internal. Tells a worker whether to commit its part.';

CREATE FUNCTION @extschema@.product_import_received() RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_import_received';
COMMENT ON FUNCTION @extschema@.product_import_received() IS
    'Internal. In a worker: returns the documents of its part.';

-- Decides whether an import can have workers, and says why if not.
CREATE FUNCTION @extschema@.product_import_with_workers(run jsonb, parallel integer) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    why text := CASE WHEN parallel = 1 THEN NULL
                     WHEN (run ->> 'dry_run')::boolean THEN 'a dry run'
                     WHEN (run ->> 'retry_rejects')::boolean THEN 'a retry of rejects'
                     WHEN run #>> '{options,on_error}' = 'abort' THEN 'on_error => ''abort'''
                     WHEN run #>> '{options,custom_field_reference}' IS NOT NULL THEN 'documents are found by a custom field'
                     WHEN current_setting('default_transaction_isolation') <> 'read committed' THEN 'default_transaction_isolation above read committed' END;
BEGIN
    IF why IS NOT NULL THEN
        RAISE NOTICE 'imported without workers: %', why;
    END IF;
    RETURN CASE WHEN parallel = 1 OR why IS NOT NULL THEN run ELSE run || jsonb_build_object('parallel', parallel) END;
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_with_workers(jsonb, integer) IS
    'Internal. Records the number of workers of an import, if it may have any.';

-- A batch of which some parts are committed is finished first. What follows the last document is not done by workers.
CREATE FUNCTION @extschema@.product_import_is_shared(run jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT run ? 'parallel' AND NOT (run -> 'resume') ?| '{window,retiring}' AND (NOT run ? 'read_all' OR run ?| '{ahead,dealt}')
$$;
COMMENT ON FUNCTION @extschema@.product_import_is_shared(jsonb) IS
    'Internal. Whether workers do the next step of an import.';

-- The query for the rest of a batch: the rows of its range whose keys no part had. They get the positions that no part had; rows that were inserted meanwhile get later ones.
CREATE FUNCTION @extschema@.product_import_rest(run jsonb) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    resume jsonb := run -> 'resume';
    opened jsonb := resume -> 'window';
    base bigint := run ->> 'position';
    size bigint := opened ->> 'size';
    keys text[] := ARRAY(SELECT jsonb_array_elements_text(opened -> 'keys'));
    positions bigint[] := ARRAY(SELECT p::bigint FROM jsonb_array_elements_text(opened -> 'positions') p);
    rows text;
BEGIN
    IF resume ->> 'by' = 'key' THEN
        rows := format('SELECT s.%1$I::pg_catalog.text AS at, s.%1$I::pg_catalog.text AS key, %2$s AS mark, %3$s AS document, pg_catalog.row_number() OVER'
                       ' (ORDER BY s.%1$I) AS n FROM %4$s s'
                       ' WHERE %5$s s.%1$I OPERATOR(pg_catalog.<=) %6$L::%7$s AND s.%1$I::pg_catalog.text OPERATOR(pg_catalog.<>) ALL'
                       ' (%8$L::pg_catalog.text[])',
                       run ->> 'key', @extschema@.product_import_mark(run), run ->> 'document', run ->> 'source',
                       CASE WHEN resume ? 'at' THEN format('s.%I OPERATOR(pg_catalog.>) %L::%s AND', run ->> 'key', resume ->> 'at', run ->> 'key_type') END,
                       opened #>> '{to,at}', run ->> 'key_type', keys);
    ELSE
        rows := format('SELECT %1$L::pg_catalog.text AS at, s.ctid::pg_catalog.text AS key, NULL::pg_catalog.text AS mark, %2$s AS document,'
                       ' pg_catalog.row_number() OVER (ORDER BY s.ctid) AS n FROM ONLY %3$s s'
                       ' WHERE s.ctid OPERATOR(pg_catalog.>=) %4$L::pg_catalog.tid AND s.ctid OPERATOR(pg_catalog.<) %5$L::pg_catalog.tid'
                       ' AND %6$s.product_import_stood(s.xmin, %7$L::pg_catalog.pg_snapshot) AND s.ctid::pg_catalog.text OPERATOR(pg_catalog.<>) ALL'
                       ' (%8$L::pg_catalog.text[])',
                       opened #>> '{to,at}', run ->> 'document', run ->> 'source', format('(%s,0)', resume ->> 'at'), format('(%s,0)', opened #>> '{to,at}'),
                       '@extschema@', resume ->> 'seen', keys);
    END IF;
    RETURN format('SELECT coalesce(f.p, %1$s OPERATOR(pg_catalog.+) q.n), q.at, q.key, q.mark, q.document FROM (%2$s) q LEFT JOIN'
                  ' (SELECT p.p, pg_catalog.row_number() OVER (ORDER BY p.p) AS n FROM pg_catalog.generate_series(%3$s::pg_catalog.int8,'
                  ' %4$s::pg_catalog.int8) p (p)'
                  ' WHERE p.p OPERATOR(pg_catalog.<>) ALL (%5$L::pg_catalog.int8[])) f ON f.n OPERATOR(pg_catalog.=) q.n ORDER BY 1',
                  base + cardinality(positions), rows, base + 1, base + size, positions);
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_rest(jsonb) IS
    'Internal. The query for the remaining documents of a batch that workers have begun.';

-- A source that is read page by page must still have the number of rows that were counted, so deleted rows are noticed. A source with a key may lose rows, and no position is used
-- twice.
CREATE FUNCTION @extschema@.product_import_position(run jsonb, done bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (run ->> 'position')::bigint + greatest(jsonb_array_length(run #> '{resume,window,positions}') + done,
                                                   CASE WHEN run #>> '{resume,by}' = 'key' THEN (run #>> '{resume,window,size}')::bigint END)
$$;
COMMENT ON FUNCTION @extschema@.product_import_position(jsonb, bigint) IS
    'Internal. The position of an import after a batch that workers have begun is finished.';

CREATE FUNCTION @extschema@.product_import_next_window(run jsonb) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    relation regclass := (run ->> 'relation')::oid;
    wanted integer := run ->> 'parallel';
    crew jsonb;
    begins jsonb := run;
BEGIN
    PERFORM @extschema@.product_import_take(run);
    crew := @extschema@.product_import_crew(wanted);
    run := run - 'begins';
    IF jsonb_array_length(crew -> 'pids') < wanted AND NOT run ? 'crew' THEN
        RAISE NOTICE 'import % of %: %', run ->> 'id', run ->> 'source',
            CASE WHEN jsonb_array_length(crew -> 'pids') < 2 THEN 'no workers are available'
                 ELSE format('%s of %s workers are available', jsonb_array_length(crew -> 'pids'), wanted) END
            || format(': max_worker_processes is %s', current_setting('max_worker_processes'));
    END IF;
    IF jsonb_array_length(crew -> 'pids') < 2 THEN
        PERFORM @extschema@.product_import_dismiss();
        PERFORM @extschema@.product_import_hold(relation);
        RETURN run - '{parallel,ahead}'::text[];
    END IF;
    -- Documents that were sent to the previous workers are planned again.
    IF (crew ->> 'fresh')::boolean THEN
        run := run - '{ahead,read_all}'::text[];
    END IF;
    run := run || jsonb_build_object('crew', crew -> 'pids');
    PERFORM @extschema@.product_import_hold(relation);
    IF run ?| '{ahead,read_all}' THEN
        RETURN run;
    END IF;
    IF run ? 'staged' THEN
        TRUNCATE pg_temp.product_import_ahead;
    ELSE
        IF to_regclass('pg_temp.product_import_ahead') IS NOT NULL THEN
            DROP TABLE pg_temp.product_import_ahead;
        END IF;
        EXECUTE format('CREATE TEMPORARY TABLE product_import_ahead ("position" bigint, at text, key text, mark text, document %s)', run ->> 'type');
    END IF;
    IF run ? 'dealt' THEN
        begins := run || jsonb_build_object('resume', (run -> 'resume') || (run #> '{dealt,to}'), 'position',
                                            (run #>> '{dealt,position}')::bigint + (run #>> '{dealt,size}')::bigint);
    END IF;
    RETURN run || jsonb_build_object('staged', true, 'begins', jsonb_build_object('resume', begins -> 'resume', 'position', begins -> 'position'),
        'plan', format('SELECT %s.product_import_plan(%s, %L, %s)', '@extschema@', run ->> 'said', run ->> 'cells', jsonb_array_length(crew -> 'pids')));
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_next_window(jsonb) IS
    'Internal. Takes the import''s lock to read the next batch for its workers, and starts workers if there are none.';

CREATE FUNCTION @extschema@.product_import_window(run jsonb, stretch jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    resume jsonb := run -> 'resume';
    blocks bigint := resume ->> 'blocks';
    place bigint;
BEGIN
    IF resume ->> 'by' = 'key' THEN
        RETURN jsonb_build_object('to', jsonb_strip_nulls(stretch -> 'last'), 'size', stretch -> 'size', 'position', run -> 'position',
                                  'is_last', (stretch ->> 'size')::bigint < (run ->> 'batch_size')::bigint);
    END IF;
    place := (resume ->> 'at')::bigint + greatest(1, (run ->> 'batch_size')::bigint * blocks / greatest(1, (run ->> 'total')::bigint));
    RETURN jsonb_build_object('to', jsonb_build_object('at', place), 'size', stretch -> 'size', 'position', run -> 'position', 'is_last', place >= blocks);
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_window(jsonb, jsonb) IS
    'Internal. The end of a batch that was read.';

-- The source is read with the caller's search_path.
CREATE FUNCTION @extschema@.product_import_plan_window(run jsonb) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    begins pg_catalog.jsonb := pg_catalog.jsonb_concat(run, pg_catalog.jsonb_extract_path(run, 'begins'));
    stretch pg_catalog.jsonb;
    ahead pg_catalog.jsonb;
BEGIN
    IF NOT pg_catalog.jsonb_exists(run, 'begins') THEN
        RETURN run;
    END IF;
    -- Pages may contain no row that was there when the import began.
    LOOP
        EXECUTE pg_catalog.concat('INSERT INTO pg_temp.product_import_ahead ("position", at, key, mark, document) ', @extschema@.product_import_query(begins));
        SELECT pg_catalog.jsonb_build_object('size', (SELECT pg_catalog.count(*) FROM pg_temp.product_import_ahead b), 'last',
                   (SELECT pg_catalog.jsonb_build_object('at', b.at, 'mark', b.mark) FROM pg_temp.product_import_ahead b
                     ORDER BY b."position" DESC LIMIT 1))
          INTO stretch;
        ahead := @extschema@.product_import_window(begins, stretch);
        EXIT WHEN pg_catalog.jsonb_extract_path_text(ahead, 'is_last')::pg_catalog.bool
                  OR pg_catalog.jsonb_extract_path_text(ahead, 'size')::pg_catalog.int8 OPERATOR(pg_catalog.>) 0;
        begins := pg_catalog.jsonb_set(begins, '{resume}', pg_catalog.jsonb_concat(pg_catalog.jsonb_extract_path(begins, 'resume'), pg_catalog.jsonb_extract_path(ahead, 'to')));
    END LOOP;
    IF pg_catalog.jsonb_extract_path_text(ahead, 'size')::pg_catalog.int8 OPERATOR(pg_catalog.>) 0 THEN
        EXECUTE pg_catalog.jsonb_extract_path_text(run, 'plan');
        run := pg_catalog.jsonb_concat(run, pg_catalog.jsonb_build_object('ahead', ahead));
    END IF;
    IF pg_catalog.jsonb_extract_path_text(ahead, 'is_last')::pg_catalog.bool THEN
        run := pg_catalog.jsonb_concat(run, '{"read_all": true}');
    END IF;
    RETURN run;
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_plan_window(jsonb) IS
    'Internal. Reads the next batch and divides it into parts.';

-- Collects the result of the workers' batch, and then sends them the next one.
CREATE FUNCTION @extschema@.product_import_gather(run jsonb) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    relation oid := run ->> 'relation';
    dealt jsonb := run -> 'dealt';
    ahead jsonb := run -> 'ahead';
    done record;
BEGIN
    PERFORM @extschema@.product_import_take(run);
    IF dealt IS NOT NULL THEN
        run := run - 'dealt';
        IF @extschema@.product_import_votes(dealt -> 'workers', run -> 'crew') THEN
            SELECT i.resume, i."position" INTO done FROM @extschema@.product_import i WHERE i.organization_id = (run ->> 'organization')::bigint AND i.id = (run ->> 'id')::bigint;
            run := @extschema@.product_import_tell(run || jsonb_build_object('resume', done.resume, 'position', done."position", 'undone', 0));
        ELSE
            run := jsonb_set(run, '{resume,window}', jsonb_build_object('to', dealt -> 'to', 'size', dealt -> 'size',
                                                                           'keys', jsonb_build_array(), 'positions', jsonb_build_array()))
                   || jsonb_build_object('undone', coalesce((run ->> 'undone')::integer, 0) + 1);
            IF (run ->> 'undone')::integer >= 3 THEN
                RAISE NOTICE 'import % of %: continues without workers, because their documents conflict', run ->> 'id', run ->> 'source';
                PERFORM @extschema@.product_import_dismiss();
                run := run - '{parallel,ahead}'::text[];
            END IF;
        END IF;
    END IF;
    IF ahead IS NOT NULL AND run ? 'parallel' AND NOT (run -> 'resume') ? 'window' THEN
        run := run - 'ahead' || jsonb_build_object('dealt', ahead || jsonb_build_object('workers', to_jsonb(@extschema@.product_import_deal((ahead || jsonb_build_object(
            'id', run -> 'id', 'organization', run -> 'organization', 'type', run -> 'type', 'call', run #> '{resume,call}', 'total', run -> 'total',
            'called_at', run -> 'called_at', 'called_position', run -> 'called_position',
            'application', format('product_import %s %s/%s', run ->> 'source', run ->> 'position', run ->> 'total'),
            'fill', format('INSERT INTO pg_temp.product_import_batch ("position", key, alone, document) SELECT r."position", r.key, r.alone, r.document FROM'
                           ' %s.product_import_received()'
                           ' AS r ("position" pg_catalog.int8, key pg_catalog.text, alone pg_catalog.bool, document pg_catalog.%s)', '@extschema@',
                               run ->> 'type'),
            'write', @extschema@.product_import_write(run, true)))::text))));
    END IF;
    PERFORM @extschema@.product_import_hold(relation);
    RETURN run;
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_gather(jsonb) IS
    'Internal. Lets the workers commit or undo their batch, and sends them the next one.';

-- Returns whether all workers have committed; if not, all have undone their parts. A worker that waits for one that has voted, or that waits for anybody for a second, might wait
-- forever: no deadlock detector knows that we wait for it.
CREATE FUNCTION @extschema@.product_import_votes(workers jsonb, pids jsonb) RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    votes jsonb := '{}';
    said jsonb;
    agreed boolean := true;
    untold integer[] := '{}';
    voted integer := 0;
    acknowledged integer := 0;
    held integer := 0;
    blocking integer[];
    worker integer;
BEGIN
    WHILE acknowledged < jsonb_array_length(workers) LOOP
        said := @extschema@.product_import_hear(100);
        IF said IS NOT NULL AND votes ? (said ->> 'worker') THEN
            acknowledged := acknowledged + 1;
            votes := votes || jsonb_build_object('told ' || (said ->> 'worker'), said -> 'answer');
            CONTINUE;
        ELSIF said IS NOT NULL THEN
            voted := voted + 1;
            held := 0;
            votes := votes || jsonb_build_object(said ->> 'worker', said -> 'answer');
            untold := untold || (said ->> 'worker')::integer;
            agreed := agreed AND NOT said -> 'answer' ? 'state' AND NOT (said #>> '{answer,doubt}')::boolean;
        ELSIF agreed AND voted BETWEEN 1 AND jsonb_array_length(workers) - 1 THEN
            blocking := ARRAY(SELECT b FROM jsonb_array_elements_text(workers) w,
                              unnest(pg_blocking_pids((pids ->> w::integer)::integer)) b WHERE NOT votes ? w);
            held := CASE WHEN blocking = '{}' THEN 0 ELSE held + 1 END;
            agreed := held < 10 AND NOT EXISTS (SELECT FROM jsonb_object_keys(votes) v WHERE (pids ->> v::integer)::integer = ANY (blocking));
        END IF;
        CONTINUE WHEN agreed AND voted < jsonb_array_length(workers) OR untold = '{}';
        IF agreed THEN
            SELECT count(*) = count(DISTINCT i) INTO agreed FROM jsonb_each(votes) v, unnest((v.value ->> 'ids')::bigint[]) i;
        END IF;
        FOREACH worker IN ARRAY untold LOOP
            PERFORM @extschema@.product_import_say(worker, agreed);
        END LOOP;
        untold := '{}';
    END LOOP;
    -- Reports only that a worker was cancelled or could not commit. Any other error occurs without workers too, and is reported then.
    SELECT v.value INTO said FROM jsonb_each(votes) v WHERE v.value ->> 'state' LIKE '57%' OR v.key LIKE 'told%' AND v.value ? 'state' LIMIT 1;
    IF said IS NOT NULL THEN
        PERFORM @extschema@.product_raise(said ->> 'state', said ->> 'message',
            coalesce(nullif(said ->> 'detail', ''), @extschema@.product_error_detail(NULL, 'precondition', said ->> 'message')), said ->> 'hint');
    END IF;
    IF EXISTS (SELECT FROM jsonb_each(votes) v WHERE v.key LIKE 'told%' AND v.value -> 'noted' = 'false') THEN
        PERFORM @extschema@.product_refuse('55000', 'the import was changed by another session', NULL, 'precondition');
    END IF;
    RETURN agreed;
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_votes(jsonb, jsonb) IS
    'Internal. Receives the outcome of the workers'' parts, and has them committed or undone.';

-- Codes for which only the document itself is responsible, whatever else is stored.
CREATE FUNCTION @extschema@.product_import_waits(errors jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM jsonb_array_elements(errors) e
                    WHERE e ->> 'code' <> ALL ('{required,type,too_long,enum,format,range,unknown_field,read_only,unreadable}'))
$$;
COMMENT ON FUNCTION @extschema@.product_import_waits(jsonb) IS
    'Internal. Whether a reject of a part may succeed once the other parts are committed.';
