-- An identity rule is a row of product_identity and a unique index of product, made from one definition.

-- The columns that a rule may use. Not the organization, with which every key begins; nor version and times, which change with every update.
CREATE FUNCTION @extschema@.product_identity_columns() RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(a.attname::text ORDER BY a.attnum), '{}')
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
     WHERE a.attrelid = '@extschema@.product'::regclass AND a.attnum > 0 AND NOT a.attisdropped
       AND a.attgenerated = ''
       -- A type that the matcher knows and compares as the index does, a domain over one, or an enum.
       AND EXISTS (WITH RECURSIVE base AS (
                       SELECT t.oid, t.typtype, t.typbasetype
                        UNION ALL
                       SELECT b.oid, b.typtype, b.typbasetype FROM base JOIN pg_type b ON b.oid = base.typbasetype AND base.typtype = 'd')
                   SELECT FROM base
                    WHERE typtype = 'e' OR oid = ANY ('{text,varchar,integer,bigint,numeric,boolean,date,uuid}'::regtype[]))
       AND NOT EXISTS (SELECT FROM pg_collation c WHERE c.oid = a.attcollation AND NOT c.collisdeterministic)
       AND a.attname <> ALL ('{organization_id,version,created_at,updated_at}')
$$;
COMMENT ON FUNCTION @extschema@.product_identity_columns() IS
    'Internal. The columns of product that an identity rule may use.';

-- The condition for products that a rule applies to, as SQL.
CREATE FUNCTION @extschema@.product_identity_predicate(required_fields text[]) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(format('(%I IS NOT NULL)', f), ' AND ' ORDER BY position)
      FROM unnest(required_fields) WITH ORDINALITY u (f, position)
$$;
COMMENT ON FUNCTION @extschema@.product_identity_predicate(text[]) IS
    'Internal. The WHERE clause of an identity rule''s index.';

-- How a rule's fields are compared, from a row of product_identity as jsonb: tables of earlier versions lack the column.
CREATE FUNCTION @extschema@.product_identity_folds(rule jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN jsonb_typeof(rule -> 'folds') = 'array' THEN ARRAY(SELECT jsonb_array_elements_text(rule -> 'folds'))
                ELSE ARRAY(SELECT 'exact' FROM jsonb_array_elements(rule -> 'fields')) END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_folds(jsonb) IS
    'Internal. How the fields of an identity rule are compared, one word for each.';

-- The unique indexes that could enforce a rule. An index that a user creates by hand is as good as one of ours, whatever its name.
-- Predicates are not shown as text here, where it would be done for each index: with 300 columns one takes a millisecond.
CREATE FUNCTION @extschema@.product_identity_indexes()
RETURNS TABLE (index oid, fields text[], nulls_equal boolean, predicate pg_node_tree, folds text[])
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT i.indexrelid, k.names[2:], i.indnullsnotdistinct, i.indpred, k.folds[2:]
      FROM pg_index i,
           -- Excludes an index with another expression, or with a collation other than the column's.
           LATERAL (SELECT array_agg(a.attname::text ORDER BY n), array_agg(f.fold ORDER BY n)
                      FROM generate_series(0, i.indnkeyatts - 1) n
                      JOIN unnest(string_to_array(@extschema@.product_identity_fold_names(), ', ')) f (fold) ON (f.fold = 'exact') = (i.indkey[n] <> 0)
                      JOIN pg_attribute a ON a.attrelid = i.indrelid
                       AND CASE WHEN i.indkey[n] <> 0 THEN a.attnum = i.indkey[n]
                                ELSE a.attnum > 0 AND NOT a.attisdropped
                                     AND pg_get_indexdef(i.indexrelid, n + 1, false) IN (
                                             format('%s.product_identity_fold(%I, %L::text)', '@extschema@', a.attname, f.fold),
                                             format('%s.product_identity_fold((%I)::text, %L::text)', '@extschema@', a.attname, f.fold)) END
                     WHERE a.attcollation = i.indcollation[n]) k (names, folds)
     WHERE i.indrelid = '@extschema@.product'::regclass
       AND i.indisunique AND i.indisvalid AND i.indisready AND i.indislive AND i.indimmediate
       AND cardinality(k.names) = i.indnkeyatts AND k.names[1] = 'organization_id';
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_indexes() IS
    'Internal. The unique indexes of product that could enforce an identity rule.';

-- Without nulls_equal the predicate may be missing: products that lack a field are then distinct because of the null.
CREATE FUNCTION @extschema@.product_identity_index(fields text[], nulls_equal boolean, required_fields text[], folds text[]) RETURNS regclass
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT i.index::regclass
      FROM @extschema@.product_identity_indexes() i, @extschema@.product_identity_predicate(required_fields) wanted
     WHERE i.fields = product_identity_index.fields AND i.nulls_equal = product_identity_index.nulls_equal AND i.folds = product_identity_index.folds
       AND (pg_get_expr(i.predicate, '@extschema@.product'::regclass) IN (wanted, '(' || wanted || ')') OR i.predicate IS NULL AND NOT i.nulls_equal)
     ORDER BY i.index
     LIMIT 1
$$;
COMMENT ON FUNCTION @extschema@.product_identity_index(text[], boolean, text[], text[]) IS
    'Internal. The unique index of product that enforces an identity rule of this definition; null if there is none.';

-- Users may change both rules and indexes by SQL. The first call after a change checks that they agree.
CREATE FUNCTION @extschema@.product_identity_check() RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    odd record;
BEGIN
    SELECT r.name, r.is_builtin, c.oid IS NOT NULL AS has_other
      INTO odd
      FROM @extschema@.product_identity r
      LEFT JOIN pg_class c ON c.relnamespace = '@extschema@'::regnamespace AND c.relname = 'product_identity_' || r.name
     WHERE NOT EXISTS (
               SELECT FROM @extschema@.product_identity_indexes() i,
                           LATERAL (SELECT string_agg(format('(%I IS NOT NULL)', f), ' AND ' ORDER BY n)
                                      FROM unnest(coalesce(r.required_fields, r.fields)) WITH ORDINALITY u (f, n)) p (wanted)
                WHERE i.fields = r.fields AND i.nulls_equal = r.nulls_equal AND i.folds = @extschema@.product_identity_folds(to_jsonb(r))
                  AND (pg_get_expr(i.predicate, '@extschema@.product'::regclass) IN (p.wanted, '(' || p.wanted || ')') OR i.predicate IS NULL AND NOT i.nulls_equal))
     ORDER BY r.name LIMIT 1;
    IF FOUND THEN
        PERFORM @extschema@.product_refuse('object_not_in_prerequisite_state',
            CASE WHEN odd.has_other THEN format('the index product_identity_%s is not what identity rule "%s" says', odd.name, odd.name)
                 ELSE format('identity rule "%s" has no unique index', odd.name) END, NULL, 'precondition',
            concat(CASE WHEN odd.has_other THEN 'Drop or rename that index; then ' END, 'SELECT product_tables_upgrade(); builds it.',
                   CASE WHEN NOT odd.is_builtin THEN format(' Or drop the rule: SELECT product_identity_drop(''%s'');', odd.name) END));
    END IF;
    -- An index without a rule would refuse products that are not matched by it. An invalid index is under construction: REINDEX CONCURRENTLY names it product_identity_…_ccnew.
    SELECT substr(c.relname, length('product_identity_') + 1) AS name
      INTO odd
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = '@extschema@.product'::regclass AND i.indisunique AND i.indisvalid AND starts_with(c.relname, 'product_identity_')
       AND NOT EXISTS (SELECT FROM @extschema@.product_identity r WHERE 'product_identity_' || r.name = c.relname)
     ORDER BY c.relname LIMIT 1;
    IF FOUND AND NOT EXISTS (SELECT FROM @extschema@.product_identity r WHERE r.is_builtin) THEN
        PERFORM @extschema@.product_refuse('object_not_in_prerequisite_state', 'the rows of product_identity are missing, as after a dump without data', NULL, 'precondition',
            'Restore the data; or SELECT product_tables_upgrade(); makes the rules again from their indexes.');
    ELSIF FOUND THEN
        PERFORM @extschema@.product_refuse('object_not_in_prerequisite_state',
            format('the index product_identity_%s belongs to no identity rule', odd.name), NULL, 'precondition',
            format('SELECT product_identity_drop(''%s''); drops it. To keep it, make the rule again with product_identity_create, or rename it.',
                   odd.name));
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_check() IS
    'Internal. Raises an error if an identity rule has no unique index of its definition, or if an index has no rule.';

CREATE FUNCTION @extschema@.product_identity_validate(name text, fields text[], nulls_equal boolean, required_fields text[], folds text[]) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    available text[] := @extschema@.product_identity_columns();
    wrong text;
BEGIN
    IF name !~ '^[a-z][a-z0-9_]{0,39}$' OR name IN ('custom_field', 'pkey') THEN
        PERFORM @extschema@.product_refuse('invalid_parameter_value', format('invalid name of an identity rule: "%s"', name), 'name', 'format',
            'A name is a lower-case identifier of at most 40 characters; custom_field and pkey are reserved.');
    END IF;
    -- Empty, with several dimensions, or with another lower bound than 1.
    IF cardinality(fields) = 0 OR fields <> ARRAY(SELECT unnest(fields)) THEN
        PERFORM @extschema@.product_refuse('invalid_parameter_value',
            format('identity rule "%s" has no plain list of fields', name), 'fields', 'format', 'Valid fields: ' || array_to_string(available, ', '));
    END IF;
    IF (SELECT count(*) > count(DISTINCT f) FROM unnest(fields) f) THEN
        PERFORM @extschema@.product_refuse('invalid_parameter_value',
            format('identity rule "%s" names a field twice, or a null one', name), 'fields', 'format');
    END IF;
    SELECT f INTO wrong FROM unnest(fields) f WHERE f <> ALL (available) LIMIT 1;
    IF FOUND THEN
        PERFORM @extschema@.product_refuse('invalid_parameter_value',
            format('identity rule "%s" cannot use the field "%s"', name, wrong), 'fields', 'enum',
            'Valid fields: ' || array_to_string(available, ', '));
    END IF;
    IF folds <> ARRAY(SELECT unnest(folds)) OR cardinality(folds) <> cardinality(fields) THEN
        PERFORM @extschema@.product_refuse('invalid_parameter_value',
            format('identity rule "%s" has %s folds for %s fields', name, cardinality(folds), cardinality(fields)), 'folds', 'format',
            format('One for each field, in their order; valid are %s.', @extschema@.product_identity_fold_names()));
    END IF;
    SELECT f INTO wrong FROM unnest(folds) f WHERE f IS NULL OR f <> ALL (string_to_array(@extschema@.product_identity_fold_names(), ', ')) LIMIT 1;
    IF FOUND THEN
        PERFORM @extschema@.product_refuse('invalid_parameter_value',
            format('identity rule "%s" cannot fold by "%s"', name, wrong), 'folds', 'enum', 'Valid folds: ' || @extschema@.product_identity_fold_names());
    END IF;
    SELECT u.field INTO wrong
      FROM unnest(fields, folds) u (field, fold)
      JOIN pg_attribute a ON a.attrelid = '@extschema@.product'::regclass AND a.attname = u.field
      JOIN pg_type t ON t.oid = a.atttypid
     WHERE u.fold <> 'exact' AND t.typcategory <> 'S' LIMIT 1;
    IF FOUND THEN
        PERFORM @extschema@.product_refuse('invalid_parameter_value',
            format('identity rule "%s" cannot fold the field "%s", which is not text', name, wrong), 'folds', 'type', 'Use the fold exact for it.');
    END IF;
    IF nulls_equal AND (cardinality(required_fields) = 0 OR NOT required_fields <@ fields) THEN
        PERFORM @extschema@.product_refuse('invalid_parameter_value',
            format('identity rule "%s" needs required_fields from among its own fields', name), 'required_fields', 'required',
            'With nulls_equal, required_fields says which products the rule applies to: '
            'those that have them. Fields: ' || array_to_string(fields, ', '));
    END IF;
    IF NOT nulls_equal AND NOT (required_fields <@ fields AND fields <@ required_fields) THEN
        PERFORM @extschema@.product_refuse('invalid_parameter_value',
            format('identity rule "%s" must require all of its fields', name), 'required_fields', 'format',
            'Leave out required_fields, or let nulls be equal.');
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_validate(text, text[], boolean, text[], text[]) IS
    'Internal. Raises an error if the definition of an identity rule is invalid.';

-- Columns that are created to identify rows have COLLATE "C" and a check of their own; others get a check with the first rule.
CREATE FUNCTION @extschema@.product_identity_text_check(fields text[]) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(format('%s(%I::pg_catalog.text)', '@extschema@.product_identity_text', a.attname), ' AND ' ORDER BY a.attnum)
      FROM pg_attribute a
     WHERE a.attrelid = '@extschema@.product'::regclass AND a.attname = ANY (fields)
       AND (SELECT t.typcategory FROM pg_type t WHERE t.oid = a.atttypid) = 'S'
       AND (a.attcollation <> '"C"'::regcollation
            -- These columns have it from the start.
            OR a.attname <> ALL ((SELECT t.columns FROM @extschema@.product_identity_texts() t WHERE t.relation = 'product')::text[]))
$$;
COMMENT ON FUNCTION @extschema@.product_identity_text_check(text[]) IS
    'Internal. The check for those texts of an identity rule that have none; null if there are none.';

CREATE FUNCTION @extschema@.product_identity_lacks_check(name text, fields text[]) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT @extschema@.product_identity_text_check(fields) IS NOT NULL
       AND NOT EXISTS (SELECT FROM pg_constraint c
                        WHERE c.conrelid = '@extschema@.product'::regclass AND c.conname = 'product_identity_' || name || '_text')
$$;
COMMENT ON FUNCTION @extschema@.product_identity_lacks_check(text, text[]) IS
    'Internal. Whether the check of an identity rule''s texts is missing.';

CREATE FUNCTION @extschema@.product_identity_build(name text, fields text[], nulls_equal boolean, required_fields text[], folds text[]) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- Identifiers have up to 63 bytes: 'product_identity_' || name || '_text'.
    index_name text := 'product_identity_' || name;
BEGIN
    -- Before the index, because its lock is stronger.
    IF @extschema@.product_identity_lacks_check(name, fields) THEN
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (%s)', '@extschema@.product', index_name || '_text',
                       @extschema@.product_identity_text_check(fields));
    END IF;
    IF @extschema@.product_identity_index(fields, nulls_equal, required_fields, folds) IS NOT NULL THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM pg_class c
                WHERE c.relname = index_name AND c.relnamespace = '@extschema@'::regnamespace) THEN
        PERFORM @extschema@.product_refuse('object_not_in_prerequisite_state',
            format('the index of identity rule "%s" has another definition', name), NULL, 'precondition',
            format('Drop or rename the index %s.', index_name));
    END IF;
    EXECUTE format('CREATE UNIQUE INDEX %I ON %s (organization_id, %s) %s WHERE %s',
                   index_name, '@extschema@.product',
                   (SELECT string_agg(CASE WHEN fold = 'exact' THEN quote_ident(f)
                                           ELSE format('%s.product_identity_fold(%I::pg_catalog.text, %L::pg_catalog.text)', '@extschema@', f, fold) END,
                                      ', ' ORDER BY position)
                      FROM unnest(fields, folds) WITH ORDINALITY u (f, fold, position)),
                   CASE WHEN nulls_equal THEN 'NULLS NOT DISTINCT' END,
                   @extschema@.product_identity_predicate(required_fields));
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_build(text, text[], boolean, text[], text[]) IS
    'Internal. Creates the unique index and the check of texts that enforce an identity rule, if they do not exist.';

-- Rules create indexes of product, so they belong to its owner.
CREATE FUNCTION @extschema@.product_identity_owned() RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@.product_tables_check();
    IF NOT (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = '@extschema@.product'::regclass) THEN
        PERFORM @extschema@.product_refuse('insufficient_privilege', 'permission denied to change identity rules', NULL, 'permission',
            'Only the owner of table product may change them.');
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_owned() IS
    'Internal. Raises an error if the caller does not own the identity rules.';
