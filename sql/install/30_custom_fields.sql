CREATE FUNCTION @extschema@.product_custom_field_check(namespace text, reference text, type text, enum_values text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    text_fault text := 'must not be empty, nor begin or end with white space or invisible characters, nor contain control characters';
    faults jsonb;
    told text;
BEGIN
    SELECT jsonb_agg(jsonb_build_object('field', f.field, 'code', f.code, 'message', f.message) ORDER BY f.place),
           string_agg(f.field || ' ' || f.message, '; ' ORDER BY f.place)
      INTO faults, told
      FROM (VALUES
            (1, 'namespace', 'format', text_fault, @extschema@.product_identity_text(namespace)),
            (2, 'reference', 'format', text_fault, @extschema@.product_identity_text(reference)),
            (3, 'type', 'enum', format('must be one of text, number, boolean, date, enum, list, not %s', to_json(left(type, 100))),
             type IN ('text', 'number', 'boolean', 'date', 'enum', 'list')),
            (4, 'enum_values', 'required', 'must hold the values that an enum may take', type <> 'enum' OR cardinality(enum_values) > 0),
            (5, 'enum_values', 'type', 'must not hold null', array_position(enum_values, NULL) IS NULL))
           f (place, field, code, message, fits)
     WHERE NOT coalesce(f.fits, f.place <> 4);
    IF faults IS NULL THEN
        RETURN true;
    END IF;
    PERFORM @extschema@.product_raise('invalid_parameter_value',
        format('custom field %s: %s', to_json(left(coalesce(namespace || '.', '') || reference, 100)), told),
        @extschema@.product_error_list_detail(faults), NULL);
END
$$;
COMMENT ON FUNCTION @extschema@.product_custom_field_check(text, text, text, text[]) IS
    'Internal. True if the definition of a custom field is valid; otherwise raises an error that lists all faults.';

-- Sessions that write values have read product_custom_field_use, and so hold a lock on it until their transaction ends. This waits for all of them, and later ones read the new
-- state.
CREATE FUNCTION @extschema@.product_custom_field_seize(
    field text, organization_id bigint,
    OUT organization bigint, OUT id bigint, OUT key text, OUT type text, OUT multiple_values boolean, OUT unique_value boolean, OUT is_identifier boolean)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM @extschema@.product_tables_check();
    IF field IS NULL OR organization_id IS NULL THEN
        PERFORM @extschema@.product_refuse('null_value_not_allowed', 'field and organization_id must not be null', NULL, 'required');
    END IF;
    -- A snapshot from before the lock does not show the values that were written until then.
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        PERFORM @extschema@.product_refuse('active_sql_transaction',
            format('custom fields cannot be indexed or released at isolation level %s', current_setting('transaction_isolation')), NULL, 'precondition',
            'Use a transaction at READ COMMITTED.');
    END IF;
    BEGIN
        LOCK TABLE @extschema@.product_custom_field_use IN ACCESS EXCLUSIVE MODE;
    EXCEPTION WHEN insufficient_privilege THEN
        PERFORM @extschema@.product_refuse('42501', 'permission denied to change custom fields', NULL, 'permission', 'Only the owner of the tables may do this.');
    END;
    SELECT f.organization_id, f.id, f.key, f.type, f.multiple_values, f.unique_value, f.is_identifier
      INTO organization, id, key, type, multiple_values, unique_value, is_identifier
      FROM @extschema@.product_custom_field f
     WHERE f.organization_id = product_custom_field_seize.organization_id AND f.key = product_custom_field_seize.field
       FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM @extschema@.product_refuse('no_data_found', format('organization %s has no custom field "%s"', organization_id, field), 'field', 'not_found',
            'Custom fields: ' || coalesce(
                (SELECT string_agg(f.key, ', ' ORDER BY f.key) FROM @extschema@.product_custom_field f
                  WHERE f.organization_id = product_custom_field_seize.organization_id), 'none'));
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.product_custom_field_seize(text, bigint) IS
    'Internal. Locks a custom field against all who write values of it, until the transaction ends.';

-- One row for each value, and for each item of a list. `fits`: whether it fits the definition. In PL/pgSQL, since Citus cannot plan parameters of SQL functions.
CREATE FUNCTION @extschema@.product_custom_field_values(organization_id bigint, key text, type text, multiple_values boolean)
RETURNS TABLE (product_id bigint, value text, fits boolean)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT p.id,
           CASE jsonb_typeof(e.one) WHEN 'number' THEN trim_scale((e.one #>> '{}')::numeric)::text ELSE e.one #>> '{}' END,
           (v.sort = 'array') = (product_custom_field_values.multiple_values OR product_custom_field_values.type = 'list')
           AND CASE product_custom_field_values.type
                   WHEN 'number' THEN CASE jsonb_typeof(e.one) WHEN 'number' THEN length(trim_scale((e.one #>> '{}')::numeric)::text) <= 2500 END
                   WHEN 'boolean' THEN jsonb_typeof(e.one) = 'boolean'
                   -- The maximum length of an identifier.
                   ELSE jsonb_typeof(e.one) = 'string' AND @extschema@.product_identity_text(e.one #>> '{}') AND octet_length(e.one #>> '{}') <= 2500
               END
      FROM @extschema@.product p,
           -- OFFSET 0: taken out of the product once, not again for each item of a list.
           LATERAL (SELECT h.held, jsonb_typeof(h.held) AS sort FROM (SELECT p.custom_fields -> product_custom_field_values.key OFFSET 0) h (held) OFFSET 0) v,
           LATERAL jsonb_array_elements(CASE WHEN v.sort = 'array' THEN v.held ELSE jsonb_build_array(v.held) END) e (one)
     WHERE p.organization_id = product_custom_field_values.organization_id AND v.sort <> 'null';
END
$$;
COMMENT ON FUNCTION @extschema@.product_custom_field_values(bigint, text, text, boolean) IS
    'Internal. The values that products have in a custom field, in the form of product_custom_value.';

CREATE FUNCTION @extschema@.product_custom_field_index(
    field text, unique_value boolean DEFAULT NULL, is_identifier boolean DEFAULT NULL, organization_id bigint DEFAULT 1) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    f record := @extschema@.product_custom_field_seize(field, organization_id);
    path text := 'custom_fields.' || f.key;
    message text;
    errors jsonb;
    held text[];
    holders bigint[];
    indexed bigint := 0;
BEGIN
    f.unique_value := coalesce(product_custom_field_index.unique_value, f.unique_value);
    f.is_identifier := coalesce(product_custom_field_index.is_identifier, f.is_identifier);

    IF f.unique_value OR f.is_identifier THEN
        SELECT jsonb_agg(jsonb_build_object('field', path, 'code', 'type', 'message', w.message, 'id', w.product_id) ORDER BY w.product_id),
               min(w.message) FILTER (WHERE w.first)
          INTO errors, message
          FROM (SELECT v.product_id, format('cannot be indexed: product %s has %s, which cannot identify as %s',
                           v.product_id, to_jsonb(left(v.value, 100)), f.type) AS message,
                       row_number() OVER (ORDER BY v.product_id) = 1 AS first
                  FROM @extschema@.product_custom_field_values(f.organization, f.key, f.type, f.multiple_values) v
                 WHERE v.fits IS NOT TRUE ORDER BY v.product_id LIMIT 100) w;
        IF errors IS NOT NULL THEN
            PERFORM @extschema@.product_raise('invalid_parameter_value', format('custom field "%s" %s', f.key, message),
                                              @extschema@.product_error_list_detail(errors), NULL);
        END IF;
    END IF;
    IF f.unique_value THEN
        SELECT jsonb_agg(jsonb_build_object('field', path, 'code', 'taken', 'message', w.message, 'ids', w.ids) ORDER BY w.value),
               min(w.message) FILTER (WHERE w.first)
          INTO errors, message
          FROM (SELECT v.value, to_jsonb((array_agg(DISTINCT v.product_id))[1:100]) AS ids,
                       format('cannot be unique: products %s have %s',
                              array_to_string((array_agg(DISTINCT v.product_id))[1:100], ', '), to_jsonb(left(v.value, 100))) AS message,
                       row_number() OVER (ORDER BY v.value) = 1 AS first
                  FROM @extschema@.product_custom_field_values(f.organization, f.key, f.type, f.multiple_values) v
                 GROUP BY v.value HAVING count(DISTINCT v.product_id) > 1 ORDER BY v.value LIMIT 100) w;
        IF errors IS NOT NULL THEN
            PERFORM @extschema@.product_raise('unique_violation', format('custom field "%s" %s', f.key, message),
                                              @extschema@.product_error_list_detail(errors), NULL);
        END IF;
    END IF;

    DELETE FROM @extschema@.product_custom_field_use u
     WHERE u.organization_id = f.organization AND u.custom_field_id = f.id;
    DELETE FROM @extschema@.product_custom_value v
     WHERE v.organization_id = f.organization AND v.custom_field_id = f.id;
    UPDATE @extschema@.product_custom_field d SET unique_value = f.unique_value, is_identifier = f.is_identifier
     WHERE d.organization_id = f.organization AND d.id = f.id
       AND (d.unique_value, d.is_identifier) <> (f.unique_value, f.is_identifier);
    IF f.unique_value OR f.is_identifier THEN
        -- Two statements, with arrays between them: Citus cannot plan an INSERT that reads a table through a function.
        SELECT array_agg(v.value), array_agg(v.product_id) INTO held, holders
          FROM (SELECT DISTINCT w.value, w.product_id
                  FROM @extschema@.product_custom_field_values(f.organization, f.key, f.type, f.multiple_values) w) v;
        INSERT INTO @extschema@.product_custom_value (organization_id, custom_field_id, value, product_id, is_unique)
        SELECT f.organization, f.id, unnest(held), unnest(holders), f.unique_value;
        GET DIAGNOSTICS indexed = ROW_COUNT;
    END IF;
    IF EXISTS (SELECT FROM @extschema@.product p
                WHERE p.organization_id = f.organization AND jsonb_typeof(p.custom_fields -> f.key) <> 'null') THEN
        INSERT INTO @extschema@.product_custom_field_use (
            organization_id, custom_field_id, key, type, multiple_values, unique_value, is_identifier)
        VALUES (f.organization, f.id, f.key, f.type, f.multiple_values, f.unique_value, f.is_identifier);
    END IF;
    RETURN indexed;
END
$$;
COMMENT ON FUNCTION @extschema@.product_custom_field_index(text, boolean, boolean, bigint) IS
    'Sets the flags of a custom field, in use or not, and indexes the values that products have; returns how many. Refuses a value that two products share if values are '
    'to be unique.';

CREATE FUNCTION @extschema@.product_custom_field_release(field text, organization_id bigint DEFAULT 1) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    f record := @extschema@.product_custom_field_seize(field, organization_id);
    holder bigint;
BEGIN
    SELECT p.id INTO holder FROM @extschema@.product p
     WHERE p.organization_id = f.organization AND jsonb_typeof(p.custom_fields -> f.key) <> 'null' LIMIT 1;
    IF FOUND THEN
        PERFORM @extschema@.product_refuse('object_in_use', format('custom field "%s" is in use: product %s has a value', f.key, holder), 'field', 'precondition',
            'Remove the values first.');
    END IF;
    DELETE FROM @extschema@.product_custom_value v
     WHERE v.organization_id = f.organization AND v.custom_field_id = f.id;
    DELETE FROM @extschema@.product_custom_field_use u
     WHERE u.organization_id = f.organization AND u.custom_field_id = f.id;
END
$$;
COMMENT ON FUNCTION @extschema@.product_custom_field_release(text, bigint) IS
    'Allows a custom field of which no product has a value to be changed or deleted again.';
