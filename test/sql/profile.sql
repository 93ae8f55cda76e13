-- A user's own profile: by INSERT, refused where it is faulty, changed and deleted in the session, judged by a time.
\set VERBOSITY terse
\echo profile_links_without_a_shape_are_shown_by_id_or_uuid
INSERT INTO product_feature (organization_id, id, uuid, reference) VALUES (1, 1, '10000000-0000-4000-8000-000000000001', 'one'), (1, 2, NULL, 'two');
INSERT INTO product_profile (name, definition) VALUES ('linked', '{"identity": ["external_id"], "fields": {"external_id": {"type": "text"}, "ids": {"role": "links", "table": "feature", "by": ["id", "reference"]}}}');
SELECT product_upsert('{"external_id": "linked", "ids": ["one", 2]}', profile => 'linked') -> 'ids' AS ids;
UPDATE product_profile SET definition = jsonb_set(definition, '{fields,ids,answer}', '"uuid"') WHERE name = 'linked';
SELECT product_get(id, 'linked') -> 'ids' AS uuids FROM product WHERE external_id = 'linked';
DELETE FROM product_profile WHERE name = 'linked';

SELECT test.clean();

\echo profile_by_insert
INSERT INTO product_profile (name, definition) VALUES ('shop', '{
  "description": "A shop of our own",
  "request": {"list": "items"}, "answer": {"envelope": "item"}, "unknown_fields": "ignore",
  "identity": ["external_id"],
  "fields": {
    "sku": {"type": "text", "column": "external_id", "required": true, "max_length": 5, "no_white_space": true},
    "label": {"type": "text", "column": "name", "required": true, "min_length": 2},
    "amount": {"type": "decimal", "column": "price", "min": 0.01, "max": 99.99},
    "state": {"type": "text", "column": "status", "enum": ["on", "off"], "default": "on"},
    "pictures": {"type": "objects", "column": "images", "max_length": 2,
                 "fields": {"url": {"type": "text", "required": true}, "order": {"type": "integer", "default": 1}}},
    "until": {"type": "date", "column": "available_to"},
    "colour": {"type": "text", "column": "meta", "member": "colour"},
    "kind": {"role": "constant", "value": "item"}}}');
SELECT product_upsert('{"sku": "s1", "label": "One", "amount": 1.50, "pictures": [{"url": "u"}], "whatever": 1, "colour": "red"}', profile => 'shop');
SELECT product_upsert_bulk('{"items": [{"sku": "s1", "amount": 2}, {"sku": "s2", "label": "Two"}]}', profile => 'shop');
SELECT product_get(id, 'shop') -> 'item' ->> 'label' AS got FROM product ORDER BY id;
\echo profile_limits_enum_and_nested_paths
SELECT test.ways('{"sku": "too long", "label": "x", "amount": 100, "state": "maybe", "until": "2023-02-29", "pictures": [{"url": "u"}, {"order": 1.5}]}', 'shop');
SELECT test.ways('{"sku": "a b", "label": "xx", "amount": 0, "pictures": [{"url": "1"}, {"url": "2"}, {"url": "3"}]}', 'shop');
SELECT test.ways('{"sku": "s1", "pictures": [7]}', 'shop'), test.ways('{"sku": "s1", "pictures": {}}', 'shop');
SELECT errors #> '{0,valid}' AS valid FROM test.error($$SELECT product_upsert('{"sku": "s1", "state": "maybe"}', profile => 'shop')$$);
SELECT test.ways(jsonb_build_object('sku', U&'\+01F600\+01F600\+01F600\+01F600\+01F600', 'label', U&'\+01F600\+01F600'), 'shop') AS lengths_are_characters;
\echo profile_what_it_does_not_carry_stays
SELECT product_upsert('{"external_id": "s1", "description": "kept"}', profile => 'catalog') ->> 'description' AS catalog;
SELECT product_upsert('{"sku": "s1", "amount": 3}', profile => 'shop') #> '{item,amount}' AS shop;
SELECT external_id, price, description FROM product WHERE external_id = 's1';
\echo profile_unknown_fields_kept_come_back
INSERT INTO product_profile (name, definition) VALUES ('keeper', '{"unknown_fields": "keep", "identity": ["external_id"],
  "fields": {"external_id": {"type": "text"}, "name": {"type": "text"}}}');
SELECT product_upsert('{"external_id": "k1", "name": "K", "colour": "red", "deep": {"a": [1.0]}}', profile => 'keeper');
SELECT product_upsert('{"external_id": "k1", "colour": null, "more": true}', profile => 'keeper');
SELECT test.ways('{"external_id": "k1", "more": true, "deep": {"a": [1.0]}}', 'keeper') AS nothing_new,
       split_part(test.ways('{"external_id": "k1", "more": false}', 'keeper'), ' ', 1) AS another_value;
SELECT product_get(id, 'keeper') FROM product WHERE external_id = 'k1';
SELECT product_upsert_bulk('[{"external_id": "k1", "name": "K2"}]', profile => 'keeper');
\echo profile_create_only_fields
INSERT INTO product_profile (name, definition) VALUES ('fixed', '{"identity": ["external_id"],
  "fields": {"external_id": {"type": "text"}, "name": {"type": "text"}, "price": {"type": "decimal", "create_only": "reject"}}}');
SELECT product_upsert('{"external_id": "f1", "name": "F", "price": 5}', profile => 'fixed') -> 'price' AS price;
SELECT test.ways('{"external_id": "f1", "price": 5}', 'fixed') AS the_same, test.ways('{"external_id": "f1", "price": 6}', 'fixed') AS another;
\echo profile_rules_in_its_own_order_and_one_that_never_creates
INSERT INTO product_profile (name, definition) VALUES ('strict', '{"identity": ["reference", {"rule": "external_id", "creates": false}],
  "fields": {"external_id": {"type": "text"}, "reference": {"type": "text"}, "name": {"type": "text"}}}');
SELECT test.ways('{"external_id": "none", "name": "x"}', 'strict') AS by_external_id, test.ways('{"reference": "new", "name": "x"}', 'strict') AS by_reference;

\echo profile_a_faulty_definition_is_refused_with_the_path_of_the_fault
SELECT path, state, split_part(message, ':', 1) = path AS in_message, errors #>> '{0,field}' = path AS in_errors
  FROM (VALUES
    ('fields',                       '{"identity": ["id"]}'),
    ('fields',                       '{"identity": ["id"], "fields": {}}'),
    ('fields',                       '{"identity": ["id"], "fields": []}'),
    ('fields.name',                  '{"identity": ["id"], "fields": {"name": "text"}}'),
    ('fields.name.type',             '{"identity": ["id"], "fields": {"name": {}}}'),
    ('fields.name.type',             '{"identity": ["id"], "fields": {"name": {"type": "txt"}}}'),
    ('fields.name.type',             '{"identity": ["id"], "fields": {"name": {"type": "integer"}}}'),
    ('fields.title.column',          '{"identity": ["id"], "fields": {"title": {"type": "text"}}}'),
    ('fields.title.column',          '{"identity": ["id"], "fields": {"name": {"type": "text"}, "title": {"type": "text", "column": "name"}}}'),
    ('fields.name.requird',          '{"identity": ["id"], "fields": {"name": {"type": "text", "requird": true}}}'),
    ('fields.name.required',         '{"identity": ["id"], "fields": {"name": {"type": "text", "required": "yes"}}}'),
    ('fields.name.max_length',       '{"identity": ["id"], "fields": {"name": {"type": "text", "max_length": -1}}}'),
    ('fields.name.min_length',       '{"identity": ["id"], "fields": {"name": {"type": "text", "max_length": 1, "min_length": 2}}}'),
    ('fields.name.enum',             '{"identity": ["id"], "fields": {"name": {"type": "text", "enum": []}}}'),
    ('fields.name.enum.1',           '{"identity": ["id"], "fields": {"name": {"type": "text", "enum": ["a", 1]}}}'),
    ('fields.name.default',          '{"identity": ["id"], "fields": {"name": {"type": "text", "default": 1}}}'),
    ('fields.name.default',          '{"identity": ["id"], "fields": {"name": {"type": "text", "enum": ["a"], "default": "b"}}}'),
    ('fields.price.min',             '{"identity": ["id"], "fields": {"price": {"type": "decimal", "min": 2, "max": 1}}}'),
    ('fields.price.min',             '{"identity": ["id"], "fields": {"price": {"type": "decimal", "min": "2"}}}'),
    ('fields.name.member',           '{"identity": ["id"], "fields": {"name": {"type": "text", "member": "a"}}}'),
    ('fields.images.fields',         '{"identity": ["id"], "fields": {"images": {"type": "objects"}}}'),
    ('fields.images.fields.url.type','{"identity": ["id"], "fields": {"images": {"type": "objects", "fields": {"url": {"type": "x"}}}}}'),
    ('fields.version.read_only',     '{"identity": ["id"], "fields": {"version": {"type": "integer"}}}'),
    ('fields.kind.value',            '{"identity": ["id"], "fields": {"kind": {"role": "constant"}}}'),
    ('fields.name.role',             '{"identity": ["id"], "fields": {"name": {"role": "nobody"}}}'),
    ('fields.name.read_only',        '{"identity": ["id"], "fields": {"name": {"type": "text", "read_only": true}}}'),
    ('identity',                     '{"fields": {"name": {"type": "text"}}}'),
    ('identity',                     '{"identity": [], "fields": {"name": {"type": "text"}}}'),
    ('identity.0',                   '{"identity": [7], "fields": {"name": {"type": "text"}}}'),
    ('identity.1',                   '{"identity": ["id", "id"], "fields": {"name": {"type": "text"}}}'),
    ('identity.0.rule',              '{"identity": [{}], "fields": {"name": {"type": "text"}}}'),
    ('identity.0.levels.0.fields',   '{"identity": [{"rule": "natural", "levels": [{"level": "a", "fields": ["colour"]}]}], "fields": {"name": {"type": "text"}}}'),
    ('unknown_fields',               '{"identity": ["id"], "unknown_fields": "drop", "fields": {"name": {"type": "text"}}}'),
    ('answer.bulk',                  '{"identity": ["id"], "answer": {"bulk": "all"}, "fields": {"name": {"type": "text"}}}'),
    ('answer.envelop',               '{"identity": ["id"], "answer": {"envelop": "x"}, "fields": {"name": {"type": "text"}}}'),
    ('request.list',                 '{"identity": ["id"], "request": {"list": 1}, "fields": {"name": {"type": "text"}}}'),
    ('judged_by',                    '{"identity": ["id"], "judged_by": "name", "fields": {"name": {"type": "text"}}}'),
    ('judged_by',                    '{"identity": ["id"], "judged_by": "when", "fields": {"name": {"type": "text"}}}'),
    ('identitty',                    '{"identitty": ["id"], "fields": {"name": {"type": "text"}}}')) t (path, definition),
    test.error(format('INSERT INTO product_profile (name, definition) VALUES (''faulty'', %L)', definition));
SELECT d, state FROM unnest('{[],7,null,"\"x\"","{}"}'::text[]) d, test.error(format('INSERT INTO product_profile (name, definition) VALUES (''faulty'', %L)', d));
SELECT state, message FROM test.error($$UPDATE product_profile SET definition = jsonb_set(definition, '{fields,label,type}', '"words"') WHERE name = 'shop'$$);
SELECT n, state FROM unnest('{"",Shop,"a b",1a}'::text[]) n, test.error(format('INSERT INTO product_profile (name, definition) SELECT %L, definition FROM product_profile WHERE name = ''shop''', n));
SELECT count(*) FROM product_profile WHERE name = 'faulty';

\echo profile_changed_in_the_session
UPDATE product_profile SET definition = jsonb_set(definition, '{fields,sku,max_length}', '8') WHERE name = 'shop';
SELECT test.ways('{"sku": "sevenxx", "label": "Seven"}', 'shop') AS longer_sku;
BEGIN;
UPDATE product_profile SET definition = jsonb_set(definition, '{fields,sku,max_length}', '2') WHERE name = 'shop';
SELECT test.ways('{"sku": "sevenxx", "label": "Seven"}', 'shop') AS in_the_transaction;
ROLLBACK;
SELECT test.ways('{"sku": "sevenxx", "label": "Seven"}', 'shop') AS rolled_back;
\echo profile_deleted_and_made_again_in_the_session
DELETE FROM product_profile WHERE name = 'shop';
SELECT state, message, hint LIKE 'Valid are %catalog,%keeper,%vending%' AS lists_the_others FROM test.error($$SELECT product_upsert('{"sku": "s1"}', profile => 'shop')$$);
INSERT INTO product_profile (name, definition) VALUES ('shop', '{"identity": ["external_id"], "fields": {"code": {"type": "text", "column": "external_id"}, "name": {"type": "text"}}}');
SELECT product_upsert('{"code": "s1"}', profile => 'shop');
\echo profile_a_rule_that_is_not_there_is_told_when_it_is_used
SELECT product_identity_create('upc', '{upc}');
INSERT INTO product_profile (name, definition) VALUES ('by_upc', '{"identity": ["upc"], "fields": {"upc": {"type": "text"}, "name": {"type": "text"}}}');
SELECT test.ways('{"upc": "1", "name": "x"}', 'by_upc');
SELECT product_identity_drop('upc');
SELECT state, hint LIKE '%external_id%' AS lists_rules FROM test.error($$SELECT product_upsert('{"upc": "1", "name": "x"}', profile => 'by_upc')$$);

\echo profile_judged_by_older_than_what_is_stored_is_stale
INSERT INTO product_profile (name, definition) VALUES ('timed', '{"identity": ["external_id"], "judged_by": "seen_at",
  "fields": {"external_id": {"type": "text"}, "name": {"type": "text"}, "price": {"type": "decimal"}, "seen_at": {"type": "timestamp", "column": "meta", "member": "seen_at"}}}');
SELECT product_upsert('{"external_id": "t1", "name": "T", "price": 1, "seen_at": "2024-05-01T12:00:00Z"}', profile => 'timed') -> 'price' AS created;
SELECT test.state() AS before \gset
SELECT status, version, changed, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "t1", "price": 2, "seen_at": "2024-05-01T11:59:59Z"}]', profile => 'timed');
SELECT status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "t1", "price": 2, "seen_at": "2024-05-01T13:59:59.999+02:00"}]', profile => 'timed');
SELECT product_upsert('{"external_id": "t1", "price": 2, "seen_at": "2024-04-30T23:00:00Z"}', profile => 'timed') -> 'price' AS the_stored_product_is_answered;
SELECT status, changed, test.short(errors) AS errors FROM product_match('{"external_id": "t1", "price": 2, "seen_at": "2023-01-01T00:00:00Z"}', profile => 'timed');
SELECT test.state() = :'before' AS nothing_written;
\echo profile_judged_by_as_new_newer_or_silent_is_not
SELECT test.ways('{"external_id": "t1", "price": 2, "seen_at": "2024-05-01T14:00:00+02:00"}', 'timed') AS as_new,
       test.ways('{"external_id": "t1", "price": 2, "seen_at": "2024-05-01T12:00:00.000001Z"}', 'timed') AS newer,
       test.ways('{"external_id": "t1", "price": 2}', 'timed') AS silent,
       test.ways('{"external_id": "t1", "price": 2, "seen_at": "yesterday"}', 'timed') AS no_time;
\echo profile_judged_by_in_a_batch
SELECT product_upsert('{"external_id": "t2", "name": "T2"}', profile => 'timed') ->> 'name' AS never_judged;
SELECT position, status, changed, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "t1", "price": 3, "seen_at": "2024-05-02T00:00:00Z"},
  {"external_id": "t2", "price": 3, "seen_at": "2020-01-01T00:00:00Z"}, {"external_id": "t3", "name": "x", "seen_at": "2020-01-01T00:00:00Z"}]', profile => 'timed');

DELETE FROM product_profile WHERE NOT is_builtin;
