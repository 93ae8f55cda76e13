-- product_import: imports a source of any size, in a transaction for each batch. It is SQL around product_upsert_from: a batch is copied to a temporary table, which writes no WAL,
-- and upserted from there. A procedure that commits cannot set its search_path. So it uses no operators and no tables, only calls of functions by qualified names. Functions that
-- decide set the path; those that run queries over the source (product_import_survey, product_import_batch) keep the caller's, because the source's views and the triggers on
-- product may rely on it.

-- recipe: option, import
CREATE FUNCTION @extschema@.product_import_rows(
    source regclass, document_column name, identifier_field text, custom_field_reference text,
    field_actions jsonb, profile text, organization_id bigint, mode text, if_version integer, on_error text,
    dry_run boolean, on_duplicate text, before bigint, cells boolean)
    RETURNS TABLE ("position" bigint, status text, id bigint, decided_by text, version integer, changed text[], errors jsonb)
LANGUAGE C VOLATILE ROWS 10000
AS 'MODULE_PATHNAME', 'product_import_rows';
COMMENT ON FUNCTION @extschema@.product_import_rows(regclass, name, text, text, jsonb, text, bigint, text, integer, text, boolean, text, bigint, boolean) IS
    'Internal. Upserts a batch of product_import: like product_upsert_from, but positions continue those of earlier batches. cells: the documents are rows.';

CREATE FUNCTION @extschema@.product_import_may_commit() RETURNS boolean
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'product_import_may_commit';
COMMENT ON FUNCTION @extschema@.product_import_may_commit() IS
    'Internal. Whether the procedure that calls it may commit: not in a transaction block, and not if a function called it.';

CREATE FUNCTION @extschema@.product_import_lock(source regclass) RETURNS boolean
LANGUAGE C VOLATILE STRICT
AS 'MODULE_PATHNAME', 'product_import_lock';
COMMENT ON FUNCTION @extschema@.product_import_lock(regclass) IS
    'Internal. Takes the import lock of a source until the transaction ends; false if another session has it.';

CREATE FUNCTION @extschema@.product_import_hold(source regclass) RETURNS void
LANGUAGE C VOLATILE STRICT
AS 'MODULE_PATHNAME', 'product_import_hold';
COMMENT ON FUNCTION @extschema@.product_import_hold(regclass) IS
    'Internal. Keeps the import lock of a source across the COMMIT that follows, until the next transaction takes it.';

CREATE FUNCTION @extschema@.product_import_key_finds(source regclass, key name, profile text) RETURNS boolean
LANGUAGE C STABLE STRICT
AS 'MODULE_PATHNAME', 'product_import_key_finds';
COMMENT ON FUNCTION @extschema@.product_import_key_finds(regclass, name, text) IS
    'Internal. Whether products are found by that column of a source, so that it is part of documents that are rows.';

-- Whether a row was there when the import began. The import reads only those rows of a table without a key. A row that is changed meanwhile is a new row, in another place.
CREATE FUNCTION @extschema@.product_import_stood(row_xmin xid, seen pg_snapshot) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT
AS $$
DECLARE
    next bigint := pg_catalog.pg_snapshot_xmax(seen)::pg_catalog.text::bigint;
    -- The number of transactions before the snapshot, modulo 2^32.
    age bigint := (next OPERATOR(pg_catalog.-) row_xmin::pg_catalog.text::bigint) OPERATOR(pg_catalog.&) 4294967295;
BEGIN
    -- 1 and 2 are older than all others.
    IF row_xmin::pg_catalog.text::bigint OPERATOR(pg_catalog.<) 3 THEN
        RETURN true;
    END IF;
    RETURN age OPERATOR(pg_catalog.>) 0 AND age OPERATOR(pg_catalog.<) 2147483648
       AND pg_catalog.pg_visible_in_snapshot((next OPERATOR(pg_catalog.-) age)::pg_catalog.text::pg_catalog.xid8, seen);
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_stood(xid, pg_snapshot) IS
    'Internal. Whether the snapshot sees what that transaction wrote.';

CREATE FUNCTION @extschema@.product_import_kept(document text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN document::jsonb;
EXCEPTION WHEN data_exception OR program_limit_exceeded OR statement_too_complex THEN
    RETURN to_jsonb(document);
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_kept(text) IS
    'Internal. A rejected document as it is stored: if it is not JSON, as a JSON string.';

-- What the source is and how it is read: adds to run the members source, relation, kind, document (an expression over the row s), cells (the row is the document), type, by (key or
-- place), key, key_type.
CREATE FUNCTION @extschema@.product_import_source(source regclass, document_column name, key_column name, profile text) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    relation record;
    document_type text;
    declared text;
    key name := key_column;
    key_type regtype;
    finds boolean := false;
BEGIN
    SELECT c.oid, c.relkind, c.relname, format('%I.%I', n.nspname, c.relname) AS name, c.relhassubclass OR c.relispartition AS family,
           CASE WHEN c.relkind IN ('r', 'm') THEN pg_relation_filenode(c.oid) END AS storage
      INTO relation FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = source;
    IF relation IS NULL THEN
        PERFORM @extschema@.product_refuse('42P01', format('relation with OID %s does not exist', source), 'source', 'not_found');
    ELSIF relation.relkind NOT IN ('r', 'p', 'v', 'm', 'f') THEN
        PERFORM @extschema@.product_refuse('42809', format('"%s" is not a table or view', relation.relname), 'source', 'type');
    END IF;

    SELECT coalesce(@extschema@.product_import_document_type(a.atttypid), 'no document'), format_type(a.atttypid, NULL) INTO document_type, declared
      FROM pg_attribute a WHERE a.attrelid = source AND a.attname = document_column AND a.attnum > 0 AND NOT a.attisdropped;
    IF document_column = '*' THEN
        document_type := 'jsonb';
    ELSIF document_type IS NULL OR document_type = 'no document' THEN
        PERFORM @extschema@.product_refuse(
            CASE WHEN document_type IS NULL THEN '42703' ELSE '42804' END,
            CASE WHEN document_type IS NULL THEN format('column "%s" of "%s" does not exist', document_column, relation.relname)
                 ELSE format('column "%s" of "%s" must be jsonb, json or text, not %s', document_column, relation.relname, declared) END,
            'document_column', CASE WHEN document_type IS NULL THEN 'not_found' ELSE 'type' END,
            (SELECT coalesce('Its columns of type jsonb, json or text: ' || string_agg(format('"%s"', a.attname), ', ' ORDER BY a.attnum) || '.',
                             'It has no column of type jsonb, json or text.')
               FROM pg_attribute a
              WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped AND @extschema@.product_import_document_type(a.atttypid) IS NOT NULL));
    END IF;

    IF key IS NULL THEN
        SELECT a.attname INTO key
          FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
         WHERE i.indrelid = source AND i.indisprimary AND i.indnkeyatts = 1
           AND @extschema@.product_import_is_key(a.atttypid);
    END IF;
    IF key IS NULL THEN
        IF relation.relkind NOT IN ('r', 'm') OR relation.family THEN
            PERFORM @extschema@.product_refuse('22023', format('the rows of "%s" have no order in which an import could continue', relation.relname),
                'key_column', 'required', 'Pass key_column: a column that numbers them, such as a line number.');
        END IF;
    ELSE
        SELECT @extschema@.product_import_base_type(a.atttypid) INTO key_type
          FROM pg_attribute a WHERE a.attrelid = source AND a.attname = key AND a.attnum > 0 AND NOT a.attisdropped;
        IF key_type IS NULL THEN
            PERFORM @extschema@.product_refuse('42703', format('column "%s" of "%s" does not exist', key, relation.relname), 'key_column', 'not_found');
        ELSIF NOT @extschema@.product_import_is_key(key_type) THEN
            PERFORM @extschema@.product_refuse('42804', format('column "%s" of "%s" cannot be a key: it is of type %s', key, relation.relname, key_type),
                'key_column', 'type', 'A key column is smallint, integer, bigint, numeric, text, varchar or uuid.');
        END IF;
        finds := document_column = '*' AND @extschema@.product_import_key_finds(source, key, profile);
    END IF;
    RETURN jsonb_build_object('relation', source::oid::bigint, 'source', relation.name, 'kind', relation.relkind, 'storage', relation.storage,
                              'document', CASE WHEN document_column <> '*' THEN format('s.%I', document_column)
                                               ELSE 'pg_catalog.to_jsonb(s.*)' || CASE WHEN key IS NULL OR finds THEN '' ELSE format(' OPERATOR(pg_catalog.-)'
                                                   ' %L::pg_catalog.text', key) END END,
                              'cells', document_column = '*', 'type', document_type,
                              'by', CASE WHEN key IS NULL THEN 'place' ELSE 'key' END, 'key', key,
                              'key_type', (SELECT format('pg_catalog.%I', t.typname) FROM pg_type t WHERE t.oid = key_type));
END
$$;
COMMENT ON FUNCTION @extschema@.product_import_source(regclass, name, name, text) IS
    'Internal. Describes a source and how product_import reads it; raises an error if it cannot.';

CREATE FUNCTION @extschema@.product_import_base_type(type oid) RETURNS regtype
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE t AS (SELECT oid, typbasetype FROM pg_type WHERE oid = type
                         UNION ALL SELECT b.oid, b.typbasetype FROM t JOIN pg_type b ON b.oid = t.typbasetype)
    SELECT oid::regtype FROM t WHERE typbasetype = 0
$$;
COMMENT ON FUNCTION @extschema@.product_import_base_type(oid) IS
    'Internal. The base type of a domain.';

CREATE FUNCTION @extschema@.product_import_document_type(type oid) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE @extschema@.product_import_base_type(type)
        WHEN 'jsonb'::regtype THEN 'jsonb' WHEN 'json'::regtype THEN 'json'
        WHEN 'text'::regtype THEN 'text' WHEN 'varchar'::regtype THEN 'text' WHEN 'bpchar'::regtype THEN 'text' END
$$;
COMMENT ON FUNCTION @extschema@.product_import_document_type(oid) IS
    'Internal. The type in which documents of a column of the type are staged; null if the type cannot hold documents.';

-- Types whose text does not depend on settings, because the text is stored to continue from it.
CREATE FUNCTION @extschema@.product_import_is_key(type oid) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT @extschema@.product_import_base_type(type) = ANY ('{int2,int4,int8,numeric,text,varchar,uuid}'::regtype[])
$$;
COMMENT ON FUNCTION @extschema@.product_import_is_key(oid) IS
    'Internal. Whether a column of the type can tell where to continue an import.';
