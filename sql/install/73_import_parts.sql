-- What a worker of product_import does with its part of a batch; see 73_import_workers.sql.

CREATE FUNCTION @extschema@.product_import_part(work jsonb, fresh boolean) RETURNS jsonb
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM @extschema@.product_import_part_begin(work, fresh);
    RETURN @extschema@.product_import_batch(work);
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_part(jsonb, boolean) IS
    'Internal. Upserts a part of a batch; returns counts and the documents it had, or the error that undid it.';

CREATE FUNCTION @extschema@.product_import_part_begin(work jsonb, fresh boolean) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF fresh THEN
        PERFORM @extschema@.product_import_stage(work ->> 'type');
    END IF;
    PERFORM set_config('application_name', work ->> 'application', true);
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_part_begin(jsonb, boolean) IS
    'Internal. Prepares for a part.';

-- In the transaction of the part. False: another call continues the import, so the part must be undone.
CREATE FUNCTION @extschema@.product_import_note(work jsonb, answer jsonb) RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    base bigint := work ->> 'position';
    place bigint := base;
    resume jsonb;
    opened jsonb;
BEGIN
    SELECT i.resume INTO resume FROM @extschema@.product_import i
     WHERE i.organization_id = (work ->> 'organization')::bigint AND i.id = (work ->> 'id')::bigint
       AND i.status = 'running' AND i."position" = base AND i.resume -> 'call' = work -> 'call'
       FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    opened := coalesce(resume -> 'window', jsonb_build_object('to', work -> 'to', 'size', work -> 'size', 'keys', jsonb_build_array(), 'positions',
                                                              jsonb_build_array()));
    IF jsonb_array_length(opened -> 'positions') + (answer ->> 'done')::bigint = (work ->> 'size')::bigint THEN
        resume := resume - 'window' || (work -> 'to');
        place := base + (work ->> 'size')::bigint;
    ELSE
        resume := resume || jsonb_build_object('window', opened || jsonb_build_object(
            'keys', (opened -> 'keys') || coalesce(nullif(answer -> 'keys', 'null'), '[]'), 'positions',
                (opened -> 'positions') || coalesce(nullif(answer -> 'positions', 'null'), '[]')));
    END IF;
    PERFORM @extschema@.product_import_add(work, answer, place, resume);
    RETURN true;
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_note(jsonb, jsonb) IS
    'Internal. Records the outcome of a part, in its transaction.';
