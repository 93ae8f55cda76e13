-- What a product refers to: look-up, parents within a batch, cycles (rules 12, 13, 42, 43; fine point h).
\set VERBOSITY terse
SELECT test.clean();
SET product_upsert.profile = 'catalog';
INSERT INTO product_category (organization_id, id, uuid, reference, name) VALUES (1, 101, 'aaaaaaaa-0000-4000-8000-000000000001', 'cat', 'Category'), (2, 102, 'aaaaaaaa-0000-4000-8000-000000000002', 'cat2', 'Of two');
INSERT INTO product_feature (organization_id, id, uuid, reference, name) VALUES (1, 101, 'ffffffff-0000-4000-8000-000000000001', 'f1', 'F1'), (1, 102, NULL, 'f2', 'F2'), (1, 103, NULL, '101', 'Named like an id'), (2, 104, NULL, 'f4', 'Of two');
INSERT INTO product_family (organization_id, id, uuid, name) VALUES (1, 101, 'bbbbbbbb-0000-4000-8000-000000000001', 'Family');
-- Products with their parents, by name.
CREATE FUNCTION test.tree() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT p.name || coalesce(' < ' || parent.name, '') FROM product p LEFT JOIN product parent ON parent.organization_id = p.organization_id AND parent.id = p.parent_product_id WHERE p.organization_id = 1 ORDER BY p.name
$$;

\echo reference_12_by_id_uuid_or_reference_whichever_has_a_row
SELECT given, test.ways(jsonb_build_object('external_id', 'r', 'name', 'R', 'category_id', given), 'catalog') AS outcome
  FROM unnest(ARRAY['101', '"101"', '"aaaaaaaa-0000-4000-8000-000000000001"', '"AAAAAAAA-0000-4000-8000-000000000001"', '"cat"', '" cat "', '{"id": 101}', '{"uuid": "aaaaaaaa-0000-4000-8000-000000000001"}', '{"reference": "cat"}', 'null', '102', '"cat2"', '"CAT"', '""', '101.5', '-1', '99999999999999999999', '"99999999999999999999"', '[]', '[101]', '{}', '{"id": null}', 'false']::jsonb[]) given;
\echo reference_12_the_first_column_that_has_a_row
SELECT product_upsert('{"external_id": "r", "name": "R", "features": [101]}') #>> '{features,0,name}' AS a_number_is_an_id,
       product_upsert('{"external_id": "r", "features": [{"reference": "101"}]}') #>> '{features,0,name}' AS unless_it_says_otherwise;
\echo identity_a_bare_text_is_the_row_whose_reference_it_is_or_in_canonical_form_an_id
INSERT INTO product_category (organization_id, id, reference, name) VALUES (1, 17, 'seventeen', 'Id 17'), (1, 900, '0017', 'Ref 0017'), (1, 901, '17', 'Ref 17'), (1, 18, 'eighteen', 'Id 18'), (1, 19, '19', 'Both 19');
SELECT given, e.errors -> 0 ->> 'code' AS code, coalesce(e.errors -> 0 ->> 'message', product_upsert(d, dry_run => true) ->> 'category_id') AS outcome
  FROM unnest(ARRAY['"0017"', '"17"', '" 17 "', '17', '{"id": 17}', '{"id": "17"}', '{"id": "0017"}', '{"id": "+17"}', '{"reference": "17"}', '{"reference": "0017"}', '"18"', '"018"', '"+18"', '"18.0"', '"19"', '"0"', '"-17"', '"1٧"']::jsonb[]) given,
       jsonb_build_object('external_id', 'r', 'name', 'R', 'category_id', given) d, test.error(format('SELECT product_upsert(%L, dry_run => true)', d)) e;
\echo identity_so_are_the_texts_of_every_kind_of_reference
INSERT INTO product_feature (organization_id, id, reference) VALUES (1, 701, '702'), (1, 702, 'f702'), (1, 703, '0702');
INSERT INTO product_billing_entity (organization_id, id, reference) VALUES (1, 701, '702'), (1, 702, 'b702'), (1, 703, '0702');
INSERT INTO product_family (organization_id, id, name) VALUES (1, 702, 'Family 702');
INSERT INTO product_tax_group (organization_id, id) VALUES (1, 702);
INSERT INTO product_cost_centre (organization_id, id, code) VALUES (1, 702, 'k');
INSERT INTO product_unit (organization_id, id, name) VALUES (1, 702, 'piece');
INSERT INTO product_measurement (organization_id, id, unit_id, code) VALUES (1, 701, 702, '702'), (1, 702, 702, 'm702'), (1, 703, 702, '0702');
INSERT INTO product (organization_id, id, external_id, reference, name) VALUES (1, 701, '702', '703', 'P 701'), (1, 702, 'p702', NULL, 'P 702'), (1, 703, '0702', NULL, 'P 703'), (1, 704, 'p704', NULL, 'P 704');
SELECT field, given, e.errors -> 0 ->> 'code' AS code, coalesce(e.errors -> 0 ->> 'message', product_upsert(d, dry_run => true) ->> field) AS outcome
  FROM unnest('{billing_entity_id,measurement_id,parent_product_id,tax_group_id,cost_centre_id}'::text[]) WITH ORDINALITY AS f (field, n), unnest(ARRAY['"702"', '"0702"', '702', '"703"']::jsonb[]) WITH ORDINALITY AS g (given, m),
       jsonb_build_object('external_id', 'r', 'name', 'R', field, given) d, test.error(format('SELECT product_upsert(%L, dry_run => true)', d)) e ORDER BY n, m;
SELECT field, given, e.errors -> 0 ->> 'code' AS code, coalesce(e.errors -> 0 ->> 'message', product_upsert(d, dry_run => true) #>> ARRAY[field, '0', 'id']) AS outcome
  FROM unnest('{features,families}'::text[]) WITH ORDINALITY AS f (field, n), unnest(ARRAY['"702"', '"0702"', '702']::jsonb[]) WITH ORDINALITY AS g (given, m),
       jsonb_build_object('external_id', 'r', 'name', 'R', field, jsonb_build_array(given)) d, test.error(format('SELECT product_upsert(%L, dry_run => true)', d)) e ORDER BY n, m;
\echo identity_nor_does_a_document_of_the_batch_make_what_is_anothers_id
SELECT position, status, errors -> 0 ->> 'message' AS message
  FROM product_upsert_rows('[{"external_id": "k", "name": "K", "parent_product_id": "702"}, {"external_id": "j", "name": "J", "parent_product_id": "901"}, {"external_id": "901", "name": "New"}, {"external_id": "i", "name": "I", "parent_product_id": "p702"}, {"external_id": "p702", "reference": "p702"}, {"external_id": "h", "name": "H", "parent_product_id": "704"}, {"external_id": "704", "name": "No 704"}, {"external_id": "g", "name": "G", "parent_product_id": 704}]', on_error => 'skip', dry_run => true);
DELETE FROM product WHERE id BETWEEN 701 AND 704;
DELETE FROM product_category WHERE id < 100 OR id > 800;
SELECT product_upsert('{"external_id": "r", "features": ["f2", {"uuid": "ffffffff-0000-4000-8000-000000000001"}, 102, "f1"]}') -> 'features' AS each_once_in_the_order_of_ids;
SELECT test.ways('{"external_id": "r", "features": ["f1", 102]}', 'catalog') AS the_same, test.ways('{"external_id": "r", "features": ["f2"]}', 'catalog') AS fewer, test.ways('{"external_id": "r", "features": null}', 'catalog') AS none;
\echo reference_12_all_that_an_object_says_names_the_same_row
INSERT INTO product_unit (organization_id, id, name) VALUES (1, 900, 'piece');
INSERT INTO product_measurement (organization_id, id, uuid, unit_id, code) VALUES (1, 901, '90100000-0000-4000-8000-000000000001', 900, 'm1'), (1, 902, NULL, 900, 'm2');
SELECT given, e.errors -> 0 ->> 'field' AS field, e.errors -> 0 ->> 'code' AS code, e.errors -> 0 ->> 'message' AS message
  FROM unnest(ARRAY['{"id": 901, "code": "m1"}', '{"id": "90100000-0000-4000-8000-000000000001", "code": "m1"}', '{"id": 901, "code": null}', '{"id": 902, "code": "m1"}', '{"id": 901, "code": "m2"}', '{"id": "90100000-0000-4000-8000-000000000001", "code": "m2"}', '{"id": "nothing like it", "code": "m1"}', '{"id": 77, "code": "m2"}', '{"id": 901, "code": "m9"}', '{"id": 77, "code": "m9"}', '{"id": true}']::jsonb[]) given,
       test.error(format('SELECT product_upsert(%L, dry_run => true)', jsonb_build_object('external_id', 'r', 'name', 'R', 'measurement_id', given))) e;
\echo reference_12_every_unknown_one_with_its_type_and_id
SELECT e.state, f.* FROM test.error($$SELECT product_upsert_bulk('[{"external_id": "x", "name": "X", "features": ["f1", "f4", 7]}, {"external_id": "y", "name": "Y", "category_id": 102, "families": ["bbbbbbbb-0000-4000-8000-000000000002"], "tax_group_id": 5, "measurement_id": "m", "cost_centre_id": 6, "billing_entity_id": "b", "parent_product_id": "nobody"}]')$$) e,
       jsonb_to_recordset(e.errors) f ("position" int, field text, code text, resource_id text) ORDER BY 2, 3;
SELECT count(*) AS products FROM product;

\echo reference_12_a_parent_created_by_an_earlier_or_later_document_of_the_batch
SELECT position, status, test.short(errors) AS errors
  FROM product_upsert_rows('[{"external_id": "b", "name": "B", "parent_product_id": "a"}, {"external_id": "a", "name": "A"}, {"external_id": "c", "name": "C", "parent_product_id": "b"}, {"external_id": "d", "name": "D", "parent_product_id": "r"}]');
SELECT test.tree();
\echo reference_12_the_same_again_is_unchanged
SELECT status, count(*) FROM product_upsert_rows('[{"external_id": "b", "name": "B", "parent_product_id": "a"}, {"external_id": "a", "name": "A"}, {"external_id": "c", "name": "C", "parent_product_id": "b"}, {"external_id": "d", "name": "D", "parent_product_id": "r"}]') GROUP BY 1;
\echo reference_12_by_each_of_its_names
SELECT position, status FROM product_upsert_rows('[{"external_id": "p1", "uuid": "cccccccc-0000-4000-8000-000000000001", "reference": "ref-p1", "id": 5000, "name": "P1"}, {"external_id": "k1", "name": "K1", "parent_product_id": "cccccccc-0000-4000-8000-000000000001"}, {"external_id": "k2", "name": "K2", "parent_product_id": "ref-p1"},
                                                   {"external_id": "k3", "name": "K3", "parent_product_id": 5000}, {"external_id": "k4", "name": "K4", "parent_product_id": {"id": 5000}}, {"external_id": "k5", "name": "K5", "parent_product_id": {"reference": "ref-p1"}}, {"external_id": "k6", "name": "K6", "parent_product_id": {"external_id": "p1"}}]');
SELECT name, parent_product_id FROM product WHERE external_id LIKE 'k_' ORDER BY 1;
\echo reference_12_an_existing_product_moves_below_one_that_the_batch_creates
SELECT position, status, changed FROM product_upsert_rows('[{"external_id": "d", "parent_product_id": "e"}, {"external_id": "e", "name": "E"}, {"external_id": "c", "parent_product_id": "e"}, {"external_id": "a", "name": "A"}]');
SELECT test.tree() EXCEPT SELECT 'K' || i || ' < P1' FROM generate_series(1, 6) i ORDER BY 1;
SELECT (product_upsert('{"external_id": "d", "parent_product_id": null}') -> 'parent_product_id') AS cleared;
\echo reference_12_a_parent_that_is_rejected_takes_its_children_with_it
SELECT position, status, test.short(errors) AS errors
  FROM product_upsert_rows('[{"external_id": "g", "name": "G", "parent_product_id": "h"}, {"external_id": "h", "name": "H", "price": "x"}, {"external_id": "i", "name": "I", "parent_product_id": "g"}, {"external_id": "j", "name": "J", "parent_product_id": "a"}, {"external_id": "d", "parent_product_id": "i", "price": 3}]', on_error => 'skip');
SELECT count(*) AS of_those FROM product WHERE external_id IN ('g', 'h', 'i', 'j');
SELECT parent_product_id, price FROM product WHERE external_id = 'd';
\echo reference_12_not_across_organizations
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "o", "name": "O", "organization_id": 2}, {"external_id": "l", "name": "L", "parent_product_id": "o"}, {"external_id": "m", "name": "M", "parent_product_id": "a", "organization_id": 2}]', on_error => 'skip');

\echo reference_13_no_product_is_its_own_ancestor
SELECT test.ways('{"external_id": "a", "parent_product_id": "a"}', 'catalog') AS itself, test.ways('{"external_id": "a", "parent_product_id": "b"}', 'catalog') AS its_child;
SELECT test.ways('{"external_id": "self", "name": "Self", "parent_product_id": "self"}', 'catalog') AS created_as_its_own;
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "n1", "name": "N1", "parent_product_id": "n2"}, {"external_id": "n2", "name": "N2", "parent_product_id": "n3"}, {"external_id": "n3", "name": "N3", "parent_product_id": "n1"}, {"external_id": "n4", "name": "N4"}]', on_error => 'skip') ORDER BY 1;
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "a", "parent_product_id": "new"}, {"external_id": "new", "name": "New", "parent_product_id": "b"}]', on_error => 'skip') ORDER BY 1;
\echo reference_13_through_a_long_chain
SELECT count(*) AS created FROM product_upsert_rows((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('external_id', 'chain ' || i, 'name', 'Chain', 'parent_product_id', 'chain ' || nullif(i - 1, 0))) ORDER BY md5(i::text)) FROM generate_series(1, 1000) i)) WHERE status = 'created';
SELECT count(*) AS linked FROM product p JOIN product q ON q.id = p.parent_product_id AND q.organization_id = p.organization_id WHERE p.external_id = 'chain ' || nullif(split_part(q.external_id, 'chain ', 2), '')::int + 1;
SELECT test.ways('{"external_id": "chain 1", "parent_product_id": "chain 1000"}', 'catalog') AS its_end_below_its_beginning, test.ways('{"external_id": "chain 1", "parent_product_id": "a"}', 'catalog') AS elsewhere;
\echo reference_13_two_that_change_places_in_one_call
SELECT test.try($$SELECT product_upsert_bulk('[{"external_id": "a", "parent_product_id": "b"}, {"external_id": "b", "parent_product_id": null}]') -> 0 -> 'name'$$) AS changing_places;
SELECT test.tree() LIMIT 2;
SELECT state, f.* FROM test.error($$SELECT product_upsert('{"external_id": "b", "parent_product_id": "a"}')$$) e, jsonb_to_recordset(e.errors) f (field text, code text, message text);
SELECT status, test.short(errors) AS errors FROM product_match('{"external_id": "b", "parent_product_id": "a"}');

\echo reference_14_what_is_referred_to_cannot_be_deleted_below_a_product
SELECT product_upsert('{"external_id": "b", "category_id": "cat", "features": ["f1"]}') ->> 'name' AS b;
SELECT call, left(test.try('DELETE FROM ' || call || ' RETURNING 1'), 5) AS outcome FROM unnest('{product_category WHERE id = 101,product_feature WHERE id = 101,product_feature WHERE id = 103,product WHERE external_id = $$a$$}'::text[]) call;

DROP FUNCTION test.tree;
RESET product_upsert.profile;
SELECT test.clean();

-- Rule 13, C4: a document that is rejected leaves its product where it is, whatever others count on.
SELECT test.clean();
SELECT status FROM product_upsert_rows('[{"external_id": "X", "name": "X"}, {"external_id": "A", "name": "A", "parent_product_id": "X"}]');
SELECT status, test.short(errors) FROM product_upsert_rows('[
    {"external_id": "A", "parent_product_id": null, "price": "wrong"}, {"external_id": "X", "parent_product_id": "A"}]', on_error => 'skip');
-- A parent that is rejected late takes its children with it, and nothing else.
SELECT status, test.short(errors) FROM product_upsert_rows('[
    {"external_id": "P", "name": "P", "parent_product_id": "P"}, {"external_id": "C", "name": "C", "parent_product_id": "P"},
    {"external_id": "D", "name": "D"}]', on_error => 'skip');
-- Rule 16: what is cleared is nobody's, whatever the document says of it.
SELECT status, changed FROM product_upsert_rows('[{"external_id": "A", "parent_product_id": "Q"}, {"external_id": "Q", "name": "Q"}]',
    field_actions => '{"parent_product_id": "CLEAR"}');
SELECT p.external_id, q.external_id AS parent FROM product p LEFT JOIN product q ON q.id = p.parent_product_id ORDER BY 1;
\echo billing_13_ancestors_are_read_by_their_keys_however_many_products_there_are
SELECT test.clean();
SET product_upsert.profile = 'catalog';
-- The session plans its statements while there are few products.
SELECT status FROM product_upsert_rows('[{"external_id": "a", "name": "A"}, {"external_id": "b", "name": "B", "parent_product_id": {"external_id": "a"}}]');
SELECT test.try($$SELECT product_upsert('{"external_id": "a", "parent_product_id": {"external_id": "b"}}')$$);
SELECT count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', n::text, 'name', 'N')) FROM generate_series(1, 5000) n));
BEGIN;
CREATE VIEW test.rows_read AS SELECT sum(seq_tup_read + idx_tup_fetch) AS rows FROM pg_stat_xact_user_tables
 WHERE relid IN (SELECT 'product'::regclass UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = 'product'::regclass);
SELECT rows AS before FROM test.rows_read \gset
SELECT product_upsert('{"external_id": "7", "parent_product_id": {"external_id": "b"}}') -> 'version' AS version;
SELECT rows - :before < 100 AS few FROM test.rows_read;
ROLLBACK;
RESET product_upsert.profile;
SELECT test.clean();
