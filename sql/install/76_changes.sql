-- The change feed, for its readers. The engine writes it if product_upsert.change_feed is on.

-- A change, and the note of how far a consumer has read, names a transaction that is not later than the one that writes the row. This does
-- not hold for restored rows if the other server's count of transactions was ahead. Once this server has caught up, its own changes would
-- come before what was read there, and be missed. The writer is taken to be within 2^31 transactions of the next one; 1 and 2 are older
-- than all others. Not plpgsql, and without SET, so that it is inlined.
CREATE FUNCTION @extschema@.product_change_names_later(writer bigint, told xid8, next bigint) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT writer OPERATOR(pg_catalog.>) 2
       AND told::pg_catalog.text::pg_catalog.int8 OPERATOR(pg_catalog.>) (next OPERATOR(pg_catalog.+) 2147483648 OPERATOR(pg_catalog.-)
           ((next OPERATOR(pg_catalog.-) writer OPERATOR(pg_catalog.+) 2147483648) OPERATOR(pg_catalog.&) 4294967295))
$$;
COMMENT ON FUNCTION @extschema@.product_change_names_later(bigint, xid8, bigint) IS
    'Internal. Does a row of the change feed name a later transaction than the one that wrote it? Then it comes from another server.';

CREATE FUNCTION @extschema@.product_change_refuse_foreign() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@.product_refuse('55000', 'the change feed comes from another server, from which this database was restored', NULL, 'precondition',
        'Read the products themselves, then start again: DELETE FROM product_change; DELETE FROM product_change_consumer;');
END
$$;
COMMENT ON FUNCTION @extschema@.product_change_refuse_foreign() IS 'Internal. Raises that the change feed comes from another server.';

-- For functions that write changes by themselves; those of C++ do the same.
CREATE FUNCTION @extschema@.product_change_pass_taken(organization bigint, rows integer) RETURNS void
LANGUAGE C VOLATILE STRICT
AS 'MODULE_PATHNAME', 'product_change_pass_taken';
COMMENT ON FUNCTION @extschema@.product_change_pass_taken(bigint, integer) IS
    'Internal. Lets the sequence of product_change pass the ids that rows have, if it is behind them.';

-- Ids are assigned before commit, so a change with a lower id may become visible later. Therefore changes are ordered by transaction id, and nothing is read of a transaction that
-- is not older than all running ones: what has been read is then complete.
-- recipe: feed
CREATE FUNCTION @extschema@.product_changes_read(consumer text, most integer DEFAULT 1000, organization_id bigint DEFAULT NULL)
    RETURNS TABLE (id bigint, product_id bigint, action text, changed jsonb, version integer, changed_at timestamptz, changed_by name,
                   xact xid8, called_at timestamptz, application text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    organization bigint;
    read record;
    last record;
    next bigint := pg_current_xact_id()::text;
BEGIN
    PERFORM @extschema@.product_tables_check();
    organization := @extschema@.product_call_organization(product_changes_read.organization_id);
    IF @extschema@.product_tables_made_by() < 2 THEN
        PERFORM @extschema@.product_refuse('55000', 'the change feed needs the catalogue''s tables of version 2', NULL, 'precondition', 'SELECT product_tables_upgrade();');
    -- Each node of Citus counts its own transactions: no position is later than all changes that other nodes will still write.
    ELSIF @extschema@.product_is_distributed('@extschema@.product_change') THEN
        PERFORM @extschema@.product_refuse('55000', 'changes cannot be read by consumers where Citus has distributed product_change', NULL, 'precondition',
            'Read and delete rows of product_change in one statement: DELETE ... RETURNING, one organization at a time.');
    -- What a subscription brings names transactions of another server, and comes in the order of their commits: a position would be later than changes that are still to come.
    ELSIF EXISTS (SELECT FROM pg_subscription_rel s
                   WHERE s.srrelid = '@extschema@.product_change'::regclass
                      OR s.srrelid IN (SELECT t.relid FROM pg_partition_tree('@extschema@.product_change') t)) THEN
        PERFORM @extschema@.product_refuse('55000', 'changes cannot be read by consumers where a subscription writes product_change', NULL, 'precondition',
            'Read them on the server where products are changed.');
    ELSIF consumer IS NULL OR most IS NULL THEN
        PERFORM @extschema@.product_refuse('22004', 'consumer and most must not be null', CASE WHEN consumer IS NULL THEN 'consumer' ELSE 'most' END, 'required');
    ELSIF consumer = '' OR most < 1 THEN
        PERFORM @extschema@.product_refuse('22023', CASE WHEN consumer = '' THEN 'consumer cannot be empty' ELSE 'most must be at least 1' END,
            CASE WHEN consumer = '' THEN 'consumer' ELSE 'most' END, 'range');
    END IF;
    BEGIN
        INSERT INTO @extschema@.product_change_consumer (organization_id, name) VALUES (organization, consumer) ON CONFLICT DO NOTHING;
    EXCEPTION WHEN insufficient_privilege THEN
        PERFORM @extschema@.product_refuse('42501', format('permission denied to read the changes of organization %s', organization), 'organization_id', 'permission');
    END;
    -- Another session that reads as this consumer waits here, and continues after what is read now.
    SELECT c.xact, c.change_id, c.xmin::text::bigint AS writer INTO read FROM @extschema@.product_change_consumer c
     WHERE c.organization_id = organization AND c.name = consumer FOR UPDATE;
    IF EXISTS (SELECT FROM @extschema@.product_change c
                WHERE c.organization_id = organization AND c.xact >= pg_snapshot_xmax(pg_current_snapshot()) AND c.xact <> pg_current_xact_id())
       OR read.xact >= pg_snapshot_xmax(pg_current_snapshot())
       OR @extschema@.product_change_names_later(read.writer, read.xact, next) THEN
        PERFORM @extschema@.product_change_refuse_foreign();
    END IF;
    FOR last IN
        SELECT c.*, c.xmin::text::bigint AS product_change_writer FROM @extschema@.product_change c
         WHERE c.organization_id = organization AND (c.xact, c.id) > (read.xact, read.change_id) AND c.xact < pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY c.xact, c.id LIMIT most
    LOOP
        IF @extschema@.product_change_names_later(last.product_change_writer, last.xact, next) THEN
            PERFORM @extschema@.product_change_refuse_foreign();
        END IF;
        read.xact := last.xact;
        read.change_id := last.id;
        id := last.id;
        product_id := last.product_id;
        action := last.action;
        changed := last.changed;
        version := last.version;
        changed_at := last.changed_at;
        changed_by := last.changed_by;
        xact := last.xact;
        called_at := last.called_at;
        application := last.application;
        RETURN NEXT;
    END LOOP;
    UPDATE @extschema@.product_change_consumer c SET xact = read.xact, change_id = read.change_id, read_at = now()
     WHERE c.organization_id = organization AND c.name = consumer;
END
$$;
COMMENT ON FUNCTION @extschema@.product_changes_read(text, integer, bigint) IS
    'Returns the changes that a consumer has not read yet, each once, in the order of their transactions. The caller''s transaction records what was read. A new consumer '
    'begins with the oldest change that is kept.';

CREATE FUNCTION @extschema@.product_changes_prune(keep interval DEFAULT '7 days', organization_id bigint DEFAULT NULL, unread boolean DEFAULT false) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    organization bigint;
    behind record;
    gone bigint;
BEGIN
    PERFORM @extschema@.product_tables_check();
    organization := @extschema@.product_call_organization(product_changes_prune.organization_id);
    IF keep IS NULL OR unread IS NULL THEN
        PERFORM @extschema@.product_refuse('22004', 'keep and unread must not be null', CASE WHEN keep IS NULL THEN 'keep' ELSE 'unread' END, 'required');
    END IF;
    IF NOT has_table_privilege('@extschema@.product_change', 'DELETE') THEN
        PERFORM @extschema@.product_refuse('42501', 'permission denied to delete changes', NULL, 'permission', 'Only the owner of the tables may do this.');
    END IF;
    -- The consumer that is furthest behind, so that no change is compared with every consumer.
    SELECT r.xact, r.change_id INTO behind FROM @extschema@.product_change_consumer r
     WHERE r.organization_id = organization AND NOT unread ORDER BY r.xact, r.change_id LIMIT 1;
    DELETE FROM @extschema@.product_change c
     WHERE c.organization_id = organization AND c.changed_at < now() - keep
       AND (behind.xact IS NULL OR (c.xact, c.id) <= (behind.xact, behind.change_id));
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
COMMENT ON FUNCTION @extschema@.product_changes_prune(interval, bigint, boolean) IS
    'Deletes changes older than the last that every consumer has read (with unread: even if not read); returns how many. Only for the tables'' owner.';
