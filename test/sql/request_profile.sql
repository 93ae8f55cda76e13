-- A user's own API, said in a profile's definition alone; and what is refused in one.
\pset format unaligned
\pset footer off
SELECT test.clean();
INSERT INTO product_profile (name, definition) VALUES ('shop', '{
    "unknown_fields": "reject",
    "identity": ["reference"],
    "fields": {
        "code": {"type": "text", "column": "reference", "required": true, "nullable": false},
        "label": {"type": "text", "column": "name", "required": true, "nullable": false},
        "state": {"type": "text", "column": "status", "default": "open", "enum": ["open", "closed"]},
        "rank": {"type": "integer", "column": "display_order"},
        "version": {"type": "integer", "read_only": "ignore"}
    },
    "http": {
        "description": "an API of our own",
        "headers": {"accept-version": {"values": ["2", "3"]}},
        "organization": {"header": "tenant"},
        "pages": {"size": "per_page", "number": "p", "usual": 2, "most": 3},
        "routes": [
            {"method": "PUT", "path": "/items", "action": "upsert", "documents": "many", "status": 202},
            {"method": "GET", "path": "/items", "action": "list", "order": ["rank"], "where": {"state": {"is": "open", "unless": "all"}}},
            {"method": "GET", "path": "/items/item-{code}", "action": "get", "identifier": "code"},
            {"method": "POST", "path": "/items/item-{code}", "action": "update", "identifier": "code"}
        ],
        "error": {"brace": "{{{code}}", "n": "{status}", "what": ["{details.none}", "{message}", "{details.none|no detail}"], "all": {"$by": "{field|-}", "$each": ["{code}", "{details.position|}"]}},
        "errors": [{"on": "unknown_field", "status": 418, "body": {"tea": "{sentence}"}}, {"on": "required", "field": ["la*"], "in": "body", "status": 420}, {"status": 400}]
    }}');

\echo request_profile_routes
SELECT test.ask('shop', 'PUT', '/items', '[{"code": "a", "label": "A", "rank": 3}, {"code": "b", "label": "B", "rank": 2}, {"code": "c", "label": "C", "rank": 1, "state": "closed"}]', headers => '{}');
SELECT test.ask('shop', 'GET', '/items', headers => '{"Accept-Version": 3}');
SELECT test.ask('shop', 'GET', '/items', NULL, '{"all": true, "per_page": 1, "p": 3}', '{}');
SELECT test.ask('shop', 'POST', '/items/item-a', '{"label": "AA"}', headers => '{}');
SELECT test.ask('shop', 'GET', '/items/item-a', headers => '{}');
SELECT test.ask('shop', 'GET', '/items/item-', headers => '{}');
SELECT test.ask('shop', 'GET', '/items', headers => '{"tenant": 5}');
\echo request_profile_errors
SELECT test.ask('shop', 'PUT', '/items', '[{"code": "d", "lable": "D"}]', headers => '{}');
SELECT test.ask('shop', 'PUT', '/items', '[{"code": "d"}, {"code": "e", "label": 1}, {"label": "F"}]', headers => '{}');
SELECT test.ask('shop', 'GET', '/items', headers => '{"accept-version": 4}');
SELECT test.ask('shop', 'GET', '/items', NULL, '{"per_page": 4}', '{}');
SELECT test.ask('shop', 'GET', '/', headers => '{}');

\echo request_profile_faults_are_refused_with_their_path
CREATE FUNCTION test.refused(path text[], value jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT (test.error(format('UPDATE product_profile SET definition = jsonb_set(definition, %L, %L) WHERE name = %L', path, value, 'shop'))).message
$$;
SELECT test.refused(path::text[], value::jsonb) FROM (VALUES
    ('{http}', '[]'), ('{http,colour}', '1'), ('{http,credentials}', '[1]'), ('{http,credentials}', '[]'), ('{http,prefix}', '"/api"'),
    ('{http,organization}', '{"known": true}'), ('{http,headers,accept-version}', '{"option": "mode"}'), ('{http,headers,accept-version}', '{"value": "1"}'),
    ('{http,pages,usual}', '9'), ('{http,pages,most}', '-1'), ('{http,routes}', '[]'), ('{http,routes,0,action}', '"put"'), ('{http,routes,0,path}', '"items"'),
    ('{http,routes,0,path}', '"/items//x"'), ('{http,routes,0,path}', '"/items/{}"'), ('{http,routes,0,path}', '"/items/{id}"'), ('{http,routes,2,path}', '"/items/{a}/{b}"'),
    ('{http,routes,2,path}', '"/items"'), ('{http,routes,2,identifier}', '"uuid"'), ('{http,routes,2,identifier}', 'null'), ('{http,routes,0,status}', '99'),
    ('{http,routes,0,documents}', '"two"'), ('{http,routes,0,where}', '{}'), ('{http,routes,0,only}', '{}'), ('{http,routes,0,ignored}', '["none"]'),
    ('{http,routes,1,order}', '["none"]'), ('{http,routes,1,where,state}', '{"is": "a", "is_not": "b"}'), ('{http,routes,1,where,state}', '{"is": 1}'), ('{http,routes,1,where}', '{"rank": {"is": 1}}'),
    ('{http,errors}', '{}'), ('{http,errors}', '[]'), ('{http,errors,0,on}', '"teapot"'), ('{http,errors,0,in}', '"hand"'), ('{http,errors,0,status}', '"1"'), ('{http,errors,0,set}', '[]'),
    ('{http,errors,0,body}', '"{colour}"'), ('{http,errors,0,body}', '"{code"'), ('{http,errors,0,body}', '{"$each": 1, "by": 2}'), ('{http,errors,0,set}', '{"x": "{x}"}'), ('{http,error}', '["{nothing}"]'),
    ('{http,errors,2,field}', '"a"')) f (path, value);
DROP FUNCTION test.refused;
DELETE FROM product_profile WHERE name = 'shop';
