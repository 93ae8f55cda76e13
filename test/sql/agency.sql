-- The agency contract through the functions: rules 49 and 51 to 57. What comes in headers (50) is a call over HTTP.
\set VERBOSITY terse
SELECT test.clean();
SET product_upsert.profile = 'agency';
\set payload '{"name": "Premium Software License", "description": "Annual license for premium software features", "available_from": "2024-01-01", "available_to": "2024-12-31", "external_cost": 100.5, "markup": 20, "price": 120.6}'

\echo agency_55_the_documentations_own_example_field_by_field
CREATE TABLE test.answer AS SELECT product_upsert(:'payload', mode => 'create') AS answer;
SELECT key, value FROM test.answer, jsonb_each(answer) WHERE key NOT IN ('id', 'created_at', 'updated_at');
SELECT key AS differs FROM test.answer, jsonb_each(:'payload') p WHERE answer -> key IS DISTINCT FROM p.value OR (answer -> key)::text <> p.value::text;
\echo agency_55_id_of_at_least_1_timestamps_in_utc_with_milliseconds
SELECT (answer ->> 'id')::bigint >= 1 AS id, answer ->> 'created_at' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$' AS created_at, answer ->> 'updated_at' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$' AS updated_at,
       (answer ->> 'created_at')::timestamptz = date_trunc('milliseconds', p.created_at) AS the_stored_one
  FROM test.answer, product p WHERE p.id = (answer ->> 'id')::bigint;
UPDATE product SET created_at = '2025-11-27 15:33:51.319999+00', updated_at = '2025-11-27 15:33:51+00';
SELECT product_get(id) -> 'created_at' AS cut_not_rounded, product_get(id) -> 'updated_at' AS always_three FROM product;
SELECT array_agg(k ORDER BY k COLLATE "C") AS fields FROM test.answer, jsonb_object_keys(answer) k;
SELECT product_upsert_bulk(format('[%s]', :'payload')::jsonb, mode => 'create') -> 0 -> 'price' AS bulk;

\echo agency_49_always_creates_names_are_not_unique
SELECT product_upsert('{"name": "Twice"}', mode => 'create') -> 'id' <> product_upsert('{"name": "Twice"}', mode => 'create') -> 'id' AS two_products;
SELECT position, status FROM product_upsert_rows('[{"name": "Twice"}, {"name": "Twice"}]', mode => 'create');
SELECT count(*) FROM product WHERE name = 'Twice';

\echo agency_51_name_and_description
SELECT field, length, test.ways(jsonb_build_object('name', 'x') || jsonb_build_object(field, repeat('ø', length)), 'agency', ', mode => ''create''') AS outcome
  FROM unnest('{name,description}'::text[]) field, unnest('{0,1,50,51}'::int[]) length ORDER BY 1 DESC, 2;
SELECT test.ways('{}', 'agency', ', mode => ''create''') AS name_missing, test.ways('{"name": null, "description": null}', 'agency', ', mode => ''create''') AS nulls, test.ways('{"name": 1, "description": 2}', 'agency', ', mode => ''create''') AS numbers;
SELECT key, value FROM product_upsert('{"name": "Defaults"}', mode => 'create') p, jsonb_each(p) WHERE key NOT IN ('id', 'created_at', 'updated_at');

\echo agency_52_real_dates_in_order
SELECT document, test.ways('{"name": "x"}' || document::jsonb, 'agency', ', mode => ''create''') AS outcome
  FROM unnest(ARRAY['{"available_from": "2024-02-29", "available_to": null}', '{"available_from": "2023-02-29"}', '{"available_from": "2024-1-1"}', '{"available_from": "01/02/2024", "available_to": "2024-13-01"}', '{"available_from": "2024-01-01T00:00:00Z"}', '{"available_from": ""}',
                    '{"available_from": 20240101}', '{"available_from": "2024-06-01", "available_to": "2024-06-01"}', '{"available_from": "2024-06-02", "available_to": "2024-06-01"}', '{"available_to": "0001-01-01"}', '{"available_to": "infinity"}', '{"available_from": "today"}']) document;

\echo agency_53_cost_and_markup
SELECT document, test.ways('{"name": "x"}' || document::jsonb, 'agency', ', mode => ''create''') AS outcome
  FROM unnest(ARRAY['{"external_cost": 0, "markup": 0}', '{"external_cost": -0.01, "markup": -1}', '{"external_cost": null, "markup": null}', '{"external_cost": "1", "markup": "20%"}', '{"price": -5}', '{"price": "5"}', '{"markup": 250.125}']) document;

\echo agency_54_price_as_given_or_computed_exactly
SELECT document, p -> 'price' AS price
  FROM unnest(ARRAY['{"external_cost": 100.5, "markup": 20}', '{"external_cost": 100.5, "markup": 20, "price": 99.90}', '{"external_cost": 100.5}', '{"markup": 20}', '{}', '{"external_cost": 19.99, "markup": 33.333}', '{"external_cost": 10, "markup": 0.1}',
                    '{"external_cost": 12345678901234567890.12, "markup": 7.5}', '{"external_cost": 0.1, "markup": 200}', '{"external_cost": 10.00, "markup": 10}', '{"external_cost": 5, "markup": 100, "price": null}', '{"external_cost": 5, "price": 0}']) document,
       product_upsert('{"name": "priced"}' || document::jsonb, mode => 'create') p;
SELECT p.price = p.cost * (1 + p.markup / 100) AS as_sql_computes FROM product p WHERE cost = 12345678901234567890.12;

SELECT actions, p -> 'price' AS price FROM unnest(ARRAY['{"price": "CLEAR"}', '{"price": "IGNORE"}', '{"price": "REPLACE"}']::jsonb[]) actions,
       product_upsert('{"name": "priced", "external_cost": 5, "markup": 100, "price": 7}', mode => 'create', field_actions => actions) p;

\echo agency_56_all_failures_at_once
SELECT test.ways('{"name": "this name has more than the fifty characters that are allowed", "description": 7, "available_from": "2024-02-30", "available_to": "never", "external_cost": -1, "markup": "x", "price": true}', 'agency', ', mode => ''create''') AS failures;
SELECT e.state, f.* FROM test.error($$SELECT product_upsert('{"description": "this description has more than the fifty characters", "markup": -1}', mode => 'create')$$) e, jsonb_to_recordset(e.errors) f (field text, code text, message text);

\echo agency_57_only_the_dates_change_afterwards
SELECT (answer ->> 'id')::bigint AS id FROM test.answer \gset
SELECT test.ways((:'payload')::jsonb || jsonb_build_object('id', :id), 'agency') AS the_same_again, test.ways(jsonb_build_object('id', :id, 'available_from', NULL, 'available_to', '2025-12-31'), 'agency') AS dates;
SELECT field, test.ways(jsonb_build_object('id', :id, field, value), 'agency') AS outcome
  FROM (VALUES ('name', '"Renamed"'::jsonb), ('description', '""'), ('external_cost', '100.4'), ('markup', '21'), ('price', '120.7'), ('price', 'null'), ('name', '"Premium Software License"')) t (field, value);
SELECT test.ways(jsonb_build_object('id', :id, 'name', 'Renamed', 'markup', 3, 'available_to', '2023-12-31'), 'agency') AS every_one_is_told;
SELECT test.ways(jsonb_build_object('id', :id, 'available_to', '2023-12-31'), 'agency') AS held_against_the_stored_date;
SELECT p -> 'price' AS price, p -> 'available_to' AS available_to FROM product_upsert(jsonb_build_object('id', :id, 'available_to', '2025-01-31')) p;
SELECT test.ways('{"id": 999999, "available_to": "2025-01-31"}', 'agency', ', mode => ''update''') AS unknown;

DROP TABLE test.answer;
RESET product_upsert.profile;
SELECT test.clean();
