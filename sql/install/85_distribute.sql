-- Citus: distributes the catalogue's tables over several servers, by organization. When run again, it does what is missing.

-- The form of a policy for Citus: without a subquery. This costs a call of the function for each row that is read without an index.
CREATE FUNCTION @extschema@.product_tables_condition(condition text) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT regexp_replace(condition, '\(\(SELECT (.*)\)::bigint\[\]\)', '(\1)')
$$;
COMMENT ON FUNCTION @extschema@.product_tables_condition(text) IS 'Internal. The condition of a policy without its subquery.';

CREATE FUNCTION @extschema@.product_distribute_check() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    coordinator text := 'SELECT citus_set_coordinator_host(''this server'');';
    parted text;
BEGIN
    PERFORM @extschema@.product_tables_check();
    IF @extschema@.product_tables_made_by() < @extschema@.product_tables_library() THEN
        PERFORM @extschema@.product_refuse('55000', 'tables of an earlier version cannot be distributed', NULL, 'precondition', 'SELECT product_tables_upgrade();');
    ELSIF to_regclass('pg_catalog.pg_dist_node') IS NULL THEN
        PERFORM @extschema@.product_refuse('55000', 'the catalogue can be distributed by Citus only, which this database does not have', NULL, 'precondition',
            'Set shared_preload_libraries = ''citus'' on every server, CREATE EXTENSION citus in each, then SELECT citus_set_coordinator_host(...), citus_add_node(...) here.');
    ELSIF NOT (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = '@extschema@.product'::regclass) THEN
        PERFORM @extschema@.product_refuse('42501', 'permission denied to distribute the catalogue''s tables', NULL, 'permission', 'Only their owner may do this.');
    ELSIF (SELECT l.groupid FROM pg_dist_local_group l) <> 0 THEN
        PERFORM @extschema@.product_refuse('55000', 'the catalogue cannot be distributed from a worker', NULL, 'precondition', 'Connect to the coordinator.');
    -- Reference tables are read on each node, the coordinator included.
    ELSIF NOT EXISTS (SELECT FROM pg_dist_node n WHERE n.groupid = 0) THEN
        PERFORM @extschema@.product_refuse('55000', 'the coordinator is not among the nodes of Citus', NULL, 'precondition', coordinator);
    ELSIF NOT EXISTS (SELECT FROM pg_dist_node n WHERE n.shouldhaveshards AND n.isactive AND n.noderole = 'primary') THEN
        PERFORM @extschema@.product_refuse('55000', 'Citus has no node that takes rows', NULL, 'precondition', 'SELECT citus_add_node(...);');
    END IF;
    SELECT string_agg(c.relname, ', ' ORDER BY c.relname) INTO parted
      FROM pg_class c
     WHERE c.relnamespace = '@extschema@'::regnamespace AND c.relname = ANY (@extschema@.product_tables_names()) AND c.relkind = 'p';
    IF parted IS NOT NULL THEN
        PERFORM @extschema@.product_refuse('55000', 'partitioned tables cannot be distributed: ' || parted, NULL, 'precondition',
            'Shards are partitions enough: dump, and restore the data alone into plain tables.');
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_distribute_check() IS
    'Internal. Raises an error if the catalogue''s tables cannot be distributed.';

-- The next table to distribute. The tables that it refers to come first.
CREATE FUNCTION @extschema@.product_distribute_next() RETURNS regclass
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.oid::regclass
      FROM pg_class c
     WHERE c.relnamespace = '@extschema@'::regnamespace AND c.relname = ANY (@extschema@.product_tables_names()) AND c.relkind = 'r'
       AND NOT @extschema@.product_is_distributed(c.oid)
       AND NOT EXISTS (SELECT FROM pg_constraint k
                        WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid AND NOT @extschema@.product_is_distributed(k.confrelid))
     ORDER BY c.relname NOT IN ('product_profile', 'product_identity', 'product_member'), c.relname <> 'product_organization', c.relname LIMIT 1
$$;
COMMENT ON FUNCTION @extschema@.product_distribute_next() IS
    'Internal. The next table of the catalogue that Citus can distribute; null if there is none.';

CREATE FUNCTION @extschema@.product_distribute_table(relation regclass) RETURNS SETOF text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name text := (SELECT c.relname FROM pg_class c WHERE c.oid = relation);
    policy record;
BEGIN
    FOR policy IN
        SELECT p.* FROM @extschema@.product_tables_policies() p JOIN pg_policy q ON q.polrelid = product_distribute_table.relation AND q.polname = p.polname
         WHERE p.relation = name AND @extschema@.product_tables_condition(p.condition) <> p.condition
    LOOP
        EXECUTE format('DROP POLICY %I ON %s', policy.polname, relation);
        EXECUTE format('CREATE POLICY %I ON %s FOR %s %s', policy.polname, relation, policy.command, @extschema@.product_tables_condition(policy.condition));
    END LOOP;
    -- Tables that every node reads by itself are copied to each node.
    IF name IN ('product_profile', 'product_identity', 'product_member') THEN
        PERFORM create_reference_table(relation);
        RETURN NEXT format('%s: on every node', name);
    ELSIF name = 'product_organization' THEN
        PERFORM create_distributed_table(relation, 'organization_id', colocate_with => 'none');
        RETURN NEXT format('%s: by organization', name);
    ELSE
        PERFORM create_distributed_table(relation, 'organization_id', colocate_with => '@extschema@.product_organization');
        RETURN NEXT format('%s: by organization', name);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_distribute_table(regclass) IS
    'Internal. Lets Citus distribute a table of the catalogue; returns how.';

-- Calls are sent to the node of their organization, except functions that read a table of the caller's, or change a reference table.
CREATE FUNCTION @extschema@.product_distribute_functions() RETURNS SETOF text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    function regprocedure;
BEGIN
    FOR function IN
        SELECT p.oid::regprocedure
          FROM pg_proc p
         WHERE p.pronamespace = '@extschema@'::regnamespace
           AND p.proname IN ('product_upsert', 'product_upsert_bulk', 'product_upsert_rows', 'product_match', 'product_get', 'product_release')
           AND 'organization_id' = ANY (p.proargnames)
           AND NOT EXISTS (SELECT FROM pg_dist_object o WHERE o.classid = 'pg_proc'::regclass AND o.objid = p.oid AND o.distribution_argument_index IS NOT NULL)
         ORDER BY p.oid::regprocedure::text
    LOOP
        PERFORM create_distributed_function(function, 'organization_id', colocate_with => '@extschema@.product');
        RETURN NEXT format('%s: calls go to the node of their organization', function);
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.product_distribute_functions() IS
    'Internal. Lets Citus send calls to the node that has their organization; returns which functions.';

-- The catalogue's views are needed too: a function that is called on a node reads the version there.
CREATE FUNCTION @extschema@.product_distribute_views() RETURNS SETOF text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    shown record;
BEGIN
    FOR shown IN
        SELECT c.oid, c.relname, format('%s.%I', '@extschema@', c.relname) AS named, array_to_string(c.reloptions, ', ') AS options
          FROM pg_class c
         WHERE c.relnamespace = '@extschema@'::regnamespace AND c.relname = ANY (@extschema@.product_tables_names()) AND c.relkind = 'v'
           AND NOT EXISTS (SELECT FROM pg_dist_object o WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid)
         ORDER BY c.relname
    LOOP
        EXECUTE format('CREATE OR REPLACE VIEW %s %s AS %s', shown.named, 'WITH (' || shown.options || ')', pg_get_viewdef(shown.oid));
        RETURN NEXT format('%s: on every node', shown.relname);
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.product_distribute_views() IS
    'Internal. Creates the catalogue''s views on every node of Citus; returns which.';

CREATE FUNCTION @extschema@.product_distribute() RETURNS SETOF text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $$
DECLARE
    relation regclass;
    made regclass[] := '{}';
BEGIN
    PERFORM @extschema@.product_tables_lock();
    PERFORM @extschema@.product_distribute_check();
    PERFORM set_config('citus.multi_shard_modify_mode', 'sequential', true);
    LOOP
        relation := @extschema@.product_distribute_next();
        EXIT WHEN relation IS NULL;
        RETURN QUERY SELECT * FROM @extschema@.product_distribute_table(relation);
        made := made || relation;
    END LOOP;
    -- The rows have been copied to the nodes; the originals are no longer visible to anybody.
    FOREACH relation IN ARRAY made LOOP
        PERFORM truncate_local_data_after_distributing_table(relation);
    END LOOP;
    RETURN QUERY SELECT * FROM @extschema@.product_distribute_views();
    RETURN QUERY SELECT * FROM @extschema@.product_distribute_functions();
    -- Copies reference tables to nodes that were added since.
    PERFORM replicate_reference_tables('block_writes');
END
$$;
COMMENT ON FUNCTION @extschema@.product_distribute() IS
    'On the coordinator of Citus: distributes the catalogue''s tables by organization, copies tables without organization to every node, and routes calls to the node of '
    'their organization. Returns what was done, a line each; nothing if nothing was to do. Only for the tables'' owner.';
