-- psql: psql -XqAt -f psql.sql. Variables are quoted by :'name'.
\set document '{"external_id": "C-1", "name": "Espresso beans", "price": 12.90}'
\set documents '[{"external_id": "C-1", "name": "Espresso beans", "price": 12.90}, {"external_id": "C-2", "name": "Filter papers", "price": 3.50}, {"external_id": "C-3", "price": "cheap"}]'

-- One document.
SELECT p -> 'id' AS id, p ->> 'name' AS name, p -> 'price' AS price FROM product_upsert(:'document', 'external_id') p \gset
\echo upsert: product :id is :name at :price

-- Many, and what became of each.
SELECT format('bulk: %s %s', position, status)
       || coalesce(': ' || (SELECT string_agg(format('%s %s', e ->> 'field', e ->> 'code'), ', ') FROM jsonb_array_elements(errors) e), '')
  FROM product_upsert_rows(:'documents', on_error => 'skip');

-- Where all or nothing is written, the same errors stand in the DETAIL of the one that is raised. psql shows it; PL/pgSQL can read it.
CREATE FUNCTION pg_temp.refused(documents jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    PERFORM product_upsert_bulk(documents);
    RETURN NULL;
EXCEPTION WHEN invalid_parameter_value THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN SQLSTATE || ': ' || (SELECT string_agg(format('%s %s', e ->> 'field', e ->> 'code'), ', ') FROM jsonb_array_elements(detail::jsonb -> 'errors') e);
END $$;
SELECT 'error: ' || pg_temp.refused('[{"external_id": "C-3", "price": "cheap"}]');

-- Decimals are exact as they are.
SELECT 'exact: ' || (product_upsert('{"external_id": "C-2", "price": 12345678901234567890.123456789}') ->> 'price');

-- A COPY into a table with the trigger is a bulk call. Quote and delimiter are two characters that JSON cannot have, so each line is taken
-- as it is.
\copy feed (document) from pstdin (format csv, quote e'\x01', delimiter e'\x02')
SELECT format('feed: %s at %s', name, price) FROM product WHERE external_id = 'C-4';
