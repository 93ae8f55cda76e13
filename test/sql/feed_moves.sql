-- What is consistent at the end of a call is written, whatever the order of its documents, however many batches the feed is cut into: keys, skus and unique custom values
-- that move, parents that come later. The oracle is product_upsert_rows, which has no batches.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT test.clean();
SET product_upsert.profile = 'catalog';
SET product_upsert.batch_documents = 100;
INSERT INTO product_custom_field (organization_id, reference, type, unique_value) VALUES (1, 'code', 'text', true);
CREATE TABLE test.moves (line bigint, document jsonb);
CREATE VIEW test.moves_in_order AS SELECT document FROM test.moves ORDER BY line;
-- The documents given, of which each even one comes a batch later than the one before it, and what stands between them.
CREATE FUNCTION test.moves(documents jsonb, filler jsonb DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
    TRUNCATE test.moves;
    INSERT INTO test.moves SELECT n * 100000, filler || jsonb_build_object('external_id', 'filler ' || n) FROM generate_series(1, 201) n;
    INSERT INTO test.moves SELECT CASE n % 3 WHEN 1 THEN 0 WHEN 2 THEN 10050000 ELSE 20100001 END + n, d FROM jsonb_array_elements(documents) WITH ORDINALITY x (d, n);
$$;
-- Everything of the products, without ids that are given out and without times.
CREATE FUNCTION test.stored() RETURNS TABLE (product text) LANGUAGE sql AS $$
    SELECT concat_ws(' | ', p.external_id, p.reference, p.handle, p.number, p.name, p.manufacturer, 'v' || p.version, 'below ' || q.external_id, p.custom_fields ->> 'code',
                     (SELECT string_agg(v.sku, ' ' ORDER BY v.sku) FROM product_variant v WHERE v.product_id = p.id AND v.organization_id = p.organization_id),
                     (SELECT string_agg(v.value, ' ' ORDER BY v.value) FROM product_custom_value v WHERE v.product_id = p.id AND v.organization_id = p.organization_id))
      FROM product p LEFT JOIN product q ON q.organization_id = p.organization_id AND q.id = p.parent_product_id WHERE p.organization_id = 1 ORDER BY p.external_id
$$;
-- What the call in one differs in from the feed: nothing. Position 0 is what is stored then.
CREATE FUNCTION test.differs(field text DEFAULT NULL) RETURNS TABLE (at bigint, in_one text, in_batches text) LANGUAGE plpgsql AS $$
DECLARE
    outcomes text;
    held text;
BEGIN
    BEGIN
        SELECT jsonb_object_agg(r.position, concat_ws(' ', r.status, r.decided_by, r.version, r.changed, test.short(r.errors))) FILTER (WHERE r.errors #>> '{0,code}' IS DISTINCT FROM 'type')
          INTO outcomes FROM product_upsert_rows((SELECT jsonb_agg(coalesce(m.document, 'null') ORDER BY m.line) FROM test.moves m), field, on_error => 'skip') r;
        SELECT string_agg(s, E'\n') INTO held FROM test.stored() s;
        RAISE EXCEPTION USING ERRCODE = 'PT001', MESSAGE = outcomes, DETAIL = held;
    EXCEPTION WHEN SQLSTATE 'PT001' THEN
        GET STACKED DIAGNOSTICS outcomes = MESSAGE_TEXT, held = PG_EXCEPTION_DETAIL;
    END;
    CREATE TEMP TABLE fed ON COMMIT DROP AS
    SELECT f.position, concat_ws(' ', f.status, f.decided_by, f.version, f.changed, test.short(f.errors)) AS outcome, f.errors #>> '{0,code}' AS code, row_number() OVER ()
      FROM product_upsert_from('test.moves_in_order', 'document', field, on_error => 'skip') f;
    RETURN QUERY SELECT -1::bigint, 'rows are missing, or in another order', '' WHERE EXISTS (SELECT FROM fed f WHERE f.position <> f.row_number) OR (SELECT count(*) FROM fed) <> (SELECT count(*) FROM test.moves);
    RETURN QUERY SELECT 0::bigint, held, n.stored FROM (SELECT string_agg(s, E'\n') FROM test.stored() s) n (stored) WHERE n.stored IS DISTINCT FROM held;
    RETURN QUERY SELECT coalesce(f.position, r.key::bigint), r.value, f.outcome FROM (SELECT * FROM fed WHERE fed.code IS DISTINCT FROM 'type') f FULL JOIN jsonb_each_text(outcomes::jsonb) r ON r.key::bigint = f.position
                  WHERE r.value IS DISTINCT FROM f.outcome ORDER BY 1;
    DROP TABLE fed;
END
$$;
SELECT count(*) AS stored FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'p' || n, 'reference', 'r' || n, 'handle', 'h' || n, 'name', 'P' || n,
    'manufacturer', 'M', 'brand', 'B' || n, 'variants', jsonb_build_array(jsonb_build_object('sku', 's' || n), jsonb_build_object('sku', 't' || n)), 'custom_fields', jsonb_build_object('code', 'c' || n))) FROM generate_series(1, 40) n));

\echo feed_moves_are_what_they_are_in_one_call
SELECT test.moves('[
    {"external_id": "p1", "handle": "h2"}, {"external_id": "p2", "handle": "h1"}, {"external_id": "p3", "handle": "h4"}, {"external_id": "p4", "handle": "h5"}, {"external_id": "p5", "handle": "h3"}, {"external_id": "p6", "handle": "h7"},
    {"external_id": "p7", "handle": "h8"}, {"external_id": "p8", "handle": "new"}, {"external_id": "q1", "name": "Q", "handle": "h9"}, {"external_id": "p9", "handle": null}, {"external_id": "p10", "handle": "h11"}, {"external_id": "p12", "handle": "h10"},
    {"external_id": "p13", "handle": "h14"}, {"external_id": "p14", "handle": "x", "reference": ""}, {"external_id": "p15", "handle": "h13"}, {"external_id": "p16", "reference": "free"}, {"external_id": "q2", "name": "Q", "reference": "r16"},
    {"external_id": "p17", "brand": "B18", "name": "P18"}, {"external_id": "p18", "brand": "B17", "name": "P17"},
    {"external_id": "p19", "custom_fields": {"code": "c20"}}, {"external_id": "p20", "custom_fields": {"code": "c19"}}, {"external_id": "p21", "custom_fields": {"code": "c22"}}, {"external_id": "p22", "custom_fields": {"code": null}},
    {"external_id": "p23", "custom_fields": {"code": "same"}}, {"external_id": "p24", "custom_fields": {"code": "same"}}, {"external_id": "p25", "custom_fields": {"code": "c26"}},
    {"external_id": "p27", "variants": [{"sku": "s28"}]}, {"external_id": "p28", "variants": [{"sku": "u28"}]}, {"external_id": "p29", "variants": [{"sku": "one"}]}, {"external_id": "q3", "name": "Q", "variants": [{"sku": "one"}]},
    {"external_id": "q4", "name": "Q", "variants": [{"sku": "two"}]}, {"external_id": "q5", "name": "Q", "variants": [{"sku": "two"}]}]');
SELECT * FROM test.differs('external_id');
SELECT * FROM test.stored() WHERE product !~ '^p[34].' AND product !~ '\| v1 \|';
SELECT position, errors #>> '{0,message}' AS message FROM product_upsert_from('test.moves_in_order', identifier_field => 'external_id', on_error => 'skip') WHERE errors #>> '{0,code}' <> 'type';
\echo feed_moves_skus_that_their_products_give_up
SELECT test.moves('[{"external_id": "p31", "variants": [{"sku": "s32"}, {"sku": "t31"}]}, {"external_id": "p32", "variants": [{"sku": "s31"}, {"sku": "t32"}]}, {"external_id": "p33", "variants": [{"sku": "s34"}]}, {"external_id": "p34", "variants": [{"sku": "t33"}]}]');
SELECT f.position, f.status, f.changed, f.errors FROM product_upsert_from('test.moves_in_order', 'document', 'external_id', on_error => 'skip', field_actions => '{"variants": "REPLACE"}') f WHERE f.errors #>> '{0,code}' IS DISTINCT FROM 'type';
SELECT * FROM test.stored() WHERE product ~ '^p3[1234] ';
\echo feed_moves_parents_may_come_later
SELECT test.moves('[{"external_id": "c1", "name": "C", "parent_product_id": {"external_id": "c2"}}, {"external_id": "c2", "name": "C", "parent_product_id": {"reference": "c3"}}, {"external_id": "c3", "reference": "c3", "name": "C"}, {"external_id": "p1", "parent_product_id": {"external_id": "c2"}},
    {"external_id": "c4", "name": "C", "parent_product_id": {"external_id": "nobody"}}, {"external_id": "c6", "name": "C", "parent_product_id": {"external_id": "c7"}}, {"external_id": "c7", "name": "C", "reference": ""}]');
SELECT * FROM test.differs();
SELECT * FROM test.stored() WHERE product ~ '^(c|p1 )';
\echo feed_moves_parents_and_children_change_places
SELECT test.moves('[{"external_id": "c2", "parent_product_id": {"external_id": "c1"}}, {"external_id": "c1", "parent_product_id": {"external_id": "c3"}}, {"external_id": "p1", "parent_product_id": null}, {"external_id": "c3", "parent_product_id": {"external_id": "p1"}},
    {"external_id": "p2", "parent_product_id": {"external_id": "p3"}}, {"external_id": "p3", "parent_product_id": {"external_id": "p2"}}, {"external_id": "p4", "parent_product_id": {"external_id": "p4"}}]');
SELECT * FROM test.differs();
SELECT * FROM test.stored() WHERE product ~ '^(c|p[1234] )';

\echo feed_moves_under_abort
SELECT test.moves('[{"external_id": "p38", "handle": "h39"}, {"external_id": "p39", "handle": "h38"}, {"external_id": "d1", "name": "D", "parent_product_id": {"external_id": "d2"}}, {"external_id": "d2", "name": "D"}]', '{"name": "filler"}');
SELECT status, count(*), min(position), max(position) FROM product_upsert_from('test.moves_in_order', identifier_field => 'external_id', dry_run => true) GROUP BY 1 ORDER BY 1;
SELECT test.moves('[{"external_id": "p38", "handle": "h37"}, {"external_id": "p36", "variants": [{"sku": "s39"}]}, {"external_id": "d3", "name": "D", "parent_product_id": {"external_id": "d9"}}]', '{"name": "filler"}');
SELECT * FROM test.error($$SELECT count(*) FROM product_upsert_from('test.moves_in_order', identifier_field => 'external_id')$$);
SELECT count(*) AS nothing_written FROM test.stored() WHERE product ~ '^(d|filler)';
\echo fine_point_g_a_free_id_that_an_earlier_document_of_the_feed_takes
SELECT test.moves('[{"id": 900001, "external_id": "i1", "name": "I"}, {"id": 900001, "external_id": "p35", "name": "J"}, {"id": 900002, "external_id": "p34", "name": "J"}, {"id": 900002, "external_id": "i2", "name": "I"}]');
SELECT * FROM test.differs();
SELECT * FROM test.stored() WHERE product ~ '^(i|p3[45] )';
SELECT test.moves('[{"id": 900003, "external_id": "i3", "name": "I"}, {"id": 900003, "external_id": "p35", "name": "K"}]', '{"name": "filler"}');
SELECT status, count(*), max(position) FROM product_upsert_from('test.moves_in_order', dry_run => true) GROUP BY 1 ORDER BY 1;
DROP VIEW test.moves_in_order;
DROP TABLE test.moves;
DROP FUNCTION test.moves, test.stored, test.differs;
RESET product_upsert.profile;
RESET product_upsert.batch_documents;
SELECT test.clean();
