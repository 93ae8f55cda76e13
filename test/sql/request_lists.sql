-- Lists: what is embedded on demand, pages behind an id, and pages counted from the end.
\pset format unaligned
\pset tuples_only on
SELECT test.clean();
CREATE FUNCTION test.listed(profile text, path text, list text[] = '{data}', name text = 'reference') RETURNS text LANGUAGE sql AS $$
    SELECT r.status || ' ' || coalesce((SELECT string_agg(p ->> name, ' ') FROM jsonb_array_elements(r.body #> list) p), '') || ' ' || coalesce((r.body - 'data' - 'items')::text, '')
      FROM product_request(profile, 'GET', path, headers => '{"x-api-key": "k", "authorization": "t", "company": "1", "version": "1"}') r
$$;

INSERT INTO product_category (organization_id, id, reference, name) VALUES (1, 5, 'c', 'C');
INSERT INTO product_billing_entity (organization_id, id, reference, name) VALUES (1, 71, 'be', 'Entity');
INSERT INTO product (organization_id, id, reference, name, category_id, display_order) SELECT 1, i, 'r' || i, 'N' || i, 5, CASE WHEN i < 8 THEN i % 4 END FROM generate_series(1, 10) i;
UPDATE product SET parent_product_id = 1, billing_entity_id = 71 WHERE id = 4;

\echo billing_17_expand_names_the_id_fields_whose_rows_are_embedded
SELECT r.body #> '{data,0}' FROM product_request('billing', 'GET', '/v1/products?limit=1', headers => '{"x-api-key": "k"}') r;
SELECT p, r.status, r.body #> '{data,0,parent_product}', r.body #> '{data,0,billing_entity}', r.body #> '{data,0,category,reference}', r.body #> '{data,1,parent_product}', r.body ->> 'message'
  FROM unnest('{expand[]=parent_product_id,expand[]=billing_entity_id&expand[]=parent_product_id,expand[]=category_id,expand[]=features}'::text[]) p,
       product_request('billing', 'GET', '/v1/products?limit=2&' || p, headers => '{"x-api-key": "k"}') r;
\echo billing_17_what_was_expanded_may_be_given_back
-- What SQL left open is filled in by the first one.
SELECT u.status, u.body ->> 'parent_product_id', u.headers ->> 'ETag', u.body ? 'parent_product'
  FROM product_request('billing', 'GET', '/v1/products?limit=1&expand[]=parent_product_id&expand[]=billing_entity_id', headers => '{"x-api-key": "k"}') r,
       product_request('billing', 'PUT', '/v1/products', r.body #> '{data,0}', headers => '{"x-api-key": "k"}') u;
SELECT u.status, u.body ->> 'parent_product_id', u.headers ->> 'ETag', u.body ? 'parent_product'
  FROM product_request('billing', 'GET', '/v1/products?limit=1&expand[]=parent_product_id&expand[]=billing_entity_id', headers => '{"x-api-key": "k"}') r,
       product_request('billing', 'PUT', '/v1/products', r.body #> '{data,0}', headers => '{"x-api-key": "k"}') u;
SELECT status, body ->> 'field' FROM product_request('billing', 'PUT', '/v1/products', '{"reference": "r4", "parent_product_id": 1, "parent_product": {"id": "2"}}', headers => '{"x-api-key": "k"}');

\echo billing_17_pages_from_the_end_are_those_from_the_beginning
SELECT page, test.listed('billing', '/v1/products?limit=3&page=' || page) FROM generate_series(1, 6) page;
SELECT test.listed('retail', '/v3/products?sort=-position,external_id&page[size]=4&page[number]=' || page, name => 'id') FROM generate_series(1, 3) page;
SELECT test.listed('retail', '/v3/products?sort=-id&page[size]=4&page[number]=3', name => 'id');
SELECT string_agg(p ->> 'id', ' ') FROM generate_series(0, 12, 4) o, product_request('agency', 'GET', '/api/products?limit=4&offset=' || o, headers => '{"authorization": "t", "company": "1", "version": "1"}') r, jsonb_array_elements(r.body) p;

\echo request_lists_go_on_behind_an_id
INSERT INTO product_profile (name, definition) VALUES ('behind', '{
    "identity": ["reference"],
    "fields": {"id": {"type": "integer", "read_only": "ignore"}, "code": {"type": "text", "column": "reference"}, "label": {"type": "text", "column": "name"}},
    "http": {
        "pages": {"size": "limit", "after": "starting_after", "usual": 3, "most": 5},
        "routes": [{"method": "GET", "path": "/items", "action": "list", "filters": {"label": {"field": "label"}},
                    "answer": {"items": "{products}", "total": "{total}", "first": "{first}", "current": "{current}", "next": "{next}", "after": "{after}", "limit": "{limit}"}}],
        "error": "{field} {message}", "errors": [{"status": 400}]}}');
SELECT test.listed('behind', p, '{items}', 'code') FROM unnest('{/items,/items?starting_after=3,/items?starting_after=6,/items?starting_after=9,/items?starting_after=10,/items?starting_after=7&limit=3,/items?label=N9&starting_after=3,/items?label=N9&starting_after=9}'::text[]) p;
SELECT p, r.status, r.body FROM unnest('{/items?starting_after=x,/items?starting_after=0,/items?page=2,/items?offset=2,/items?limit=6}'::text[]) p, product_request('behind', 'GET', p) r;
\echo request_lists_behind_an_id_are_stable_under_writes
DELETE FROM product WHERE id IN (2, 3);
SELECT test.listed('behind', '/items?starting_after=3', '{items}', 'code');
\echo request_lists_behind_an_id_stand_in_the_order_of_ids
SELECT (test.error(format('UPDATE product_profile SET definition = jsonb_set(definition, %L, %L) WHERE name = %L', path, value, 'behind'))).message FROM (VALUES
    ('{http,routes,0,order}', '["label"]'::jsonb), ('{http,routes,0,sort}', '"sort"'), ('{http,routes,0,answer}', '"{page}"'), ('{http,pages,offset}', '"o"'), ('{http,pages,number}', '"n"')) v (path, value);
SELECT (test.error($$UPDATE product_profile SET definition = jsonb_set(definition, '{http,routes,0,parameters}', '{"expand": {"option": "expand", "values": ["label"]}}') WHERE name = 'behind'$$)).message;
SELECT (test.error($$UPDATE product_profile SET definition = jsonb_set(definition, '{http,routes,0,parameters}', '{"expand": {"option": "expand"}}') WHERE name = 'behind'$$)).message;
SELECT jsonb_path_query_array(product_profile_schema('behind'), '$.paths."/items".get.parameters[*].name');
DELETE FROM product_profile WHERE name = 'behind';
\echo billing_17_custom_field_holds_the_value_alone_or_in_a_list_numbers_by_value
INSERT INTO product_custom_field (organization_id, reference, name, type, multiple_values) VALUES (1, 'word', 'W', 'text', false), (1, 'words', 'WS', 'text', true), (1, 'size', 'S', 'number', false), (1, 'sizes', 'SS', 'number', true), (1, 'yes', 'Y', 'boolean', false);
INSERT INTO product (organization_id, id, reference, name, category_id, display_order, custom_fields) VALUES
    (1, 21, 'c1', 'C1', 5, 1, '{"word": "a", "words": ["a", "b"], "size": 19.90, "sizes": [1, 2.50], "yes": true}'),
    (1, 22, 'c2', 'C2', 5, 2, '{"word": "19.9", "words": ["b"], "size": 20, "sizes": [2.5], "yes": false}');
SELECT f, split_part(test.listed('billing', '/v1/products?custom_field=' || f), ' {', 1) FROM unnest('{word:a,word:b,word:19.9,word:19.90,words:a,words:b,size:19.9,size:19.90,size:2e1,size:x,sizes:2.5,sizes:3,yes:true,yes:false,yes:1}'::text[]) f;
\echo request_lists_a_repeated_custom_field_matches_any_of_its_values
SELECT f, split_part(test.listed('billing', '/v1/products?' || f), ' {', 1) FROM unnest('{custom_field=word:a&custom_field=word:19.9,custom_field=word:a&custom_field=sizes:2.5,custom_field=word:x&custom_field=size:20,custom_field=word:a&custom_field=word:19.9&statuses[]=ACTIVE}'::text[]) f;
SELECT status, body ->> 'message' FROM product_request('billing', 'GET', '/v1/products?custom_field=word:a&custom_field=none:1', headers => '{"x-api-key": "k"}');
\echo request_lists_by_custom_field_are_served_by_an_index_of_ones_own
INSERT INTO product (organization_id, id, reference, name, category_id, custom_fields) SELECT 1, 100 + i, 'many' || i, 'M', 5, jsonb_build_object('word', 'w' || i) FROM generate_series(1, 2000) i;
CREATE INDEX list_custom ON product USING gin (custom_fields jsonb_path_ops);
ANALYZE product;
BEGIN;
SELECT split_part(test.listed('billing', '/v1/products?custom_field=word:w77'), ' {', 1);
-- One look for each of the two things that it may be: the text alone, and in a list; for the total, and for the page.
SELECT pg_stat_get_xact_numscans('list_custom'::regclass);
COMMIT;
DROP INDEX list_custom;
\echo request_lists_a_filter_by_a_whole_number_however_it_is_written
SELECT v, status, jsonb_array_length(body -> 'data') AS found, body -> 'meta' ->> 'total' AS total FROM unnest('{1,1.0,1e0,10e-1,1.5,x,99999999999,1e30}'::text[]) v, product_request('retail', 'GET', '/v3/products', NULL, jsonb_build_object('filter[position]', v), '{"authorization": "t"}');
SELECT v, status, jsonb_array_length(body -> 'data') AS found FROM unnest('{5,5.0,0.5e1,1e30}'::text[]) v, product_request('billing', 'GET', '/v1/products', NULL, jsonb_build_object('product_category_id', v), '{"x-api-key": "t"}');
\echo agency_57_a_filter_by_a_timestamp_means_what_answers_show
-- Answers show milliseconds: 41 and 42 are as old as each other, and neither is later than itself.
DELETE FROM product;
INSERT INTO product (organization_id, id, name, updated_at) VALUES (1, 40, 'N', '2020-06-01 12:00Z'), (1, 41, 'N', '2020-06-02 00:00:00.123001Z'), (1, 42, 'N', '2020-06-02 00:00:00.123999Z'), (1, 43, 'N', '2020-06-02 00:00:00.124Z');
SELECT f, split_part(test.listed('agency', '/api/products?updated_at=' || f, '{}', 'id'), ' [', 1) FROM unnest('{2020-06-02T00:00:00.123Z,2020-06-02T02:00:00.123%2B02:00,2020-06-02T00:00:00.123Z&updated_at=2020-06-01T12:00Z,2020-06-02T00:00:00.12Z,gt:2020-06-02T00:00:00.123Z,lt:2020-06-02T00:00:00.123Z,lt:2020-06-02T00:00:00.124Z,gt:9999-12-31T23:59:59.999Z}'::text[]) f;
SELECT f, test.listed('retail', '/v3/products?filter[updated_at]=' || f, name => 'id') LIKE '200 41 {%' AS alone FROM unnest('{2020-06-02T00:00:00.123001Z,lt:2020-06-02T00:00:00.123999Z&filter[updated_at]=gt:2020-06-01T12:00:00Z}'::text[]) f;
\echo agency_57_a_date_is_its_midnight_in_utc_whatever_the_sessions_time_zone
SELECT set_config('timezone', zone, false), split_part(test.listed('agency', '/api/products?updated_at=lt:2020-06-02', '{}', 'id'), ' [', 1), split_part(test.listed('retail', '/v3/products?filter[updated_at]=gt:2020-06-02', name => 'id'), ' {', 1) FROM unnest('{UTC,Pacific/Kiritimati,America/Anchorage}'::text[]) zone;
RESET timezone;
\echo rule_58_parameters_take_precedence_over_the_query_however_they_are_written
SELECT p, r.body #> '{meta,per_page}' FROM unnest('{"{}","{\"page[size]\": 2}","{\"page\": {\"size\": 2}}"}'::jsonb[]) p, product_request('retail', 'GET', '/v3/products?page[size]=1', NULL, p, '{"authorization": "t"}') r;
SELECT r.body -> 'name' FROM (VALUES (1, '{}'::jsonb, 'L'), (2, '{"field_actions": {"name": "REPLACE"}}', 'M'), (3, '{"field_actions": {"description": "CLEAR"}}', 'O')) v (n, parameters, name),
       product_request('billing', 'PUT', '/v1/products?identifier_field=id&field_actions[name]=IGNORE', jsonb_build_object('id', 40, 'name', name), parameters, '{"x-api-key": "t"}') r ORDER BY n;
DROP FUNCTION test.listed;
SELECT test.clean();
