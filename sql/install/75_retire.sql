-- Products that a full feed no longer names.

CREATE FUNCTION @extschema@.product_retire_check(source regclass, document_column name, action text, scope jsonb, most numeric, revive boolean,
                                                 dry_run boolean) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    absent text;
    unknown text;
BEGIN
    PERFORM @extschema@.product_tables_check();
    SELECT name INTO absent
      FROM (VALUES ('source', source IS NULL), ('document_column', document_column IS NULL), ('action', action IS NULL), ('scope', scope IS NULL),
                   ('most', most IS NULL), ('revive', revive IS NULL), ('dry_run', dry_run IS NULL)) v (name, is_absent)
     WHERE is_absent LIMIT 1;
    IF NOT has_any_column_privilege('@extschema@.product', 'SELECT') THEN
        PERFORM @extschema@.product_refuse('42501', 'permission denied to read products', NULL, 'permission');
    ELSIF absent IS NOT NULL THEN
        PERFORM @extschema@.product_refuse('22004', absent || ' must not be null', absent, 'required');
    ELSIF action NOT IN ('archive', 'delete_softly', 'delete') THEN
        PERFORM @extschema@.product_refuse('22023', format('unknown action "%s"', action), 'action', 'enum', 'Valid are archive, delete_softly, delete.');
    ELSIF most NOT BETWEEN 0 AND 100 THEN
        PERFORM @extschema@.product_refuse('22023', 'most must be from 0 to 100, in percent', 'most', 'range');
    ELSIF jsonb_typeof(scope) <> 'object' THEN
        PERFORM @extschema@.product_refuse('22023', 'scope must be an object of columns of product and their values', 'scope', 'type');
    END IF;
    SELECT string_agg(format('"%s"', k), ', ' ORDER BY k) INTO unknown
      FROM jsonb_object_keys(scope) k
     WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = '@extschema@.product'::regclass AND a.attname = k AND a.attnum > 0 AND NOT a.attisdropped);
    IF unknown IS NOT NULL THEN
        PERFORM @extschema@.product_refuse('22023', format('product has no column %s', unknown), 'scope', 'unknown_field');
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_retire_check(regclass, name, text, jsonb, numeric, boolean, boolean) IS
    'Internal. Raises an error if a call of product_retire is invalid.';

-- If a document was refused as an update because no product has its key, it means none of the existing ones: that is not_found without a resource_type, which would tell that
-- another row is missing, such as its parent. If it has no key, or names several products, whose ids are then listed, the product is unknown. A superseded document is represented
-- by the one that replaces it.
-- recipe: error
CREATE FUNCTION @extschema@.product_retire_is_doubtful(id bigint, errors jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(bool_or(e ? 'ids'), false)
           OR (id IS NULL AND NOT coalesce(bool_or(e ->> 'code' = 'superseded' OR e ->> 'code' = 'not_found' AND NOT e ? 'resource_type'), false))
      FROM jsonb_array_elements(errors) e
$$;
COMMENT ON FUNCTION @extschema@.product_retire_is_doubtful(bigint, jsonb) IS
    'Internal. Whether the outcome of a document as an update leaves open which product it means.';

-- gone: products in the scope that are neither named nor retired yet; only those of `stood`, if it is not null. back: products that are named but retired. User columns may have
-- any name, so a name that is not a column is qualified where product is read. In PL/pgSQL, since Citus cannot plan parameters of SQL functions.
CREATE FUNCTION @extschema@.product_retire_find(
    organization bigint, named bigint[], stood bigint[], scope jsonb, action text, OUT in_scope bigint, OUT gone bigint[], OUT back bigint[]) RETURNS record
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    SELECT count(*) FILTER (WHERE NOT p.retired),
           coalesce(array_agg(p.id ORDER BY p.id) FILTER (WHERE NOT p.retired AND n.id IS NULL AND (stood IS NULL OR s.id IS NOT NULL)), '{}'),
           coalesce(array_agg(p.id ORDER BY p.id) FILTER (WHERE p.retired AND n.id IS NOT NULL), '{}')
      INTO in_scope, gone, back
      FROM (SELECT p.id, CASE f.action WHEN 'archive' THEN p.is_archived WHEN 'delete_softly' THEN p.is_deleted ELSE false END AS retired
              FROM @extschema@.product p, (SELECT product_retire_find.action, product_retire_find.scope) f
             WHERE p.organization_id = product_retire_find.organization AND (f.scope = '{}' OR to_jsonb(p.*) @> f.scope)) p
      LEFT JOIN (SELECT DISTINCT u.id FROM unnest(named) u (id)) n ON n.id = p.id
      LEFT JOIN (SELECT DISTINCT u.id FROM unnest(stood) u (id)) s ON s.id = p.id;
END
$$;
COMMENT ON FUNCTION @extschema@.product_retire_find(bigint, bigint[], bigint[], jsonb, text) IS
    'Internal. Finds the products of a scope that a feed does not name.';

-- A product that another session has deleted since the feed was read is skipped.
-- recipe: feed
CREATE FUNCTION @extschema@.product_retire_delete(organization bigint, ids bigint[]) RETURNS bigint[]
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    deleted bigint[];
    versions integer[];
BEGIN
    IF NOT has_table_privilege('@extschema@.product', 'DELETE') THEN
        PERFORM @extschema@.product_refuse('42501', 'permission denied to delete products', NULL, 'permission');
    END IF;
    -- Locked in the order that all writers share, if the caller may lock: a role that may only delete cannot.
    IF has_any_column_privilege('@extschema@.product', 'UPDATE') THEN
        PERFORM FROM @extschema@.product p
          WHERE p.organization_id = product_retire_delete.organization AND p.id = ANY (product_retire_delete.ids) ORDER BY p.id FOR UPDATE OF p;
    END IF;
    WITH gone AS (DELETE FROM @extschema@.product p USING unnest(product_retire_delete.ids) u (id)
                   WHERE p.organization_id = product_retire_delete.organization AND p.id = u.id RETURNING p.id, p.version)
    SELECT array_agg(g.id ORDER BY g.id), array_agg(g.version ORDER BY g.id) INTO deleted, versions FROM gone g;
    IF cardinality(deleted) IS DISTINCT FROM cardinality(ids)
       AND EXISTS (SELECT FROM @extschema@.product p
                    WHERE p.organization_id = product_retire_delete.organization AND p.id = ANY (product_retire_delete.ids)
                      AND p.id <> ALL (coalesce(deleted, '{}'))) THEN
        PERFORM @extschema@.product_refuse('42501', 'permission denied to delete products', NULL, 'permission');
    ELSIF current_setting('product_upsert.change_feed')::boolean AND deleted IS NOT NULL THEN
        PERFORM @extschema@.product_change_pass_taken(organization, cardinality(deleted));
        INSERT INTO @extschema@.product_change (organization_id, product_id, action, version)
        SELECT organization, d.id, 'deleted', d.version FROM unnest(deleted, versions) d (id, version);
        PERFORM pg_notify('product_change', organization::text);
    END IF;
    RETURN coalesce(deleted, '{}');
END
$$;
COMMENT ON FUNCTION @extschema@.product_retire_delete(bigint, bigint[]) IS 'Internal. Deletes products; returns those that it has deleted.';

-- Not through documents, because the owner may have changed what any profile makes of them. Products are locked in the order that all
-- writers share, also those that another session has retired since the feed was read, which are then skipped: what cannot be locked and is
-- there is not the caller's to update. Citus accepts no volatile functions in UPDATE.
-- recipe: feed
CREATE FUNCTION @extschema@.product_retire_write(organization bigint, ids bigint[], action text, retired boolean) RETURNS bigint[]
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    flag name := CASE action WHEN 'archive' THEN 'is_archived' ELSE 'is_deleted' END;
    of_them text := format('FROM %s p WHERE p.organization_id = $1 AND p.id = ANY ($2) AND p.%I <> $3', '@extschema@.product', flag);
    held bigint[] := '{}';
    highest bigint;
    done bigint[] := '{}';
    versions integer[] := '{}';
    one record;
    left_over bigint;
BEGIN
    IF action = 'delete' THEN
        RETURN @extschema@.product_retire_delete(organization, ids);
    ELSIF NOT has_any_column_privilege('@extschema@.product', 'UPDATE') THEN
        PERFORM @extschema@.product_refuse('42501', 'permission denied to update products', NULL, 'permission');
    END IF;
    FOR one IN
        SELECT p.id FROM @extschema@.product p
         WHERE p.organization_id = product_retire_write.organization AND p.id = ANY (product_retire_write.ids) ORDER BY p.id FOR NO KEY UPDATE OF p
    LOOP
        held := held || one.id;
    END LOOP;
    EXECUTE concat('SELECT min(p.id) ', of_them, ' AND p.version = 2147483647') INTO highest USING organization, held, retired;
    IF highest IS NOT NULL THEN
        PERFORM @extschema@.product_refuse('22023', format('the version of product %s cannot be incremented: it is the highest possible', highest), 'version', 'range');
    END IF;
    FOR one IN EXECUTE format('UPDATE %1$s p SET %2$I = $3, version = p.version + 1, updated_at = $4'
                              ' WHERE p.organization_id = $1 AND p.id = ANY ($2) AND p.%2$I <> $3 RETURNING p.id, p.version', '@extschema@.product', flag)
               USING organization, held, retired, clock_timestamp() LOOP
        done := done || one.id;
        versions := versions || one.version;
    END LOOP;
    EXECUTE concat('SELECT min(p.id) ', of_them) INTO left_over USING organization, ids, retired;
    IF left_over = ANY (held) THEN
        PERFORM @extschema@.product_refuse('55000', format('product %s was not written: a trigger, rule or policy of the table kept it as it was', left_over),
                                           NULL, 'suppressed');
    ELSIF left_over IS NOT NULL THEN
        PERFORM @extschema@.product_refuse('42501', 'permission denied to update products', NULL, 'permission');
    ELSIF current_setting('product_upsert.change_feed')::boolean AND done <> '{}' THEN
        PERFORM @extschema@.product_change_pass_taken(organization, cardinality(done));
        INSERT INTO @extschema@.product_change (organization_id, product_id, action, changed, version)
        SELECT organization, d.id, 'updated', jsonb_build_object(flag, jsonb_build_object('old', NOT retired, 'new', retired)), d.version
          FROM unnest(done, versions) d (id, version) ORDER BY d.id;
        PERFORM pg_notify('product_change', organization::text);
    END IF;
    RETURN ARRAY(SELECT u FROM unnest(done) u ORDER BY 1);
END
$$;
COMMENT ON FUNCTION @extschema@.product_retire_write(bigint, bigint[], text, boolean) IS
    'Internal. Retires products, or revives them; returns those that it has written.';

-- A deadlock undoes the writing, as in calls that upsert, and it is tried again.
CREATE FUNCTION @extschema@.product_retire_both(organization bigint, action text, INOUT gone bigint[], INOUT back bigint[]) RETURNS record
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    retired bigint[] := '{}';
    revived bigint[] := '{}';
BEGIN
    FOR attempt IN 1..10 LOOP
        BEGIN
            IF gone <> '{}' AND back <> '{}' AND has_any_column_privilege('@extschema@.product', 'UPDATE') THEN
                PERFORM FROM @extschema@.product p
                  WHERE p.organization_id = product_retire_both.organization AND p.id = ANY (product_retire_both.gone || product_retire_both.back)
                  ORDER BY p.id FOR NO KEY UPDATE OF p;
            END IF;
            IF gone <> '{}' THEN
                retired := @extschema@.product_retire_write(organization, gone, action, true);
            END IF;
            IF back <> '{}' THEN
                revived := @extschema@.product_retire_write(organization, back, action, false);
            END IF;
            EXIT;
        EXCEPTION WHEN deadlock_detected THEN
            IF attempt = 10 THEN
                RAISE;
            END IF;
        END;
        PERFORM pg_sleep(random() * 0.02 * attempt);
    END LOOP;
    gone := retired;
    back := revived;
END
$$;
COMMENT ON FUNCTION @extschema@.product_retire_both(bigint, text, bigint[], bigint[]) IS
    'Internal. Retires products and revives others; returns those that it has written.';

CREATE FUNCTION @extschema@.product_retire_refuse(refusal jsonb) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF refusal IS NOT NULL THEN
        PERFORM @extschema@.product_refuse('55000', refusal ->> 'message', refusal ->> 'field', 'precondition', refusal ->> 'hint');
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_retire_refuse(jsonb) IS
    'Internal. Raises the error that forbids retiring, if any.';

-- The source is read with the caller's search_path, which its views may rely on, so all names here are qualified. refusal: why nothing may be retired.
-- recipe: import
CREATE FUNCTION @extschema@.product_retire_survey(
    source regclass, document_column name, action text, scope jsonb, most numeric, identifier_field text, custom_field_reference text, profile text,
        organization_id bigint,
    OUT organization bigint, OUT gone bigint[], OUT back bigint[], OUT refusal jsonb) RETURNS record
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    stood bigint[];
    named bigint[];
    buried bigint[];
    documents bigint;
    doubtful bigint;
    them record;
    missing bigint;
BEGIN
    organization := @extschema@.product_call_organization(product_retire_survey.organization_id);
    -- Products that other sessions create while the feed is read may be in the feed.
    stood := (@extschema@.product_retire_find(organization, '{}', NULL, scope, action)).gone;
    -- Upserts the feed as an update of existing products, and undoes that.
    SELECT coalesce(pg_catalog.array_agg(r.id) FILTER (WHERE r.id IS NOT NULL), '{}'), pg_catalog.count(*),
           pg_catalog.count(*) FILTER (WHERE @extschema@.product_retire_is_doubtful(r.id, r.errors)),
           coalesce(pg_catalog.array_agg(r.id) FILTER (WHERE r.errors OPERATOR(pg_catalog.@>) '[{"code": "deleted", "already": true}]'), '{}')
      INTO named, documents, doubtful, buried
      FROM @extschema@.product_upsert_from(source, document_column, identifier_field, custom_field_reference, NULL, profile,
                                           product_retire_survey.organization_id,
                                           'update', NULL, 'skip', true, 'last') r;
    them := @extschema@.product_retire_find(organization, named, stood, scope, action);
    gone := them.gone;
    -- A document that itself says that its product is deleted, like a tombstone, revives nothing.
    back := ARRAY(SELECT u FROM pg_catalog.unnest(them.back) u EXCEPT SELECT u FROM pg_catalog.unnest(buried) u ORDER BY 1);
    missing := pg_catalog.cardinality(gone);
    IF doubtful OPERATOR(pg_catalog.>) 0 THEN
        refusal := pg_catalog.jsonb_build_object('field', 'source', 'message',
                                                 pg_catalog.format('could not determine the products of %s documents of %s', doubtful, source),
            'hint', 'The products they mean would be retired. product_upsert_from, with mode => ''update'', on_error => ''skip'' and dry_run, tells what is wrong with them.');
    ELSIF (100 OPERATOR(pg_catalog.*) missing::numeric) OPERATOR(pg_catalog.>) (most OPERATOR(pg_catalog.*) them.in_scope::numeric) THEN
        refusal := pg_catalog.jsonb_build_object('field', 'most', 'message',
            pg_catalog.format('%s of %s products are not in %s, which names %s: more than %s percent', missing, them.in_scope, source, documents, most),
            'hint', 'dry_run => true lists them. If that is intended, pass a higher most.');
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_retire_survey(regclass, name, text, jsonb, numeric, text, text, text, bigint) IS
    'Internal. Returns the products of a scope that a feed does not name, those that it names again, and why none may be retired, if so.';

CREATE FUNCTION @extschema@.product_retire(
    source regclass, document_column name DEFAULT 'document', action text DEFAULT 'archive', scope jsonb DEFAULT '{}', most numeric DEFAULT 10,
    identifier_field text DEFAULT NULL, custom_field_reference text DEFAULT NULL, profile text DEFAULT NULL, organization_id bigint DEFAULT NULL,
    revive boolean DEFAULT false, dry_run boolean DEFAULT false)
    RETURNS TABLE (id bigint, done text)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    them record;
BEGIN
    PERFORM @extschema@.product_retire_check(source, document_column, action, scope, most, revive, dry_run);
    them := @extschema@.product_retire_survey(source, document_column, action, scope, most, identifier_field, custom_field_reference, profile,
                                              product_retire.organization_id);
    IF NOT dry_run THEN
        PERFORM @extschema@.product_retire_refuse(them.refusal);
        SELECT b.gone, b.back INTO them.gone, them.back
          FROM @extschema@.product_retire_both(them.organization, action, them.gone, CASE WHEN revive THEN them.back ELSE '{}' END) b;
    END IF;
    RETURN QUERY SELECT g, CASE WHEN action OPERATOR(pg_catalog.=) 'archive' THEN 'archived' ELSE 'deleted' END FROM pg_catalog.unnest(them.gone) g;
    IF revive THEN
        RETURN QUERY SELECT b, 'revived'::pg_catalog.text FROM pg_catalog.unnest(them.back) b;
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_retire(regclass, name, text, jsonb, numeric, text, text, text, bigint, boolean, boolean) IS
    'Archives, deletes softly (delete_softly) or deletes the products of a scope that a full feed does not name; none of them if they are more than the given percentage '
    '(most). Returns these products; a dry run changes nothing. revive: also revives retired products that the feed names again.';
