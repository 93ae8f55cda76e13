-- Summarizes the outcome of a call's documents in one value.

CREATE FUNCTION @extschema@.product_summary_add(summary jsonb, status text, changed text[], errors jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    path pg_catalog.text[];
BEGIN
    -- What an outer join has put in place of a document is none.
    IF status IS NULL THEN
        RETURN summary;
    END IF;
    -- A single function: setting the search_path for every row would cost more than the rest.
    FOREACH path SLICE 1 IN ARRAY ARRAY[ARRAY['documents', NULL], ARRAY['statuses', status]]
                 OPERATOR(pg_catalog.||) coalesce((SELECT pg_catalog.array_agg(ARRAY['changed', f]) FROM pg_catalog.unnest(changed) f), '{}')
                 OPERATOR(pg_catalog.||) CASE WHEN status OPERATOR(pg_catalog.=) 'rejected' THEN @extschema@.product_summary_rejects(errors)
                                              WHEN errors OPERATOR(pg_catalog.@>) '[{"code": "held_back"}]' THEN @extschema@.product_summary_held(errors) ELSE '{}' END
    LOOP
        path := pg_catalog.array_remove(path, NULL);
        summary := pg_catalog.jsonb_set(summary, path, pg_catalog.to_jsonb(coalesce((summary OPERATOR(pg_catalog.#>>) path)::bigint, 0) OPERATOR(pg_catalog.+) 1));
    END LOOP;
    RETURN summary;
END
$$;
COMMENT ON FUNCTION @extschema@.product_summary_add(jsonb, text, text[], jsonb) IS
    'Internal. Transition function of product_summary: counts a row of an answer.';

-- Each field and code is counted once for a document, even if it occurs in several of its variants or images.
-- recipe: error
CREATE FUNCTION @extschema@.product_summary_rejects(errors jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(DISTINCT ARRAY['rejects', coalesce(regexp_replace(e ->> 'field', '\.\d+(?=\.|$)', '.*', 'g'), '') || ' ' || (e ->> 'code')]),
                    '{}')
      FROM jsonb_array_elements(errors) e
$$;
COMMENT ON FUNCTION @extschema@.product_summary_rejects(jsonb) IS
    'Internal. The fields and codes of a reject, for product_summary.';

CREATE FUNCTION @extschema@.product_summary_held(errors jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(DISTINCT ARRAY['held_back', jsonb_build_array(e ->> 'field', e ->> 'source')::text]), '{}')
      FROM jsonb_array_elements(errors) e WHERE e ->> 'code' = 'held_back'
$$;
COMMENT ON FUNCTION @extschema@.product_summary_held(jsonb) IS
    'Internal. The fields that other sources hold back, for product_summary.';

CREATE FUNCTION @extschema@.product_summary_end(summary jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_build_object('documents', summary -> 'documents') || (summary -> 'statuses')
           || coalesce((SELECT jsonb_build_object('changed', jsonb_agg(jsonb_build_object('field', c.key, 'documents', c.value) ORDER BY c.value::bigint DESC, c.key))
                          FROM jsonb_each(summary -> 'changed') c HAVING count(*) > 0), '{}')
           || coalesce((SELECT jsonb_build_object('rejects', jsonb_agg(jsonb_build_object(
                                   'field', nullif(regexp_replace(r.key, ' [^ ]*$', ''), ''), 'code', regexp_replace(r.key, '^.* ', ''), 'documents', r.value)
                                   ORDER BY r.value::bigint DESC, r.key))
                          FROM jsonb_each(summary -> 'rejects') r HAVING count(*) > 0), '{}')
           || coalesce((SELECT jsonb_build_object('held_back', jsonb_agg(jsonb_build_object(
                                   'field', h.key::jsonb -> 0, 'source', h.key::jsonb -> 1, 'documents', h.value) ORDER BY h.value::bigint DESC, h.key))
                          FROM jsonb_each(summary -> 'held_back') h HAVING count(*) > 0), '{}')
$$;
COMMENT ON FUNCTION @extschema@.product_summary_end(jsonb) IS
    'Internal. Final function of product_summary.';

-- recipe: view
CREATE AGGREGATE @extschema@.product_summary(status text, changed text[], errors jsonb) (
    SFUNC = @extschema@.product_summary_add,
    STYPE = jsonb,
    INITCOND = '{"documents": 0, "statuses": {"created": 0, "updated": 0, "unchanged": 0, "rejected": 0}, "changed": {}, "rejects": {}, "held_back": {}}',
    FINALFUNC = @extschema@.product_summary_end
);
COMMENT ON AGGREGATE @extschema@.product_summary(text, text[], jsonb) IS
    'Summarizes the rows of a call''s answer: the number of documents by status, the changed fields, the reasons of rejects, and the fields that other sources held back, '
    'the most frequent first.';
