-- product_profile_schema: a profile as an OpenAPI 3.1 description (test/t/008_openapi.pl holds it against all that is answered).
\pset format unaligned
\pset tuples_only on
SELECT test.clean();
CREATE VIEW test.schema AS SELECT name, product_profile_schema(name) AS d FROM product_profile WHERE is_builtin;

\echo schema_endpoints_of_every_profile
SELECT name, d ->> 'openapi', p.key, (SELECT string_agg(o.key || ' ' || (SELECT string_agg(key, ',') FROM jsonb_object_keys(o.value -> 'responses') key), '; ' ORDER BY o.key) FROM jsonb_each(p.value) o)
  FROM test.schema LEFT JOIN jsonb_each(d -> 'paths') p ON true ORDER BY name, p.key COLLATE "C";
\echo schema_what_a_field_may_be
INSERT INTO product_profile (name, definition) VALUES ('drawn', '{
  "identity": ["reference"], "unknown_fields": "reject",
  "fields": {
    "code": {"type": "text", "column": "reference", "required": true, "nullable": false, "min_length": 2, "max_length": 8, "no_white_space": true},
    "label": {"type": "text", "column": "name", "required": true, "enum": ["a", "b"], "empty": "absent"},
    "amount": {"type": "decimal", "column": "price", "min": 0.01, "max": 12345678901234567890.5, "coerce": true},
    "rank": {"type": "integer", "column": "display_order", "null": "absent", "nullable": false},
    "labels": {"type": "texts", "column": "tags", "max_length": 5, "split": ","},
    "pictures": {"type": "objects", "column": "images", "fields": {"url": {"type": "text", "required": true, "nullable": false}}},
    "since": {"type": "date", "column": "available_from"},
    "changed": {"type": "timestamp", "column": "updated_at", "read_only": "ignore"},
    "fixed": {"type": "uuid", "column": "uuid", "read_only": "reject"},
    "group": {"role": "reference", "column": "category_id", "table": "category", "by": ["id", "reference"], "required": true, "shape": {"code": "reference"}},
    "whole_group": {"role": "embed", "of": "group", "shape": {"id": "id", "is": {"value": "GROUP"}}},
    "kind": {"role": "constant", "value": "item"},
    "secret": {"type": "text", "column": "internal_name", "hidden": true}
  },
  "http": {
    "routes": [{"method": "POST", "path": "/items", "action": "create", "status": 201, "ignored": "fixed"},
               {"method": "PATCH", "path": "/items/{code}", "action": "update", "identifier": "code", "required": "label"},
               {"method": "GET", "path": "/items", "action": "list", "filters": {"label": {"field": "label"}}, "answer": {"items": "{products}", "more": "{next}"}}],
    "error": {"error": "{code}", "at": "{field}", "all": {"$each": "{message}"}},
    "errors": [{"on": "path", "status": 404, "body": {"lost": true}}, {"on": "type", "status": 422, "set": {"code": "BAD"}}, {"status": 400}]
  }}');
SELECT key, value FROM jsonb_each(product_profile_schema('drawn') #> '{components,schemas,Document,properties}') ORDER BY key COLLATE "C";
SELECT jsonb_path_query(product_profile_schema('drawn'), '$.components.schemas.Document.additionalProperties');
\echo schema_what_answers_show
SELECT key, value FROM jsonb_each(product_profile_schema('drawn') #> '{components,schemas,Product,properties}') ORDER BY key COLLATE "C";
\echo schema_what_each_call_needs_ignores_and_answers
SELECT o.key, p.key, o.value #> '{requestBody,content,application/json,schema}', o.value #> '{responses,200,content,application/json,schema}', jsonb_path_query_array(o.value, '$.parameters[*].name')
  FROM jsonb_each(product_profile_schema('drawn') -> 'paths') p, jsonb_each(p.value) o ORDER BY 1, 2;
SELECT product_profile_schema('drawn') #> '{components,schemas,Document_post_items,properties,fixed}';
\echo schema_errors_by_status
SELECT key, value FROM jsonb_each(product_profile_schema('drawn') #> '{components,schemas}') WHERE key LIKE 'Error%' ORDER BY key;
\echo schema_follows_the_definition
UPDATE product_profile SET definition = jsonb_set(definition, '{fields,code,max_length}', '9') WHERE name = 'drawn';
SELECT product_profile_schema('drawn') #> '{components,schemas,Document,properties,code,maxLength}';
\echo schema_a_profile_that_is_not_there
SELECT test.try($$SELECT product_profile_schema('nobody')$$);
\echo schema_no_name_is_the_profile_of_the_setting
SET product_upsert.profile = 'drawn';
SELECT product_profile_schema(NULL) = product_profile_schema('drawn') AS is_that, product_profile_schema(NULL) = product_profile_schema('catalog') AS is_another;
RESET product_upsert.profile;
DELETE FROM product_profile WHERE name = 'drawn';
DROP VIEW test.schema;
