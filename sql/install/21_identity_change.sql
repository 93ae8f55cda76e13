-- Users add, change and drop identity rules; see 20_identity.sql.

-- The built-in rule gets a new index; the old one is dropped. Where rows are named exactly (a parent by its reference), a further index is needed, which is not unique.
CREATE FUNCTION @extschema@.product_identity_refold(name text, fields text[], nulls_equal boolean, required_fields text[], folds text[]) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $$
#variable_conflict use_variable
DECLARE
    exact boolean := folds = array_fill('exact'::text, ARRAY[cardinality(fields)]);
BEGIN
    PERFORM @extschema@.product_identity_validate(name, fields, nulls_equal, required_fields, folds);
    IF name = 'id' OR @extschema@.product_identity_index(fields, nulls_equal, required_fields, folds) IS NOT NULL
                      AND EXISTS (SELECT FROM @extschema@.product_identity r
                                   WHERE r.name = product_identity_refold.name AND @extschema@.product_identity_folds(to_jsonb(r)) = product_identity_refold.folds) THEN
        RETURN;
    END IF;
    EXECUTE format('DROP INDEX IF EXISTS %s.%I', '@extschema@', 'product_identity_' || name);
    EXECUTE format('DROP INDEX IF EXISTS %s.%I', '@extschema@', 'product_exact_' || name);
    PERFORM @extschema@.product_identity_build(name, fields, nulls_equal, required_fields, folds);
    IF NOT exact AND cardinality(fields) = 1 THEN
        EXECUTE format('CREATE INDEX %I ON %s (organization_id, %I) WHERE %s', 'product_exact_' || name, '@extschema@.product',
                       fields[1], @extschema@.product_identity_predicate(required_fields));
    END IF;
    UPDATE @extschema@.product_identity r SET folds = CASE WHEN NOT exact THEN product_identity_refold.folds END
     WHERE r.name = product_identity_refold.name;
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_refold(text, text[], boolean, text[], text[]) IS
    'Internal. Changes how a built-in identity rule compares its fields, for product_identity_create.';

CREATE FUNCTION @extschema@.product_identity_create(
    name text, fields text[], nulls_equal boolean DEFAULT false, required_fields text[] DEFAULT NULL, folds text[] DEFAULT NULL) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    required text[] := coalesce(required_fields, CASE WHEN nulls_equal THEN '{}' ELSE fields END);
    folding text[];
    has_folds boolean;
    built_in record;
    duplicate text;
BEGIN
    PERFORM @extschema@.product_identity_owned();
    IF name IS NULL OR fields IS NULL OR nulls_equal IS NULL THEN
        PERFORM @extschema@.product_refuse('null_value_not_allowed',
            'name, fields and nulls_equal of an identity rule must not be null', NULL, 'required');
    END IF;
    folding := coalesce(folds, array_fill('exact'::text, ARRAY[cardinality(fields)]));
    has_folds := EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = '@extschema@.product_identity'::regclass AND a.attname = 'folds');
    IF NOT has_folds AND folds IS NOT NULL THEN
        PERFORM @extschema@.product_refuse('object_not_in_prerequisite_state',
            'the catalogue''s tables are of a version without folds', 'folds', 'precondition', 'SELECT product_tables_upgrade();');
    END IF;
    SELECT r.fields, r.nulls_equal, coalesce(r.required_fields, r.fields) AS required INTO built_in
      FROM @extschema@.product_identity r WHERE r.name = product_identity_create.name AND r.is_builtin AND product_identity_create.folds IS NOT NULL;
    -- The fields of a built-in rule cannot change; how it compares them can.
    IF FOUND AND built_in.fields = fields AND built_in.nulls_equal = nulls_equal AND built_in.required @> required AND built_in.required <@ required THEN
        PERFORM @extschema@.product_identity_refold(name, fields, nulls_equal, built_in.required, folding);
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM @extschema@.product_identity r WHERE r.name = product_identity_create.name) THEN
        PERFORM @extschema@.product_refuse('duplicate_object', format('identity rule "%s" already exists', name), 'name', 'taken',
            coalesce((SELECT format('It is built in, over (%s). To change how it compares, pass the same fields, and folds.', array_to_string(r.fields, ', '))
                     FROM @extschema@.product_identity r WHERE r.name = product_identity_create.name AND r.is_builtin),
                     'Drop it first with product_identity_drop, or choose another name.'));
    END IF;
    PERFORM @extschema@.product_identity_validate(name, fields, nulls_equal, required, folding);
    PERFORM @extschema@.product_identity_build(name, fields, nulls_equal, required, folding);
    INSERT INTO @extschema@.product_identity (name, fields, nulls_equal, required_fields)
    VALUES (name, fields, nulls_equal, required);
    IF has_folds AND folding <> array_fill('exact'::text, ARRAY[cardinality(fields)]) THEN
        UPDATE @extschema@.product_identity r SET folds = folding WHERE r.name = product_identity_create.name;
    END IF;
EXCEPTION WHEN unique_violation OR check_violation THEN
    GET STACKED DIAGNOSTICS duplicate = PG_EXCEPTION_DETAIL;
    PERFORM @extschema@.product_refuse(SQLSTATE,
        format('stored products violate identity rule "%s": %s', name,
               coalesce(nullif(duplicate, ''), 'a text is empty, or has white space at either end.')),
        'fields', CASE SQLSTATE WHEN '23505' THEN 'taken' ELSE 'format' END);
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_create(text, text[], boolean, text[], text[]) IS
    'Adds an identity rule: fields that no two products of an organization may share, each compared as folds says (product_identity_fold_names). Builds the unique index, '
    'or uses an existing one of the same definition. For a built-in rule, only changes how its fields are compared. Only for the owner of product.';

CREATE FUNCTION @extschema@.product_identity_drop(name text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $$
#variable_conflict use_variable
DECLARE
    rule record;
BEGIN
    IF name IS NULL THEN
        PERFORM @extschema@.product_refuse('null_value_not_allowed', 'the name of an identity rule must not be null', NULL, 'required');
    END IF;
    PERFORM @extschema@.product_identity_owned();
    SELECT * INTO rule FROM @extschema@.product_identity r WHERE r.name = product_identity_drop.name;
    -- If only the row was deleted, its index is left, and dropped here.
    IF NOT FOUND AND NOT EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                                  WHERE i.indrelid = '@extschema@.product'::regclass
                                    AND c.relname = 'product_identity_' || product_identity_drop.name) THEN
        PERFORM @extschema@.product_refuse('invalid_parameter_value', format('identity rule "%s" does not exist', name), 'name', 'enum',
            'Rules that can be dropped: '
            || coalesce((SELECT string_agg(r.name, ', ' ORDER BY r.name) FROM @extschema@.product_identity r WHERE NOT r.is_builtin), 'none'));
    END IF;
    IF rule.is_builtin THEN
        PERFORM @extschema@.product_refuse('invalid_parameter_value',
            format('identity rule "%s" is built in and cannot be dropped', name), 'name', 'read_only');
    END IF;
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', '@extschema@.product', 'product_identity_' || name || '_text');
    EXECUTE format('DROP INDEX IF EXISTS %s.%I', '@extschema@', 'product_identity_' || name);
    DELETE FROM @extschema@.product_identity r WHERE r.name = product_identity_drop.name;
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_drop(text) IS
    'Drops an identity rule that a user added, and its unique index.';

-- pg_dump --schema-only brings the indexes of the rules, and not the rules. The built-in rules cannot be dropped: if one is missing, the rows of the table are. Then the rules are
-- made again from their indexes.
CREATE FUNCTION @extschema@.product_identity_restore() RETURNS SETOF text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- The statement of product_tables_create.
    built_in text := substring(@extschema@.product_tables_sql() FROM 'INSERT INTO [^\n]*[.]product_identity [(][^;]*') || ' ON CONFLICT DO NOTHING RETURNING name';
    lost text[] := '{}';
    rule text;
BEGIN
    FOR rule IN EXECUTE built_in LOOP
        lost := lost || rule;
    END LOOP;
    IF lost = '{}' THEN
        RETURN;
    END IF;
    FOR rule IN
        WITH indexed AS (
            SELECT substr(c.relname, length('product_identity_') + 1) AS name, i.*,
                   -- The columns that the predicate names, in its order.
                   ARRAY(SELECT f FROM unnest(i.fields) f, strpos(p.predicate, format('(%I IS NOT NULL)', f)) place WHERE place > 0 ORDER BY place) AS required,
                   p.predicate AS shown
              FROM @extschema@.product_identity_indexes() i JOIN pg_class c ON c.oid = i.index,
                   LATERAL (SELECT pg_get_expr(i.predicate, '@extschema@.product'::regclass)) p (predicate)
             WHERE starts_with(c.relname, 'product_identity_')
        )
        INSERT INTO @extschema@.product_identity AS r (name, fields, nulls_equal, required_fields, folds)
        SELECT x.name, x.fields, x.nulls_equal, x.required, nullif(x.folds, array_fill('exact'::text, ARRAY[cardinality(x.fields)]))
          FROM indexed x, LATERAL @extschema@.product_identity_predicate(x.required) wanted
         WHERE x.shown IN (wanted, '(' || wanted || ')')
            ON CONFLICT (name) DO UPDATE SET folds = excluded.folds WHERE r.name = ANY (lost) AND r.fields = excluded.fields
        RETURNING r.name
    LOOP
        lost := lost || rule;
    END LOOP;
    RETURN QUERY SELECT DISTINCT format('identity rule %s: new', l) FROM unnest(lost) l ORDER BY 1;
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_restore() IS
    'Internal. Makes the identity rules again if the rows of product_identity are missing; returns which.';

CREATE FUNCTION @extschema@.product_identity_rebuild() RETURNS SETOF text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    rule record;
BEGIN
    FOR rule IN
        SELECT r.name, r.fields, r.nulls_equal, coalesce(r.required_fields, r.fields) AS required, @extschema@.product_identity_folds(to_jsonb(r)) AS folds, r.is_builtin
          FROM @extschema@.product_identity r ORDER BY r.name
    LOOP
        CONTINUE WHEN @extschema@.product_identity_index(rule.fields, rule.nulls_equal, rule.required, rule.folds) IS NOT NULL
                  AND NOT @extschema@.product_identity_lacks_check(rule.name, rule.fields);
        PERFORM @extschema@.product_identity_validate(rule.name, rule.fields, rule.nulls_equal, rule.required, rule.folds);
        -- Another catalogue's rows, in tables that product_tables_create has made: its index is replaced.
        IF rule.is_builtin AND EXISTS (SELECT FROM @extschema@.product_identity_indexes() i JOIN pg_class c ON c.oid = i.index
                                        WHERE c.relname = 'product_identity_' || rule.name AND i.fields = rule.fields AND i.folds <> rule.folds) THEN
            PERFORM @extschema@.product_identity_refold(rule.name, rule.fields, rule.nulls_equal, rule.required, rule.folds);
        ELSE
            PERFORM @extschema@.product_identity_build(rule.name, rule.fields, rule.nulls_equal, rule.required, rule.folds);
        END IF;
        RETURN NEXT format('identity rule %s: index and checks', rule.name);
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_rebuild() IS
    'Internal. Creates missing indexes and checks of identity rules; returns which.';
