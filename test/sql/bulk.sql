-- Bulk for every profile: a fixed number of statements a batch, documents that refer to each other, thousands of them.
\set VERBOSITY terse
SELECT test.clean();
SET client_min_messages = warning;
-- A member's every statement asks product_member_organizations, in plpgsql and so counted: as many calls, as many statements.
SET track_functions = 'all';
CREATE ROLE regress_bulk;
GRANT USAGE ON SCHEMA test TO PUBLIC;
SELECT product_grant('regress_bulk', p, 1) FROM unnest('{PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) p;
INSERT INTO product_category (organization_id, id, reference, name) SELECT 1, 1000 + i, 'cat ' || i, 'Category' FROM generate_series(1, 200) i;
INSERT INTO product_feature (organization_id, id, reference, name) SELECT 1, 1000 + i, 'f' || i, 'Feature' FROM generate_series(1, 200) i;
INSERT INTO product_family (organization_id, id, name) SELECT 1, 1000 + i, 'Family' FROM generate_series(1, 200) i;
INSERT INTO product_unit (organization_id, id, name) VALUES (1, 1001, 'Unit');
INSERT INTO product_measurement (organization_id, id, unit_id, code) SELECT 1, 1000 + i, 1001, 'm' || i FROM generate_series(1, 200) i;
INSERT INTO product_custom_field (organization_id, id, reference, type, unique_value, is_identifier) VALUES (1, 1001, 'erp', 'text', true, true);
-- The very first value costs statements of its own.
INSERT INTO product_custom_field_use VALUES (1, 1001, 'erp', 'text', false, true, true);
-- The i-th document of a profile, with all that it can have; `said` makes it another one for a second call.
CREATE FUNCTION test.document(profile text, i int, said text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT CASE profile
        WHEN 'billing' THEN jsonb_build_object('reference', 'b' || i, 'name', said, 'category_id', 1000 + i, 'features', jsonb_build_array(jsonb_build_object('reference', 'f' || i), jsonb_build_object('id', 1001)), 'custom_fields', jsonb_build_array(jsonb_build_object('reference', 'erp', 'value', said || i)),
                                               'parent_product_id', 'b' || (i / 2 + 1)) - CASE WHEN i / 2 + 1 >= i THEN 'parent_product_id' ELSE '' END
        WHEN 'retail' THEN jsonb_build_object('external_id', 'r' || i, 'title', said, 'handle', 'r' || i, 'brand', 'B', 'tags', jsonb_build_array(said), 'variants', (SELECT jsonb_agg(jsonb_build_object('sku', 'r' || i || '-' || n, 'price', n + length(said), 'position', n)) FROM generate_series(1, 3) n))
        WHEN 'subscription' THEN jsonb_build_object('id', md5('s' || i)::uuid, 'number', 'S-' || i, 'name', said, 'productFamilies', jsonb_build_array(1000 + i), 'measurement', jsonb_build_object('code', 'm' || i), 'customFields', jsonb_build_object('erp', 's' || said || i))
        WHEN 'agency' THEN jsonb_build_object('name', 'agency ' || i, 'external_cost', i, 'markup', 20)
        WHEN 'vending' THEN jsonb_build_object('manufacturer', 'M', 'brand', 'B' || i, 'name', 'N', 'productGroup', said)
        ELSE jsonb_build_object('external_id', 'c' || i, 'name', said, 'category_id', 'cat ' || i, 'features', jsonb_build_array('f' || i), 'variants', jsonb_build_array(jsonb_build_object('sku', 'c' || i, 'title', said)))
    END
$$;
-- Calls of the function while a batch of documents first .. last is upserted, and what became of them.
CREATE FUNCTION test.calls(profile text, said text, first int, last int, mode text, OUT calls bigint, OUT outcome text) LANGUAGE plpgsql AS $$
DECLARE
    documents jsonb := (SELECT jsonb_agg(test.document(profile, i, said)) FROM generate_series(first, last) i);
    before bigint := (SELECT coalesce(sum(f.calls), 0) FROM pg_stat_xact_user_functions f WHERE funcname = 'product_member_organizations');
BEGIN
    SELECT string_agg(status || ' ' || n, ', ' ORDER BY status) INTO outcome
      FROM (SELECT status, count(*) AS n FROM product_upsert_rows(documents, profile => calls.profile, mode => calls.mode) GROUP BY status) r;
    calls := (SELECT sum(f.calls) FROM pg_stat_xact_user_functions f WHERE funcname = 'product_member_organizations') - before;
END
$$;

\echo bulk_as_many_statements_for_10_documents_as_for_100
-- By SQL alone: the policies' function counts statements.
SET product_upsert.direct_writes = off;
SET ROLE regress_bulk;
CREATE TEMP TABLE counted AS
SELECT profile, step, ten.calls AS ten_calls, hundred.calls AS hundred_calls, ten.outcome AS ten, hundred.outcome AS hundred
  FROM (VALUES (1, 'catalog'), (2, 'billing'), (3, 'retail'), (4, 'subscription'), (5, 'agency'), (6, 'vending')) p (n, profile),
       (VALUES (1, 'create', 'first'), (2, 'again', 'first'), (3, 'change', 'second')) s (m, step, said),
       LATERAL (SELECT CASE WHEN step = 'create' AND profile IN ('subscription', 'agency') THEN 'create' ELSE 'upsert' END AS mode) o,
       LATERAL test.calls(profile, said, 1, 10, mode) ten,
       LATERAL test.calls(profile, said, 11, 110, mode) hundred
 WHERE profile <> 'agency' OR step = 'create'
 ORDER BY n, m;
SELECT profile, step, ten, hundred, ten_calls = hundred_calls AS as_many_statements FROM counted;
SELECT bool_and(ten_calls > 0) AS any_counted FROM counted;
RESET ROLE;

\echo bulk_links_and_parts_of_every_document_are_its_own
SELECT count(*) AS products, count(*) FILTER (WHERE right(p.reference, -1)::int = p.category_id - 1000) AS own_category, count(*) FILTER (WHERE p.custom_fields ->> 'erp' = 'second' || right(p.reference, -1)) AS own_custom_field,
       count(*) FILTER (WHERE (SELECT array_agg(feature_id ORDER BY feature_id) FROM product_feature_link l WHERE l.product_id = p.id) = ARRAY(SELECT DISTINCT unnest(ARRAY[1001, p.category_id]) ORDER BY 1)) AS own_features,
       count(*) FILTER (WHERE (SELECT reference FROM product q WHERE q.id = p.parent_product_id) IS NOT DISTINCT FROM CASE WHEN right(p.reference, -1)::int > 2 THEN 'b' || right(p.reference, -1)::int / 2 + 1 END) AS own_parent
  FROM product p WHERE p.reference LIKE 'b%';
SELECT count(*) AS variants, count(*) FILTER (WHERE split_part(v.sku, '-', 1) = p.external_id AND v.price = v."position" + 6) AS own FROM product_variant v JOIN product p ON p.id = v.product_id WHERE p.external_id LIKE 'r%';
SELECT count(*) AS values_held, count(DISTINCT value) AS different FROM product_custom_value;

\echo bulk_thousands_with_parents_anywhere_in_the_call
SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('external_id', 't' || i, 'name', 'T', 'parent_product_id', CASE WHEN i < 5000 THEN 't' || i + 1 END)) ORDER BY md5(i::text)) FROM generate_series(1, 5000) i), profile => 'catalog') GROUP BY 1;
SELECT count(*) AS linked FROM product p JOIN product q ON q.id = p.parent_product_id WHERE q.external_id = 't' || (right(p.external_id, -1)::int + 1);

\echo bulk_documents_that_stand_out_of_line
CREATE TABLE kept (kind text, as_jsonb jsonb, as_text text);
INSERT INTO kept VALUES ('compressed', '[]', '[]');
ALTER TABLE kept ALTER as_jsonb SET STORAGE EXTERNAL, ALTER as_text SET STORAGE EXTERNAL;
INSERT INTO kept SELECT 'as they are', all_of_them, all_of_them
  FROM (SELECT jsonb_agg(jsonb_build_object('external_id', 'k' || i, 'name', 'K' || i, 'description', repeat(md5(i::text), 3))) FROM generate_series(1, 3000) i) d (all_of_them);
ALTER TABLE kept ALTER as_jsonb SET STORAGE EXTENDED, ALTER as_text SET STORAGE EXTENDED;
UPDATE kept SET as_jsonb = d.as_jsonb || '[]', as_text = d.as_text || ' ' FROM kept d WHERE kept.kind = 'compressed' AND d.kind = 'as they are';
SELECT kind, pg_column_size(as_jsonb) < length(as_text) AS jsonb_is_compressed, pg_column_size(as_text) < length(as_text) AS text_is_compressed, length(as_text) > 300000 AS is_large FROM kept ORDER BY kind;
SELECT r.status, count(*) FROM kept, product_upsert_rows(as_jsonb, profile => 'catalog') r WHERE kind = 'as they are' GROUP BY 1;
SELECT count(*) AS whole FROM product WHERE external_id LIKE 'k%' AND name = upper(external_id) AND description = repeat(md5(right(external_id, -1)), 3);
SELECT kind, r.status, count(*) FROM kept, product_upsert_rows(as_jsonb, profile => 'catalog') r GROUP BY 1, 2 ORDER BY 1, 2;
SELECT kind, r.status, count(*) FROM kept, product_upsert_rows(as_text, profile => 'catalog') r GROUP BY 1, 2 ORDER BY 1, 2;
SELECT kind, jsonb_array_length(product_upsert_bulk(as_jsonb, profile => 'catalog')), jsonb_array_length(product_upsert_bulk(as_text, profile => 'catalog')) FROM kept ORDER BY kind;
SELECT test.try(format('SELECT product_upsert_bulk(as_%s, profile => ''catalog'', mode => ''create'') FROM kept WHERE kind = %L', type, kind)) ~ '23505' AS refused
  FROM unnest('{jsonb,text}'::text[]) type, unnest('{as they are,compressed}'::text[]) kind;
DROP TABLE kept;

\echo bulk_answers_are_whole_whatever_the_first_ones_let_expect
CREATE FUNCTION test.sized(i int, small_first boolean) RETURNS int LANGUAGE sql AS $$ SELECT CASE WHEN (i <= 100) = small_first THEN i ELSE 9000 + i END $$;
SELECT small_first, jsonb_array_length(answer) AS answers, (SELECT count(*) FROM jsonb_array_elements(answer) WITH ORDINALITY a (product, i)
          WHERE a.product ->> 'external_id' = 'z' || i AND a.product ->> 'description' = repeat('z', test.sized(i::int, small_first))) AS whole, length(answer::text) > 800000 AS is_large
  FROM unnest('{true,false}'::boolean[]) small_first, LATERAL (SELECT product_upsert_bulk(jsonb_agg(jsonb_build_object('external_id', 'z' || i, 'name', 'Z', 'description', repeat('z', test.sized(i, small_first))) ORDER BY i), profile => 'catalog')
  FROM generate_series(1, 400) i) b (answer) ORDER BY 1;
DROP FUNCTION test.sized;

REVOKE USAGE ON SCHEMA test FROM PUBLIC;
DROP TABLE counted;
DROP FUNCTION test.document, test.calls;
DROP OWNED BY regress_bulk;
DROP ROLE regress_bulk;
TRUNCATE product_member;
RESET client_min_messages;
RESET track_functions;
RESET product_upsert.direct_writes;
SELECT test.clean();
