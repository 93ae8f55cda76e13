-- Documents that say that their product is to be deleted: a profile's `tombstone`.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT test.clean();
INSERT INTO product_profile (name, definition) VALUES
    ('grave', '{"identity": ["external_id", "handle"], "judged_by": "seen_at", "tombstone": {"field": "op", "value": "D"},
      "fields": {"external_id": {"type": "text"}, "handle": {"type": "text"}, "name": {"type": "text", "required": true, "nullable": false}, "price": {"type": "decimal", "min": 0}, "is_deleted": {"type": "boolean"},
                 "seen_at": {"type": "timestamp", "column": "meta", "member": "seen_at"}, "category": {"role": "reference", "column": "category_id", "table": "category", "by": ["reference"]},
                 "tags": {"type": "texts"}, "variants": {"role": "variants", "fields": {"sku": {"type": "text", "required": true}, "price": {"type": "decimal"}}}}}'),
    ('fire', '{"identity": ["external_id"], "tombstone": {"field": "gone", "action": "delete"}, "unknown_fields": "ignore",
      "fields": {"external_id": {"type": "text"}, "handle": {"type": "text"}, "upc": {"type": "text"}, "name": {"type": "text", "required": true, "nullable": false}, "parent": {"role": "reference", "column": "parent_product_id", "table": "product", "by": ["external_id"]},
                 "custom_fields": {"role": "custom_fields"}, "variants": {"role": "variants", "fields": {"sku": {"type": "text", "required": true}, "price": {"type": "decimal"}}}}}'),
    ('lazarus', '{"identity": ["external_id"], "judged_by": "seen_at", "tombstone": {"field": "state", "value": "off", "revive": true},
      "fields": {"external_id": {"type": "text"}, "name": {"type": "text"}, "state": {"type": "text", "column": "status", "enum": ["on", "off"]}, "is_deleted": {"type": "boolean", "hidden": true}, "seen_at": {"type": "timestamp", "column": "meta", "member": "seen_at", "hidden": true}}}');
CREATE VIEW test.graves AS SELECT external_id, name, price, is_deleted, version, meta ->> 'seen_at' AS seen_at FROM product ORDER BY id;

\echo tombstone_deletes_softly
SELECT status FROM product_upsert_rows('[{"external_id": "a", "name": "A", "handle": "ha", "price": 1, "tags": ["t"], "seen_at": "2026-01-01T00:00:00Z", "variants": [{"sku": "va", "price": 1}]}, {"external_id": "b", "name": "B", "op": "U"}]', profile => 'grave');
SELECT status, decided_by, version, changed, errors FROM product_upsert_rows('[{"external_id": "a", "op": "D", "seen_at": "2026-01-03T00:00:00Z"}]', profile => 'grave');
SELECT * FROM test.graves;
\echo tombstone_twice_is_unchanged
SELECT status, version, changed, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "a", "op": "D", "seen_at": "2026-01-03T00:00:00Z"}]', profile => 'grave');
\echo tombstone_is_not_undone_by_what_is_older
SELECT status, changed, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "a", "name": "late", "is_deleted": false, "seen_at": "2026-01-02T00:00:00Z"}]', profile => 'grave');
\echo tombstone_that_is_older_deletes_nothing
SELECT status FROM product_upsert_rows('[{"external_id": "b", "seen_at": "2026-01-05T00:00:00Z"}]', profile => 'grave');
SELECT status, changed, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "b", "op": "D", "seen_at": "2026-01-04T00:00:00Z"}]', profile => 'grave');
\echo tombstone_stays_where_what_is_newer_does_not_say_otherwise
SELECT status, changed, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "a", "price": 2, "seen_at": "2026-01-06T00:00:00Z"}]', profile => 'grave');
SELECT status, changed, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "a", "is_deleted": false, "seen_at": "2026-01-07T00:00:00Z"}]', profile => 'grave');

\echo tombstone_says_nothing_else
SELECT status, changed, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "a", "handle": "other", "name": null, "price": -7, "category": "nowhere", "tags": 5, "variants": [{"sku": "vx"}], "op": "D", "seen_at": "2026-01-08T00:00:00Z"}]', profile => 'grave');
SELECT name, handle, price, tags, is_deleted, (SELECT array_agg(sku) FROM product_variant) AS skus FROM product WHERE external_id = 'a';
SELECT status, changed FROM product_upsert_rows('[{"external_id": "a", "is_deleted": false, "seen_at": "2026-01-09T00:00:00Z"}]', profile => 'grave');
\echo tombstone_takes_no_field_action_of_others
SELECT status, changed FROM product_upsert_rows('[{"external_id": "a", "op": "D", "seen_at": "2026-01-10T00:00:00Z"}]', profile => 'grave', field_actions => '{"price": "CLEAR", "tags": "CLEAR", "category": "CLEAR"}');
SELECT price, tags FROM product WHERE external_id = 'a';
\echo tombstone_has_to_say_whose
SELECT document, test.ways(document, 'grave') AS outcome FROM unnest(ARRAY['{"op": "D"}', '{"op": "D", "external_id": ""}', '{"op": "D", "external_id": 5}', '{"op": "D", "external_id": "a", "handle": "hb"}', '{"op": "D", "external_id": "a", "opp": 1}', '{"op": "D", "external_id": "a", "seen_at": "then"}']::jsonb[]) document;
\echo tombstone_of_two_products_is_a_collision
UPDATE product SET handle = 'hb' WHERE external_id = 'b';
SELECT status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "a", "handle": "hb", "op": "D"}]', profile => 'grave', on_error => 'skip');

\echo tombstone_of_no_product_creates_nothing
SELECT * FROM product_upsert_rows('[{"external_id": "nobody", "op": "D"}]', profile => 'grave');
SELECT mode, status, test.short(errors) AS errors FROM unnest('{upsert,update,create}'::text[]) mode, product_upsert_rows('[{"external_id": "nobody", "op": "D"}]', profile => 'grave', mode => mode);
SELECT product_upsert('{"external_id": "nobody", "op": "D"}', profile => 'grave'), product_upsert_bulk('[{"external_id": "nobody", "op": "D"}]', profile => 'grave'), product_upsert('{"external_id": "nobody", "op": "D"}'::text, profile => 'grave');
SELECT status, id, changed, test.short(errors) AS errors, explanation FROM product_match('{"external_id": "nobody", "op": "D"}', profile => 'grave');
SELECT test.short(errors) AS errors FROM test.error($$SELECT product_upsert('{"external_id": "nobody", "op": "D"}', profile => 'grave', if_version => 1)$$);
SELECT count(*) FROM product;

\echo tombstone_and_others_of_one_call
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "c", "name": "C"}, {"external_id": "c", "op": "D"}, {"external_id": "b", "name": "B2", "seen_at": "2026-02-01T00:00:00Z"}, {"external_id": "b", "op": "D", "seen_at": "2026-02-02T00:00:00Z"}]', profile => 'grave', on_error => 'skip');
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "c", "name": "C"}, {"external_id": "c", "op": "D"}, {"external_id": "b", "op": "D", "seen_at": "2026-02-02T00:00:00Z"}, {"external_id": "b", "name": "B3", "seen_at": "2026-02-03T00:00:00Z"}]', profile => 'grave', on_duplicate => 'last');
SELECT * FROM test.graves;

\echo tombstone_at_every_door
CREATE FUNCTION test.bury(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    buried text;
BEGIN
    UPDATE product SET is_deleted = false, meta = NULL;
    EXECUTE statement;
    SELECT string_agg(external_id, ',' ORDER BY id) INTO buried FROM product WHERE is_deleted;
    RETURN buried;
END
$$;
CREATE TABLE test.graves_in (line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document jsonb);
CREATE TABLE test.graves_text (line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document text);
CREATE TABLE test.graves_rows (line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, external_id text, name text, op text);
INSERT INTO test.graves_in (document) VALUES ('{"external_id": "a", "op": "D"}'), ('{"external_id": "x", "op": "D"}');
INSERT INTO test.graves_text (document) SELECT document FROM test.graves_in;
INSERT INTO test.graves_rows (external_id, op) VALUES ('a', ' D'), ('x', 'D');
CREATE TABLE test.graves_bulk (document jsonb);
CREATE TRIGGER t AFTER INSERT ON test.graves_bulk REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger('document', 'grave');
CREATE TABLE test.graves_kept (document text, id bigint, status text, errors jsonb);
CREATE TRIGGER t BEFORE INSERT ON test.graves_kept FOR EACH ROW EXECUTE FUNCTION product_upsert_trigger('document', 'grave', '', 'keep');
SELECT statement, test.bury(statement) FROM unnest(ARRAY[
    $$SELECT product_upsert('{"external_id": "a", "op": "D"}', profile => 'grave')$$,
    $$SELECT product_upsert('{"op": "D", "external_id": "a"}'::text, profile => 'grave')$$,
    $$SELECT product_upsert_bulk('[{"external_id": "a", "op": "D"}]', profile => 'grave')$$,
    $$SELECT product_upsert_rows('{"external_id": "a", "op": "D"}'::text, profile => 'grave')$$,
    $$SELECT product_upsert_from('test.graves_in', profile => 'grave')$$,
    $$SELECT product_upsert_from('test.graves_text', profile => 'grave')$$,
    $$SELECT product_upsert_from('test.graves_rows', '*', profile => 'grave', key_column => 'line')$$,
    $$INSERT INTO test.graves_bulk SELECT document FROM test.graves_in$$,
    $$INSERT INTO test.graves_kept SELECT document FROM test.graves_in$$,
    $$SELECT product_upsert('{"external_id": "a", "op": "D"}', profile => 'grave', dry_run => true)$$,
    $$SELECT product_match('{"external_id": "a", "op": "D"}', profile => 'grave')$$]) statement;
SELECT id IS NOT NULL AS has_id, status, errors FROM test.graves_kept;
UPDATE product SET is_deleted = false, meta = NULL;
CALL product_import('test.graves_rows', '*', profile => 'grave');
SELECT created, updated, unchanged, rejected FROM product_import_progress ORDER BY id DESC LIMIT 1;
SELECT status, explanation, test.short(errors) AS errors FROM product_match('{"external_id": "b", "op": "D"}', profile => 'grave');
SELECT done, external_id FROM product_retire('test.graves_in', profile => 'grave', most => 100, dry_run => true) JOIN product USING (id);

\echo tombstone_is_a_field_of_the_profile_and_revives
SELECT test.ways('{"external_id": "a", "name": "A", "state": "on"}', 'lazarus') AS alive;
SELECT product_upsert('{"external_id": "a", "name": "never", "state": "off", "seen_at": "2026-03-02T00:00:00Z"}', profile => 'lazarus');
SELECT status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "a", "name": "late", "state": "on", "seen_at": "2026-03-01T00:00:00Z"}]', profile => 'lazarus');
SELECT status, changed, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "a", "name": "again", "state": "on", "seen_at": "2026-03-03T00:00:00Z"}]', profile => 'lazarus');

\echo tombstone_deletes_really
SELECT test.clean();
INSERT INTO product_custom_field (organization_id, reference, type, unique_value, is_identifier) VALUES (1, 'ean', 'text', true, true);
SELECT status FROM product_upsert_rows('[{"external_id": "p", "name": "P", "handle": "hp", "custom_fields": {"ean": "1"}, "variants": [{"sku": "s1"}]}, {"external_id": "q", "name": "Q"}, {"external_id": "r", "name": "R", "parent": "q"}]', profile => 'fire');
DELETE FROM product_change;
SET product_upsert.change_feed = on;
SELECT status, explanation FROM product_match('{"external_id": "p", "gone": true}', profile => 'fire');
SELECT status, decided_by, version, changed, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "p", "gone": true}]', profile => 'fire', dry_run => true);
SELECT p ->> 'name' AS name, p #>> '{variants,0,sku}' AS sku FROM product_upsert('{"external_id": "p", "gone": true}', profile => 'fire', dry_run => true) p;
SELECT id IS NOT NULL AS has_id, status, decided_by, version, changed, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "p", "gone": true}, {"external_id": "q", "name": "Q2", "gone": false}]', profile => 'fire');
SELECT action, version, changed IS NULL AS none FROM product_change ORDER BY id;
RESET product_upsert.change_feed;
SELECT (SELECT count(*) FROM product) AS products, (SELECT count(*) FROM product_variant) AS variants, (SELECT count(*) FROM product_custom_value) AS custom_values;
SELECT status, id, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "p", "gone": true}]', profile => 'fire');
\echo tombstone_of_a_product_that_others_refer_to
SELECT test.ways('{"external_id": "q", "gone": true}', 'fire') AS outcome;
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "q", "gone": true}, {"external_id": "n", "name": "N"}]', profile => 'fire', on_error => 'skip');
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "q", "gone": true}, {"external_id": "r", "gone": true}]', profile => 'fire');
\echo tombstone_makes_no_parent
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "nobody", "gone": true}, {"external_id": "n2", "name": "N", "parent": "nobody"}]', profile => 'fire', on_error => 'skip');
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "n2", "name": "N", "parent": "nobody"}, {"external_id": "nobody", "gone": true}]', profile => 'fire', on_error => 'skip');
\echo tombstone_is_not_the_same_as_what_says_no_more_than_the_key
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "n"}, {"external_id": "n", "gone": true}]', profile => 'fire', on_duplicate => 'same', on_error => 'skip');
\echo tombstone_frees_its_keys_within_the_call
SELECT status FROM product_upsert_rows('[{"external_id": "p", "name": "P", "handle": "hp", "custom_fields": {"ean": "1"}, "variants": [{"sku": "s1"}]}, {"external_id": "o", "name": "O"}, {"external_id": "kid", "name": "Kid", "parent": "p"}]', profile => 'fire');
SELECT position, status, changed, test.short(errors) AS errors
  FROM product_upsert_rows('[{"external_id": "new", "name": "New", "custom_fields": {"ean": "1"}}, {"external_id": "o", "handle": "hp", "variants": [{"sku": "s1"}]}, {"external_id": "kid", "parent": null}, {"external_id": "p", "gone": true}]', profile => 'fire');
SELECT external_id, handle, custom_fields, (SELECT sku FROM product_variant v WHERE v.product_id = p.id) AS sku FROM product p ORDER BY id;
\echo tombstone_that_is_refused_frees_nothing
SELECT status FROM product_upsert_rows('[{"external_id": "kid", "parent": "o"}]', profile => 'fire');
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "new", "handle": "hp"}, {"external_id": "o", "gone": true}, {"external_id": "m", "name": "M"}]', profile => 'fire', on_error => 'skip');
SELECT external_id, handle FROM product ORDER BY id;
\echo tombstone_needs_the_right_to_delete
CREATE ROLE regress_bury;
GRANT USAGE ON SCHEMA test TO PUBLIC;
SELECT product_grant('regress_bury', 'PRODUCT.CREATE', 1), product_grant('regress_bury', 'PRODUCT.UPDATE', 1);
SET ROLE regress_bury;
SELECT test.ways('{"external_id": "kid", "gone": true}', 'fire') AS may_not;
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "kid", "gone": true}, {"external_id": "nobody", "gone": true}]', profile => 'fire', on_error => 'skip');
RESET ROLE;
SELECT product_grant('regress_bury', 'PRODUCT.DELETE', 1);
SET ROLE regress_bury;
SELECT status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "kid", "gone": true}]', profile => 'fire');
RESET ROLE;
REVOKE USAGE ON SCHEMA test FROM PUBLIC;
DROP OWNED BY regress_bury;
DROP ROLE regress_bury;
TRUNCATE product_member;
\echo tombstone_of_a_row_that_a_trigger_keeps
CREATE FUNCTION test.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER keep BEFORE DELETE ON product FOR EACH ROW WHEN (OLD.external_id = 'm') EXECUTE FUNCTION test.keep();
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "m", "gone": true}, {"external_id": "new", "gone": true}]', profile => 'fire', on_error => 'skip');
DROP TRIGGER keep ON product;
\echo tombstones_in_a_feed_of_many_batches
SELECT test.clean();
CREATE TABLE test.many_graves (document jsonb);
SELECT count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'g' || i, 'name', 'G', 'handle', 'h' || i)) FROM generate_series(1, 9000) i), profile => 'fire');
INSERT INTO test.many_graves SELECT jsonb_build_object('external_id', 'g' || i, 'gone', true) FROM generate_series(1, 4000) i;
INSERT INTO test.many_graves SELECT jsonb_build_object('external_id', 'g' || i, 'handle', 'h' || i - 4000) FROM generate_series(4001, 8000) i;
INSERT INTO test.many_graves SELECT jsonb_build_object('external_id', 'new' || i, 'name', 'N', 'handle', 'h' || i) FROM generate_series(4001, 5000) i;
SELECT status, count(*) FROM product_upsert_from('test.many_graves', profile => 'fire') GROUP BY 1 ORDER BY 1;
SELECT count(*), count(DISTINCT handle), min(handle) FROM product;
\echo tombstones_of_parents_in_a_feed_of_many_batches
SELECT test.clean();
SELECT status FROM product_upsert_rows('[{"external_id": "top", "name": "T"}, {"external_id": "p", "name": "P", "parent": "top"}, {"external_id": "k1", "name": "K", "parent": "p"}, {"external_id": "k2", "name": "K", "parent": "p"}, {"external_id": "q", "name": "Q"}, {"external_id": "k3", "name": "K", "parent": "q"}]', profile => 'fire');
TRUNCATE test.many_graves;
INSERT INTO test.many_graves SELECT jsonb_build_object('external_id', k, 'gone', true) FROM unnest('{top,q,p}'::text[]) k;
INSERT INTO test.many_graves SELECT jsonb_build_object('external_id', 'none' || i, 'gone', true) FROM generate_series(1, 10000) i;
INSERT INTO test.many_graves VALUES ('{"external_id": "k1", "gone": true}'), ('{"external_id": "k2", "parent": null}');
SELECT status, errors #>> '{0,code}' AS code, count(*) FROM product_upsert_from('test.many_graves', profile => 'fire', on_error => 'skip') GROUP BY 1, 2 ORDER BY 1, 2;
SELECT external_id, parent_product_id IS NULL AS top FROM product ORDER BY id;
\echo tombstone_collides_across_batches_by_what_stands_beside_the_product_as_within_one
SELECT test.clean();
INSERT INTO product_custom_field (organization_id, reference, name, type, unique_value, multiple_values) VALUES (1, 'code', 'Code', 'text', true, false), (1, 'codes', 'Codes', 'text', true, true);
INSERT INTO product_custom_field (organization_id, reference, name, type, is_identifier, multiple_values) VALUES (1, 'ref', 'Ref', 'text', true, false), (1, 'refs', 'Refs', 'text', true, true);
CREATE TABLE test.apart (n integer, document jsonb);
CREATE VIEW test.apart_in_order AS SELECT document FROM test.apart ORDER BY n;
SET product_upsert.batch_documents = 100;
-- What becomes of two documents: in one batch, in two of a call that skips, and in two of one that aborts.
CREATE FUNCTION test.apart(document jsonb, another jsonb, fillers text, options text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    told text;
    all_told text[] := '{}';
    statement text;
    arguments text := format('profile => ''fire'' %s', options);
BEGIN
    FOREACH statement IN ARRAY ARRAY[format('product_upsert_rows(%L, on_error => ''skip'', %s)', jsonb_build_array(document, another), arguments),
                                     format('product_upsert_from(''test.apart_in_order'', on_error => ''skip'', %s)', arguments),
                                     format('product_upsert_from(''test.apart_in_order'', %s)', arguments)]
    LOOP
        DELETE FROM product;
        PERFORM product_upsert('{"external_id": "p", "name": "P", "custom_fields": {"code": "c", "codes": ["x", "y"], "refs": ["x"]}, "variants": [{"sku": "s1"}, {"sku": "s2"}]}', profile => 'fire');
        TRUNCATE test.apart;
        INSERT INTO test.apart SELECT 0, document UNION ALL SELECT n, replace(fillers, '?', n::text)::jsonb FROM generate_series(1, 100) n UNION ALL SELECT 101, another;
        told := test.try(format('SELECT string_agg(concat_ws('' '', status, errors #>> ''{0,code}''), '', '' ORDER BY position) FROM %s WHERE position IN (1, 2, 102) AND (position <> 2 OR id IS NOT NULL OR status <> ''unchanged'')', statement));
        all_told := all_told || format('%s: %s left', told, (SELECT count(*) FROM product));
    END LOOP;
    RETURN all_told;
END
$$;
SELECT test.apart('{"variants": [{"sku": "s1"}], "gone": true}', '{"name": "N", "variants": [{"sku": "s2"}]}', '{"variants": [{"sku": "?"}], "gone": true}', $$, identifier_field => 'sku'$$) AS sku;
SELECT test.apart('{"variants": [{"sku": "s1"}], "gone": true}', '{"variants": [{"sku": "s1"}], "gone": true}', '{"variants": [{"sku": "?"}], "gone": true}', $$, identifier_field => 'sku'$$) AS sku_twice;
SELECT test.apart('{"variants": [{"sku": "s1"}], "gone": true}', '{"name": "N", "variants": [{"sku": "s3"}]}', '{"variants": [{"sku": "?"}], "gone": true}', $$, identifier_field => 'sku'$$) AS another_sku;
-- Of two products, one of which an earlier batch has made.
SELECT test.apart('{"name": "N", "variants": [{"sku": "s9"}]}', '{"variants": [{"sku": "s1"}, {"sku": "s9"}]}', '{"variants": [{"sku": "?"}], "gone": true}', $$, identifier_field => 'sku'$$) AS two_skus;
SELECT test.apart('{"variants": [{"sku": "s1"}]}', '{"name": "N", "variants": [{"sku": "s2"}]}', '{"variants": [{"sku": "?"}], "gone": true}', $$, identifier_field => 'sku', field_actions => '{"variants": "REPLACE"}'$$) AS sku_given_up;
SELECT test.apart('{"custom_fields": {"code": "c"}, "gone": true}', '{"name": "N", "custom_fields": {"code": "c"}}', '{"custom_fields": {"code": "?"}, "gone": true}', $$, custom_field_reference => 'code'$$) AS value;
SELECT test.apart('{"custom_fields": {"codes": ["x"]}}', '{"name": "N", "custom_fields": {"codes": ["y"]}}', '{"custom_fields": {"codes": ["?"]}, "gone": true}', $$, custom_field_reference => 'codes'$$) AS value_given_up;
\echo documents_found_by_one_sku_or_custom_value_that_no_product_has_are_one_product
-- One would make the product that the other means, as in two calls.
SELECT test.apart('{"name": "N", "variants": [{"sku": "s9"}]}', '{"variants": [{"sku": "s9"}], "gone": true}', '{"variants": [{"sku": "?"}], "gone": true}', $$, identifier_field => 'sku'$$) AS made_and_gone;
SELECT test.apart('{"variants": [{"sku": "s9"}], "gone": true}', '{"name": "N", "variants": [{"sku": "s9"}]}', '{"variants": [{"sku": "?"}], "gone": true}', $$, identifier_field => 'sku'$$) AS gone_and_made;
SELECT test.apart('{"variants": [{"sku": "s1"}, {"sku": "s9"}]}', '{"variants": [{"sku": "s9"}], "gone": true}', '{"variants": [{"sku": "?"}], "gone": true}', $$, identifier_field => 'sku'$$) AS given_and_gone;
SELECT test.apart('{"name": "N", "custom_fields": {"code": "d"}}', '{"custom_fields": {"code": "d"}, "gone": true}', '{"custom_fields": {"code": "?"}, "gone": true}', $$, custom_field_reference => 'code'$$) AS value;
SELECT test.apart('{"name": "N", "custom_fields": {"ref": "r"}}', '{"name": "M", "custom_fields": {"ref": "r"}}', '{"custom_fields": {"ref": "?"}, "gone": true}', $$, custom_field_reference => 'ref'$$) AS not_unique;
SELECT test.apart('{"custom_fields": {"refs": ["x", "z"]}}', '{"name": "M", "custom_fields": {"refs": ["z"]}}', '{"custom_fields": {"refs": ["?"]}, "gone": true}', $$, custom_field_reference => 'refs'$$) AS value_given;
SELECT test.apart('{"name": "N", "custom_fields": {"ref": "r"}}', '{"name": "M", "custom_fields": {"ref": "r2"}}', '{"custom_fields": {"ref": "?"}, "gone": true}', $$, custom_field_reference => 'ref'$$) AS other_values;
DELETE FROM product;
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"name": "N", "custom_fields": {"ref": "r"}}, {"name": "M", "custom_fields": {"ref": "r"}}]', profile => 'fire', custom_field_reference => 'ref', on_duplicate => 'last');
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"name": "N", "variants": [{"sku": "r"}]}, {"name": "M", "variants": [{"sku": "r"}]}]', profile => 'fire', identifier_field => 'sku', on_duplicate => 'last');
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"name": "N", "variants": [{"sku": "q"}]}, {"name": "N", "variants": [{"sku": "q"}]}]', profile => 'fire', identifier_field => 'sku', on_duplicate => 'same');
SELECT name FROM product ORDER BY id;
DROP VIEW test.apart_in_order;
RESET product_upsert.batch_documents;
DROP TABLE test.apart;
DROP FUNCTION test.apart;
\echo tombstone_of_a_name_for_this_alone_is_coerced
INSERT INTO product_profile (name, definition) SELECT 'coerced', '{"identity": ["external_id"], "coerce": true, "fields": {"external_id": {"type": "text"}, "name": {"type": "text"}, "is_deleted": {"type": "boolean"}}}'::jsonb || '{"tombstone": {"field": "gone"}}';
INSERT INTO product_profile (name, definition) SELECT 'counted', definition || '{"tombstone": {"field": "stock", "value": 0}}' FROM product_profile WHERE name = 'coerced';
INSERT INTO product_profile (name, definition) SELECT 'inactive', definition || '{"tombstone": {"field": "active", "value": false}}' FROM product_profile WHERE name = 'coerced';
INSERT INTO product_profile (name, definition) SELECT 'strict', definition || '{"coerce": false}' FROM product_profile WHERE name = 'coerced';
SELECT p, said, status FROM (VALUES ('coerced', '{"gone": "1"}'), ('coerced', '{"gone": 1}'), ('coerced', '{"gone": " Yes "}'), ('coerced', '{"gone": "0"}'), ('coerced', '{"gone": ""}'), ('coerced', '{"gone": "soon"}'), ('counted', '{"stock": "0"}'), ('counted', '{"stock": "0.0"}'),
                                      ('counted', '{"stock": ""}'), ('counted', '{"stock": "00"}'), ('inactive', '{"active": "no"}'), ('inactive', '{"active": 0}'), ('inactive', '{"active": ""}'), ('strict', '{"gone": "1"}')) v (p, said),
       LATERAL (SELECT product_upsert('{"external_id": "g", "name": "G", "is_deleted": false}', profile => 'strict')) made (product),
       LATERAL product_match(jsonb_build_object('external_id', made.product ->> 'external_id') || said::jsonb, profile => p);
\echo tombstone_definitions
SELECT t AS tombstone, message FROM unnest(ARRAY['5', '{}', '{"field": "op", "valu": 1}', '{"field": "op", "value": [1]}', '{"field": "op", "action": "archive"}', '{"field": "op", "action": "delete", "revive": true}', '{"field": "when"}', '{"field": "ro"}', '{"field": "op"}']::jsonb[]) t,
       test.error(format('INSERT INTO product_profile (name, definition) VALUES (''faulty'', %L)', jsonb_build_object('identity', '["external_id"]'::jsonb, 'tombstone', t, 'fields', '{"external_id": {"type": "text"}, "when": {"type": "date", "column": "available_from"}, "ro": {"type": "text", "column": "name", "read_only": "ignore"}}'::jsonb)));
\echo tombstone_in_the_schema_of_documents
SELECT product_profile_schema('grave') #> '{components,schemas}' IS NOT NULL AS has_schemas, product_profile_schema('grave')::text LIKE '%"op": %' AS knows_op;

DROP VIEW test.graves;
DROP TABLE test.graves_in, test.graves_text, test.graves_rows, test.graves_bulk, test.graves_kept, test.many_graves;
DROP FUNCTION test.bury, test.keep;
TRUNCATE product_import RESTART IDENTITY CASCADE;
DELETE FROM product_profile WHERE name IN ('grave', 'fire', 'lazarus', 'coerced', 'counted', 'inactive', 'strict');
RESET client_min_messages;
SELECT test.clean();
