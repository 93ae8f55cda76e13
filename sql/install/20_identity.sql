-- An identity rule is one row of product_identity. Storing the row builds what holds it, so a rule without its unique
-- index cannot be: not by INSERT, and not in a restored dump either. (pg_dump carries the rows that users add, but no index
-- or constraint of a table that an extension owns.)

CREATE FUNCTION @extschema@.product_identity_enforce(
    name text, fields text[], nulls_equal boolean, required_fields text[]) RETURNS boolean
LANGUAGE plpgsql
SET search_path = @extschema@, pg_temp
AS $$
DECLARE
    required text[] := coalesce(required_fields, CASE WHEN nulls_equal THEN '{}' ELSE fields END);
    -- Identifiers are 63 bytes: 'product_identity_' || name || '_text'.
    index_name text := 'product_identity_' || name;
    available text[] := ARRAY(
        SELECT a.attname
          FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
         WHERE a.attrelid = 'product'::regclass AND a.attnum > 0 AND NOT a.attisdropped
           AND t.typcategory <> 'A' AND t.typname <> 'jsonb'
           -- Every key begins with the organization; the others change with every update.
           AND a.attname <> ALL ('{organization_id,version,created_at,updated_at}')
         ORDER BY a.attnum);
    wrong text;
    fault text;
    predicate text;
    text_check text;
    existing record;
BEGIN
    IF name !~ '^[a-z][a-z0-9_]{0,39}$' OR name IN ('custom_field', 'pkey') THEN
        fault := format('invalid name of an identity rule: "%s"', name);
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = product_error_detail('name', 'format', fault),
            HINT = 'A name is a lower-case identifier of at most 40 characters; custom_field and pkey are reserved.';
    END IF;
    -- Empty, of several dimensions, or counted from elsewhere than 1.
    IF cardinality(fields) = 0 OR fields <> ARRAY(SELECT unnest(fields)) THEN
        fault := format('identity rule "%s" has no plain list of fields', name);
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = product_error_detail('fields', 'format', fault),
            HINT = 'Valid fields: ' || array_to_string(available, ', ');
    END IF;
    IF (SELECT count(*) > count(DISTINCT f) FROM unnest(fields) f) THEN
        fault := format('identity rule "%s" names a field twice, or a null one', name);
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = product_error_detail('fields', 'format', fault);
    END IF;
    SELECT f INTO wrong FROM unnest(fields) f WHERE f <> ALL (available) LIMIT 1;
    IF FOUND THEN
        fault := format('identity rule "%s" cannot use the field "%s"', name, wrong);
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = product_error_detail('fields', 'enum', fault),
            HINT = 'Valid fields: ' || array_to_string(available, ', ');
    END IF;
    IF nulls_equal AND (cardinality(required) = 0 OR NOT required <@ fields) THEN
        fault := format('identity rule "%s" needs required_fields out of its own fields', name);
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = product_error_detail('required_fields', 'required', fault),
            HINT = 'Where nulls are equal, required_fields says which products the rule is for: '
                   'those that have them. Fields: ' || array_to_string(fields, ', ');
    END IF;
    IF NOT nulls_equal AND NOT (required <@ fields AND fields <@ required) THEN
        fault := format('identity rule "%s" must require all of its fields', name);
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = product_error_detail('required_fields', 'format', fault),
            HINT = 'Leave out required_fields, or let nulls be equal.';
    END IF;

    -- The primary key holds this one.
    IF fields = '{id}' THEN
        RETURN true;
    END IF;

    SELECT string_agg(format('(%I IS NOT NULL)', f), ' AND ' ORDER BY position)
      INTO predicate FROM unnest(required) WITH ORDINALITY u (f, position);

    SELECT ARRAY(SELECT a.attname::text
                   FROM unnest(i.indkey) WITH ORDINALITY k (attnum, position)
                   JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                  ORDER BY k.position) AS fields,
           i.indnullsnotdistinct AS nulls_equal,
           pg_get_expr(i.indpred, i.indrelid) AS predicate
      INTO existing
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = 'product'::regclass AND c.relname = index_name;
    IF FOUND THEN
        IF existing.fields IS DISTINCT FROM array_prepend('organization_id', fields)
           OR existing.nulls_equal IS DISTINCT FROM nulls_equal
           OR existing.predicate NOT IN (predicate, '(' || predicate || ')') THEN
            fault := format('the index of identity rule "%s" has another definition', name);
            RAISE EXCEPTION USING
                ERRCODE = 'object_not_in_prerequisite_state',
                MESSAGE = fault,
                DETAIL = product_error_detail(NULL, 'precondition', fault),
                HINT = 'A rule is not changed: drop it with product_identity_drop and create it again.';
        END IF;
        RETURN true;
    END IF;

    -- Columns that are made to identify have COLLATE "C" and a check of their own. Before the index, since its lock is stronger.
    SELECT string_agg(format('product_identity_text(%I)', a.attname), ' AND ' ORDER BY a.attnum)
      INTO text_check
      FROM pg_attribute a
     WHERE a.attrelid = 'product'::regclass AND a.attname = ANY (fields)
       AND a.atttypid = 'text'::regtype AND a.attcollation <> '"C"'::regcollation;
    IF text_check IS NOT NULL THEN
        EXECUTE format('ALTER TABLE product ADD CONSTRAINT %I CHECK (%s)', index_name || '_text', text_check);
    END IF;
    EXECUTE format('CREATE UNIQUE INDEX %I ON product (organization_id, %s) %s WHERE %s',
                   index_name,
                   (SELECT string_agg(quote_ident(f), ', ' ORDER BY position)
                      FROM unnest(fields) WITH ORDINALITY u (f, position)),
                   CASE WHEN nulls_equal THEN 'NULLS NOT DISTINCT' END,
                   predicate);
    RETURN true;
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_enforce(text, text[], boolean, text[]) IS
    'Holds an identity rule: checks the definition and builds the unique index unless it is there. Called by the check of product_identity.';

CREATE TABLE @extschema@.product_identity (
    name text COLLATE "C" PRIMARY KEY,
    fields text[] NOT NULL,
    nulls_equal boolean NOT NULL DEFAULT false,
    required_fields text[],
    is_builtin boolean NOT NULL DEFAULT false,
    levels jsonb,
    CONSTRAINT product_identity_enforced
        CHECK (@extschema@.product_identity_enforce(name, fields, nulls_equal, required_fields))
);
COMMENT ON TABLE @extschema@.product_identity IS
    'Identity rules: what makes two products of an organization the same. Each has a unique index of the same definition.'
    ' Written by product_identity_create and product_identity_drop: a row that is only deleted leaves its index behind.';
COMMENT ON COLUMN @extschema@.product_identity.fields IS 'Columns of product, in the order of the index, after organization_id.';
COMMENT ON COLUMN @extschema@.product_identity.nulls_equal IS 'A missing value equals another missing one, outside required_fields.';
COMMENT ON COLUMN @extschema@.product_identity.required_fields IS 'The rule is for products that have all of these; null: all of fields.';
COMMENT ON COLUMN @extschema@.product_identity.levels IS
    '[{"name", "fields"}], most general first: what of the rule was new is told as the first level whose fields are.';

-- The rules are built into an index of product, so they are its owner's.
CREATE FUNCTION @extschema@.product_identity_owned() RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = @extschema@, pg_temp
AS $$
BEGIN
    IF NOT (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = 'product'::regclass) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = 'permission denied to change identity rules',
            DETAIL = product_error_detail(NULL, 'permission', 'permission denied to change identity rules'),
            HINT = 'They belong to the owner of the table product.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_owned() IS
    'Raises an error where the caller does not own the identity rules.';

CREATE FUNCTION @extschema@.product_identity_create(
    name text, fields text[], nulls_equal boolean DEFAULT false, required_fields text[] DEFAULT NULL) RETURNS void
LANGUAGE plpgsql
SET search_path = @extschema@, pg_temp
AS $$
DECLARE
    fault text;
    duplicate text;
BEGIN
    IF name IS NULL OR fields IS NULL OR nulls_equal IS NULL THEN
        fault := 'name, fields and nulls_equal of an identity rule cannot be null';
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = fault,
            DETAIL = product_error_detail(NULL, 'required', fault);
    END IF;
    IF EXISTS (SELECT FROM product_identity r WHERE r.name = product_identity_create.name) THEN
        fault := format('identity rule "%s" already exists', name);
        RAISE EXCEPTION USING
            ERRCODE = 'duplicate_object',
            MESSAGE = fault,
            DETAIL = product_error_detail('name', 'taken', fault);
    END IF;
    PERFORM product_identity_owned();
    INSERT INTO product_identity (name, fields, nulls_equal, required_fields)
    VALUES (name, fields, nulls_equal, coalesce(required_fields, CASE WHEN nulls_equal THEN '{}' ELSE fields END));
EXCEPTION WHEN unique_violation OR check_violation THEN
    GET STACKED DIAGNOSTICS duplicate = PG_EXCEPTION_DETAIL;
    fault := format('products that are stored break identity rule "%s": %s', name,
                    coalesce(nullif(duplicate, ''), 'a text is empty, or has white space at either end.'));
    RAISE EXCEPTION USING
        ERRCODE = SQLSTATE,
        MESSAGE = fault,
        DETAIL = product_error_detail('fields', CASE SQLSTATE WHEN '23505' THEN 'taken' ELSE 'format' END, fault);
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_create(text, text[], boolean, text[]) IS
    'Adds an identity rule: fields that no two products of an organization may share. Builds the unique index; the owner of product only.';

CREATE FUNCTION @extschema@.product_identity_drop(name text) RETURNS void
LANGUAGE plpgsql
SET search_path = @extschema@, pg_temp
SET client_min_messages = warning
AS $$
DECLARE
    rule product_identity;
    fault text;
BEGIN
    IF name IS NULL THEN
        fault := 'the name of an identity rule cannot be null';
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = fault,
            DETAIL = product_error_detail(NULL, 'required', fault);
    END IF;
    PERFORM product_identity_owned();
    SELECT * INTO rule FROM product_identity r WHERE r.name = product_identity_drop.name;
    -- Of a row that was only deleted the index is left, and dropped here.
    IF NOT FOUND AND NOT EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                                  WHERE i.indrelid = 'product'::regclass
                                    AND c.relname = 'product_identity_' || product_identity_drop.name) THEN
        fault := format('identity rule "%s" does not exist', name);
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = product_error_detail('name', 'enum', fault),
            HINT = 'Rules that can be dropped: '
                   || coalesce((SELECT string_agg(r.name, ', ' ORDER BY r.name) FROM product_identity r WHERE NOT r.is_builtin),
                               'none');
    END IF;
    IF rule.is_builtin THEN
        fault := format('identity rule "%s" is built in and cannot be dropped', name);
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = fault,
            DETAIL = product_error_detail('name', 'read_only', fault);
    END IF;
    EXECUTE format('ALTER TABLE product DROP CONSTRAINT IF EXISTS %I', 'product_identity_' || name || '_text');
    EXECUTE format('DROP INDEX IF EXISTS %I', 'product_identity_' || name);
    DELETE FROM product_identity r WHERE r.name = product_identity_drop.name;
END
$$;
COMMENT ON FUNCTION @extschema@.product_identity_drop(text) IS
    'Drops an identity rule that a user added, and its unique index.';

SELECT @extschema@.product_identity_create('id', '{id}');
SELECT @extschema@.product_identity_create('uuid', '{uuid}');
SELECT @extschema@.product_identity_create('external_id', '{external_id}');
SELECT @extschema@.product_identity_create('reference', '{reference}');
SELECT @extschema@.product_identity_create('handle', '{handle}');
SELECT @extschema@.product_identity_create('number', '{number}');
SELECT @extschema@.product_identity_create('natural', '{manufacturer,brand,name,size,size_unit}', true, '{manufacturer}');
UPDATE @extschema@.product_identity SET levels = '[
    {"name": "manufacturer", "fields": ["manufacturer"]},
    {"name": "brand", "fields": ["manufacturer", "brand"]},
    {"name": "name", "fields": ["manufacturer", "brand", "name"]},
    {"name": "size", "fields": ["manufacturer", "brand", "size", "size_unit"]},
    {"name": "combination", "fields": ["manufacturer", "brand", "name", "size", "size_unit"]}]'
 WHERE name = 'natural';
