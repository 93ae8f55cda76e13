-- Documents that come as JSON text, as drivers and COPY bring them: what comes of them is what comes of the same jsonb.
\set VERBOSITY terse
SELECT test.clean();

\echo text_whatever_a_driver_sends_finds_its_function
SELECT kind, test.try(format('SELECT ''version '' || (product_upsert(%s) ->> ''version'')', argument)) AS outcome FROM (VALUES
    ('unknown', '''{"name": "a", "external_id": "a"}'''), ('text', '''{"name": "a", "external_id": "a"}''::text'),
    ('varchar', '''{"name": "a", "external_id": "a"}''::varchar'), ('char', '''{"name": "a", "external_id": "a"}''::char(40)'),
    ('json', '''{"name": "a", "external_id": "a"}''::json'), ('jsonb', '''{"name": "a", "external_id": "a"}''::jsonb'),
    ('jsonb_build_object', 'jsonb_build_object(''name'', ''a'', ''external_id'', ''a'')'), ('json_build_object', 'json_build_object(''name'', ''a'', ''external_id'', ''a'')'),
    ('named', 'document => ''{"name": "a", "external_id": "a"}'''), ('positions', '''{"name": "a", "external_id": "a"}'', ''external_id'''),
    ('named, jsonb', 'document => jsonb_build_object(''name'', ''a'', ''external_id'', ''a''), profile => ''catalog'''), ('null', 'NULL'), ('null of a type', 'NULL::json'),
    ('another type', '5')) a (kind, argument);
PREPARE of_no_type AS SELECT product_upsert($1) ->> 'version';
EXECUTE of_no_type('{"name": "a", "external_id": "a"}');
PREPARE of_a_type (json) AS SELECT status FROM product_match($1);
EXECUTE of_a_type('{"name": "a", "external_id": "a"}');
SELECT parameter_types FROM pg_prepared_statements WHERE name LIKE 'of_%' ORDER BY name;
DEALLOCATE of_no_type;
DEALLOCATE of_a_type;
SELECT proname, count(*) FROM pg_proc WHERE proname LIKE 'product\_%' AND proargnames[1] IN ('document', 'documents') AND obj_description(oid, 'pg_proc') IS NOT NULL GROUP BY 1 ORDER BY 1;
SELECT count(*), max(version) FROM product;

\echo text_a_list_an_envelope_or_a_document_a_line
CREATE FUNCTION test.told(documents text, profile text DEFAULT 'catalog', OUT told text) LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', r.position, r.status, test.short(r.errors)), ', ' ORDER BY r.position)
      FROM product_upsert_rows(documents, profile => profile, on_error => 'skip', dry_run => true) r
$$;
SELECT test.told('[{"external_id": "1", "name": "n"}, {"external_id": "2", "name": "n"}]');
SELECT test.told(E'{"external_id": "1", "name": "n"}\n\n  \r\n{"external_id": "2", "name": "n"}\r\n{"external_id": "a", "name": "a"}');
SELECT test.told(E'{"external_id": "1",\n "name": "n"\n}\n');
SELECT test.told('{"body": [{"manufacturer": "M", "brand": "B", "name": "N"}], "more": [1, {"body": "]"}]}', 'vending'),
       test.told(E'{"manufacturer": "M", "brand": "B", "name": "N"}\n{"manufacturer": "M", "brand": "B", "name": "O"}', 'vending'),
       test.told('[]'), test.told(E' \n'), test.told('{"body": []}', 'vending');
SELECT documents, test.try(format('SELECT product_upsert_bulk(%L)', documents)) AS text, test.try(format('SELECT product_upsert_bulk(%L::jsonb)', documents)) AS jsonb
  FROM unnest(ARRAY['1', '"x"', 'null', '[1, []]', '[{"name": 1}]']) documents;
SELECT document, test.try(format('SELECT product_upsert(%L)', document)) AS text, test.try(format('SELECT product_upsert(%L::jsonb)', document)) AS jsonb
  FROM unnest(ARRAY['1', '[]', '[{}]', '{"name": 1}', '{"name": "n", "name": 5, "nope": 1, "nope": 2}', '{"external_id": "", "name": 5, "external_id": 6}']) document;

\echo text_a_byte_order_mark_at_its_beginning_is_no_part_of_it
SELECT test.told(U&'\FEFF[{"external_id": "1", "name": "n"}, {"external_id": "2", "name": "n"}]'), test.told(U&'\FEFF{"external_id": "1", "name": "n"}' || E'\r\n{"external_id": "2", "name": "n"}\r\n');
SELECT product_upsert(U&'\FEFF{"external_id": "1", "name": "n"}', dry_run => true) ->> 'name' AS single, (SELECT status FROM product_match(U&'\FEFF{"external_id": "1", "name": "n"}')) AS match,
       (SELECT status FROM product_request_text('billing', 'PUT', '/v1/products', U&'\FEFF{}', headers => '{"Authorization": "t"}')) AS request;
CREATE TEMP TABLE marked (document text);
INSERT INTO marked VALUES (U&'\FEFF{"external_id": "1", "name": "n"}'), ('{"external_id": "2", "name": "n"}');
SELECT position, status FROM product_upsert_from('marked', dry_run => true);
DROP TABLE marked;

\echo fine_point_p_what_cannot_be_read_is_unreadable_with_its_position_the_others_are_written
SELECT left(document, 50) AS document, (SELECT concat_ws(' ', r.status, r.errors -> 0 ->> 'code', r.errors -> 0 ->> 'message') FROM product_upsert_rows(format(E'{"external_id": "1", "name": "n"}\n%s\n', document), on_error => 'skip', dry_run => true) r WHERE r.position = 2) AS told
  FROM unnest(ARRAY['{"name": "\u0000"}', '{"name": "\ud800"}', '{"name": "\udc00x"}', '{"name": "\ud83d\ude00", "external_id": "2"}', '{"price": 1e131072}', '{"price": 1e-16384}', '{"price": 01}', '{"price": 1.}', '{"price": NaN}',
       '{"name": "a"', '{"name" "a"}', '{"name": "a",}', '{"name": "a"} {"name": "b"}', E'{"name": "a\tb"}', '{"name": "\x"}', 'garbage', '{', '"', '{"custom_data": ' || repeat('[', 600) || repeat(']', 600) || '}',
       '{"name": "' || repeat('ä', 100) || '\u0000"}', '{"name": ' || repeat('ä', 100) || '}', '', '[1', '5']) WITH ORDINALITY d (document, n) ORDER BY n;
SELECT test.told('[{"external_id": "1", "name": "n"}, {"name": tru}, {"external_id": "2", "name": "n"}, , {"name": "\ud800"}, {"external_id": "3", "name": "n"},]');
SELECT test.told('[{"external_id": "1", "name": "n"}, {"name": "b'), test.told('[{"external_id": "1", "name": "n"} {"external_id": "2", "name": "n"}]'), test.told('[{"external_id": "1", "name": "n"}] x'), test.told('['),
       test.told('{"body": [{"manufacturer": "M", "brand": "B", "name": "N"}], "x": tru}', 'vending'), test.told('{"body": [{"manufacturer": "M"', 'vending');
SELECT position, status, errors FROM product_upsert_rows(E'\n{"external_id": "1", "name": "n"}\n{"external_id": "2", "name": nul}\n', on_error => 'skip');
SELECT * FROM test.error($$SELECT product_upsert_bulk(E'{"external_id": "3", "name": "n"}\n{"external_id": "4", "name": nul}\n{"external_id": "5"')$$);
SELECT * FROM test.error($$SELECT product_upsert('{"external_id": "4", "name": nul}')$$);
SELECT * FROM test.error($$SELECT product_upsert('')$$);
SELECT status, errors, explanation FROM product_match('{"external_id": "4", "name": nul}');
SELECT product_upsert_bulk('[{"external_id": "1"}, {"external_id": nul}]', on_error => 'skip') -> 1;
SELECT test.products('external_id');

\echo c5_numbers_of_a_text_keep_their_digits_and_its_texts_are_those_of_jsonb
SELECT v, text_door = jsonb_door AS same, left(text_door, 40) AS stored FROM unnest(ARRAY['12345678901234567890123', '19.90', '-0', '-0.00', '1e2', '1E+2', '1.5e-3', '0e99999999', '0e-5', '123456789012345678', '1234567890123456789', '0.123456789012345678901',
       '1e131071', '1e-16383', '"\"\\\/\b\f\n\r\t\u00e4\u20AC\ud83d\ude00"', '{"bb": 1, "a": 2, "a": {"x": 1, "x": []}, "": null}', '[[], {}, "", [[null, true, false]]]', '"\u007f"']) v,
       LATERAL (SELECT product_upsert(format('{"external_id": "c5", "name": "n", "custom_data": %s}', v), dry_run => true) ->> 'custom_data' AS text_door,
                       product_upsert(format('{"external_id": "c5", "name": "n", "custom_data": %s}', v)::jsonb, dry_run => true) ->> 'custom_data' AS jsonb_door) d;

\echo text_a_column_of_text_json_or_varchar_feeds_as_one_of_jsonb
SELECT test.clean();
CREATE DOMAIN test.line AS varchar(100);
CREATE TABLE test.text_lines (n integer, document text, as_json json, as_line test.line, number integer);
INSERT INTO test.text_lines SELECT n, d, CASE n WHEN 2 THEN '{"name": "\u0000"}' WHEN 4 THEN NULL ELSE d::json END, d
  FROM unnest(ARRAY['{"external_id": "1", "name": "a"}', '{"external_id": "2", "name": tru}', '{"external_id": "3", "name": "c"}', '']) WITH ORDINALITY f (d, n);
SELECT c, position, status, test.short(errors) FROM unnest(ARRAY['document', 'as_json', 'as_line']) c, product_upsert_from('test.text_lines', c, on_error => 'skip');
SELECT test.try($$SELECT 1 FROM product_upsert_from('test.text_lines')$$), test.products('external_id');
SELECT state, message, hint FROM test.error($$SELECT * FROM product_upsert_from('test.text_lines', 'number')$$);
\echo text_what_is_told_of_a_column_ends_where_its_text_ends
CREATE TEMP TABLE one_text AS SELECT '{"name": "x"}}  ' AS document;
SELECT errors #>> '{0,message}' AS message FROM product_upsert_from('one_text', on_error => 'skip');
-- Batches are cut: what cannot be read stays at its place.
CREATE VIEW test.long AS SELECT CASE n % 1000 WHEN 7 THEN 'x' ELSE format('{"external_id": "%s", "name": "n"}', n % 24000) END AS document FROM generate_series(1, 25000) n;
SELECT status, count(*), min(position), max(position) FROM product_upsert_from('test.long', on_error => 'skip', dry_run => true) GROUP BY 1 ORDER BY 1;
DROP VIEW test.long;
CREATE TABLE test.fed (document text);
CREATE TRIGGER upsert AFTER INSERT ON test.fed REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger('document', 'catalog');
COPY test.fed FROM stdin;
{"external_id": "f1", "name": "fed"}
{"external_id": "f2", "name": "fed"}
\.
SELECT test.try($$INSERT INTO test.fed VALUES ('{"external_id": "f3", "name": "fed"}'), ('{"external_id": "f4", "name": "fed')$$);
CREATE TABLE test.answered (document json, line text, id bigint, status text, errors jsonb);
CREATE TRIGGER upsert_json BEFORE INSERT ON test.answered FOR EACH ROW WHEN (NEW.document IS NOT NULL) EXECUTE FUNCTION product_upsert_trigger('document', 'catalog', '', 'keep');
CREATE TRIGGER upsert_line BEFORE INSERT ON test.answered FOR EACH ROW WHEN (NEW.line IS NOT NULL) EXECUTE FUNCTION product_upsert_trigger('line', 'catalog', '', 'keep');
INSERT INTO test.answered (document) VALUES ('{"external_id": "r1", "name": "row"}'), ('{"external_id": "r1", "name": "\ud800"}');
INSERT INTO test.answered (line) VALUES ('{"external_id": "r2", "name": "row"}'), ('{"external_id": "r2", "name": }'), ('');
SELECT coalesce(document::text, line), status, id IS NOT NULL AS has_id, test.short(errors) FROM test.answered ORDER BY ctid;
SELECT test.products('external_id, name');
DROP TABLE test.text_lines, test.fed, test.answered;
DROP DOMAIN test.line;

\echo request_59_product_request_text_takes_the_body_as_it_came
SELECT test.clean();
INSERT INTO product_organization (organization_id, reference, name) VALUES (1, '1', 'One');
SELECT p.name, b.body, (SELECT concat_ws(' ', r.status, left(r.body::text, 160)) FROM product_request_text(p.name, p.method, p.path, b.body, headers => '{"authorization": "t", "x-api-key": "k", "company": "1", "version": "1"}') r) AS answer
  FROM (VALUES ('agency', 'POST', '/api/products'), ('billing', 'PUT', '/v1/products'), ('retail', 'POST', '/v3/products/update-create'), ('subscription', 'POST', '/catalogue/products'), ('vending', 'PUT', '/products')) p (name, method, path),
       unnest(ARRAY['{"name": tru}', '{"name": "a"} {"name": "b"}']) WITH ORDINALITY b (body, n) ORDER BY 1, b.n;
SELECT r.status, r.body FROM product_request_text('vending', 'PUT', '/products', '{"body": [{"manufacturer": "M", "brand": "B", "name": "N", "cost": 0.80}]}', headers => '{"x-api-key": "k"}') r;
SELECT r.status, r.body = q.body AS as_with_jsonb FROM product_request_text('vending', 'PUT', '/products', '{"name": "N"}', headers => '{"x-api-key": "k"}') r,
       product_request('vending', 'PUT', '/products', '{"name": "N"}', headers => '{"x-api-key": "k"}') q;
-- Empty is none.
SELECT r.body = q.body AS as_without FROM product_request_text('billing', 'PUT', '/v1/products', '', headers => '{"x-api-key": "k"}') r,
       product_request('billing', 'PUT', '/v1/products', headers => '{"x-api-key": "k"}') q;
SELECT status FROM product_request_text('vending', 'GET', '/nowhere', 'no JSON', headers => '{"x-api-key": "k"}');
SELECT test.products('manufacturer, cost');
DROP FUNCTION test.told;

\echo text_a_large_one_is_read_as_it_stands
SELECT count(*), min(status), max(status) FROM (SELECT string_agg(format('{"external_id": "%s", "name": "%s"}', n, repeat('x', 100)), E'\n' ORDER BY n) AS lines FROM generate_series(1, 5000) n) t, product_upsert_rows(t.lines);
-- Compressed, out of line.
CREATE TABLE test.kept (lines text);
INSERT INTO test.kept SELECT '[' || string_agg(format('{"external_id": "%s", "name": "%s"}', n, repeat('x', 100)), ',' ORDER BY n) || ']' FROM generate_series(1, 5000) n;
SELECT r.status, count(*) FROM test.kept, product_upsert_rows(lines) r GROUP BY 1;
DROP TABLE test.kept;

SELECT test.clean();

\echo text_messages_can_be_shown_in_every_encoding
\encoding LATIN1
SELECT errors #>> '{0,message}' AS message FROM product_upsert_rows(jsonb_build_array(jsonb_build_object('name', 'x', 'price', repeat('y', 100))), on_error => 'skip');
SELECT errors #>> '{0,message}' AS message FROM product_upsert_rows('[{"name": ' || repeat('y', 100), on_error => 'skip');
SELECT errors #>> '{0,message}' AS message FROM product_upsert_rows((SELECT jsonb_agg('{"external_id": "x", "name": "x"}'::jsonb) FROM generate_series(1, 14)), on_error => 'skip') WHERE "position" = 1;
\encoding UTF8
