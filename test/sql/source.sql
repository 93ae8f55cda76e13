-- Sources of fields: a profile's `precedence` and `source`, the setting product_upsert.source, marks, what is held back, product_release.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT test.clean();
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'tea', 'Tea'), (1, 'pots', 'Pots');
INSERT INTO product_family (organization_id, name) VALUES (1, 'F'), (1, 'G');
INSERT INTO product_custom_field (organization_id, reference, type, unique_value) VALUES (1, 'ean', 'text', true), (1, 'note', 'text', false);
INSERT INTO product_profile (name, definition) SELECT n, jsonb_build_object('identity', '["external_id", "handle"]'::jsonb) || m || '{"fields": {
      "external_id": {"type": "text"}, "handle": {"type": "text"}, "name": {"type": "text", "required": true, "nullable": false}, "price": {"type": "decimal"}, "cost": {"type": "decimal"}, "status": {"type": "text", "default": "NEW"},
      "description": {"type": "text"}, "color": {"type": "text", "column": "meta", "member": "color"}, "size": {"type": "text", "column": "meta", "member": "size"}, "tags": {"type": "texts"}, "is_deleted": {"type": "boolean"},
      "category": {"role": "reference", "column": "category_id", "table": "category", "by": ["reference"], "missing": "create"}, "parent": {"role": "reference", "column": "parent_product_id", "table": "product", "by": ["external_id"]},
      "families": {"role": "links", "table": "family", "by": ["name"]}, "custom_fields": {"role": "custom_fields"}, "variants": {"role": "variants", "fields": {"sku": {"type": "text", "required": true}, "price": {"type": "decimal"}}}}}'
  FROM (VALUES ('shared', '{"precedence": {"price": ["hand", "erp", "market"], "*": ["hand", "erp"]}}'::jsonb), ('of_erp', '{"source": "erp", "precedence": {"price": ["hand", "erp", "market"], "*": ["hand", "erp"]}}'),
               ('price_only', '{"precedence": {"price": ["hand", "erp"]}}'), ('plain', '{}')) p (n, m);
SET product_upsert.profile = 'shared';
-- What a source makes of documents: status, changed fields and notes, and the marks afterwards.
CREATE FUNCTION test.by(source text, documents jsonb, options text DEFAULT '') RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('product_upsert.source', source, true);
    RETURN QUERY EXECUTE format($q$SELECT concat_ws(' ', r.status, r.changed, (SELECT string_agg(concat_ws(' ', e ->> 'code', e ->> 'field', e ->> 'source', e ->> 'value'), '; ' ORDER BY e ->> 'field') FROM jsonb_array_elements(r.errors) e))
                                     FROM product_upsert_rows(%L::jsonb, on_error => 'skip' %s) r ORDER BY r.position$q$, documents, options);
END
$$;
CREATE VIEW test.marks AS SELECT external_id, name, price, field_sources, version FROM product ORDER BY id;

\echo source_holds_what_it_creates
SELECT test.by('hand', '[{"external_id": "a", "name": "Tea", "price": 2, "cost": null, "color": "red", "category": "tea", "families": ["F"], "custom_fields": {"note": "n"}, "variants": [{"sku": "s1", "price": 1}]}]');
SELECT * FROM test.marks;
\echo source_of_a_lower_rank_is_held_back
SELECT test.by('erp', '[{"external_id": "a", "name": "Tea, loose", "price": 1, "cost": 1.50, "size": "L"}]');
SELECT * FROM test.marks;
SELECT status, jsonb_pretty(errors) FROM product_upsert_rows('[{"external_id": "a", "name": "Tea"}, {"external_id": "a", "price": 0.10, "description": "x"}]', on_duplicate => 'last');
\echo source_that_is_held_back_in_all_writes_nothing
SELECT test.state() AS before \gset
SELECT test.by('market', '[{"external_id": "a", "price": 1}]');
SELECT test.state() = :'before' AS nothing_written;
\echo source_that_says_the_same_moves_no_mark
SELECT s, test.by(s, '[{"external_id": "a", "name": "Tea", "price": 2.00, "families": ["F"], "custom_fields": {"note": "n"}, "variants": [{"sku": "s1"}]}]') FROM unnest('{hand,erp,market,other,""}'::text[]) s;
SELECT test.state() = :'before' AS nothing_written;
\echo source_of_an_equal_or_higher_rank_writes_value_and_mark
SELECT test.by('erp', '[{"external_id": "a", "cost": 1.60}]'), test.by('hand', '[{"external_id": "a", "cost": null, "name": "Tea, green"}]'), test.by('erp', '[{"external_id": "a", "cost": 3}]');
SELECT * FROM test.marks;
\echo source_that_no_list_names_ranks_last
SELECT test.by('other', '[{"external_id": "b", "name": "B", "price": 1}]'), test.by('', '[{"external_id": "b", "name": "B2"}]'), test.by('third', '[{"external_id": "b", "name": "B3"}]'), test.by('market', '[{"external_id": "b", "name": "B4", "price": 2}]'), test.by('other', '[{"external_id": "b", "name": "B5", "price": 3}]');
SELECT * FROM test.marks WHERE external_id = 'b';
\echo source_field_actions
SELECT test.by('erp', '[{"external_id": "a", "price": 1}]', $$, field_actions => '{"price": "CLEAR", "families": "CLEAR", "description": "CLEAR", "variants": "REPLACE"}'$$);
SELECT test.by('erp', '[{"external_id": "a", "price": 1}]', $$, field_actions => '{"price": "IGNORE"}'$$);
SELECT test.by('hand', '[{"external_id": "b", "tags": ["x"]}]'), test.by('erp', '[{"external_id": "b", "tags": ["x"]}]', $$, field_actions => '{"tags": "APPEND"}'$$), test.by('erp', '[{"external_id": "b", "tags": ["y"]}]', $$, field_actions => '{"tags": "APPEND"}'$$), test.by('hand', '[{"external_id": "b", "tags": ["y"]}]', $$, field_actions => '{"tags": "APPEND"}'$$);
SELECT tags, field_sources FROM product WHERE external_id = 'b';
\echo source_members_are_marked_one_by_one
SELECT test.by('hand', '[{"external_id": "b", "color": "blue"}]'), test.by('erp', '[{"external_id": "b", "color": "black", "size": "S"}]');
SELECT meta, field_sources ->> 'meta.color' AS color, field_sources ->> 'meta.size' AS size FROM product WHERE external_id = 'b';
\echo source_holds_lists_of_variants_links_and_custom_fields_as_a_whole
SELECT test.by('erp', '[{"external_id": "a", "families": ["G"], "custom_fields": {"ean": "1"}, "variants": [{"sku": "s1", "price": 5}, {"sku": "s2"}]}]');
SELECT test.by('erp', '[{"external_id": "c", "name": "C", "custom_fields": {"ean": "1"}, "variants": [{"sku": "s2"}]}]');
SELECT (SELECT string_agg(sku || ' ' || coalesce(price::text, ''), ',' ORDER BY sku) FROM product_variant) AS variants, (SELECT count(*) FROM product_family_link) AS links, (SELECT string_agg(value, ',') FROM product_custom_value) AS custom_values;
SELECT test.by('hand', '[{"external_id": "a", "families": ["G"], "variants": [{"sku": "s3"}]}]'), test.by('erp', '[{"external_id": "c", "variants": [{"sku": "s2", "price": 3}]}]');
\echo source_holds_references_and_makes_no_rows_for_them
SELECT test.by('erp', '[{"external_id": "a", "category": "kettles"}, {"external_id": "c", "category": "cups"}]');
SELECT reference FROM product_category ORDER BY id;
SELECT test.by('hand', '[{"external_id": "c", "parent": "a"}]'), test.by('erp', '[{"external_id": "c", "parent": "new"}, {"external_id": "new", "name": "N"}]'), test.by('erp', '[{"external_id": "c", "parent": "c"}]');
SELECT c.external_id, p.external_id AS parent FROM product c JOIN product p ON p.id = c.parent_product_id;
\echo source_holds_keys_which_nobody_else_has_then
SELECT test.by('hand', '[{"external_id": "a", "handle": "ha"}]'), test.by('erp', '[{"external_id": "c", "handle": "hc"}]');
SELECT test.by('erp', '[{"external_id": "a", "handle": "hb"}, {"external_id": "c", "handle": "hb"}]');
SELECT external_id, handle FROM product WHERE handle IS NOT NULL ORDER BY id;
\echo source_does_not_excuse_what_is_wrong
SELECT test.by('erp', '[{"external_id": "a", "price": "dear"}, {"external_id": "a2", "price": 1}]');
\echo source_of_deletions
SELECT test.by('hand', '[{"external_id": "c", "is_deleted": true}]'), test.by('erp', '[{"external_id": "c", "is_deleted": false, "cost": 9}]');
UPDATE product_profile SET definition = definition || '{"tombstone": {"field": "gone"}}' WHERE name = 'shared';
SELECT test.by('hand', '[{"external_id": "c", "is_deleted": false}]'), test.by('erp', '[{"external_id": "c", "gone": true}]'), test.by('hand', '[{"external_id": "c", "gone": true}]');
UPDATE product_profile SET definition = definition || '{"tombstone": {"field": "gone", "action": "delete"}}' WHERE name = 'shared';
SELECT test.by('erp', '[{"external_id": "c", "gone": true}]');
SELECT count(*) FROM product WHERE external_id = 'c';
UPDATE product_profile SET definition = definition - 'tombstone' WHERE name = 'shared';
\echo source_of_the_profile_goes_before_the_setting
SET product_upsert.source = 'hand';
SELECT status, changed, test.short(errors) FROM product_upsert_rows('[{"external_id": "a", "name": "by erp"}]', profile => 'of_erp');
RESET product_upsert.source;
\echo source_holds_only_what_has_a_list
SELECT test.by('erp', '[{"external_id": "d", "name": "D", "price": 1}]', $$, profile => 'price_only'$$), test.by('other', '[{"external_id": "d", "name": "D2", "price": 2}]', $$, profile => 'price_only'$$);
SELECT field_sources FROM product WHERE external_id = 'd';
\echo source_without_precedence_neither_marks_nor_asks
SELECT test.by('hand', '[{"external_id": "e", "name": "E"}, {"external_id": "a", "name": "plain"}]', $$, profile => 'plain'$$);
SELECT external_id, name, field_sources ->> 'name' AS mark FROM product WHERE external_id IN ('a', 'e') ORDER BY id;

\echo source_in_product_match_before_anything_is_written
SET product_upsert.source = 'erp';
SELECT status, changed, test.short(errors), explanation FROM product_match('{"external_id": "a", "price": 7}');
SELECT status, changed, test.short(errors) FROM product_match('{"external_id": "a", "price": 7, "size": "M"}');
\echo source_in_product_summary
SELECT product_summary(status, changed, errors) FROM product_upsert_rows('[{"external_id": "a", "price": 7, "name": "x"}, {"external_id": "b", "tags": ["q"], "price": 7}]', dry_run => true);
\echo source_at_every_door
CREATE TABLE test.source_in (line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document jsonb);
CREATE TABLE test.source_text (line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document text);
CREATE TABLE test.source_rows (line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, external_id text, name text, price numeric, cost numeric);
INSERT INTO test.source_in (document) VALUES ('{"external_id": "a", "name": "fed", "price": 7, "cost": 8}');
INSERT INTO test.source_text (document) SELECT document FROM test.source_in;
INSERT INTO test.source_rows (external_id, name, price, cost) VALUES ('a', 'fed', 7, 8);
CREATE TABLE test.source_bulk (document jsonb);
CREATE TRIGGER t AFTER INSERT ON test.source_bulk REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger('document');
CREATE TABLE test.source_kept (document text, id bigint, status text, errors jsonb);
CREATE TRIGGER t BEFORE INSERT ON test.source_kept FOR EACH ROW EXECUTE FUNCTION product_upsert_trigger('document', 'shared', '', 'keep');
CREATE PROCEDURE test.through(statement text) LANGUAGE plpgsql AS $$
DECLARE
    told text;
BEGIN
    UPDATE product SET name = 'N', price = 1, cost = NULL, field_sources = '{"name": "hand", "price": "market"}' WHERE external_id = 'a';
    EXECUTE statement;
    SELECT concat_ws(' ', name, price, cost, field_sources) INTO told FROM product WHERE external_id = 'a';
    RAISE WARNING '% | %', told, statement;
END
$$;
CALL test.through($$SELECT product_upsert('{"external_id": "a", "name": "fed", "price": 7, "cost": 8}')$$);
CALL test.through($$SELECT product_upsert('{"external_id": "a", "name": "fed", "price": 7, "cost": 8}'::jsonb)$$);
CALL test.through($$SELECT product_upsert_bulk('[{"external_id": "a", "name": "fed", "price": 7, "cost": 8}]'::jsonb)$$);
CALL test.through($$SELECT product_upsert_rows('{"external_id": "a", "name": "fed", "price": 7, "cost": 8}'::text)$$);
CALL test.through($$SELECT product_upsert_from('test.source_in')$$);
CALL test.through($$SELECT product_upsert_from('test.source_text')$$);
CALL test.through($$SELECT product_upsert_from('test.source_rows', '*', key_column => 'line')$$);
CALL test.through($$INSERT INTO test.source_bulk SELECT document FROM test.source_in$$);
CALL test.through($$INSERT INTO test.source_kept SELECT document FROM test.source_in$$);
CALL test.through($$SET LOCAL product_upsert.direct_writes = off; SELECT product_upsert_bulk('[{"external_id": "a", "name": "fed", "price": 7, "cost": 8}]'::jsonb)$$);
CALL test.through($$SELECT product_upsert('{"external_id": "a", "name": "fed", "price": 7, "cost": 8}', dry_run => true)$$);
SELECT status, test.short(errors) FROM test.source_kept;
UPDATE product SET name = 'N', price = 1, cost = NULL, field_sources = '{"name": "hand", "price": "market"}' WHERE external_id = 'a';
CALL product_import('test.source_rows', '*');
SELECT * FROM test.marks WHERE external_id = 'a';
\echo source_under_row_security
CREATE ROLE regress_source;
GRANT USAGE ON SCHEMA test TO PUBLIC;
SELECT product_grant('regress_source', 'PRODUCT.CREATE', 1), product_grant('regress_source', 'PRODUCT.UPDATE', 1);
SET ROLE regress_source;
SELECT status, changed, test.short(errors) FROM product_upsert_rows('[{"external_id": "a", "name": "member", "price": 9}, {"external_id": "m", "name": "M"}]');
SELECT product_release((SELECT id FROM product WHERE external_id = 'a'), '{name}');
RESET ROLE;
SELECT * FROM test.marks WHERE external_id IN ('a', 'm');
REVOKE USAGE ON SCHEMA test FROM PUBLIC;
DROP OWNED BY regress_source;
DROP ROLE regress_source;
TRUNCATE product_member;
\echo source_in_the_change_feed
SET product_upsert.change_feed = on;
SELECT status, changed FROM product_upsert_rows('[{"external_id": "a", "cost": 10}, {"external_id": "f", "name": "F"}]');
SELECT action, changed FROM product_change WHERE organization_id = 1 ORDER BY id;
RESET product_upsert.change_feed;
TRUNCATE product_change;

\echo source_release
SELECT id AS a FROM product WHERE external_id = 'a' \gset
SELECT product_release(:a, '{price,cost}'), product_release(:a, '{price}');
SELECT product_release(:a), product_release(:a);
SELECT field_sources IS NULL AS nothing_left FROM product WHERE external_id = 'a';
SELECT call, state, message, hint, test.short(errors) AS errors FROM unnest(ARRAY['product_release(NULL)', 'product_release(4711)', 'product_release(' || :a || $$, '{prise}')$$, 'product_release(' || :a || $$, '{NULL}')$$, 'product_release(' || :a || ', organization_id => 7)']) call, test.error('SELECT ' || call);
\echo source_definitions
SELECT p AS precedence, message FROM unnest(ARRAY['5', '{}', '{"nme": ["hand"]}', '{"name": "hand"}', '{"name": []}', '{"name": ["hand", 1]}', '{"name": ["hand", "erp", "hand"]}', '{"name": [""]}', '{"id": ["hand"]}', '{"at": ["hand"]}', '{"*": []}']::jsonb[]) p,
       test.error(format('INSERT INTO product_profile (name, definition) VALUES (''faulty'', %L)', jsonb_build_object('identity', '["id"]'::jsonb, 'judged_by', 'at', 'precedence', p, 'fields', '{"id": {"type": "integer"}, "name": {"type": "text"}, "at": {"type": "timestamp", "column": "meta", "member": "at"}}'::jsonb)));
SELECT message FROM test.error($$INSERT INTO product_profile (name, definition) VALUES ('faulty', '{"identity": ["id"], "source": ["erp"], "fields": {"id": {"type": "integer"}}}')$$);
SELECT message FROM test.error($$INSERT INTO product_profile (name, definition) VALUES ('faulty', '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "by": {"type": "json", "column": "field_sources"}}}')$$);
\echo source_shown_in_answers
INSERT INTO product_profile (name, definition) VALUES ('showing', '{"identity": ["id"], "fields": {"id": {"type": "integer"}, "name": {"type": "text"}, "written_by": {"type": "json", "column": "field_sources", "read_only": "ignore"}}}');
SELECT product_get(id, 'showing') -> 'written_by' AS written_by FROM product WHERE external_id = 'f';
\echo source_held_back_in_imports
CREATE TABLE test.source_import (document jsonb);
INSERT INTO test.source_import SELECT jsonb_build_object('external_id', 'h' || i, 'name', 'H', 'price', 1) FROM generate_series(1, 6) i;
SET product_upsert.source = 'hand';
SELECT status, count(*) FROM product_upsert_from('test.source_import', profile => 'shared') GROUP BY 1;
UPDATE test.source_import SET document = document || '{"price": 2}' WHERE document ->> 'external_id' <= 'h4';
SET product_upsert.source = 'erp';
CALL product_import('test.source_import', profile => 'shared', batch_size => 2);
SELECT done, updated, unchanged, rejected, held_back FROM product_import_progress ORDER BY id DESC LIMIT 1;
CALL product_import('test.source_import', profile => 'shared', batch_size => 3, parallel => 2, restart => true);
SELECT done, updated, unchanged, rejected, held_back FROM product_import_progress ORDER BY id DESC LIMIT 1;
DROP TABLE test.source_import;
\echo source_of_what_waits
UPDATE product_profile SET definition = jsonb_set(definition, '{fields,category,missing}', '"park"') WHERE name = 'shared';
SELECT test.by('hand', '[{"external_id": "w", "name": "W", "category": "later"}]');
SELECT options FROM product_parked;
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'later', 'L');
SELECT status FROM product_parked_retry();
SELECT field_sources FROM product WHERE external_id = 'w';
SELECT current_setting('product_upsert.source') AS as_it_was;

RESET product_upsert.profile;
RESET product_upsert.source;
DROP VIEW test.marks;
DROP TABLE test.source_in, test.source_text, test.source_rows, test.source_bulk, test.source_kept;
DROP FUNCTION test.by;
DROP PROCEDURE test.through;
TRUNCATE product_import RESTART IDENTITY CASCADE;
DELETE FROM product_profile WHERE name IN ('shared', 'of_erp', 'price_only', 'plain', 'showing');
RESET client_min_messages;
SELECT test.clean();
