-- Which source has written which field of a product (field_sources; precedence of profiles).

CREATE FUNCTION @extschema@.product_release(id bigint, fields text[] DEFAULT NULL, organization_id bigint DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    organization bigint;
    marks jsonb;
    released jsonb;
    unknown text;
BEGIN
    PERFORM @extschema@.product_tables_check();
    IF NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = '@extschema@.product'::regclass AND a.attname = 'field_sources' AND NOT a.attisdropped) THEN
        PERFORM @extschema@.product_refuse('55000', 'sources of fields need the catalogue''s tables of version 4', NULL, 'precondition', 'SELECT product_tables_upgrade();');
    ELSIF id IS NULL THEN
        PERFORM @extschema@.product_refuse('22004', 'id must not be null', 'id', 'required');
    END IF;
    organization := @extschema@.product_call_organization(product_release.organization_id);
    SELECT p.field_sources INTO marks FROM @extschema@.product p WHERE p.organization_id = organization AND p.id = product_release.id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM @extschema@.product_refuse('P0002', format('there is no product %s', id), 'id', 'not_found');
    END IF;
    marks := CASE WHEN jsonb_typeof(marks) = 'object' THEN marks ELSE '{}' END;
    SELECT f INTO unknown FROM unnest(fields) f
     WHERE f IS NULL OR NOT marks ? f AND f <> ALL ('{*,product_variant,product_feature_link,product_family_link}')
           AND NOT EXISTS (SELECT FROM pg_attribute a
                            WHERE a.attrelid = '@extschema@.product'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname IN (f, split_part(f, '.', 1)))
     LIMIT 1;
    IF FOUND THEN
        PERFORM @extschema@.product_refuse('22023', format('product has no field "%s"', unknown), 'fields', 'unknown_field',
            'A field is named as in field_sources: by its column, by column.member, or by the table of its rows; * is what the source that created the product holds.');
    END IF;
    -- Fields written by the source that created the product need no mark of their own: a null says that no source holds the field.
    SELECT jsonb_strip_nulls(coalesce(jsonb_object_agg(f.name, coalesce(marks -> f.name, marks -> '*')), '{}')) INTO released
      FROM unnest(coalesce(fields, ARRAY(SELECT jsonb_object_keys(marks)))) f (name);
    IF released <> '{}' THEN
        marks := marks - ARRAY(SELECT jsonb_object_keys(released));
        IF fields IS NOT NULL AND marks ? '*' THEN
            marks := marks || (SELECT jsonb_object_agg(r, NULL::text) FROM jsonb_object_keys(released) r);
        ELSE
            marks := jsonb_strip_nulls(marks);
        END IF;
        UPDATE @extschema@.product p SET field_sources = nullif(marks, '{}') WHERE p.organization_id = organization AND p.id = product_release.id;
    END IF;
    RETURN released;
END
$$;
COMMENT ON FUNCTION @extschema@.product_release(bigint, text[], bigint) IS
    'Forgets which source has written the fields of a product, or the named ones, so that any source may write them. Returns what was forgotten.';
