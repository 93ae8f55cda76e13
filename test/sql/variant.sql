-- Variants: matched by sku within the product, created, updated, kept, removed (rules 22, 23, 26, 28; fine points h and l).
\set VERBOSITY terse
SELECT test.clean();
SET product_upsert.profile = 'retail';
-- A product's variants in short, by position.
CREATE FUNCTION test.variants(wanted text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', v.sku, v.price, v."position", v.title, v.tags, v.options) FROM product_variant v JOIN product p ON p.id = v.product_id AND p.organization_id = v.organization_id
     WHERE p.external_id = wanted AND p.organization_id = 1 ORDER BY v."position", v.id
$$;
-- Changes when a variant is written, be it with the same values.
CREATE FUNCTION test.written() RETURNS jsonb LANGUAGE sql AS $$ SELECT jsonb_object_agg(sku, concat(ctid, ' ', xmin)) FROM product_variant WHERE organization_id = 1 $$;
SELECT product_upsert('{"external_id": "shirt", "handle": "shirt", "title": "Shirt", "brand": "B", "variants": [{"sku": "s-m", "price": 10.00, "position": 2, "title": "M", "tags": ["m"], "options": [{"name": "size", "value": "M"}]}, {"sku": "s-s", "price": 9.5, "position": 1}]}') #> '{data,title}' AS product;

\echo retail_22_the_answer_has_each_variant_by_position_with_its_ids
SELECT v ->> 'sku' AS sku, (v -> 'id')::bigint = s.id AS id, (v -> 'product_id')::bigint = s.product_id AS product_id
  FROM product_upsert('{"external_id": "shirt"}') p, jsonb_array_elements(p #> '{data,variants}') WITH ORDINALITY x (v, n), product_variant s WHERE s.sku = v ->> 'sku' ORDER BY n;
\echo retail_22_updates_creates_and_keeps
SELECT status, changed FROM product_upsert_rows('[{"external_id": "shirt", "variants": [{"sku": "s-m", "price": 11.00}, {"sku": "s-l", "price": 12, "position": 3}]}]');
SELECT test.variants('shirt');
SELECT status, changed FROM product_upsert_rows('[{"external_id": "shirt", "variants": [{"sku": "s-m", "tags": null, "options": null, "title": null}]}]');
SELECT test.variants('shirt');
\echo retail_22_a_sku_is_trimmed_and_compared_byte_for_byte
SELECT test.ways('{"external_id": "shirt", "variants": [{"sku": " s-m ", "price": 11.00}]}', 'retail') AS trimmed, test.ways('{"external_id": "shirt", "variants": [{"sku": "S-M", "price": 1, "position": 9}]}', 'retail') AS another_case;
\echo retail_22_variants_removed_by_field_action
SELECT status, changed FROM product_upsert_rows('[{"external_id": "shirt", "variants": [{"sku": "s-s"}, {"sku": "s-xl", "price": 14, "position": 4}]}]', field_actions => '{"variants": "REPLACE"}');
SELECT test.variants('shirt');
SELECT test.ways('{"external_id": "shirt", "variants": [{"sku": "s-s"}, {"sku": "s-xl"}]}', 'retail', ', field_actions => ''{"variants": "REPLACE"}''') AS the_same_again;
SELECT status FROM product_upsert_rows('[{"external_id": "shirt", "variants": [{"sku": "s-xl"}, {"sku": "unknown"}]}]', field_actions => '{"variants": "REMOVE"}');
SELECT test.variants('shirt');

\echo retail_22_an_empty_list_on_update_changes_nothing_without_replace
SELECT test.ways('{"external_id": "shirt", "variants": []}', 'retail') AS without, test.ways('{"external_id": "shirt", "variants": []}', 'retail', ', field_actions => ''{"variants": "REPLACE"}''') AS with_replace;

\echo retail_23_the_same_sku_twice_in_one_document
SELECT state, test.short(errors) AS errors FROM test.error($$SELECT product_upsert('{"external_id": "shirt", "variants": [{"sku": "s-s", "price": 1}, {"sku": "s-2", "price": 1, "position": 1}, {"sku": "s-s", "price": 2}, {"sku": " s-2", "price": 1, "position": 2}]}')$$);
\echo retail_23_a_sku_that_another_product_owns
SELECT e.state, f.field, f.code, f.id = p.id AS names_the_owner
  FROM test.error($$SELECT product_upsert('{"external_id": "hat", "handle": "hat", "title": "Hat", "brand": "B", "variants": [{"sku": "hat", "price": 1, "position": 1}, {"sku": "s-s", "price": 1, "position": 2}]}')$$) e, jsonb_to_recordset(e.errors) f (field text, code text, id bigint), product p WHERE p.external_id = 'shirt';
SELECT test.ways('{"external_id": "hat", "handle": "hat", "title": "Hat", "brand": "B", "variants": [{"sku": "s-s", "price": 1, "position": 2}]}', 'retail', ', organization_id => 2') AS not_of_another_organization;
\echo retail_23_two_documents_of_a_call_with_one_sku
SELECT position, status, test.short(errors) AS errors
  FROM product_upsert_rows('[{"external_id": "cap", "handle": "cap", "title": "Cap", "brand": "B", "variants": [{"sku": "c", "price": 1, "position": 1}]}, {"external_id": "hat", "handle": "hat", "title": "Hat", "brand": "B", "variants": [{"sku": "h", "price": 1, "position": 1}, {"sku": "c", "price": 1, "position": 2}]}, {"external_id": "tie", "handle": "tie", "title": "Tie", "brand": "B", "variants": [{"sku": "t", "price": 1, "position": 1}]}]', on_error => 'skip') ORDER BY 1;
SELECT test.variants('tie') AS tie, (SELECT count(*) FROM product WHERE external_id IN ('cap', 'hat')) AS rejected_ones;

\echo retail_26_a_variant_without_sku_is_told_all_that_it_lacks
SELECT test.ways('{"external_id": "shirt", "variants": [{"title": "no sku"}, {"sku": "s-s"}, {"sku": 5}]}', 'retail') AS no_sku,
       test.ways('{"external_id": "shirt", "variants": [{"title": "no sku"}]}', 'retail', ', field_actions => ''{"variants": "REMOVE"}''') AS to_be_removed;
\echo retail_26_a_sku_is_no_longer_than_other_identifiers
SELECT bytes, test.ways(jsonb_build_object('external_id', 'shirt', 'variants', jsonb_build_array(jsonb_build_object('sku', left(string_agg(md5(n::text), ''), bytes), 'price', 1, 'position', 9))), 'retail') AS outcome
  FROM unnest('{2500,2501,12800}'::int[]) bytes, generate_series(1, 400) n GROUP BY bytes ORDER BY bytes;
\echo retail_22_unchanged_variants_write_nothing
SELECT product_upsert('{"external_id": "shirt", "variants": [{"sku": "s-m", "price": 10.00, "position": 2, "images": [{"url": "u"}]}, {"sku": "s-l", "price": 12, "position": 3}]}') IS NOT NULL AS three_variants;
SELECT test.state() AS product, test.written() AS variants \gset
SELECT status FROM product_upsert_rows('[{"external_id": "shirt", "title": "Shirt", "variants": [{"sku": "s-m", "price": 10.00, "position": 2, "images": [{"url": "u"}], "options": null, "id": 1, "created_at": "x"}, {"sku": "s-l", "price": 12}, {"sku": "s-s"}]}]');
SELECT test.state() = :'product' AS product_untouched, test.written() = :'variants' AS variants_untouched;
\echo retail_22_of_several_only_the_changed_one_is_written
SELECT status, changed FROM product_upsert_rows('[{"external_id": "shirt", "variants": [{"sku": "s-m", "price": 10.5}, {"sku": "s-l", "price": 12.00}, {"sku": "s-s"}]}]');
SELECT key AS written FROM jsonb_each(test.written()) n WHERE n.value IS DISTINCT FROM (:'variants')::jsonb -> n.key;
\echo retail_22_a_variants_change_raises_the_products_version_a_products_change_writes_no_variant
SELECT test.written() AS variants \gset
SELECT version AS before FROM product WHERE external_id = 'shirt' \gset
SELECT version - :before AS raised_by FROM product_upsert_rows('[{"external_id": "shirt", "variants": [{"sku": "s-m", "title": "Medium"}, {"sku": "s-n", "price": 1, "position": 1}]}]');
SELECT version - :before AS raised_by FROM product_upsert_rows('[{"external_id": "shirt", "variants": [{"sku": "s-n"}]}]', field_actions => '{"variants": "REMOVE"}');
SELECT test.written() AS variants \gset
SELECT status, changed FROM product_upsert_rows('[{"external_id": "shirt", "title": "T-shirt", "variants": [{"sku": "s-m", "title": "Medium"}]}]');
SELECT test.written() = :'variants' AS variants_untouched;
\echo retail_22_updated_at_moves_on_the_changed_variant_alone
UPDATE product_variant SET created_at = '2020-01-01', updated_at = '2020-01-01';
SELECT v ->> 'sku' AS sku, (v ->> 'updated_at')::timestamptz > '2020-01-01' AS moved, (v ->> 'created_at')::timestamptz > '2020-01-01' AS created_at_moved
  FROM product_upsert('{"external_id": "shirt", "variants": [{"sku": "s-m", "price": 99}, {"sku": "s-l", "price": 12}]}') p, jsonb_array_elements(p #> '{data,variants}') v ORDER BY 1;

\echo retail_28_if_version_and_dry_run_hold_for_variants_too
SELECT version AS now FROM product WHERE external_id = 'shirt' \gset
SELECT test.written() AS variants \gset
SELECT test.try(format($$SELECT product_upsert('{"external_id": "shirt", "variants": [{"sku": "s-m", "price": 1}]}', if_version => %s)$$, :now - 1)) AS stale;
SELECT v -> 'price' AS would_be FROM product_upsert('{"external_id": "shirt", "variants": [{"sku": "s-m", "price": 1}]}', dry_run => true) p, jsonb_array_elements(p #> '{data,variants}') v WHERE v ->> 'sku' = 's-m';
SELECT status, changed FROM product_match('{"external_id": "shirt", "variants": [{"sku": "s-m", "price": 1}]}');
SELECT test.written() = :'variants' AS untouched;

\echo retail_22_several_products_in_one_call
SELECT position, status, changed, test.short(errors) AS errors
  FROM product_upsert_rows('[{"external_id": "shirt", "variants": [{"sku": "s-m", "price": 20}, {"sku": "s-l", "title": "L"}]}, {"external_id": "tie", "variants": [{"sku": "t", "available_quantity": 7}, {"sku": "t2", "price": 2, "position": 2}]}, {"external_id": "sock", "handle": "sock", "title": "Sock", "brand": "B", "variants": [{"sku": "k1", "price": 3, "position": 1}, {"sku": "k2", "price": 4, "position": 2}]}, {"external_id": "shirt2", "variants": []}]', on_error => 'skip');
SELECT p.external_id, array_agg(v.sku || ' ' || v.price || coalesce(' ' || v.title, '') || coalesce(' of ' || v.available_quantity, '') ORDER BY v."position", v.id) AS variants FROM product p JOIN product_variant v ON v.product_id = p.id AND v.organization_id = p.organization_id GROUP BY 1 ORDER BY 1;

\echo retail_22_what_a_users_trigger_on_the_product_does_to_its_variants_is_answered
CREATE FUNCTION test.relabel() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE product_variant SET title = NEW.name WHERE organization_id = NEW.organization_id AND product_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER relabel AFTER UPDATE ON product FOR EACH ROW EXECUTE FUNCTION test.relabel();
SELECT v ->> 'sku' AS sku, v ->> 'title' AS title FROM product_upsert('{"external_id": "shirt", "title": "Polo", "variants": [{"sku": "s-m"}]}') p, jsonb_array_elements(p #> '{data,variants}') v ORDER BY 1;
DROP TRIGGER relabel ON product;
DROP FUNCTION test.relabel;

\echo retail_22_variants_go_with_their_product
DELETE FROM product WHERE external_id = 'shirt';
SELECT count(*) AS left_over FROM product_variant WHERE sku LIKE 's-%';
\echo retail_23_rows_that_sql_writes_are_held_to_the_same
SELECT values, left(test.try('INSERT INTO product_variant (organization_id, product_id, sku, price) SELECT organization_id, id, ' || values || ' FROM product WHERE external_id = $$tie$$ RETURNING 1'), 5) AS outcome
  FROM unnest(ARRAY[$$'new', 1$$, $$'t', 1$$, $$'', 1$$, $$' t3', 1$$, $$'nan', 'NaN'$$, $$'inf', 'Infinity'$$, $$NULL, 1$$]) values;

\echo catalog_variants_by_the_same_rules
SET product_upsert.profile = 'catalog';
SELECT test.ways('{"external_id": "tie", "variants": [{"sku": "t", "price": 3}]}', 'catalog') AS updated, test.ways('{"external_id": "bag", "name": "Bag", "variants": [{"sku": "bag"}]}', 'catalog') AS created,
       test.ways('{"external_id": "bag", "name": "Bag"}', 'catalog') AS without;

DROP FUNCTION test.variants, test.written;
RESET product_upsert.profile;
SELECT test.clean();

-- C1: a document whose row looks the same keeps its columns, although its variants make an update of it and another
-- document of the call changes the very columns.
SELECT test.clean();
SELECT status FROM product_upsert_rows('[{"external_id": "A", "name": "A", "price": 10, "description": "text of A"},
    {"external_id": "B", "name": "B", "price": 20, "description": "text of B", "is_deleted": true}]');
SELECT status, changed FROM product_upsert_rows('[{"external_id": "A", "price": 11, "description": "new", "is_deleted": true},
    {"external_id": "B", "variants": [{"sku": "b1", "price": 1}]}]');
SELECT external_id, name, price, description, is_deleted FROM product ORDER BY 1;

\echo retail_22_variants_come_back_in_the_order_they_were_sent
SELECT set_config('product_upsert.profile', 'catalog', false) AS profile;
CREATE FUNCTION test.skus(id bigint) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(v ->> 'sku', ' ' ORDER BY n) FROM product_get(id, 'catalog') p, jsonb_array_elements(p -> 'variants') WITH ORDINALITY x (v, n)
$$;
SELECT jsonb_path_query_array(product_upsert('{"external_id": "sent 1", "name": "Sent", "variants": [{"sku": "z"}, {"sku": "a", "title": "A"}, {"sku": "m"}]}'), '$.variants[*].sku') AS one;
SELECT jsonb_path_query_array(product_upsert('{"external_id": "sent 1", "variants": [{"sku": "c"}, {"sku": "m", "title": "M"}, {"sku": "b"}]}'), '$.variants[*].sku') AS new_ones_behind_the_others;
SELECT jsonb_path_query_array(p, '$[*].variants[*].sku') AS bulk FROM product_upsert_bulk('[{"external_id": "sent 2", "name": "Sent", "variants": [{"sku": "y2"}, {"sku": "x2"}]}, {"external_id": "sent 3", "name": "Sent", "variants": [{"sku": "x3"}, {"sku": "y3"}, {"sku": "w3"}]}]') p;
CREATE TABLE test.sent (document jsonb);
INSERT INTO test.sent VALUES ('{"external_id": "sent 4", "name": "Sent", "variants": [{"sku": "y4"}, {"sku": "x4"}]}'), ('{"external_id": "sent 5", "name": "Sent", "variants": [{"sku": "5", "position": 2}, {"sku": "4", "position": 2}, {"sku": "3", "position": 1}]}');
SELECT position, status, test.skus(id) AS skus FROM product_upsert_from('test.sent') ORDER BY 1;
SELECT position, status, test.skus(id) AS skus FROM product_upsert_rows((SELECT jsonb_agg(document) FROM test.sent)) ORDER BY 1;
SELECT jsonb_path_query_array(product_upsert('{"external_id": "sent 4", "variants": [{"sku": "n4"}, {"sku": "x4"}, {"sku": "m4"}]}', field_actions => '{"variants": "REPLACE"}'), '$.variants[*].sku') AS replaced;
SELECT jsonb_path_query_array(product_upsert('{"external_id": "sent 6", "name": "Sent", "variants": [{"sku": "y6"}, {"sku": "x6", "position": 1}, {"sku": "w6", "position": 0}]}'), '$.variants[*].sku') AS some_without_a_position;
DROP TABLE test.sent;
DROP FUNCTION test.skus;
RESET product_upsert.profile;
\echo identifier_field_sku_finds_the_product_of_the_variants
SET product_upsert.profile = 'catalog';
SELECT test.clean();
SELECT count(*) FROM product_upsert_rows('[{"external_id": "one", "name": "One", "variants": [{"sku": "a"}, {"sku": "b"}]}, {"external_id": "two", "name": "Two", "variants": [{"sku": "c"}]}]');
SELECT document, test.ways(document::jsonb, 'catalog', ', identifier_field => ''sku''') AS outcome FROM unnest(ARRAY['{"variants": [{"sku": "a", "title": "A"}]}', '{"name": "One 1", "variants": [{"sku": "a"}, {"sku": "b"}, {"sku": "new"}]}',
    '{"variants": [{"sku": "a"}, {"sku": "c"}]}', '{"name": "New", "variants": [{"sku": "d"}]}', '{"name": "None"}', '{"name": "None", "variants": []}', '{"variants": [{"title": "no sku"}]}']) document;
SELECT status, decided_by, changed FROM product_match('{"variants": [{"sku": "c", "title": "C"}]}', 'sku');
\echo retail_22_a_variant_named_by_its_id_may_change_its_sku
SELECT id AS a FROM product_variant WHERE sku = 'a' \gset
SELECT status, changed FROM product_upsert_rows(format('[{"external_id": "one", "variants": [{"id": %s, "sku": "a 2"}]}]', :a)::jsonb);
SELECT id = :a AS the_same_one, sku FROM product_variant WHERE sku LIKE 'a%';
SELECT test.ways(format('{"external_id": "one", "variants": [{"id": %s, "sku": "c"}]}', :a)::jsonb, 'catalog') AS anothers, test.ways(format('{"external_id": "two", "variants": [{"id": %s}]}', :a)::jsonb, 'catalog') AS of_another_product;
\echo variants_pass_over_ids_that_their_sequence_is_behind
INSERT INTO product_variant (organization_id, product_id, id, sku) SELECT 1, (SELECT id FROM product WHERE external_id = 'two'), n, 'restored ' || n FROM generate_series(101, 120) n;
ALTER SEQUENCE product_variant_id_seq RESTART WITH 101;
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "two", "variants": [{"sku": "z2"}, {"sku": "y2"}]}, {"external_id": "three", "name": "Three", "variants": [{"sku": "x3"}]}]', on_error => 'skip');
SELECT jsonb_path_query_array(product_upsert('{"external_id": "one", "variants": [{"sku": "q"}]}'), '$.variants[*].sku') AS skus;
RESET product_upsert.profile;
SELECT test.clean();
