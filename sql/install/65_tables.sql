-- The catalogue's tables are not members of the extension: whoever calls product_tables_create makes them, and owns them.
-- The build puts sql/tables in here.

-- A mark stands behind those that can be partitioned, before the storage parameters, which a partitioned table has none of.
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
COMMENT ON FUNCTION @extschema@.product_tables_partition(integer) IS 'Internal. Makes so many partitions of each of the catalogue''s tables that are partitioned.';

CREATE FUNCTION @extschema@.product_tables_names() RETURNS text[]
LANGUAGE sql IMMUTABLE
AS $$
    SELECT '{@table_names@}'::pg_catalog.text[]
$$;
COMMENT ON FUNCTION @extschema@.product_tables_names() IS 'Internal. The catalogue''s tables, and the view that holds their version.';

-- By Citus' own catalogue, on whichever node.
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
COMMENT ON FUNCTION @extschema@.product_is_distributed(regclass) IS 'Internal. Whether Citus has spread the table over other servers.';

CREATE FUNCTION @extschema@.product_tables_library() RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'product_tables_library';
COMMENT ON FUNCTION @extschema@.product_tables_library() IS 'The newest version of the catalogue''s tables that the library knows.';

-- The build puts sql/upgrade in here: what makes tables of the version before into those of a version.
CREATE FUNCTION @extschema@.product_tables_steps() RETURNS TABLE (version integer, name text, script text)
LANGUAGE sql IMMUTABLE
AS $function$
    SELECT * FROM (VALUES
    (NULL::pg_catalog.int4, NULL::pg_catalog.text, NULL::pg_catalog.text)@steps@) s (version, name, script)
     WHERE version IS NOT NULL
$function$;
COMMENT ON FUNCTION @extschema@.product_tables_steps() IS 'Internal. The steps of product_tables_upgrade.';

-- Read off the view's text: also who may not select from it is told.
CREATE FUNCTION @extschema@.product_tables_made_by() RETURNS integer
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT substring(pg_get_viewdef(c.oid) FROM '[0-9]+')::integer
      FROM pg_class c
     WHERE c.relnamespace = '@extschema@'::regnamespace AND c.relname = 'product_tables_version' AND c.relkind = 'v'
$$;
COMMENT ON FUNCTION @extschema@.product_tables_made_by() IS
    'Internal. The version of the library that the catalogue''s tables are of; null where there are none.';

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
            format('the catalogue''s tables are of version %s, and this library knows none above %s', version, library), NULL, 'precondition',
            'Install the newer product_upsert that they were made by, then ALTER EXTENSION product_upsert UPDATE.');
    END IF;
    -- What the tables of a version before lack is asked for where it is needed.
    IF version < 1 THEN
        PERFORM @extschema@.product_refuse('object_not_in_prerequisite_state',
            format('the catalogue''s tables are of version %s, and this library knows none below 1', version), NULL, 'precondition',
            'SELECT product_tables_upgrade();');
    END IF;
    SELECT array_agg(c.oid ORDER BY n.position) FILTER (WHERE c.oid IS NOT NULL),
           string_agg(n.name, ', ' ORDER BY n.position) FILTER (WHERE c.oid IS NULL)
      INTO tables, missing
      FROM unnest(@extschema@.product_tables_names()) WITH ORDINALITY n (name, position)
      LEFT JOIN pg_class c ON c.relnamespace = '@extschema@'::regnamespace AND c.relname = n.name
                           AND c.relkind IN ('r', 'p', 'f', 'v');
    -- Tables of a version before lack what is new.
    IF missing IS NOT NULL AND version = library THEN
        PERFORM @extschema@.product_refuse('undefined_table', 'the catalogue is not whole: missing are ' || missing, NULL, 'precondition',
            'Restore them from a dump; or drop or rename the other tables, and call product_tables_create().');
    END IF;
    -- Those that rows go to through their tables.
    tables := tables || ARRAY(
        WITH RECURSIVE below AS (
            SELECT i.inhrelid FROM unnest(tables) t (oid) JOIN pg_inherits i ON i.inhparent = t.oid
             UNION
            SELECT i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.inhrelid)
        SELECT inhrelid FROM below);
    -- Whoever owns one of the tables can have SQL of their own run by those who write to it.
    SELECT string_agg(format('%s owns %s', o.owner, o.owned), '; ')
      INTO owners
      FROM (SELECT pg_get_userbyid(c.relowner) AS owner,
                   CASE WHEN count(*) > 3 THEN format('%s of them', count(*)) ELSE string_agg(c.relname, ', ' ORDER BY c.relname) END AS owned
              FROM pg_class c WHERE c.oid = ANY (tables) GROUP BY c.relowner ORDER BY count(*) DESC, c.relowner) o
    HAVING count(*) > 1;
    IF owners IS NOT NULL THEN
        PERFORM @extschema@.product_refuse('object_not_in_prerequisite_state',
            'the catalogue''s tables have several owners: ' || owners, NULL, 'precondition',
            'ALTER TABLE ... OWNER TO, so that all of them are one role''s.');
    END IF;
    RETURN tables;
END
$$;
COMMENT ON FUNCTION @extschema@.product_tables_check() IS
    'Internal. Raises why the catalogue''s tables cannot be used: not there, not whole, of another version, of several owners. Returns what they are.';

-- Whoever makes or upgrades the tables does so alone: who comes second finds them made.
CREATE FUNCTION @extschema@.product_tables_lock() RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pg_advisory_xact_lock('@extschema@'::regnamespace::oid::integer, 'pg_namespace'::regclass::oid::integer)
$$;
COMMENT ON FUNCTION @extschema@.product_tables_lock() IS
    'Internal. Waits for others that make or upgrade the catalogue''s tables, and keeps them waiting until the transaction ends.';

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
            'product_tables_upgrade() brings them to the library''s version.');
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
            'the catalogue''s tables cannot be made by the script of an extension: they would be dropped with it', NULL, 'precondition');
    END IF;
    RETURN format('%s tables%s, %s identity rules and %s profiles in schema %s',
                  (SELECT count(*) FROM pg_class c WHERE c.oid = ANY (made) AND c.relkind IN ('r', 'p') AND NOT c.relispartition),
                  ', ' || (SELECT nullif(count(*), 0) FROM pg_class c WHERE c.oid = ANY (made) AND c.relkind = 'p') || ' of them in ' || partitions || ' partitions',
                  (SELECT count(*) FROM @extschema@.product_identity),
                  (SELECT count(*) FROM @extschema@.product_profile), '@extschema@');
END
$$;
COMMENT ON FUNCTION @extschema@.product_tables_create(integer) IS
    'Makes the catalogue''s tables in the extension''s schema. They belong to the caller, not to the extension. With partitions, products and what'
    ' grows with them lie in so many, by the hash of their organization. Says what was made.';

-- What the checks of identity texts refuse may be stored all the same: an older version let it in, or there were no checks for a
-- while. Nobody finds such a row by its text, and its dump does not restore. Taken away is what nobody sees; what cannot be, is told.
CREATE FUNCTION @extschema@.product_tables_mend() RETURNS SETOF text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    held record;
    bad record;
    told integer;
BEGIN
    -- A custom field's values are known by its reference: that one is only told.
    FOR held IN
        SELECT c.relation, format('%s.%I', '@extschema@', c.relation) AS named, c.relation <> 'product_custom_field' AS may_change,
               string_agg(format('%1$I = @extschema@.product_identity_trimmed(%1$I)', c.attname), ', ' ORDER BY c.attname) AS trims,
               string_agg(format('NOT @extschema@.product_identity_text(%1$I)%2$s', c.attname, c.may_be), ' OR ' ORDER BY c.attname) AS wrong,
               string_agg(format('CASE WHEN NOT @extschema@.product_identity_text(%1$I)%2$s '
                                 'THEN %1$L || '' '' || pg_catalog.to_json(@extschema@.product_identity_trimmed(pg_catalog."left"(%1$I, 100)))::text END',
                                 c.attname, c.may_be), ', ' ORDER BY c.attname) AS texts
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
    'Internal. Takes white space and invisible characters from the ends of identity texts that were stored with them; returns what it did, and what it could not do.';

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
    -- Older ones than a call works with are welcome here.
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
        PERFORM @extschema@.product_refuse('insufficient_privilege', 'permission denied to upgrade the catalogue''s tables', NULL, 'permission', 'Their owner may.');
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
    RETURN QUERY SELECT * FROM @extschema@.product_identity_rebuild();
    RETURN QUERY SELECT * FROM @extschema@.product_profiles_renew();
    PERFORM @extschema@.product_tables_check();
    PERFORM @extschema@.product_identity_check();
END
$$;
COMMENT ON FUNCTION @extschema@.product_tables_upgrade() IS
    'Brings the catalogue''s tables to the version of the extension, and puts back what they have lost: checks, policies, privileges,'
    ' indexes of identity rules. Returns what was done, a line each; none where nothing was to do. For their owner.';
