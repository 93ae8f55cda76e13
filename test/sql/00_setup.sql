-- The extension that all other tests use, and what they share. One database, one test after the other.
CREATE EXTENSION product_upsert;
SELECT product_tables_create() IS NOT NULL AS made;

-- Parallel plans and autovacuum change nothing that is printed; they only make runs slower.
ALTER DATABASE :"DBNAME" SET max_parallel_workers_per_gather = 0;

CREATE SCHEMA test;

-- Every test begins with it: no products, ids from 1.
CREATE FUNCTION test.clean() RETURNS void LANGUAGE plpgsql SET client_min_messages = error AS $$
BEGIN
    TRUNCATE product, product_category, product_organization, product_custom_field, product_feature, product_family, product_billing_entity,
             product_tax_group, product_unit, product_measurement, product_cost_centre, product_integration RESTART IDENTITY CASCADE;
END
$$;

-- Errors in short, in the order they are told: field:code(constraint)@position, or only :code for the document as a whole. What refers
-- to a partitioned table has a second name for the key, whose number the versions of PostgreSQL write in two ways.
CREATE FUNCTION test.short(errors jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(coalesce(e ->> 'field', '') || ':' || (e ->> 'code') || coalesce('(' || regexp_replace(e ->> 'constraint', '_fkey_?\d+$', '_fkey') || ')', '') || coalesce('@' || (e ->> 'position'), ''),
                      ' ' ORDER BY (e ->> 'position')::int, e ->> 'field', e ->> 'code')
      FROM jsonb_array_elements(errors) e
$$;

-- Runs a statement. 'ok' or the answer's first column; else the SQLSTATE and what the DETAIL holds (C3).
CREATE FUNCTION test.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    detail text;
BEGIN
    EXECUTE statement INTO answer;
    RETURN coalesce(answer, 'ok');
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    IF detail LIKE '{"errors"%' THEN
        RETURN SQLSTATE || ' ' || test.short(detail::jsonb -> 'errors');
    END IF;
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;

-- The same with everything a caller is told.
CREATE FUNCTION test.error(statement text, OUT state text, OUT message text, OUT hint text, OUT errors jsonb)
LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE statement;
    state := '00000';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT,
                            detail = PG_EXCEPTION_DETAIL;
    BEGIN
        errors := detail::jsonb -> 'errors';
    EXCEPTION WHEN invalid_text_representation THEN
    END;
END
$$;

-- What becomes of one document, through the single call, the bulk call and the row call, each undone again. The three
-- must agree, and the table with them; the answer is the row call's: status, what decided, changed fields, or errors.
CREATE FUNCTION test.ways(document jsonb, profile text DEFAULT 'vending', options text DEFAULT '')
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    arguments text := format('profile => %L %s', profile, options);
    products bigint;
    versions bigint;
    statement text;
    told text;
    outcome text;
    outcomes text[] := '{}';
BEGIN
    FOREACH statement IN ARRAY ARRAY[
        format('SELECT NULL FROM product_upsert(%L, %s)', document, arguments),
        format('SELECT NULL FROM product_upsert_bulk(%L, %s)', jsonb_build_array(document), arguments),
        format($q$SELECT concat_ws(' ', status, 'by ' || decided_by, array_to_string(changed, ','))
                    FROM product_upsert_rows(%L, %s)$q$, jsonb_build_array(document), arguments)]
    LOOP
        BEGIN
            SELECT count(*), coalesce(sum(version), 0) INTO products, versions FROM product;
            EXECUTE statement INTO told;
            SELECT CASE WHEN count(*) = products + 1 THEN 'created'
                        WHEN count(*) = products AND sum(version) = versions + 1 THEN 'updated'
                        WHEN count(*) = products AND coalesce(sum(version), 0) = versions THEN 'unchanged'
                        ELSE 'several products written' END
              INTO outcome FROM product;
            RAISE EXCEPTION USING ERRCODE = 'TS000';
        EXCEPTION
            WHEN SQLSTATE 'TS000' THEN NULL;
            WHEN OTHERS THEN
                outcome := test.try(statement);
                told := outcome;
        END;
        outcomes := outcomes || outcome;
    END LOOP;
    IF outcomes[1] = outcomes[3] AND outcomes[2] = outcomes[3] AND starts_with(told, outcomes[3])
       OR outcomes[2] = told AND replace(outcomes[2], '@1', '') = outcomes[1] AND outcomes[2] LIKE '%@1' THEN
        RETURN replace(told, '@1', '');
    END IF;
    RETURN 'DISAGREE ' || outcomes::text || ' ' || coalesce(told, 'null');
END
$$;

-- The products of the table in short, without what is volatile.
CREATE FUNCTION test.products(columns text DEFAULT 'name') RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT concat_ws('' | '', %s)::text FROM product ORDER BY organization_id, id', columns);
END
$$;

-- Changes when anything in the table is written, be it with the same values.
CREATE FUNCTION test.state() RETURNS text LANGUAGE sql AS $$
    SELECT md5(coalesce(string_agg(concat_ws(':', p.ctid, p.xmin, p), ',' ORDER BY organization_id, id), '')) FROM product p
$$;

-- A request's answer in one line, with times and random uuids masked; headers that let everything in unless given.
CREATE FUNCTION test.ask(profile text, method text, path text, body jsonb DEFAULT NULL, parameters jsonb DEFAULT '{}',
                         headers jsonb DEFAULT '{"Authorization": "Bearer t", "X-Api-Key": "k", "company": "1", "version": "1"}')
RETURNS text LANGUAGE sql AS $$
    SELECT r.status || ' ' || regexp_replace(regexp_replace(r.body::text,
               '\d{4}-\d\d-\d\dT[\d:.]+(Z|[-+][\d:]+)', '<time>', 'g'),
               '"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"', '"<uuid>"', 'g')
      FROM product_request(profile, method, path, body, parameters, headers) r
$$;
