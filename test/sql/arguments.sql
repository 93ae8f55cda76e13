-- The table of arguments in C++ (src/pg/functions/arguments.hpp) against what sql/install makes of it.
\set VERBOSITY terse
SELECT probin AS library FROM pg_proc WHERE proname = 'product_get' \gset
CREATE FUNCTION test.arguments() RETURNS TABLE (symbol text, place int, name text, type text, fallback text) LANGUAGE C AS :'library', 'product_arguments';

-- What the database has. Each function that takes a text is there for json too.
CREATE VIEW test.declared AS
    SELECT p.oid, p.prosrc AS symbol, n::int AS place, p.proargnames[n] AS name,
           CASE t WHEN 'json' THEN 'text' ELSE t END AS type,
           regexp_replace(pg_get_function_arg_default(p.oid, n::int), '::[a-z]+$', '') AS fallback
      FROM pg_proc p, unnest(p.proargtypes) WITH ORDINALITY AS a (oid, n), format_type(a.oid, NULL) t
     WHERE p.probin = :'library' AND p.pronamespace = 'public'::regnamespace;

\echo arguments_are_the_same_in_cxx_and_in_sql
SELECT count(DISTINCT symbol) AS symbols, count(*) AS arguments FROM test.arguments();
SELECT symbol, place, a.name AS in_cxx, a.type, a.fallback, d.name AS in_sql, d.type, d.fallback
  FROM (SELECT * FROM test.arguments() JOIN (SELECT DISTINCT symbol, oid FROM test.declared) f USING (symbol)) a
  FULL JOIN (SELECT * FROM test.declared WHERE symbol IN (SELECT symbol FROM test.arguments())) d USING (oid, symbol, place)
 WHERE (a.name, a.type, a.fallback) IS DISTINCT FROM (d.name, d.type, d.fallback)
 ORDER BY 1, 2;

\echo arguments_of_the_other_functions_in_c_are_no_options
SELECT DISTINCT d.symbol, string_agg(d.name || ' ' || d.type, ', ' ORDER BY d.place) AS arguments
  FROM test.declared d
 WHERE d.symbol NOT IN (SELECT symbol FROM test.arguments()) GROUP BY d.oid, d.symbol ORDER BY 1;

\echo arguments_of_functions_in_sql_are_of_the_same_types_and_where_the_defaults_differ_that_is_meant
SELECT p.proname AS function, o.name, o.type, o.fallback, format_type(t.oid, NULL) AS their_type,
       regexp_replace(pg_get_function_arg_default(p.oid, n::int), '::[a-z]+$', '') AS their_fallback
  FROM pg_proc p, unnest(p.proargtypes) WITH ORDINALITY AS t (oid, n),
       (SELECT DISTINCT name, type, fallback FROM test.arguments() WHERE symbol = 'product_upsert_from') o
 WHERE p.pronamespace = 'public'::regnamespace AND p.probin IS NULL AND p.proname IN ('product_import', 'product_retire')
   AND p.proargnames[n] = o.name
   AND (o.type, o.fallback) IS DISTINCT FROM (format_type(t.oid, NULL), regexp_replace(pg_get_function_arg_default(p.oid, n::int), '::[a-z]+$', ''))
 ORDER BY 1, 2;
DROP VIEW test.declared;
DROP FUNCTION test.arguments();
