-- What becomes of documents that name rows that are not there (`missing`), and categories by path.
\set VERBOSITY terse
SELECT test.clean();
INSERT INTO product_profile (name, definition) VALUES ('missing', '{
  "identity": ["external_id"],
  "fields": {
    "external_id": {"type": "text"},
    "name":        {"type": "text", "required": true},
    "price":       {"type": "decimal"},
    "category":    {"role": "reference", "column": "category_id", "table": "category", "by": ["id", "uuid", "reference"], "missing": "create", "shape": {"id": "id", "reference": "reference", "name": "name"}},
    "entity":      {"role": "reference", "column": "billing_entity_id", "table": "billing_entity", "by": ["name"], "missing": "create"},
    "tax":         {"role": "reference", "column": "tax_group_id", "table": "tax_group", "by": ["internal_description"], "missing": "create"},
    "centre":      {"role": "reference", "column": "cost_centre_id", "table": "cost_centre", "by": ["code"], "missing": "create"},
    "features":    {"role": "links", "table": "feature", "by": ["id", "reference"], "missing": "create", "shape": {"reference": "reference", "name": "name"}},
    "families":    {"role": "links", "table": "family", "by": ["name"], "missing": "create", "shape": {"name": "name"}}
  }}');
INSERT INTO product_profile (name, definition)
SELECT 'by_path', jsonb_set(definition, '{fields,category}', '{"role": "reference", "column": "category_id", "table": "category", "by": ["id", "path"], "separator": "/", "missing": "create"}') FROM product_profile WHERE name = 'missing';
SET product_upsert.profile = 'missing';
-- All rows that products refer to.
CREATE FUNCTION test.referred() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', 'category', c.id, c.reference, c.name, c.display_order, '< ' || p.name) FROM product_category c LEFT JOIN product_category p ON p.organization_id = c.organization_id AND p.id = c.parent_id
    UNION ALL SELECT concat_ws(' ', 'entity', id, name) FROM product_billing_entity UNION ALL SELECT concat_ws(' ', 'tax', id, internal_description, type) FROM product_tax_group
    UNION ALL SELECT concat_ws(' ', 'centre', id, code, name) FROM product_cost_centre UNION ALL SELECT concat_ws(' ', 'feature', id, reference, name) FROM product_feature
    UNION ALL SELECT concat_ws(' ', 'family', id, name) FROM product_family ORDER BY 1
$$;

\echo missing_create_makes_rows_of_every_kind_once
SELECT position, status, errors FROM product_upsert_rows('[
    {"external_id": "a", "name": "A", "category": {"reference": "tea", "name": "Tea", "display_order": 3}, "entity": "Ltd", "tax": {"internal_description": "Food", "type": "reduced"}, "centre": "K1", "features": ["bio", {"reference": "hot", "name": "Hot"}], "families": ["One", "Two"]},
    {"external_id": "b", "name": "B", "category": " tea ", "entity": {"name": "Ltd"}, "tax": "Food", "centre": "K1", "features": ["hot"], "families": ["Two"]},
    {"external_id": "c", "name": "C", "category": "coffee"}]', on_error => 'skip');
SELECT * FROM test.referred();
SELECT status, count(*) FROM product_upsert_rows('[
    {"external_id": "a", "category": "tea", "entity": "Ltd", "tax": "Food", "centre": "K1", "features": ["bio", "hot"], "families": ["One", "Two"]},
    {"external_id": "b", "category": "tea", "features": ["hot"], "families": ["Two"]}]') GROUP BY 1;
SELECT product_upsert('{"external_id": "c", "category": "juice", "features": ["cold"]}') - '{external_id,price,entity,tax,centre}'::text[] AS answered;
\echo missing_create_leaves_none_for_what_is_rejected_unchanged_or_tried_out
SELECT md5(string_agg(r, ',')) AS before FROM test.referred() r \gset
SELECT position, status, test.short(errors) FROM product_upsert_rows('[{"external_id": "n1", "category": "n1"}, {"external_id": "n2", "name": "N", "price": "dear", "category": "n2"}]', on_error => 'skip');
SELECT product_upsert('{"external_id": "a", "category": "n3", "families": ["n3"]}', dry_run => true) #>> '{category,reference}' AS would_be;
SELECT status, changed, errors FROM product_match('{"external_id": "a", "category": "n4", "families": ["n4"]}');
SELECT test.try($$SELECT product_upsert_bulk('[{"external_id": "a", "category": "n5"}, {"external_id": "n6"}]')$$);
SELECT status FROM product_upsert_rows('[{"external_id": "a", "families": ["n7"]}]', field_actions => '{"families": "REMOVE"}');
ALTER TABLE product ADD CONSTRAINT not_dear CHECK (price < 100);
SELECT position, status, test.short(errors) FROM product_upsert_rows('[{"external_id": "n8", "name": "N", "price": 200, "category": "n8"}, {"external_id": "n9", "name": "N", "price": 1}]', on_error => 'skip');
ALTER TABLE product DROP CONSTRAINT not_dear;
SELECT md5(string_agg(r, ',')) = :'before' AS none FROM test.referred() r;
\echo missing_create_makes_nothing_of_an_id
SELECT given, test.try(format('SELECT product_upsert(%L, dry_run => true) #>> ''{category,reference}''', jsonb_build_object('external_id', 'a', 'category', given))) AS outcome
  FROM unnest(ARRAY['7', '"77"', '{"id": 77}', '{"reference": "77"}', '{"id": 77, "reference": "x"}', '"aaaaaaaa-0000-4000-8000-000000000001"', '{"uuid": "aaaaaaaa-0000-4000-8000-000000000001", "reference": "x"}', '{"id": "aaaaaaaa-0000-4000-8000-000000000001", "reference": "y"}', '{"name": "x"}', '""', '[]', 'true', '{"reference": "x", "name": 7, "display_order": 1.5}', '"a\u0001b"', '"a\u00a0b"']::jsonb[]) given;
\echo missing_create_makes_nothing_of_a_name_that_no_index_holds
SELECT string_agg(md5(i::text), '') AS long FROM generate_series(1, 200) i \gset
SELECT r.position, r.status, test.short(r.errors) FROM product_upsert_rows(jsonb_build_array(jsonb_build_object('external_id', 'b', 'category', :'long'), jsonb_build_object('external_id', 'b2', 'name', 'B', 'families', jsonb_build_array(:'long'))), on_error => 'skip') r;
SELECT r.status, test.short(r.errors) FROM product_upsert_rows(jsonb_build_array(jsonb_build_object('external_id', 'b', 'category', 'drinks/' || :'long' || '/tea')), on_error => 'skip', profile => 'by_path') r;
\echo missing_create_what_the_table_refuses_is_a_reject
SELECT position, status, errors #>> '{0,constraint}' AS refused_by FROM product_upsert_rows('[{"external_id": "a", "tax": {"internal_description": "New", "type": "none"}}, {"external_id": "b", "tax": "Other"}]', on_error => 'skip');
CREATE FUNCTION test.keep_out() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN CASE NEW.reference WHEN ''hidden'' THEN NULL ELSE NEW END; END';
CREATE TRIGGER keep_out BEFORE INSERT ON product_category FOR EACH ROW EXECUTE FUNCTION test.keep_out();
SELECT position, status, test.short(errors) FROM product_upsert_rows('[{"external_id": "a", "category": "hidden"}, {"external_id": "b", "category": "seen"}, {"external_id": "new", "name": "New", "category": "hidden"}]', on_error => 'skip');
SELECT test.try($$SELECT product_upsert('{"external_id": "a", "category": "hidden"}')$$);
DROP TRIGGER keep_out ON product_category;
\echo missing_create_by_path_makes_what_is_missing_on_the_way
SET product_upsert.profile = 'by_path';
SELECT position, status, test.short(errors) FROM product_upsert_rows('[
    {"external_id": "p1", "name": "P", "category": "Food / Tea/Green"}, {"external_id": "p2", "name": "P", "category": {"path": "Food/Tea", "description": "All teas", "reference": "not taken"}},
    {"external_id": "p3", "name": "P", "category": "Tea / Green"}, {"external_id": "p4", "name": "P", "category": "Food//Green"}, {"external_id": "p5", "name": "P", "category": "Food"}]', on_error => 'skip');
SELECT product_upsert('{"external_id": "p5", "category": "Food/Tea/Black"}') ->> 'external_id' AS below_what_is_there;
SELECT concat_ws(' < ', c.name || coalesce(' (' || c.description || ')', ''), p.name, q.name) AS path FROM product_category c LEFT JOIN product_category p ON p.id = c.parent_id LEFT JOIN product_category q ON q.id = p.parent_id WHERE c.reference IS NULL ORDER BY 1;
SELECT status, count(*) FROM product_upsert_rows('[{"external_id": "p1", "category": "Food/Tea/Green"}, {"external_id": "p2", "category": "Food/Tea"}, {"external_id": "p3", "category": "Tea/Green"}]') GROUP BY 1;
INSERT INTO product_category (organization_id, name, parent_id) SELECT 1, 'Tea', id FROM product_category WHERE name = 'Food';
SELECT test.try($$SELECT product_upsert('{"external_id": "p1", "category": "Food/Tea/White"}')$$) AS several, test.try($$SELECT product_upsert('{"external_id": "p3", "category": "Tea"}') ->> 'external_id'$$) AS one;
\echo missing_create_is_the_callers
SET product_upsert.profile = 'missing';
CREATE ROLE test_missing;
SELECT product_grant('test_missing', 'PRODUCT.CREATE', 1), product_grant('test_missing', 'PRODUCT.UPDATE', 1);
GRANT USAGE ON SCHEMA test TO test_missing;
SET ROLE test_missing;
SELECT position, status, errors FROM product_upsert_rows('[{"external_id": "a", "category": "mine"}, {"external_id": "b", "category": "coffee"}]', on_error => 'skip');
RESET ROLE;
GRANT INSERT ON product_category TO test_missing;
SET ROLE test_missing;
SELECT status FROM product_upsert_rows('[{"external_id": "a", "category": "mine"}]');
RESET ROLE;
CREATE POLICY kept ON product_category AS RESTRICTIVE FOR INSERT TO test_missing WITH CHECK (reference <> 'theirs');
SET ROLE test_missing;
SELECT position, status, test.short(errors) FROM product_upsert_rows('[{"external_id": "a", "category": "theirs"}, {"external_id": "b", "category": "ours"}]', on_error => 'skip');
RESET ROLE;
DROP POLICY kept ON product_category;
SELECT product_revoke('test_missing', 'PRODUCT.CREATE', 1), product_revoke('test_missing', 'PRODUCT.UPDATE', 1);
DROP OWNED BY test_missing;
DROP ROLE test_missing;
\echo missing_create_in_a_feed_of_many_batches_and_organizations
CREATE TABLE test.missing_feed AS SELECT jsonb_build_object('external_id', 'f' || i, 'name', 'F', 'category', 'c' || i % 7, 'families', jsonb_build_array('m' || i % 11)) AS document FROM generate_series(1, 25000) i;
SELECT status, count(*) FROM product_upsert_from('test.missing_feed') GROUP BY 1;
SELECT count(*), count(DISTINCT reference) FROM product_category WHERE reference ~ '^c\d';
SELECT count(*), count(DISTINCT name) FROM product_family WHERE name ~ '^m';
SELECT status, count(*) FROM product_upsert_from('test.missing_feed', organization_id => 2) GROUP BY 1;
SELECT organization_id, count(*) FROM product_category WHERE reference ~ '^c\d' GROUP BY 1 ORDER BY 1;
DROP TABLE test.missing_feed;

\echo missing_create_has_the_values_of_the_first_document_that_names_the_row
-- As single calls give them, wherever batches end.
CREATE TABLE test.named (line bigint PRIMARY KEY, document jsonb);
INSERT INTO test.named VALUES
    (1, '{"external_id": "f1", "name": "P", "category": "First/Second/Third"}'), (2, '{"external_id": "f2", "name": "P", "category": {"path": "First/Second", "description": "not taken"}}'),
    (3, '{"external_id": "f3", "name": "P", "category": {"path": "Fourth", "description": "taken"}}'), (4, '{"external_id": "f4", "name": "P", "category": "Fourth/Fifth"}'),
    (5, '{"external_id": "f5", "name": "P", "category": {"path": "Fourth", "description": "not taken"}}');
CREATE FUNCTION test.named(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    made text;
BEGIN
    EXECUTE call;
    SELECT string_agg(concat_ws(': ', name, description), ', ' ORDER BY name) INTO made FROM product_category WHERE name ~ '^(First|Second|Third|Fourth|Fifth)$';
    RAISE EXCEPTION USING ERRCODE = 'P0099', MESSAGE = made;
EXCEPTION WHEN SQLSTATE 'P0099' THEN
    RETURN SQLERRM;
END $$;
SET product_upsert.profile = 'by_path';
SELECT test.named($$SELECT product_upsert(document) FROM test.named ORDER BY line$$) AS single_calls,
       test.named($$SELECT product_upsert_rows((SELECT jsonb_agg(document ORDER BY line) FROM test.named))$$) AS one_batch,
       test.named($$SET LOCAL product_upsert.batch_documents = 1; SELECT product_upsert_from('test.named')$$) AS batches_of_one;
RESET product_upsert.batch_documents;
DROP TABLE test.named;
DROP FUNCTION test.named;

DROP FUNCTION test.referred, test.keep_out;
RESET product_upsert.profile;
DELETE FROM product_profile WHERE name IN ('missing', 'by_path');
SELECT test.clean();
