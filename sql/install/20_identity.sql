-- An identity rule is a row of product_identity and a unique index of product, made from one definition.

-- The columns that a rule may be made of. Every key begins with the organization; version and times change with every update.
CREATE FUNCTION @extschema@.product_identity_columns() RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(a.attname::text ORDER BY a.attnum), '{}')
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
     WHERE a.attrelid = '@extschema@.product'::regclass AND a.attnum > 0 AND NOT a.attisdropped
       AND t.typcategory <> 'A' AND t.typname <> 'jsonb'
       AND a.attname <> ALL ('{organization_id,version,created_at,updated_at}')
$$;
COMMENT ON FUNCTION @extschema@.product_identity_columns() IS 'The columns of product that an identity rule may be made of.';

-- Which products a rule is for, as SQL.
CREATE FUNCTION @extschema@.product_identity_predicate(required_fields text[]) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(format('(%I IS NOT NULL)', f), ' AND ' ORDER BY position)
      FROM unnest(required_fields) WITH ORDINALITY u (f, position)
$$;
COMMENT ON FUNCTION @extschema@.product_identity_predicate(text[]) IS 'The WHERE of an identity rule''s index.';

-- Any index that holds the same is the rule's, whoever made it and whatever its name. Without nulls_equal the predicate may be
-- missing: products that lack a field are then kept apart by the null.
CREATE FUNCTION @extschema@.product_identity_index(fields text[], nulls_equal boolean, required_fields text[]) RETURNS regclass
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT i.indexrelid
      FROM pg_index i,
           LATERAL (SELECT pg_get_expr(i.indpred, i.indrelid), @extschema@.product_identity_predicate(required_fields)) p (held, wanted)
     WHERE i.indrelid = '@extschema@.product'::regclass
       AND i.indisunique AND i.indisvalid AND i.indisready AND i.indislive AND i.indimmediate AND i.indexprs IS NULL
       AND ARRAY(SELECT a.attname::text
                   FROM generate_series(0, i.indnkeyatts - 1) k
                   JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k]
                  WHERE a.attcollation = i.indcollation[k]
                  ORDER BY k) = array_prepend('organization_id', fields)
       AND i.indnullsnotdistinct = nulls_equal
       AND (p.held IN (p.wanted, '(' || p.wanted || ')') OR p.held IS NULL AND NOT nulls_equal)
     ORDER BY i.indexrelid
     LIMIT 1
$$;
COMMENT ON FUNCTION @extschema@.product_identity_index(text[], boolean, text[]) IS
    'The unique index of product that holds an identity rule of this definition; null where there is none.';

CREATE FUNCTION @extschema@.product_identity_validate(name text, fields text[], nulls_equal boolean, required_fields text[]) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    available text[] := @extschema@.product_identity_columns();
    wrong text;
    fault text;
BEGIN
    IF name !~ '^[a-z][a-z0-9_]{0,39}$' OR name IN ('custom_field', 'pkey') THEN
        fault := format('invalid name of an identity rule: "%s"', name);
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = @extschema@.product_error_detail('name', 'format', fault),
            HINT = 'A name is a lower-case identifier of at most 40 characters; custom_field and pkey are reserved.';
    END IF;
    -- Empty, of several dimensions, or counted from elsewhere than 1.
    IF cardinality(fields) = 0 OR fields <> ARRAY(SELECT unnest(fields)) THEN
        fault := format('identity rule "%s" has no plain list of fields', name);
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = @extschema@.product_error_detail('fields', 'format', fault),
            HINT = 'Valid fields: ' || array_to_string(available, ', ');
    END IF;
    IF (SELECT count(*) > count(DISTINCT f) FROM unnest(fields) f) THEN
        fault := format('identity rule "%s" names a field twice, or a null one', name);
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = @extschema@.product_error_detail('fields', 'format', fault);
    END IF;
    SELECT f INTO wrong FROM unnest(fields) f WHERE f <> ALL (available) LIMIT 1;
    IF FOUND THEN
        fault := format('identity rule "%s" cannot use the field "%s"', name, wrong);
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = @extschema@.product_error_detail('fields', 'enum', fault),
            HINT = 'Valid fields: ' || array_to_string(available, ', ');
    END IF;
    IF nulls_equal AND (cardinality(required_fields) = 0 OR NOT required_fields <@ fields) THEN
        fault := format('identity rule "%s" needs required_fields out of its own fields', name);
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = @extschema@.product_error_detail('required_fields', 'required', fault),
            HINT = 'Where nulls are equal, required_fields says which products the rule is for: '
                   'those that have them. Fields: ' || array_to_string(fields, ', ');
    END IF;
    IF NOT nulls_equal AND NOT (required_fields <@ fields AND fields <@ required_fields) THEN
        fault := format('identity rule "%s" must require all of its fields', name);
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = @extschema@.product_error_detail('required_fields', 'format', fault),
            HINT = 'Leave out required_fields, or let nulls be equal.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_validate(text, text[], boolean, text[]) IS
    'Raises what is wrong with the definition of an identity rule.';

CREATE FUNCTION @extschema@.product_identity_build(name text, fields text[], nulls_equal boolean, required_fields text[]) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- Identifiers are 63 bytes: 'product_identity_' || name || '_text'.
    index_name text := 'product_identity_' || name;
    text_check text;
    fault text;
BEGIN
    -- Columns that are made to identify have COLLATE "C" and a check of their own. Before the index, since its lock is stronger.
    SELECT string_agg(format('%s(%I)', '@extschema@.product_identity_text', a.attname), ' AND ' ORDER BY a.attnum)
      INTO text_check
      FROM pg_attribute a
     WHERE a.attrelid = '@extschema@.product'::regclass AND a.attname = ANY (fields)
       AND a.atttypid = 'text'::regtype AND a.attcollation <> '"C"'::regcollation
       AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = a.attrelid AND c.conname = index_name || '_text');
    IF text_check IS NOT NULL THEN
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (%s)', '@extschema@.product', index_name || '_text', text_check);
    END IF;
    IF @extschema@.product_identity_index(fields, nulls_equal, required_fields) IS NOT NULL THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM pg_class c
                WHERE c.relname = index_name AND c.relnamespace = '@extschema@'::regnamespace) THEN
        fault := format('the index of identity rule "%s" has another definition', name);
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = fault,
            DETAIL = @extschema@.product_error_detail(NULL, 'precondition', fault),
            HINT = format('Drop or rename the index %s.', index_name);
    END IF;
    EXECUTE format('CREATE UNIQUE INDEX %I ON %s (organization_id, %s) %s WHERE %s',
                   index_name, '@extschema@.product',
                   (SELECT string_agg(quote_ident(f), ', ' ORDER BY position)
                      FROM unnest(fields) WITH ORDINALITY u (f, position)),
                   CASE WHEN nulls_equal THEN 'NULLS NOT DISTINCT' END,
                   @extschema@.product_identity_predicate(required_fields));
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_build(text, text[], boolean, text[]) IS
    'Makes the unique index, and the check of texts, that hold an identity rule, where they are not there.';

-- The rules are built into an index of product, so they are its owner's.
CREATE FUNCTION @extschema@.product_identity_owned() RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@.product_tables_check();
    IF NOT (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = '@extschema@.product'::regclass) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = 'permission denied to change identity rules',
            DETAIL = @extschema@.product_error_detail(NULL, 'permission', 'permission denied to change identity rules'),
            HINT = 'They belong to the owner of the table product.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_owned() IS
    'Raises an error where the caller does not own the identity rules.';

CREATE FUNCTION @extschema@.product_identity_create(
    name text, fields text[], nulls_equal boolean DEFAULT false, required_fields text[] DEFAULT NULL) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    required text[] := coalesce(required_fields, CASE WHEN nulls_equal THEN '{}' ELSE fields END);
    fault text;
    duplicate text;
BEGIN
    PERFORM @extschema@.product_identity_owned();
    IF name IS NULL OR fields IS NULL OR nulls_equal IS NULL THEN
        fault := 'name, fields and nulls_equal of an identity rule cannot be null';
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = fault,
            DETAIL = @extschema@.product_error_detail(NULL, 'required', fault);
    END IF;
    IF EXISTS (SELECT FROM @extschema@.product_identity r WHERE r.name = product_identity_create.name) THEN
        fault := format('identity rule "%s" already exists', name);
        RAISE EXCEPTION USING
            ERRCODE = 'duplicate_object',
            MESSAGE = fault,
            DETAIL = @extschema@.product_error_detail('name', 'taken', fault);
    END IF;
    PERFORM @extschema@.product_identity_validate(name, fields, nulls_equal, required);
    PERFORM @extschema@.product_identity_build(name, fields, nulls_equal, required);
    INSERT INTO @extschema@.product_identity (name, fields, nulls_equal, required_fields)
    VALUES (name, fields, nulls_equal, required);
EXCEPTION WHEN unique_violation OR check_violation THEN
    GET STACKED DIAGNOSTICS duplicate = PG_EXCEPTION_DETAIL;
    fault := format('products that are stored break identity rule "%s": %s', name,
                    coalesce(nullif(duplicate, ''), 'a text is empty, or has white space at either end.'));
    RAISE EXCEPTION USING
        ERRCODE = SQLSTATE,
        MESSAGE = fault,
        DETAIL = @extschema@.product_error_detail('fields', CASE SQLSTATE WHEN '23505' THEN 'taken' ELSE 'format' END, fault);
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_create(text, text[], boolean, text[]) IS
    'Adds an identity rule: fields that no two products of an organization may share. Builds the unique index, or takes one of the'
    ' same definition that is there; the owner of product only.';

CREATE FUNCTION @extschema@.product_identity_drop(name text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $$
DECLARE
    rule record;
    fault text;
BEGIN
    IF name IS NULL THEN
        fault := 'the name of an identity rule cannot be null';
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = fault,
            DETAIL = @extschema@.product_error_detail(NULL, 'required', fault);
    END IF;
    PERFORM @extschema@.product_identity_owned();
    SELECT * INTO rule FROM @extschema@.product_identity r WHERE r.name = product_identity_drop.name;
    -- Of a row that was only deleted the index is left, and dropped here.
    IF NOT FOUND AND NOT EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                                  WHERE i.indrelid = '@extschema@.product'::regclass
                                    AND c.relname = 'product_identity_' || product_identity_drop.name) THEN
        fault := format('identity rule "%s" does not exist', name);
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = @extschema@.product_error_detail('name', 'enum', fault),
            HINT = 'Rules that can be dropped: '
                   || coalesce((SELECT string_agg(r.name, ', ' ORDER BY r.name) FROM @extschema@.product_identity r WHERE NOT r.is_builtin),
                               'none');
    END IF;
    IF rule.is_builtin THEN
        fault := format('identity rule "%s" is built in and cannot be dropped', name);
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = @extschema@.product_error_detail('name', 'read_only', fault);
    END IF;
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', '@extschema@.product', 'product_identity_' || name || '_text');
    EXECUTE format('DROP INDEX IF EXISTS %s.%I', '@extschema@', 'product_identity_' || name);
    DELETE FROM @extschema@.product_identity r WHERE r.name = product_identity_drop.name;
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_drop(text) IS
    'Drops an identity rule that a user added, and its unique index.';
