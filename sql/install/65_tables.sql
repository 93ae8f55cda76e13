-- The catalogue's tables are not members of the extension: whoever calls product_tables_create creates and owns them. The build inserts sql/tables here.

-- A mark follows each table that can be partitioned, before its storage parameters, which a partitioned table cannot have.
CREATE FUNCTION @extschema@.product_tables_sql(partitions integer DEFAULT NULL) RETURNS text
LANGUAGE sql IMMUTABLE
AS $function$
    SELECT CASE WHEN partitions IS NULL THEN pg_catalog.replace(t.script, '@partitioned@', '')
                ELSE pg_catalog.regexp_replace(t.script, '@partitioned@[^;]*', ' PARTITION BY HASH (organization_id)', 'g') END
      FROM (VALUES ($tables$
@tables@
$tables$::pg_catalog.text)) t (script)
$function$;
COMMENT ON FUNCTION @extschema@.product_tables_sql(integer) IS 'Internal. The SQL that product_tables_create runs.';

CREATE FUNCTION @extschema@.product_tables_partition(partitions integer) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parent record;
BEGIN
    FOR parent IN
        SELECT c.relname, coalesce(substring(@extschema@.product_tables_sql() FROM 'CREATE TABLE [^\n]*\.' || c.relname || ' \([^;]*\n\)( WITH \([^)]*\));'), '') AS storage
          FROM pg_class c
         WHERE c.relnamespace = '@extschema@'::regnamespace AND c.relname = ANY (@extschema@.product_tables_names()) AND c.relkind = 'p'
         ORDER BY c.relname
    LOOP
        FOR remainder IN 0 .. partitions - 1 LOOP
            EXECUTE format('CREATE TABLE %1$s.%2$I PARTITION OF %1$s.%3$I FOR VALUES WITH (MODULUS %4$s, REMAINDER %5$s)%6$s', '@extschema@',
                           parent.relname || '_p' || remainder, parent.relname, partitions, remainder, parent.storage);
        END LOOP;
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.product_tables_partition(integer) IS
    'Internal. Creates the given number of partitions of each partitioned table of the catalogue.';

CREATE FUNCTION @extschema@.product_tables_names() RETURNS text[]
LANGUAGE sql IMMUTABLE
AS $$
    SELECT '{@table_names@}'::pg_catalog.text[]
$$;
COMMENT ON FUNCTION @extschema@.product_tables_names() IS
    'Internal. The names of the catalogue''s tables, and of the view with their version.';

-- From Citus' own catalogue, which every node has.
CREATE FUNCTION @extschema@.product_is_distributed(relation regclass) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found boolean := false;
BEGIN
    IF to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL THEN
        EXECUTE 'SELECT EXISTS (SELECT FROM pg_catalog.pg_dist_partition d WHERE d.logicalrelid = $1)' INTO found USING relation;
    END IF;
    RETURN found;
END
$$;
COMMENT ON FUNCTION @extschema@.product_is_distributed(regclass) IS
    'Internal. Whether Citus has distributed the table.';

CREATE FUNCTION @extschema@.product_tables_library() RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'product_tables_library';
COMMENT ON FUNCTION @extschema@.product_tables_library() IS
    'The latest version of the catalogue''s tables that the library supports.';

-- The build inserts sql/upgrade here: the steps from one version of the tables to the next.
CREATE FUNCTION @extschema@.product_tables_steps() RETURNS TABLE (version integer, name text, script text)
LANGUAGE sql IMMUTABLE
AS $function$
    SELECT * FROM (VALUES
    (NULL::pg_catalog.int4, NULL::pg_catalog.text, NULL::pg_catalog.text)@steps@) s (version, name, script)
     WHERE version IS NOT NULL
$function$;
COMMENT ON FUNCTION @extschema@.product_tables_steps() IS 'Internal. The steps of product_tables_upgrade.';

-- Read from the view's definition, so that it works for callers who may not select from it.
CREATE FUNCTION @extschema@.product_tables_made_by() RETURNS integer
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT substring(pg_get_viewdef(c.oid) FROM '[0-9]+')::integer
      FROM pg_class c
     WHERE c.relnamespace = '@extschema@'::regnamespace AND c.relname = 'product_tables_version' AND c.relkind = 'v'
$$;
COMMENT ON FUNCTION @extschema@.product_tables_made_by() IS
    'Internal. The version of the catalogue''s tables; null if they do not exist.';

CREATE FUNCTION @extschema@.product_tables_check() RETURNS oid[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    version integer := @extschema@.product_tables_made_by();
    library integer := @extschema@.product_tables_library();
    tables oid[];
    missing text;
    owners text;
BEGIN
    IF version IS NULL THEN
        PERFORM @extschema@.product_refuse('undefined_table', 'the catalogue''s tables do not exist', NULL, 'precondition', 'SELECT product_tables_create();');
    END IF;
    IF version > library THEN
        PERFORM @extschema@.product_refuse('object_not_in_prerequisite_state',
            format('the catalogue''s tables are of version %s, but this library supports none above %s', version, library), NULL, 'precondition',
            'Install the newer product_upsert that they were made by, then ALTER EXTENSION product_upsert UPDATE.');
    END IF;
    -- What tables of the previous version lack is checked where it is needed.
    IF version < 1 THEN
        PERFORM @extschema@.product_refuse('object_not_in_prerequisite_state',
            format('the catalogue''s tables are of version %s, but this library supports none below 1', version), NULL, 'precondition',
            'SELECT product_tables_upgrade();');
    END IF;
    SELECT array_agg(c.oid ORDER BY n.position) FILTER (WHERE c.oid IS NOT NULL),
           string_agg(n.name, ', ' ORDER BY n.position) FILTER (WHERE c.oid IS NULL)
      INTO tables, missing
      FROM unnest(@extschema@.product_tables_names()) WITH ORDINALITY n (name, position)
      LEFT JOIN pg_class c ON c.relnamespace = '@extschema@'::regnamespace AND c.relname = n.name
                           AND c.relkind IN ('r', 'p', 'f', 'v');
    -- Tables of an earlier version lack what is new.
    IF missing IS NOT NULL AND version = library THEN
        PERFORM @extschema@.product_refuse('undefined_table', 'the catalogue is incomplete; missing: ' || missing, NULL, 'precondition',
            'Restore them from a dump; or drop or rename the other tables, and call product_tables_create().');
    END IF;
    -- The partitions, through which rows of their tables are written.
    tables := tables || ARRAY(
        WITH RECURSIVE below AS (
            SELECT i.inhrelid FROM unnest(tables) t (oid) JOIN pg_inherits i ON i.inhparent = t.oid
             UNION
            SELECT i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.inhrelid)
        SELECT inhrelid FROM below);
    -- The owner of a table can make those who write to it run SQL.
    SELECT string_agg(format('%s owns %s', o.owner, o.owned), '; ')
      INTO owners
      FROM (SELECT pg_get_userbyid(c.relowner) AS owner,
                   CASE WHEN count(*) > 3 THEN format('%s of them', count(*)) ELSE string_agg(c.relname, ', ' ORDER BY c.relname) END AS owned
              FROM pg_class c WHERE c.oid = ANY (tables) GROUP BY c.relowner ORDER BY count(*) DESC, c.relowner) o
    HAVING count(*) > 1;
    IF owners IS NOT NULL THEN
        PERFORM @extschema@.product_refuse('object_not_in_prerequisite_state',
            'the catalogue''s tables have several owners: ' || owners, NULL, 'precondition',
            'Use ALTER TABLE ... OWNER TO to give all of them the same owner.');
    END IF;
    RETURN tables;
END
$$;
COMMENT ON FUNCTION @extschema@.product_tables_check() IS
    'Internal. Raises an error if the catalogue''s tables cannot be used: missing, incomplete, of another version, or of several owners. Returns their oids.';

-- Only one session creates or upgrades the tables at a time; a second one finds them complete.
CREATE FUNCTION @extschema@.product_tables_lock() RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pg_advisory_xact_lock('@extschema@'::regnamespace::oid::integer, 'pg_namespace'::regclass::oid::integer)
$$;
COMMENT ON FUNCTION @extschema@.product_tables_lock() IS
    'Internal. Waits for other sessions that create or upgrade the catalogue''s tables, and makes later ones wait until the transaction ends.';

CREATE FUNCTION @extschema@.product_tables_create(partitions integer DEFAULT NULL) RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made oid[];
    there text;
BEGIN
    IF partitions NOT BETWEEN 1 AND 1000 THEN
        PERFORM @extschema@.product_refuse('22023', 'partitions must be from 1 to 1000', 'partitions', 'range');
    END IF;
    PERFORM @extschema@.product_tables_lock();
    IF @extschema@.product_tables_made_by() IS NOT NULL THEN
        PERFORM @extschema@.product_tables_check();
        PERFORM @extschema@.product_refuse('duplicate_table',
            format('the catalogue''s tables exist already in schema %s', '@extschema@'), NULL, 'precondition',
            'Use product_tables_upgrade() to bring them to the library''s version.');
    END IF;
    SELECT string_agg(format('%s, which is %s''s', c.relname, pg_get_userbyid(c.relowner)), '; ' ORDER BY c.relname)
      INTO there
      FROM pg_class c
     WHERE c.relnamespace = '@extschema@'::regnamespace AND c.relname = ANY (@extschema@.product_tables_names());
    IF there IS NOT NULL THEN
        PERFORM @extschema@.product_refuse('duplicate_table',
            format('in schema %s the catalogue''s names are taken by %s', '@extschema@', there), NULL, 'precondition',
            'Rename or drop what is there, or create the extension in another schema.');
    END IF;

    EXECUTE @extschema@.product_tables_sql(partitions);
    PERFORM @extschema@.product_tables_partition(partitions);
    PERFORM @extschema@.product_tables_guard();
    PERFORM @extschema@.product_tables_grants();
    PERFORM @extschema@.product_tables_comments();
    PERFORM @extschema@.product_identity_rebuild();
    PERFORM @extschema@.product_profiles_renew();

    made := @extschema@.product_tables_check();
    IF EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = ANY (made) AND d.deptype = 'e') THEN
        PERFORM @extschema@.product_refuse('object_not_in_prerequisite_state',
            'the catalogue''s tables cannot be created by the script of an extension: they would be dropped with it', NULL, 'precondition');
    END IF;
    RETURN format('%s tables%s, %s identity rules and %s profiles in schema %s',
                  (SELECT count(*) FROM pg_class c WHERE c.oid = ANY (made) AND c.relkind IN ('r', 'p') AND NOT c.relispartition),
                  ', ' || (SELECT nullif(count(*), 0) FROM pg_class c WHERE c.oid = ANY (made) AND c.relkind = 'p') || ' of them in ' || partitions || ' partitions',
                  (SELECT count(*) FROM @extschema@.product_identity),
                  (SELECT count(*) FROM @extschema@.product_profile), '@extschema@');
END
$$;
COMMENT ON FUNCTION @extschema@.product_tables_create(integer) IS
    'Creates the catalogue''s tables in the extension''s schema. They belong to the caller, not to the extension. partitions: the number of hash partitions, by '
    'organization, of product and the tables that grow with it. Returns what was created.';

-- Rows that the checks of identity texts would refuse may be stored nevertheless: an earlier version accepted them, or the checks were missing for some time. Such a row cannot be
-- found by its text, and its dump cannot be restored. This removes the invisible characters; what cannot be fixed is reported.
CREATE FUNCTION @extschema@.product_tables_mend() RETURNS SETOF text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    held record;
    bad record;
    told integer;
BEGIN
    -- A custom field's values are stored under its reference, so that one is only reported.
    FOR held IN
        SELECT c.relation, format('%s.%I', '@extschema@', c.relation) AS named, c.relation <> 'product_custom_field' AS may_change,
               string_agg(format('%1$I = %2$s.product_identity_trimmed(%1$I)', c.attname, '@extschema@'), ', ' ORDER BY c.attname) AS trims,
               string_agg(format('NOT %2$s.product_identity_text(%1$I)%3$s', c.attname, '@extschema@', c.may_be), ' OR ' ORDER BY c.attname) AS wrong,
               string_agg(format('CASE WHEN NOT %2$s.product_identity_text(%1$I)%3$s '
                                 'THEN %1$L || '' '' || pg_catalog.to_json(%2$s.product_identity_trimmed(pg_catalog."left"(%1$I, 100)))::text END',
                                 c.attname, '@extschema@', c.may_be), ', ' ORDER BY c.attname) AS texts
          FROM (SELECT i.relation, a AS attname, CASE WHEN (i.relation, a) = ('product', 'name') THEN ' AND name <> ''''' ELSE '' END AS may_be
                  FROM @extschema@.product_identity_texts() i, unnest(i.columns) a) c
         GROUP BY c.relation ORDER BY c.relation
    LOOP
        told := 0;
        FOR bad IN EXECUTE format('SELECT ctid, pg_catalog.to_jsonb(t.*) ->> ''id'' AS id, organization_id, pg_catalog.concat_ws('', '', %s) AS texts FROM %s t WHERE %s',
                                  held.texts, held.named, held.wrong) LOOP
            told := told + 1;
            BEGIN
                IF NOT held.may_change THEN
                    RAISE check_violation;
                END IF;
                EXECUTE format('UPDATE %s SET %s WHERE organization_id = $1 AND ctid = $2', held.named, held.trims) USING bad.organization_id, bad.ctid;
                IF told <= 100 THEN
                    RETURN NEXT format('%s %s of organization %s: trimmed %s', held.relation, bad.id, bad.organization_id, bad.texts);
                END IF;
            EXCEPTION WHEN integrity_constraint_violation THEN
                RETURN NEXT format('%s %s of organization %s: kept %s with what no key may hold, and what a dump of it does not restore: change it',
                                   held.relation, bad.id, bad.organization_id, bad.texts);
            END;
        END LOOP;
        IF told > 100 THEN
            RETURN NEXT format('%s: %s rows in all', held.relation, told);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.product_tables_mend() IS
    'Internal. Removes white space and invisible characters from the ends of stored identity texts; returns what was done, and what could not be.';

CREATE FUNCTION @extschema@.product_tables_upgrade() RETURNS SETOF text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $$
DECLARE
    made_by integer;
    step record;
BEGIN
    PERFORM @extschema@.product_tables_lock();
    made_by := @extschema@.product_tables_made_by();
    -- Here tables may be older than those that a call can use.
    IF made_by IS NULL OR made_by >= @tables_version@ THEN
        PERFORM @extschema@.product_tables_check();
    END IF;
    IF made_by > @tables_version@ THEN
        PERFORM @extschema@.product_refuse('object_not_in_prerequisite_state',
            format('the catalogue''s tables are of version %s, and this extension is made for version %s', made_by, @tables_version@), NULL, 'precondition',
            'ALTER EXTENSION product_upsert UPDATE;');
    END IF;
    IF EXISTS (SELECT FROM pg_class c
                WHERE c.relnamespace = '@extschema@'::regnamespace AND c.relname = ANY (@extschema@.product_tables_names())
                  AND NOT pg_has_role(c.relowner, 'USAGE')) THEN
        PERFORM @extschema@.product_refuse('insufficient_privilege', 'permission denied to upgrade the catalogue''s tables', NULL, 'permission', 'Only their owner may do this.');
    END IF;

    FOR step IN SELECT * FROM @extschema@.product_tables_steps() s WHERE s.version > made_by ORDER BY s.version, s.name LOOP
        EXECUTE step.script;
        RETURN NEXT format('version %s: %s', step.version, step.name);
    END LOOP;
    IF made_by < @tables_version@ THEN
        EXECUTE 'CREATE OR REPLACE VIEW @extschema@.product_tables_version AS SELECT @tables_version@ AS version';
    END IF;
    RETURN QUERY SELECT * FROM @extschema@.product_tables_mend();
    RETURN QUERY SELECT * FROM @extschema@.product_tables_guard();
    RETURN QUERY SELECT * FROM @extschema@.product_tables_grants();
    RETURN QUERY SELECT * FROM @extschema@.product_tables_comments();
    RETURN QUERY SELECT * FROM @extschema@.product_identity_restore();
    RETURN QUERY SELECT * FROM @extschema@.product_identity_rebuild();
    RETURN QUERY SELECT * FROM @extschema@.product_profiles_renew();
    PERFORM @extschema@.product_tables_check();
    PERFORM @extschema@.product_identity_check();
END
$$;
COMMENT ON FUNCTION @extschema@.product_tables_upgrade() IS
    'Upgrades the catalogue''s tables to the version of the extension, and restores what they lack: checks, policies, privileges, indexes of identity rules. Returns what '
    'was done, a line each; nothing if nothing was to do. Only for their owner.';
