-- Work grows with its input, about n log n, and no faster: what took minutes here ends in the time of a statement, or is cancelled in time.
\set VERBOSITY terse
SELECT test.clean();
SET product_upsert.profile = 'catalog';
SET statement_timeout = '60s';

\echo growth_bad_lines_before_much_white_space
SELECT count(*) AS rejected FROM product_upsert_rows(repeat(E'{x\n', 60000) || repeat(' ', 1000000), on_error => 'skip') WHERE status = 'rejected';

\echo growth_each_parent_that_stays_closes_the_next_circle
INSERT INTO product (organization_id, id, external_id, name) OVERRIDING SYSTEM VALUE SELECT 1, i, 'p' || i, 'n' || i FROM generate_series(1, 80000) i;
UPDATE product SET parent_product_id = id + 1 WHERE id < 80000;
INSERT INTO product (organization_id, id, external_id, name, parent_product_id) OVERRIDING SYSTEM VALUE VALUES (1, 80001, 'p0', 'n0', 1);
SELECT status, test.short(jsonb_build_array(errors -> 0 || '{"position": null}')) AS error, count(*)
  FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'p' || i, 'parent_product_id', CASE i WHEN 1 THEN 80001 ELSE i - 1 END) ORDER BY i)
                              FROM generate_series(1, 80000) i), on_error => 'skip')
 GROUP BY 1, 2;
SELECT test.clean();

\echo growth_unique_values_that_move_to_another_product
INSERT INTO product_custom_field (organization_id, reference, name, type, multiple_values, unique_value) VALUES (1, 'u', 'U', 'text', true, true);
CREATE FUNCTION test.holding(product text, letter text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('external_id', product, 'name', product, 'custom_fields', jsonb_build_object('u', jsonb_agg(letter || i))) FROM generate_series(1, 130000) i
$$;
SELECT status FROM product_upsert_rows(jsonb_build_array(test.holding('a', 'x')));
SELECT status FROM product_upsert_rows(jsonb_build_array(test.holding('a', 'y'), test.holding('b', 'x')));
DROP FUNCTION test.holding;
SELECT test.clean();

\echo growth_a_merge_of_entries_with_one_key
INSERT INTO product_profile (name, definition) VALUES ('keyed', '{"identity": ["external_id"], "fields": {"external_id": {"type": "text"},
    "name": {"type": "text"}, "more": {"type": "json", "column": "custom_data", "key": "k", "action": "MERGE"}}}');
SELECT length(product_upsert(jsonb_build_object('external_id', 'm', 'name', 'm', 'more', (SELECT jsonb_agg(jsonb_build_object('k', 1, 'm' || i, i)) FROM generate_series(1, 25000) i)), profile => 'keyed')
              #>> '{more,0}') AS together;
DELETE FROM product_profile WHERE name = 'keyed';

\echo growth_a_profile_with_many_variant_fields
INSERT INTO product_profile (name, definition)
    SELECT 'wide', jsonb_build_object('identity', '["external_id"]'::jsonb, 'fields', jsonb_build_object('external_id', '{"type": "text"}'::jsonb, 'variants', jsonb_build_object('role', 'variants', 'fields',
               '{"sku": {"type": "text"}}' || jsonb_object_agg('f' || i, '{"type": "text", "column": "barcode", "read_only": "ignore"}'::jsonb))))
      FROM generate_series(1, 150000) i;
DELETE FROM product_profile WHERE name = 'wide';

\echo growth_many_documents_that_find_many_products
INSERT INTO product_custom_field (organization_id, reference, name, type, is_identifier) VALUES (1, 'i', 'I', 'text', true);
SELECT count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'i' || i, 'name', 'n', 'custom_fields', '{"i": "x"}'::jsonb)) FROM generate_series(1, 15) i));
SELECT e ->> 'message' AS message, jsonb_array_length(e -> 'ids') AS ids, e -> 'others' AS others
  FROM product_upsert_rows('[{"name": "n", "custom_fields": {"i": "x"}}]', custom_field_reference => 'i', on_error => 'skip'), jsonb_array_elements(errors) e;

\echo growth_rejects_leave_nothing_in_memory
CREATE SEQUENCE test.memory;  -- what is set in it stays when the row is refused
CREATE FUNCTION test.refuses(price numeric) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF price IN (100, 1500) THEN
        PERFORM setval('test.memory', (SELECT CASE price WHEN 100 THEN sum(total_bytes) ELSE greatest(sum(total_bytes) - currval('test.memory'), 1) END::bigint FROM pg_backend_memory_contexts));
    END IF;
    RETURN price IS NULL;
END
$$;
ALTER TABLE product ADD CONSTRAINT refuses CHECK (test.refuses(price));
CREATE TABLE test.refused AS SELECT jsonb_build_object('external_id', 'r' || i, 'name', 'r', 'price', i) AS document FROM generate_series(1, 1500) i;
SELECT status, count(*) FROM product_upsert_from('test.refused', on_error => 'skip') GROUP BY 1;
SELECT currval('test.memory') < 15000000 AS little;
SET product_upsert.direct_writes = off;
SELECT status, count(*) FROM product_upsert_from('test.refused', on_error => 'skip') GROUP BY 1;
SELECT currval('test.memory') < 15000000 AS little;
RESET product_upsert.direct_writes;
ALTER TABLE product DROP CONSTRAINT refuses;
DROP TABLE test.refused;
DROP FUNCTION test.refuses;
DROP SEQUENCE test.memory;

\echo growth_rejects_of_which_all_have_one_key_are_tried_again
CREATE TABLE test.alike AS SELECT 'k'::text AS key, jsonb_build_object('external_id', 'k' || i, 'name', 'k', 'price', 'bad') AS document FROM generate_series(1, 12000) i;
SET client_min_messages = warning;
CALL product_import('test.alike', key_column => 'key');
CALL product_import('test.alike', key_column => 'key', retry_rejects => true, batch_size => 5000);
RESET client_min_messages;
SELECT status, "position", rejected FROM product_import ORDER BY id;
TRUNCATE product_import CASCADE;
DROP TABLE test.alike;

\echo growth_a_role_of_many_organizations_is_granted_its_privileges_once
CREATE ROLE growth_member;
SELECT product_grant('growth_member', 'PRODUCT.UPDATE');
SELECT (SELECT sum(xmin::text::bigint) FROM pg_class WHERE relname LIKE 'product%' AND relkind IN ('r', 'p', 'v')) AS written \gset
SELECT count(product_grant('growth_member', 'PRODUCT.UPDATE', i)) FROM generate_series(2, 200) i;
SELECT (SELECT sum(xmin::text::bigint) FROM pg_class WHERE relname LIKE 'product%' AND relkind IN ('r', 'p', 'v')) = :written AS not_written_again;
-- One that was taken away is given again.
REVOKE INSERT ON product_variant FROM growth_member;
SELECT product_grant('growth_member', 'PRODUCT.UPDATE', 201);
SELECT has_table_privilege('growth_member', 'product_variant', 'INSERT') AS granted;
SELECT count(product_revoke('growth_member', 'PRODUCT.UPDATE', i)) FROM generate_series(1, 201) i;
SELECT has_table_privilege('growth_member', 'product_variant', 'INSERT') AS granted;
DROP OWNED BY growth_member;
DROP ROLE growth_member;

\echo growth_a_list_of_many_values_is_indexed
INSERT INTO product_custom_field (organization_id, reference, name, type, multiple_values) VALUES (1, 'l', 'L', 'text', true);
INSERT INTO product (organization_id, external_id, name, custom_fields)
    SELECT 1, 'l', 'l', jsonb_build_object('l', jsonb_agg('v' || i)) FROM generate_series(1, 100000) i;
SELECT product_custom_field_index('l', true);
SELECT test.clean();

\echo growth_changes_that_many_consumers_have_read_are_pruned
TRUNCATE product_change;
TRUNCATE product_change_consumer;
INSERT INTO product_change (organization_id, id, product_id, action, changed_at) OVERRIDING SYSTEM VALUE SELECT 1, i, i, 'created', now() - interval '30 days' FROM generate_series(1, 200000) i;
INSERT INTO product_change_consumer (organization_id, name, xact, change_id) SELECT 1, 'c' || i, c.xact, 150000 + i FROM generate_series(1, 10000) i, product_change c WHERE c.id = 1;
SELECT product_changes_prune();
DELETE FROM product_change;
DELETE FROM product_change_consumer;

\echo growth_a_filter_of_many_values
INSERT INTO product (organization_id, external_id, name) SELECT 1, 'f' || i, 'n' || i FROM generate_series(1, 50000) i;
SELECT r.status, r.body #> '{meta,total}' AS total
  FROM product_request('retail', 'GET', '/v3/products', NULL, jsonb_build_object('filter[title]', (SELECT jsonb_agg('n' || 49999 + i) FROM generate_series(1, 50000) i)), '{"authorization": "t"}') r;
SELECT test.clean();

\echo growth_many_documents_that_find_the_same_many_products
INSERT INTO product_custom_field (organization_id, reference, name, type, is_identifier) VALUES (1, 'i', 'I', 'text', true);
SELECT count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'i' || i, 'name', 'n', 'custom_fields', '{"i": "x"}'::jsonb)) FROM generate_series(1, 20000) i));
CREATE TABLE test.found AS SELECT jsonb_build_object('name', 'n', 'custom_fields', '{"i": "x"}'::jsonb) AS document FROM generate_series(1, 25000) i;
SELECT status, errors -> 0 ->> 'message' AS message, count(*) FROM product_upsert_from('test.found', custom_field_reference => 'i', on_error => 'skip') GROUP BY 1, 2;
DROP TABLE test.found;
SELECT test.clean();

RESET statement_timeout;
SELECT test.clean();
RESET product_upsert.profile;
