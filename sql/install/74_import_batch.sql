-- The batches of product_import.

-- The query for the rows of the next batch. It must be run with the caller's search_path.
CREATE FUNCTION @extschema@.product_import_query(run jsonb) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    resume jsonb := run -> 'resume';
    relation text := run ->> 'source';
    documents text := run ->> 'document';
    batch_size bigint := run ->> 'batch_size';
    rows text;
    last bigint;
BEGIN
    IF resume ? 'window' THEN
        RETURN @extschema@.product_import_rest(run);
    ELSIF resume ->> 'by' = 'key' THEN
        rows := format('SELECT s.%1$I::pg_catalog.text AS at, s.%1$I::pg_catalog.text AS key, %2$s AS mark, %3$s AS document FROM %4$s s %5$s ORDER BY s.%1$I'
                       ' FETCH FIRST %6$s ROWS WITH TIES',
                       run ->> 'key', @extschema@.product_import_mark(run), documents, relation,
                       CASE WHEN resume ? 'at' THEN format('WHERE s.%I OPERATOR(pg_catalog.>) %L::%s', run ->> 'key', resume ->> 'at',
                                                           run ->> 'key_type') END, batch_size);
    ELSIF resume ->> 'by' = 'place' THEN
        last := (resume ->> 'at')::bigint + greatest(1, batch_size * (resume ->> 'blocks')::bigint / greatest(1, (run ->> 'total')::bigint));
        rows := format('SELECT %1$L::pg_catalog.text AS at, s.ctid::pg_catalog.text AS key, NULL::pg_catalog.text AS mark, %2$s AS document FROM ONLY %3$s s'
                       ' WHERE s.ctid OPERATOR(pg_catalog.>=) %4$L::pg_catalog.tid AND s.ctid OPERATOR(pg_catalog.<) %5$L::pg_catalog.tid'
                       ' AND %6$s.product_import_stood(s.xmin, %7$L::pg_catalog.pg_snapshot) ORDER BY s.ctid',
                       least(last, (resume ->> 'blocks')::bigint), documents, relation, format('(%s,0)', resume ->> 'at'), format('(%s,0)', last),
                           '@extschema@', resume ->> 'seen');
    ELSE
        rows := format('%s LIMIT %s', @extschema@.product_import_rejects(run, (resume ->> 'at')::bigint, batch_size), batch_size);
    END IF;
    RETURN format('SELECT %s OPERATOR(pg_catalog.+) pg_catalog.row_number() OVER (), q.at, q.key, q.mark, q.document FROM (%s) q',
                  run ->> 'position', rows);
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_query(jsonb) IS 'Internal. The query for the next batch of an import: position, at, key, mark, document.';

CREATE FUNCTION @extschema@.product_import_fill(run jsonb) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'INSERT INTO pg_temp.product_import_batch ("position", at, key, mark, document) ' || @extschema@.product_import_query(run)
$$;
COMMENT ON FUNCTION @extschema@.product_import_fill(jsonb) IS 'Internal. The statement that copies the next batch of an import.';

-- of_part: for a worker's part of a batch. A document that may succeed once the other parts are committed is not answered but deferred.
CREATE FUNCTION @extschema@.product_import_write(run jsonb, of_part boolean) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('WITH answer AS MATERIALIZED (SELECT a."position", a.status, a.errors, a.id, %s AS waits FROM %s a),', CASE WHEN of_part
                      THEN format('a.status OPERATOR(pg_catalog.=) ''rejected'' AND %s.product_import_waits(a.errors)', '@extschema@') ELSE 'false' END,
                  -- If positions are not consecutive, they are taken from the table.
                  format('%s%s, %L)', run ->> 'upsert', CASE WHEN of_part OR run #> '{resume,window}' IS NOT NULL THEN 'NULL' ELSE run ->> 'position' END,
                         run ->> 'cells'))
           || format(' kept AS (INSERT INTO %s.product_import_reject (organization_id, import_id, "position", key, document, errors)'
                     ' SELECT %s, %s, a."position", b.key, %s, a.errors FROM answer a JOIN pg_temp.product_import_batch b ON b."position"'
                     ' OPERATOR(pg_catalog.=) a."position"'
                     ' WHERE a.status OPERATOR(pg_catalog.=) ''rejected'' AND NOT a.waits)', '@extschema@', run ->> 'organization', run ->> 'id',
                     CASE WHEN run ->> 'type' = 'jsonb' THEN 'b.document' ELSE format('%s.product_import_kept(b.document::pg_catalog.text)', '@extschema@') END)
           || ' SELECT pg_catalog.jsonb_build_object(''done'', pg_catalog.count(*) FILTER (WHERE NOT a.waits), ''created'', pg_catalog.count(*) '
           'FILTER (WHERE a.status OPERATOR(pg_catalog.=) ''created''),'
              ' ''updated'', pg_catalog.count(*) FILTER (WHERE a.status OPERATOR(pg_catalog.=) ''updated''),'
              ' ''unchanged'', pg_catalog.count(*) FILTER (WHERE a.status OPERATOR(pg_catalog.=) ''unchanged''),'
              ' ''rejected'', pg_catalog.count(*) FILTER (WHERE a.status OPERATOR(pg_catalog.=) ''rejected'' AND NOT a.waits),'
              ' ''held_back'', pg_catalog.count(*) FILTER (WHERE a.status OPERATOR(pg_catalog.<>) ''rejected'' AND a.errors OPERATOR(pg_catalog.@>) ''[{"code": "held_back"}]''),'
           || CASE WHEN of_part
                   THEN ' ''doubt'', coalesce(pg_catalog.bool_or(a.waits AND NOT b.alone), false),'
                        ' ''ids'', pg_catalog.array_agg(DISTINCT a.id) FILTER (WHERE a.id IS NOT NULL AND a.status OPERATOR(pg_catalog.<>) ''created'')::pg_catalog.text,'
                        ' ''positions'', pg_catalog.jsonb_agg(b."position") FILTER (WHERE NOT a.waits), ''keys'', pg_catalog.jsonb_agg(b.key) FILTER (WHERE NOT a.waits))'
                        ' FROM answer a JOIN pg_temp.product_import_batch b ON b."position" OPERATOR(pg_catalog.=) a."position"'
                   ELSE ' ''last'', (SELECT pg_catalog.jsonb_build_object(''at'', b.at, ''mark'', b.mark) FROM pg_temp.product_import_batch b'
                        ' ORDER BY b."position" DESC LIMIT 1)) FROM answer a' END
$$;
COMMENT ON FUNCTION @extschema@.product_import_write(jsonb, boolean) IS
    'Internal. The query that upserts a staged batch and stores its rejects; returns counts and where the batch ends.';

-- recipe: error
CREATE FUNCTION @extschema@.product_import_again(run jsonb) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN run ->> 'type' = 'jsonb' THEN 'r.document'
                ELSE format('CASE WHEN r.errors OPERATOR(pg_catalog.@>) ''[{"code": "unreadable"}]'' AND pg_catalog.jsonb_typeof(r.document)'
                    ' OPERATOR(pg_catalog.=) ''string'''
                            ' THEN r.document OPERATOR(pg_catalog.#>>) ''{}'' ELSE r.document::pg_catalog.text END::pg_catalog.%s', run ->> 'type') END
$$;
COMMENT ON FUNCTION @extschema@.product_import_again(jsonb) IS
    'Internal. The expression that turns a stored reject back into a document of the source''s type.';

-- The rejects of an import after a position, as a query: all of them, or as many as hold `most` that do not wait.
-- If a key identifies one row of the source, the document is read from there.
-- A reject that waits is left to product_parked_retry, since a later document may have been accepted in its place: it is tried again
-- only if the source has another document by now.
-- recipe: error
CREATE FUNCTION @extschema@.product_import_rejects(run jsonb, behind bigint, most bigint) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('WITH tried AS (SELECT r."position", r.key, r.document, r.errors FROM %s WHERE %s %s)', rejects, left_over,
                  CASE WHEN most IS NOT NULL THEN format(
                      'AND r."position" OPERATOR(pg_catalog.<=) coalesce((SELECT r."position" FROM %s WHERE %s'
                      ' AND NOT r.errors OPERATOR(pg_catalog.@>) ''[{"code": "parked"}]'' ORDER BY r."position" OFFSET %s LIMIT 1), 9223372036854775807)',
                      rejects, left_over, most - 1) END)
           || format(' SELECT p.at, p.key, p.mark, p.document FROM (SELECT r."position" AS place, r."position"::pg_catalog.text AS at, r.key, NULL::pg_catalog.text AS mark,'
                     ' %s AS document, r.document AS kept, r.errors OPERATOR(pg_catalog.@>) ''[{"code": "parked"}]'' AS waits FROM %s) p'
                     ' WHERE p.place IS NOT NULL AND (NOT p.waits OR %s IS DISTINCT FROM p.kept) ORDER BY p.place',
                     CASE WHEN run ->> 'by' = 'key' THEN format('CASE WHEN pg_catalog.count(r.there) OVER w OPERATOR(pg_catalog.=) 1'
                                                                ' THEN pg_catalog.first_value(r.now) OVER w ELSE %s END', @extschema@.product_import_again(run))
                          ELSE @extschema@.product_import_again(run) END,
                     -- Each key is joined once, and its rejects are sorted beside its rows: all rejects may have one key, and all rows too.
                     CASE WHEN run ->> 'by' = 'key' THEN format(
                         '(SELECT t."position", t.key, t.document, t.errors, NULL::pg_catalog.%5$s AS now, NULL::pg_catalog.bool AS there FROM tried t UNION ALL'
                         ' SELECT NULL, k.key, NULL, NULL, %2$s, true FROM (SELECT DISTINCT t.key FROM tried t) k'
                         ' JOIN %3$s s ON s.%1$I OPERATOR(pg_catalog.=) k.key::%4$s) r WINDOW w AS (PARTITION BY r.key ORDER BY r.there)',
                         run ->> 'key', run ->> 'document', run ->> 'source', run ->> 'key_type', run ->> 'type') ELSE 'tried r' END,
                     CASE WHEN run ->> 'type' = 'jsonb' THEN 'p.document'
                          ELSE format('%s.product_import_kept(p.document::pg_catalog.text)', '@extschema@') END)
      FROM (SELECT '@extschema@.product_import_reject r' AS rejects,
                   format('r.organization_id OPERATOR(pg_catalog.=) %s AND r.import_id OPERATOR(pg_catalog.=) %s AND r."position" OPERATOR(pg_catalog.>) %s',
                          run ->> 'organization', run ->> 'retry_of', behind) AS left_over) q
$$;
COMMENT ON FUNCTION @extschema@.product_import_rejects(jsonb, bigint, bigint) IS
    'Internal. The query for the rejects of an import that are to be tried again: at, key, mark, document.';

CREATE FUNCTION @extschema@.product_import_take(run jsonb) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    relation regclass := (run ->> 'relation')::oid;
    done record;
BEGIN
    IF NOT @extschema@.product_import_lock(relation) THEN
        PERFORM @extschema@.product_refuse('55006', format('%s is being imported by another session: %s', run ->> 'source', @extschema@.product_import_who(relation)),
            'source', 'precondition');
    END IF;
    SELECT i.status, i."position" INTO done FROM @extschema@.product_import i
     WHERE i.organization_id = (run ->> 'organization')::bigint AND i.id = (run ->> 'id')::bigint;
    IF done.status IS DISTINCT FROM 'running' OR done."position" <> (run ->> 'position')::bigint THEN
        PERFORM @extschema@.product_refuse('55000', format('import %s was changed by another session', run ->> 'id'), NULL, 'precondition');
    END IF;
    -- Locked like any table that is read, so that its definition does not change while the batch is copied.
    EXECUTE format('LOCK TABLE %s IN ACCESS SHARE MODE', relation);
    IF run #>> '{resume,by}' = 'place' AND (run ->> 'storage')::oid IS DISTINCT FROM pg_relation_filenode(relation) THEN
        PERFORM @extschema@.product_refuse('55000', format('%s was rewritten or truncated while it was imported', run ->> 'source'), 'source', 'precondition',
            'Call it with restart => true to begin again.');
    END IF;
    PERFORM set_config('application_name', format('product_import %s %s/%s', run ->> 'source', run ->> 'position', run ->> 'total'), true);
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_take(jsonb) IS
    'Internal. Takes the import''s lock, and checks that the import and its source have not changed.';

CREATE FUNCTION @extschema@.product_import_next(run jsonb) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@.product_import_take(run);
    RETURN run || jsonb_build_object('fill', @extschema@.product_import_fill(run), 'write', @extschema@.product_import_write(run, false));
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_next(jsonb) IS
    'Internal. Takes the import''s lock for a batch, and builds the batch''s queries.';

-- After the last batch of a full feed.
CREATE FUNCTION @extschema@.product_import_retire(run jsonb) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    them record;
BEGIN
    them := @extschema@.product_import_retiring(run);
    PERFORM @extschema@.product_retire_refuse(them.refusal);
    IF NOT pg_catalog.jsonb_extract_path_text(run, 'dry_run')::pg_catalog.bool AND pg_catalog.cardinality(them.gone) OPERATOR(pg_catalog.>) 0 THEN
        them.gone := (@extschema@.product_retire_both(them.organization, pg_catalog.jsonb_extract_path_text(run, 'options', 'full_feed', 'action'),
                                                      them.gone, '{}')).gone;
    END IF;
    RETURN pg_catalog.jsonb_build_object('done', 0, 'created', 0, 'updated', 0, 'unchanged', 0, 'rejected', 0, 'retired', pg_catalog.cardinality(them.gone));
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_retire(jsonb) IS
    'Internal. Retires the products that a full feed does not name, after its import; a dry run only counts them.';

-- Returns the outcome: counts, or the error. Rolling back the subtransaction releases the locks of what is undone.
CREATE FUNCTION @extschema@.product_import_batch(run jsonb) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    answer pg_catalog.jsonb;
    state pg_catalog.text;
    message pg_catalog.text;
    detail pg_catalog.text;
    hint pg_catalog.text;
BEGIN
    IF pg_catalog.jsonb_extract_path(run, 'resume', 'retiring') IS NOT NULL THEN
        answer := @extschema@.product_import_retire(run);
    ELSE
        EXECUTE pg_catalog.jsonb_extract_path_text(run, 'fill');
        EXECUTE pg_catalog.jsonb_extract_path_text(run, 'write') INTO answer;
    END IF;
    -- Deferred constraints are checked with the batch: if they failed at COMMIT, nobody could record why.
    SET CONSTRAINTS ALL IMMEDIATE;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN pg_catalog.jsonb_build_object('state', state, 'message', message, 'detail', detail, 'hint', hint);
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_batch(jsonb) IS
    'Internal. Copies and upserts a batch; returns counts, or the error that undid it.';

CREATE FUNCTION @extschema@.product_import_done(INOUT run jsonb, answer jsonb, OUT undo boolean, OUT finished boolean) RETURNS record
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    whole bigint := run ->> 'total';
    place bigint;
    retired bigint;
    done record;
BEGIN
    undo := answer ? 'state';
    IF undo THEN
        -- Nine attempts, in a quarter of a minute.
        finished := answer ->> 'state' <> ALL ('{40001,40P01,55P03}') OR (run ->> 'attempt')::integer >= 9;
        run := run || jsonb_build_object('attempt', (run ->> 'attempt')::integer + 1)
               || CASE WHEN finished THEN jsonb_build_object('error', answer) ELSE '{}' END;
        RETURN;
    END IF;

    run := run || jsonb_build_object('attempt', 0, 'position', CASE WHEN run #> '{resume,window}' IS NULL THEN (run ->> 'position')::bigint + (answer ->> 'done')::bigint
                                                                    ELSE @extschema@.product_import_position(run, (answer ->> 'done')::bigint) END);
    IF run #> '{resume,window}' IS NOT NULL THEN
        finished := false;
        run := jsonb_set(run, '{resume}', (run -> 'resume') - 'window' || (run #> '{resume,window,to}'));
    ELSIF run #> '{resume,retiring}' IS NOT NULL THEN
        finished := true;
    ELSIF run #>> '{resume,by}' = 'place' THEN
        place := (run #>> '{resume,at}')::bigint + greatest(1, (run ->> 'batch_size')::bigint * (run #>> '{resume,blocks}')::bigint / greatest(1, whole));
        run := jsonb_set(run, '{resume,at}', to_jsonb(place));
        finished := place >= (run #>> '{resume,blocks}')::bigint;
    ELSE
        finished := (answer ->> 'done')::bigint < (run ->> 'batch_size')::bigint;
        IF jsonb_typeof(answer -> 'last') = 'object' THEN
            run := jsonb_set(run, '{resume}', run -> 'resume' || jsonb_strip_nulls(answer -> 'last'));
        END IF;
    END IF;
    IF finished AND run #>> '{resume,by}' = 'place' AND (run ->> 'position')::bigint <> whole THEN
        undo := true;
        run := run || jsonb_build_object('error', jsonb_build_object('state', '55000',
            'message', format('%s was changed while it was imported: of %s rows that it held, %s were read as they were', run ->> 'source', whole,
                              run ->> 'position'),
            'hint', 'Call it with restart => true to begin again; with a key column rows may change meanwhile.'));
        RETURN;
    END IF;
    IF finished AND run #> '{options,full_feed}' IS NOT NULL AND run #> '{resume,retiring}' IS NULL THEN
        finished := false;
        run := jsonb_set(run, '{resume,retiring}', 'true');
    END IF;

    PERFORM @extschema@.product_import_add(run, answer, (run ->> 'position')::bigint, run -> 'resume');
    UPDATE @extschema@.product_import i
       SET pid = pg_backend_pid(), time_left = CASE WHEN NOT finished THEN i.time_left END,
           status = CASE WHEN finished THEN 'completed' ELSE 'running' END, finished_at = CASE WHEN finished THEN i.updated_at END
     WHERE i.organization_id = (run ->> 'organization')::bigint AND i.id = (run ->> 'id')::bigint
    RETURNING i.* INTO done;
    -- Tables of version 2 lack this column, and have no full feeds.
    IF answer ? 'retired' THEN
        UPDATE @extschema@.product_import i SET retired = coalesce(i.retired, 0) + (answer ->> 'retired')::bigint
         WHERE i.organization_id = (run ->> 'organization')::bigint AND i.id = (run ->> 'id')::bigint
        RETURNING i.retired INTO retired;
    END IF;
    IF finished THEN
        RAISE NOTICE 'import % of %: completed, % documents: % created, % updated, % unchanged, % rejected%', done.id, done.source,
            @extschema@.product_import_number(to_jsonb(done."position")), @extschema@.product_import_number(to_jsonb(done.created)),
                @extschema@.product_import_number(to_jsonb(done.updated)),
            @extschema@.product_import_number(to_jsonb(done.unchanged)), @extschema@.product_import_number(to_jsonb(done.rejected)),
            coalesce(', ' || @extschema@.product_import_number(to_jsonb(retired)) || CASE WHEN (run ->> 'dry_run')::boolean THEN ' to be retired' ELSE ' retired' END, '');
        RETURN;
    END IF;
    run := @extschema@.product_import_tell(run);
    PERFORM @extschema@.product_import_hold((run ->> 'relation')::oid);
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_done(jsonb, jsonb) IS
    'Internal. Records the outcome of a batch, in its transaction. undo: it must be undone; finished: it was the last.';

-- After a ROLLBACK: records the reason, or waits before the batch is tried again.
CREATE FUNCTION @extschema@.product_import_undone(run jsonb) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    relation oid := run ->> 'relation';
BEGIN
    IF NOT @extschema@.product_import_lock(relation) THEN
        PERFORM @extschema@.product_refuse('55006', format('%s is being imported by another session: %s', run ->> 'source', @extschema@.product_import_who(relation)),
            'source', 'precondition');
    END IF;
    IF run ? 'error' THEN
        UPDATE @extschema@.product_import i
           SET status = 'failed', finished_at = clock_timestamp(), time_left = NULL, error = (run #>> '{error,state}') || ': ' || (run #>> '{error,message}')
         WHERE i.organization_id = (run ->> 'organization')::bigint AND i.id = (run ->> 'id')::bigint;
        RETURN;
    END IF;
    UPDATE @extschema@.product_import i SET retries = i.retries + 1
     WHERE i.organization_id = (run ->> 'organization')::bigint AND i.id = (run ->> 'id')::bigint;
    PERFORM @extschema@.product_import_stage(run ->> 'type');
    -- A random time, so that sessions that blocked one another do not meet again.
    PERFORM pg_sleep(least(4, 0.015 * 2 ^ (run ->> 'attempt')::integer) * (0.5 + random()));
    PERFORM @extschema@.product_import_hold(relation);
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_undone(jsonb) IS
    'Internal. Records why an import failed, or waits before a batch is tried again.';

CREATE FUNCTION @extschema@.product_import_end(run jsonb) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF run ? 'error' THEN
        PERFORM @extschema@.product_import_dismiss();
        PERFORM @extschema@.product_raise(run #>> '{error,state}', run #>> '{error,message}',
            coalesce(nullif(run #>> '{error,detail}', ''), @extschema@.product_error_detail(NULL, 'precondition', run #>> '{error,message}')),
                run #>> '{error,hint}');
    END IF;
    PERFORM @extschema@.product_import_dismiss();
    DROP TABLE pg_temp.product_import_batch;
    IF to_regclass('pg_temp.product_import_ahead') IS NOT NULL THEN
        DROP TABLE pg_temp.product_import_ahead;
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_end(jsonb) IS
    'Internal. Raises the error with which an import failed.';

-- recipe: option, import
CREATE PROCEDURE @extschema@.product_import(
    source regclass, document_column name DEFAULT 'document',
    identifier_field text DEFAULT NULL, custom_field_reference text DEFAULT NULL,
    field_actions jsonb DEFAULT NULL, profile text DEFAULT NULL, organization_id bigint DEFAULT NULL,
    mode text DEFAULT 'upsert', if_version integer DEFAULT NULL, on_error text DEFAULT 'skip',
    dry_run boolean DEFAULT false, on_duplicate text DEFAULT 'last', batch_size integer DEFAULT 5000,
    key_column name DEFAULT NULL, retry_rejects boolean DEFAULT false, restart boolean DEFAULT false,
    idempotency_key text DEFAULT NULL,
    full_feed boolean DEFAULT false, action text DEFAULT 'archive', scope jsonb DEFAULT '{}', most numeric DEFAULT 10, parallel integer DEFAULT 1)
LANGUAGE plpgsql
AS $$
DECLARE
    run pg_catalog.jsonb;
    undo boolean;
    finished boolean;
BEGIN
    run := @extschema@.product_import_begin(@extschema@.product_import_may_commit(), source, pg_catalog.jsonb_build_object(
        'document_column', document_column, 'identifier_field', identifier_field, 'custom_field_reference', custom_field_reference,
        'field_actions', field_actions::pg_catalog.text, 'profile', profile, 'organization_id', organization_id, 'mode', mode,
        'if_version', if_version, 'on_error', on_error, 'dry_run', dry_run, 'on_duplicate', on_duplicate, 'batch_size', batch_size,
        'key_column', key_column, 'retry_rejects', retry_rejects, 'restart', restart, 'idempotency_key', idempotency_key,
        'full_feed', full_feed, 'action', action, 'scope', scope::pg_catalog.text, 'most', most, 'parallel', parallel));
    run := @extschema@.product_import_start(run, @extschema@.product_import_survey(run));
    IF pg_catalog.jsonb_exists(run, 'answered') THEN
        PERFORM @extschema@.product_import_end(run);
        RETURN;
    END IF;
    LOOP
        COMMIT;
        IF @extschema@.product_import_is_shared(run) THEN
            run := @extschema@.product_import_plan_window(@extschema@.product_import_next_window(run));
            COMMIT;
            run := @extschema@.product_import_gather(run);
            CONTINUE;
        END IF;
        run := @extschema@.product_import_next(run);
        SELECT d.run, d.undo, d.finished INTO run, undo, finished
          FROM @extschema@.product_import_done(run, @extschema@.product_import_batch(run)) d;
        IF undo THEN
            ROLLBACK;
            PERFORM @extschema@.product_import_undone(run);
        END IF;
        EXIT WHEN finished;
    END LOOP;
    COMMIT;
    PERFORM @extschema@.product_import_end(run);
END
$$;
COMMENT ON PROCEDURE @extschema@.product_import(regclass, name, text, text, jsonb, text, bigint, text, integer, text, boolean,
    text, integer, name, boolean, boolean, text, boolean, text, jsonb, numeric, integer) IS
    'Upserts the documents of a table or view, in a transaction for each batch. Called again, it continues where it stopped. Progress: product_import_progress; rejects: '
    'product_import_reject.';
