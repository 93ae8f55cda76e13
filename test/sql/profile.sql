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

\echo profile_a_name_that_cannot_be_is_refused_with_what_it_may_be
SELECT name, e.* FROM unnest(ARRAY['Google Merchant', 'übung', '1st', '', '9', 'a' || repeat('b', 63)]) name, test.error(format('INSERT INTO product_profile VALUES (%L, %L)', name, '{"identity": ["id"], "fields": {"id": {"type": "integer"}}}')) e;
SELECT * FROM test.error($$UPDATE product_profile SET name = 'Vending' WHERE name = 'vending'$$);
\echo profile_a_faulty_definition_is_refused_with_the_path_of_the_fault
SELECT path, state, split_part(message, ':', 1) = path AS in_message, errors #>> '{0,field}' = path AS in_errors
  FROM (VALUES
    ('fields',                       '{"identity": ["id"]}'),
    ('fields',                       '{"identity": ["id"], "fields": {}}'),
    ('fields',                       '{"identity": ["id"], "fields": []}'),
    ('fields.name',                  '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": "text"}}'),
    ('fields.name.type',             '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": {}}}'),
    ('fields.name.type',             '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": {"type": "txt"}}}'),
    ('fields.name.type',             '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": {"type": "integer"}}}'),
    ('fields.title.column',          '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "title": {"type": "text"}}}'),
    ('fields.title.column',          '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": {"type": "text"}, "title": {"type": "text", "column": "name"}}}'),
    ('fields.name.requird',          '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": {"type": "text", "requird": true}}}'),
    ('fields.name.required',         '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": {"type": "text", "required": "yes"}}}'),
    ('fields.name.max_length',       '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": {"type": "text", "max_length": -1}}}'),
    ('fields.name.min_length',       '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": {"type": "text", "max_length": 1, "min_length": 2}}}'),
    ('fields.name.enum',             '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": {"type": "text", "enum": []}}}'),
    ('fields.name.enum.1',           '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": {"type": "text", "enum": ["a", 1]}}}'),
    ('fields.name.default',          '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": {"type": "text", "default": 1}}}'),
    ('fields.name.default',          '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": {"type": "text", "enum": ["a"], "default": "b"}}}'),
    ('fields.price.min',             '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "price": {"type": "decimal", "min": 2, "max": 1}}}'),
    ('fields.price.min',             '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "price": {"type": "decimal", "min": "2"}}}'),
    ('fields.name.member',           '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": {"type": "text", "member": "a"}}}'),
    ('fields.images.fields',         '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "images": {"type": "objects"}}}'),
    ('fields.images.fields.url.type','{"identity": ["id"], "fields": {"id": {"type": "integer"}, "images": {"type": "objects", "fields": {"url": {"type": "x"}}}}}'),
    ('fields.version.read_only',     '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "version": {"type": "integer"}}}'),
    ('fields.kind.value',            '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "kind": {"role": "constant"}}}'),
    ('fields.name.role',             '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": {"role": "nobody"}}}'),
    ('fields.name.read_only',        '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": {"type": "text", "read_only": true}}}'),
    ('identity',                     '{"fields": {"id": {"type": "integer"}, "name": {"type": "text"}}}'),
    ('identity',                     '{"identity": [], "fields": {"id": {"type": "integer"}, "name": {"type": "text"}}}'),
    ('identity.0',                   '{"identity": [7], "fields": {"id": {"type": "integer"}, "name": {"type": "text"}}}'),
    ('identity.1',                   '{"identity": ["id", "id"], "fields": {"id": {"type": "integer"}, "name": {"type": "text"}}}'),
    ('identity.0.rule',              '{"identity": [{}], "fields": {"id": {"type": "integer"}, "name": {"type": "text"}}}'),
    ('identity.0.levels.0.fields',   '{"identity": [{"rule": "natural", "levels": [{"level": "a", "fields": ["colour"]}]}], "fields": {"name": {"type": "text"}}}'),
    ('unknown_fields',               '{"identity": ["id"], "unknown_fields": "drop", "fields": {"id": {"type": "integer"}, "name": {"type": "text"}}}'),
    ('answer.bulk',                  '{"identity": ["id"], "answer": {"bulk": "all"}, "fields": {"id": {"type": "integer"}, "name": {"type": "text"}}}'),
    ('answer.envelop',               '{"identity": ["id"], "answer": {"envelop": "x"}, "fields": {"id": {"type": "integer"}, "name": {"type": "text"}}}'),
    ('request.list',                 '{"identity": ["id"], "request": {"list": 1}, "fields": {"id": {"type": "integer"}, "name": {"type": "text"}}}'),
    ('judged_by',                    '{"identity": ["id"], "judged_by": "name", "fields": {"id": {"type": "integer"}, "name": {"type": "text"}}}'),
    ('judged_by',                    '{"identity": ["id"], "judged_by": "when", "fields": {"id": {"type": "integer"}, "name": {"type": "text"}}}'),
    ('identitty',                    '{"identitty": ["id"], "fields": {"id": {"type": "integer"}, "name": {"type": "text"}}}')) t (path, definition),
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
  "fields": {"external_id": {"type": "text"}, "name": {"type": "text"}, "price": {"type": "decimal"}, "seen_at": {"type": "timestamp", "column": "meta", "member": "seen_at"},
    "variants": {"role": "variants", "fields": {"sku": {"type": "text"}}}}}');
SELECT product_upsert('{"external_id": "t1", "name": "T", "price": 1, "seen_at": "2024-05-01T12:00:00Z"}', profile => 'timed') -> 'price' AS created;
SELECT test.state() AS before \gset
SELECT status, version, changed, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "t1", "price": 2, "seen_at": "2024-05-01T11:59:59Z"}]', profile => 'timed');
SELECT status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "t1", "price": 2, "seen_at": "2024-05-01T13:59:59.999+02:00"}]', profile => 'timed');
SELECT product_upsert('{"external_id": "t1", "price": 2, "seen_at": "2024-04-30T23:00:00Z"}', profile => 'timed') -> 'price' AS the_stored_product_is_answered;
SELECT status, changed, test.short(errors) AS errors FROM product_match('{"external_id": "t1", "price": 2, "seen_at": "2023-01-01T00:00:00Z"}', profile => 'timed');
SELECT status, test.short(errors) AS every_failure FROM product_upsert_rows('[{"external_id": "t1", "seen_at": "2023-01-01T00:00:00Z", "variants": [{"sku": "s"}, {}]}]', profile => 'timed', on_error => 'skip');
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
\echo profile_judged_by_on_duplicate_last_is_the_newest
-- As if each were a call of its own: what is older than one before it is stale, wherever it stands; silence is taken.
CREATE FUNCTION test.last(documents jsonb, OUT told text, OUT price text) LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', r.status, r.errors -> 0 ->> 'code'), ', ' ORDER BY r.position),
           (SELECT p.price::text FROM product p WHERE p.external_id = 't9')
      FROM product_upsert_rows(documents, profile => 'timed', on_duplicate => 'last') r
$$;
SELECT told FROM test.last('[{"external_id": "t9", "price": 1, "seen_at": "2024-05-02T00:00:00Z"}, {"external_id": "t9", "price": 2, "seen_at": "2024-05-01T00:00:00Z"}]');
SELECT told, (SELECT price FROM product WHERE external_id = 't9') AS was FROM test.last('[{"external_id": "t9", "price": 3, "seen_at": "2024-05-05T00:00:00Z"}, {"external_id": "t9", "price": 4, "seen_at": "2024-05-04T00:00:00Z"},
  {"external_id": "t9", "price": 5, "seen_at": "2024-05-05T00:00:00Z"}, {"external_id": "t9", "price": 6, "seen_at": "2024-05-01T00:00:00Z"}]');
SELECT told, (SELECT price FROM product WHERE external_id = 't9') AS was FROM test.last('[{"external_id": "t9", "price": 7}, {"external_id": "t9", "price": 8, "seen_at": "2024-05-03T00:00:00Z"}]');
SELECT told, (SELECT price FROM product WHERE external_id = 't9') AS was FROM test.last('[{"external_id": "t9", "price": 9, "seen_at": "2024-05-02T00:00:00Z"}, {"external_id": "t9", "price": 8, "seen_at": "2024-05-03T00:00:00Z"}]');
SELECT price FROM product WHERE external_id = 't9';
\echo profile_create_only_ignore_whatever_the_call_says
-- What the call says of the field by an action is discarded as what the document says of it is (rule 21).
INSERT INTO product_profile (name, definition) SELECT 'born', (SELECT jsonb_set(definition || '{"identity": ["external_id"]}', '{fields}', jsonb_object_agg(f.key, f.value || CASE WHEN f.key IN
    ('category_id', 'parent_product_id', 'features', 'variants', 'tags', 'handle', 'custom_fields', 'meta') THEN '{"create_only": "ignore"}'::jsonb ELSE '{}' END)) FROM jsonb_each(definition -> 'fields') f) FROM product_profile WHERE name = 'catalog';
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'born', 'B');
INSERT INTO product_feature (organization_id, reference, name) VALUES (1, 'born', 'B');
SELECT status FROM product_upsert_rows('[{"external_id": "top", "name": "t"}, {"external_id": "born", "name": "b", "category_id": "born", "parent_product_id": "top", "features": ["born"], "tags": ["a"], "handle": "h", "custom_fields": {}, "meta": {"a": 1},
    "variants": [{"sku": "born", "price": 1}]}]', profile => 'born');
SELECT a.action, r.status, r.changed, test.short(r.errors) AS errors FROM unnest('{CLEAR,REPLACE,IGNORE}'::text[]) a (action),
    LATERAL product_upsert_rows('[{"external_id": "born"}, {"external_id": "top", "name": "t", "tags": []}]', profile => 'born', field_actions => (SELECT jsonb_object_agg(f, a.action)
        FROM unnest('{category_id,parent_product_id,features,tags,handle,meta}'::text[]) f)) r;
-- A parent that is made by the same call is discarded as well, and so is what is wrong.
SELECT status, changed, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "other", "name": "o"}, {"external_id": "born", "parent_product_id": "other", "variants": [{"sku": "", "price": "x"}], "features": ["none"], "category_id": "none", "tags": 5}]', profile => 'born', on_error => 'skip');
SELECT p.version, p.category_id IS NOT NULL AS category, (SELECT o.external_id FROM product o WHERE o.id = p.parent_product_id) AS parent, p.tags, p.handle, p.meta, (SELECT count(*) FROM product_variant v WHERE v.product_id = p.id) AS variants,
       (SELECT count(*) FROM product_feature_link l WHERE l.product_id = p.id) AS features FROM product p WHERE p.external_id = 'born';
\echo fine_point_i_an_instant_is_an_instant_as_a_member_of_jsonb
INSERT INTO product_profile (name, definition) VALUES ('instants', '{"identity": ["external_id"], "fields": {"external_id": {"type": "text"}, "name": {"type": "text"}, "at": {"type": "timestamp", "column": "meta", "member": "at"},
  "log": {"type": "objects", "column": "custom_data", "fields": {"when": {"type": "timestamp"}, "what": {"type": "text"}, "n": {"type": "decimal"}}}, "per": {"type": "json", "column": "translations", "entries": {"since": {"type": "timestamp"}}}}}');
SELECT product_upsert('{"external_id": "i1", "name": "I", "at": "2026-03-01T10:00:00+01:00", "log": [{"when": "2026-03-01T10:00:00Z", "what": "w", "n": 1.0}], "per": {"de": {"since": "2026-03-01T10:00:00Z"}}}', profile => 'instants') -> 'at' AS at;
SELECT test.ways('{"external_id": "i1", "at": "2026-03-01T09:00:00.000Z", "log": [{"when": "2026-03-01T11:00:00+01:00", "what": "w", "n": 1.00}], "per": {"de": {"since": "2026-03-01 12:00+02"}}}', 'instants') AS same,
       test.ways('{"external_id": "i1", "at": "2026-03-01T09:00:00.001Z"}', 'instants') AS later, test.ways('{"external_id": "i1", "log": [{"when": "2026-03-01T11:00:00+02:00", "what": "w", "n": 1.00}]}', 'instants') AS earlier, test.ways('{"external_id": "i1", "per": {"de": {"since": "2026-03-01T10:00:01Z"}}}', 'instants') AS in_an_entry;
\echo profile_quiet_fields_change_nothing_by_themselves
INSERT INTO product_profile (name, definition) VALUES ('quiet', '{"identity": ["external_id"], "fields": {"external_id": {"type": "text"}, "name": {"type": "text"}, "price": {"type": "decimal"}, "exported": {"type": "timestamp", "column": "meta", "member": "exported", "quiet": true},
  "variants": {"role": "variants", "fields": {"sku": {"type": "text"}, "price": {"type": "decimal"}}}}}');
SELECT product_upsert('{"external_id": "q1", "name": "Q", "exported": "2026-01-01T00:00:00Z", "variants": [{"sku": "q1"}]}', profile => 'quiet') -> 'exported' AS created;
SELECT test.ways('{"external_id": "q1", "exported": "2026-01-02T00:00:00Z"}', 'quiet') AS alone, test.ways('{"external_id": "q1", "exported": "2026-01-02T00:00:00Z", "price": 1}', 'quiet') AS beside_another, test.ways('{"external_id": "q1", "exported": "2026-01-02T00:00:00Z", "variants": [{"sku": "q1", "price": 1}]}', 'quiet') AS beside_a_variant;
SELECT product_upsert('{"external_id": "q1", "exported": "2026-01-03T00:00:00Z"}', profile => 'quiet') -> 'exported' AS as_it_was, product_upsert('{"external_id": "q1", "exported": "2026-01-03T00:00:00Z", "price": 2}', profile => 'quiet') -> 'exported' AS moved_with_the_price;
\echo profile_default_action_by_field
INSERT INTO product_profile (name, definition) VALUES ('acting', '{"identity": ["external_id"], "fields": {"external_id": {"type": "text"}, "name": {"type": "text"}, "tags": {"type": "texts", "action": "APPEND"}, "description": {"type": "text", "action": "ignore"}, "translations": {"type": "json", "entries": {"name": {"type": "text"}}, "action": "MERGE"}}}');
SELECT product_upsert('{"external_id": "d1", "name": "D", "tags": ["a"], "translations": {"de": {"name": "x"}}}', profile => 'acting') IS NOT NULL AS created;
SELECT product_upsert('{"external_id": "d1", "tags": ["b", "a"], "description": "never", "translations": {"en": {"name": "y"}}}', profile => 'acting') AS by_the_profile;
SELECT product_upsert('{"external_id": "d1", "tags": ["c"], "description": "said", "translations": {"fr": {"name": "z"}}}', profile => 'acting', field_actions => '{"tags": "REPLACE", "description": "REPLACE", "translations": "REPLACE"}') AS by_the_call;
SELECT test.ways('{"external_id": "d1", "tags": ["c"], "translations": {"fr": {"name": "z"}}}', 'acting') AS the_same;
SELECT message FROM unnest(ARRAY['{"type": "text", "column": "name", "action": "APPEND"}', '{"type": "objects", "column": "images", "fields": {"url": {"type": "text"}}, "action": "MERGE"}', '{"type": "text", "column": "name", "action": "NONE"}', '{"type": "text", "column": "name", "required": true, "action": "CLEAR"}', '{"type": "objects", "column": "images", "fields": {"url": {"type": "text"}}, "key": "uri"}']::jsonb[]) f,
       test.error(format('INSERT INTO product_profile (name, definition) VALUES (''faulty'', %L)', jsonb_build_object('identity', '["external_id"]'::jsonb, 'fields', jsonb_build_object('f', f)))) ORDER BY 1;

\echo profile_coerce_reads_text_as_numbers_and_booleans_and_numbers_as_text
INSERT INTO product_profile (name, definition) VALUES ('coercing', '{"identity": ["id", "external_id"], "coerce": true, "fields": {"organization": {"role": "organization"}, "id": {"type": "integer"}, "external_id": {"type": "text"}, "name": {"type": "text"}, "price": {"type": "decimal", "min": 0}, "calories": {"type": "integer"}, "is_common": {"type": "boolean"}, "tags": {"type": "texts"},
  "cost": {"type": "decimal", "coerce": false}, "images": {"type": "objects", "fields": {"url": {"type": "text"}, "sort_order": {"type": "integer"}}}, "custom_fields": {"role": "custom_fields"}, "variants": {"role": "variants", "fields": {"sku": {"type": "text"}, "price": {"type": "decimal"}}}}}');
INSERT INTO product_custom_field (organization_id, id, reference, type) VALUES (1, 901, 'n', 'number'), (1, 902, 'b', 'boolean'), (1, 903, 't', 'text');
SELECT product_upsert('{"organization": "1", "id": "4711", "external_id": 17, "name": 42.0, "price": "19.90", "calories": " 17 ", "is_common": "yes", "tags": [1, "a", 2.50], "images": [{"url": 5, "sort_order": "3"}], "custom_fields": {"n": "1.50", "b": "no", "t": 7}, "variants": [{"sku": 12, "price": "1.10"}]}', profile => 'coercing') AS coerced;
SELECT test.ways('{"id": 4711, "price": 19.9, "calories": "17.0", "is_common": 1, "tags": ["1", "a", "2.50"], "variants": [{"sku": "12", "price": 1.1}]}', 'coercing') AS the_same;
SELECT field, value, e.errors -> 0 ->> 'message' AS message, CASE WHEN e.errors IS NULL THEN product_upsert(d, profile => 'coercing', dry_run => true) -> field END AS taken
  FROM (VALUES ('price', '"1,50"'), ('price', '"1.000,00"'), ('price', '"1 000"'), ('price', '"+1"'), ('price', '".5"'), ('price', '"007"'), ('price', '"1e2"'), ('price', '"-1"'), ('price', '""'), ('price', '"12 EUR"'), ('price', 'true'), ('cost', '"1"'), ('calories', '"1.5"'), ('calories', '"17"'),
               ('is_common', '"TRUE"'), ('is_common', '"No"'), ('is_common', '""'), ('is_common', '"2"'), ('is_common', '2'), ('name', 'true'), ('name', '1.50'), ('organization', '"01"'), ('organization', '"x"')) v (field, value),
       jsonb_build_object('id', 4711, field, value::jsonb) d, test.error(format('SELECT product_upsert(%L, profile => %L, dry_run => true)', d, 'coercing')) e;
\echo profile_an_option_that_says_nothing_of_a_field_is_refused
SELECT o AS option, message FROM unnest(ARRAY['"coerce": true', '"min": 1', '"max": 1', '"min_length": 1', '"max_length": 1', '"no_white_space": true', '"empty_list": "object"', '"marked_up": {"base": "cost", "percent": "markup"}', '"enum": ["a"]', '"precision": "milliseconds"', '"generated": true', '"entries": {}', '"fields": {}', '"by": ["id"]', '"kwiet": true']) o,
       test.error(format('INSERT INTO product_profile (name, definition) VALUES (''faulty'', %L)', format('{"identity": ["external_id"], "fields": {"f": {"type": "date", "column": "available_from", %s}}}', o)));
\echo profile_all_faults_of_a_definition_are_told_at_once
SELECT message, test.short(errors) AS errors FROM test.error($$INSERT INTO product_profile (name, definition) VALUES ('faulty', '{"identity": ["id"], "unknown_fields": "drop", "colour": 1, "judged_by": "name", "fields": {"id": {"type": "integer"}, "name": {"type": "text", "requird": true, "min": 1}, "title": {"type": "txt"},
  "price": {"type": "decimal", "nullable": 1, "min": "2", "create_only": "never"}, "images": {"type": "objects", "fields": {"url": {"type": "x"}, "alt": {"type": "y"}}}}}')$$);
SELECT message, test.short(errors) AS errors FROM test.error($$INSERT INTO product_profile (name, definition) VALUES ('faulty', '{"identity": ["id", "color"], "judged_by": "name", "ranges": [["a", "b"]], "fields": {"name": {"type": "text"}}}')$$);
\echo profile_identity_names_a_rule_that_there_is_and_that_the_profile_has_fields_of
SELECT rule, state, message FROM unnest('{external_id,natural,colour,upc}'::text[]) rule, test.error(format('INSERT INTO product_profile (name, definition) VALUES (''named'', %L)', jsonb_build_object('identity', jsonb_build_array('id', rule), 'fields', '{"id": {"type": "integer"}, "name": {"type": "text"}, "upc": {"type": "text"}}'::jsonb)));
DELETE FROM product_profile WHERE name = 'named';
SELECT product_identity_create('upc', '{upc}');
INSERT INTO product_profile (name, definition) VALUES ('named', '{"identity": ["upc"], "fields": {"upc": {"type": "text"}, "name": {"type": "text"}}}');
SELECT product_identity_drop('upc');
\echo profile_a_restore_by_several_jobs_writes_profiles_before_all_rules_and_their_indexes_are_there
BEGIN;
SELECT product_identity_create('upc', '{upc}');
DROP INDEX product_identity_upc;
INSERT INTO product_profile (name, definition) VALUES ('no_index_yet', '{"identity": ["upc"], "fields": {"upc": {"type": "text"}, "name": {"type": "text"}}}');
DELETE FROM product_identity;
INSERT INTO product_profile (name, definition) VALUES ('no_rules_yet', '{"identity": ["ean"], "fields": {"upc": {"type": "text"}, "name": {"type": "text"}}}');
ROLLBACK;
\echo profile_require_key_refuses_a_document_without_any
INSERT INTO product_profile (name, definition) VALUES ('keyed', '{"identity": ["external_id", {"rule": "natural"}], "require_key": true, "fields": {"external_id": {"type": "text"}, "manufacturer": {"type": "text"}, "brand": {"type": "text"}, "name": {"type": "text"}, "size": {"type": "decimal"}, "size_unit": {"type": "text"}}}');
SELECT d, test.ways(d, 'keyed') AS outcome, test.ways(d, 'keyed', ', mode => ''create''') AS create_only FROM unnest(ARRAY['{"name": "x"}', '{"name": "x", "external_id": "k1"}', '{"name": "x", "manufacturer": "M"}', '{"name": "x", "external_id": null}']::jsonb[]) d;
SELECT e ->> 'message' AS message FROM product_match('{"name": "x"}', profile => 'keyed'), jsonb_array_elements(errors) e;
SELECT status, decided_by FROM product_upsert_rows('[{"name": "without any key"}]');
\echo profile_role_version_is_a_precondition_of_each_document
INSERT INTO product_profile (name, definition) VALUES ('versioned', '{"identity": ["external_id"], "fields": {"external_id": {"type": "text"}, "name": {"type": "text"}, "price": {"type": "decimal"}, "rev": {"role": "version"}}}');
SELECT product_upsert('{"external_id": "v1", "name": "V"}', profile => 'versioned') -> 'rev' AS first, product_upsert('{"external_id": "v2", "name": "V"}', profile => 'versioned') -> 'rev' AS other;
SELECT position, status, version, changed, e ->> 'field' AS field, e ->> 'code' AS code, replace(e ->> 'message', coalesce(id::text, '?'), '<id>') AS message
  FROM product_upsert_rows('[{"external_id": "v1", "price": 1, "rev": 1}, {"external_id": "v2", "price": 1, "rev": 7}, {"external_id": "v3", "name": "n", "rev": 1}, {"external_id": "v4", "name": "n", "rev": null}, {"external_id": "v5", "name": "n", "rev": "1"}]', profile => 'versioned', on_error => 'skip')
  LEFT JOIN jsonb_array_elements(errors) e ON true ORDER BY position;
SELECT d, test.ways(d, 'versioned') AS outcome FROM unnest(ARRAY['{"external_id": "v1", "price": 2, "rev": 1}', '{"external_id": "v1", "price": 2, "rev": 2}', '{"external_id": "v1", "price": 1, "rev": 2}', '{"external_id": "v1", "price": 1, "rev": 1}']::jsonb[]) d;
\echo catalog_52_available_to_is_not_before_available_from
SELECT test.ways('{"external_id": "r1", "name": "R", "available_from": "2024-06-02", "available_to": "2024-06-01"}', 'catalog') AS given;
SELECT product_upsert('{"external_id": "r1", "name": "R", "available_from": "2024-06-02"}') IS NOT NULL AS made;
SELECT test.ways('{"external_id": "r1", "available_to": "2024-06-01"}', 'catalog') AS against_the_stored, test.ways('{"external_id": "r1", "available_to": "2024-06-02"}', 'catalog') AS the_same_day;
\echo an_unknown_field_names_the_nearest_valid_one
-- psql 17 counts the columns of zero-width characters otherwise.
\pset format unaligned
SELECT said, e ->> 'message' AS message FROM unnest(ARRAY['pirce', 'Price', 'externalId', 'colour', U&'name\200B', 'availble_from', 'created_at']) said, product_match(jsonb_build_object('name', 'n', 'external_id', 'm', said, 1)), jsonb_array_elements(errors) e WHERE e ->> 'code' = 'unknown_field';
\pset format aligned
\echo a_misspelt_custom_field_is_told_where_any_key_may_stand
INSERT INTO product_custom_field (organization_id, id, reference, type) VALUES (1, 911, 'color', 'text'), (1, 912, 'shelf_life', 'text');
SELECT said, test.ways(jsonb_build_object('name', 'n', 'external_id', 'cf', 'custom_fields', jsonb_build_object(said, 'x')), 'catalog') AS outcome, (SELECT e ->> 'message' FROM product_match(jsonb_build_object('name', 'n', 'external_id', 'cf', 'custom_fields', jsonb_build_object(said, 'x'))), jsonb_array_elements(errors) e) AS message
  FROM unnest('{color,Color,COLOR,"Shelf Life",shelf-life,colour}'::text[]) said;
SELECT count(product_custom_field_release(f)) FROM unnest('{color,shelf_life}'::text[]) f;
DELETE FROM product_custom_field WHERE id > 910;
DELETE FROM product WHERE external_id IN ('v1', 'v2', 'v4', 'r1') OR name = 'without any key';
DELETE FROM product WHERE external_id IN ('i1', 'q1', 'd1', '17');
SELECT count(product_custom_field_release(f)) FROM unnest('{n,b,t}'::text[]) f;
DELETE FROM product_custom_field WHERE id > 900;

DELETE FROM product_profile WHERE NOT is_builtin;
