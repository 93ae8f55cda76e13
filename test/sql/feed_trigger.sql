-- product_upsert_trigger: feed tables and views whose inserted rows are documents.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT test.clean();
SET product_upsert.profile = 'vending';

CREATE FUNCTION test.fed(i bigint, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('manufacturer', 'Maker ' || i % 7, 'brand', 'Brand ' || i % 49, 'name', 'Product ' || i) || more
$$;

\echo trigger_for_each_statement_upserts_in_bulk_whatever_the_transition_table_is_called
CREATE TABLE test.feed (line bigint GENERATED ALWAYS AS IDENTITY, document jsonb);
CREATE TRIGGER upsert AFTER INSERT ON test.feed REFERENCING NEW TABLE AS "the new ""rows"
    FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger();
INSERT INTO test.feed (document) VALUES (test.fed(1)), (test.fed(2)), (test.fed(3));
SELECT test.products();
COPY test.feed (document) FROM stdin (FORMAT csv, QUOTE e'\x01', DELIMITER e'\x02');
{"manufacturer": "Maker 1", "brand": "Brand 1", "name": "Product 1", "cost": 1.5}
{"manufacturer": "Maker 1", "brand": "Brand 1", "name": "a \"quoted\" name, with a comma"}
\.
SELECT test.products('name, cost, version');
INSERT INTO test.feed (document) SELECT test.fed(i) FROM generate_series(1, 25000) i;
SELECT count(*), sum(version) FROM product;
INSERT INTO test.feed (document) SELECT test.fed(1) WHERE false;

\echo trigger_for_each_statement_aborts_the_statement_and_tells_the_row
SELECT test.try($$INSERT INTO test.feed (document) VALUES (test.fed(4)), (test.fed(5, '{"cost": -1}')), (NULL)$$);
SELECT test.try($$INSERT INTO test.feed (document) SELECT test.fed(i % 30000) FROM generate_series(1, 30001) i$$);
SELECT count(*), (SELECT count(*) FROM product) FROM test.feed;

\echo trigger_reads_rows_where_they_stand_in_memory_and_from_a_file_alike
SELECT test.clean();
CREATE FUNCTION test.fed_of_all_sizes(cost integer) RETURNS SETOF jsonb LANGUAGE sql AS $$
    SELECT test.fed(i, jsonb_build_object('cost', cost + i, 'calories', i)
                       || CASE WHEN i % 1000 = 0 THEN jsonb_build_object('customData', (SELECT jsonb_agg(md5((i + n)::text)) FROM generate_series(1, 300) n)) ELSE '{}' END)
      FROM generate_series(1, 11000) i
$$;
CREATE TRIGGER upsert_again AFTER INSERT ON test.feed REFERENCING NEW TABLE AS "the new ""rows"
    FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger();
SET work_mem = '64MB';
INSERT INTO test.feed (document) SELECT d FROM test.fed_of_all_sizes(1) d;
SELECT count(*), sum(version), sum(cost - calories), count(DISTINCT name), sum(length(custom_data::text)) FROM product;
SET work_mem = '64kB';
INSERT INTO test.feed (document) SELECT d FROM test.fed_of_all_sizes(1) d;
SELECT count(*), sum(version), sum(cost - calories), count(DISTINCT name), sum(length(custom_data::text)) FROM product;
INSERT INTO test.feed (document) SELECT d FROM test.fed_of_all_sizes(2) d;
SET work_mem = '64MB';
INSERT INTO test.feed (document) SELECT document FROM test.feed WHERE line > (SELECT max(line) - 11000 FROM test.feed);
SELECT count(*), sum(version), sum(cost - calories), count(DISTINCT name), sum(length(custom_data::text)) FROM product;
RESET work_mem;
DROP TRIGGER upsert_again ON test.feed;
DROP FUNCTION test.fed_of_all_sizes;

\echo trigger_takes_column_profile_and_identifier
CREATE TABLE test.feed_catalog (body json);
CREATE TRIGGER upsert AFTER INSERT ON test.feed_catalog REFERENCING NEW TABLE AS new
    FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger('body', 'catalog', 'external_id', 'abort');
INSERT INTO test.feed_catalog VALUES ('{"name": "One", "external_id": "x1"}');
INSERT INTO test.feed_catalog VALUES ('{"name": "Uno", "external_id": "x1"}');
SELECT name, version FROM product WHERE external_id = 'x1';
SELECT test.try($$INSERT INTO test.feed_catalog VALUES ('{"name": "Two"}')$$);

\echo trigger_of_two_tables_with_transition_tables_of_one_name
CREATE TABLE test.feed_other (number integer, document jsonb);
CREATE TRIGGER upsert AFTER INSERT ON test.feed_other REFERENCING NEW TABLE AS new
    FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger();
INSERT INTO test.feed_other VALUES (1, test.fed(30000));
INSERT INTO test.feed_catalog VALUES ('{"name": "Ein", "external_id": "x1"}');
INSERT INTO test.feed_other VALUES (1, test.fed(30001));
SELECT name FROM product WHERE external_id = 'x1' OR name ~ 'Product 3000[01]' ORDER BY name;

\echo trigger_of_a_partitioned_feed_table
CREATE TABLE test.feed_parted (day date, document jsonb) PARTITION BY RANGE (day);
CREATE TABLE test.feed_parted_1 PARTITION OF test.feed_parted FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE test.feed_parted_2 (document jsonb, day date);
ALTER TABLE test.feed_parted ATTACH PARTITION test.feed_parted_2 FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
CREATE TRIGGER upsert AFTER INSERT ON test.feed_parted REFERENCING NEW TABLE AS new
    FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger();
INSERT INTO test.feed_parted VALUES ('2024-01-05', test.fed(30002)), ('2024-02-05', test.fed(30003));
SELECT name FROM product WHERE name ~ 'Product 3000[23]' ORDER BY name;

\echo trigger_before_each_row_answers_in_the_row
SELECT test.clean();
CREATE TABLE test.feed_row (line bigint GENERATED ALWAYS AS IDENTITY, errors jsonb, document jsonb, status text, id bigint);
CREATE TRIGGER upsert BEFORE INSERT ON test.feed_row FOR EACH ROW EXECUTE FUNCTION product_upsert_trigger('document', '', '', 'keep');
INSERT INTO test.feed_row (document) VALUES (test.fed(1)), (test.fed(2)), (test.fed(1)), (test.fed(1, '{"cost": 2}')),
    (test.fed(3, '{"cost": -1, "calories": "many"}')), (NULL), ('[]'), (test.fed(2, '{"productId": 1}'));
SELECT line, status, id, test.short(errors) FROM test.feed_row ORDER BY line;
SELECT test.products('id, name, cost, version');
INSERT INTO test.feed_row (document, status, id, errors) VALUES (test.fed(2), 'mine', 77, '"mine"') RETURNING status, id, errors;

\echo trigger_before_each_row_aborts_by_default
CREATE TABLE test.feed_row_abort (document json);
CREATE TRIGGER upsert BEFORE INSERT ON test.feed_row_abort FOR EACH ROW EXECUTE FUNCTION product_upsert_trigger();
SELECT * FROM test.error($$INSERT INTO test.feed_row_abort VALUES (test.fed(4)::json), ('{"brand": 1}')$$);
INSERT INTO test.feed_row_abort VALUES (test.fed(4)::json);
SELECT count(*), (SELECT count(*) FROM product) FROM test.feed_row_abort;

\echo trigger_instead_of_insert_makes_a_view_that_takes_copy
CREATE VIEW test.feed_view AS SELECT NULL::jsonb AS document, NULL::text AS status, NULL::bigint AS id;
CREATE TRIGGER upsert INSTEAD OF INSERT ON test.feed_view FOR EACH ROW EXECUTE FUNCTION product_upsert_trigger();
INSERT INTO test.feed_view (document) VALUES (test.fed(1, '{"cost": 2}')), (test.fed(9)) RETURNING status, id;
COPY test.feed_view (document) FROM stdin (FORMAT csv, QUOTE e'\x01', DELIMITER e'\x02');
{"manufacturer": "Maker 1", "brand": "Brand 1", "name": "Product 1", "cost": 3}
{"manufacturer": "Maker 3", "brand": "Brand 10", "name": "Product 10"}
\.
SELECT test.products('id, name, cost, version');
SELECT test.try($$INSERT INTO test.feed_view (document) VALUES (test.fed(11)), ('{}')$$);
SELECT count(*) FROM product;

\echo trigger_instead_of_insert_can_answer_with_rejects
CREATE VIEW test.feed_view_keep AS SELECT NULL::jsonb AS document, NULL::jsonb AS errors;
CREATE TRIGGER upsert INSTEAD OF INSERT ON test.feed_view_keep FOR EACH ROW EXECUTE FUNCTION product_upsert_trigger('', '', '', 'keep');
INSERT INTO test.feed_view_keep VALUES (test.fed(1, '{"cost": 4}')), ('{}'), (test.fed(2, '{"cost": 5}')) RETURNING test.short(errors);
DROP VIEW test.feed_view_keep;

\echo trigger_attached_so_that_it_cannot_work
CREATE TABLE test.attached (document jsonb);
CREATE FUNCTION test.attach(how text, arguments text DEFAULT '') RETURNS TABLE (state text, message text, hint text)
LANGUAGE plpgsql AS $$
DECLARE
    statement text := CASE WHEN how ~ 'UPDATE' THEN 'UPDATE test.attached SET document = NULL'
                           WHEN how ~ 'DELETE' THEN 'DELETE FROM test.attached'
                           WHEN how ~ 'TRUNCATE' THEN 'TRUNCATE test.attached'
                           ELSE 'INSERT INTO test.attached VALUES (test.fed(1))' END;
BEGIN
    TRUNCATE test.attached;
    INSERT INTO test.attached VALUES ('{}');
    EXECUTE format('CREATE TRIGGER bad %s EXECUTE FUNCTION product_upsert_trigger(%s)',
                   replace(how, ' ON ', ' ON test.attached '), arguments);
    RETURN QUERY SELECT e.state, e.message, e.hint FROM test.error(statement) e;
    DROP TRIGGER bad ON test.attached;
END
$$;
\pset format unaligned
\pset tuples_only on
SELECT * FROM test.attach('AFTER INSERT ON FOR EACH ROW');
SELECT * FROM test.attach('BEFORE INSERT ON FOR EACH STATEMENT');
SELECT * FROM test.attach('AFTER INSERT ON FOR EACH STATEMENT');
SELECT * FROM test.attach('AFTER UPDATE ON REFERENCING NEW TABLE AS new FOR EACH STATEMENT');
SELECT * FROM test.attach('BEFORE INSERT OR UPDATE ON FOR EACH ROW');
SELECT * FROM test.attach('BEFORE DELETE ON FOR EACH ROW');
SELECT * FROM test.attach('AFTER TRUNCATE ON FOR EACH STATEMENT');
SELECT * FROM test.attach('AFTER INSERT ON REFERENCING NEW TABLE AS new FOR EACH STATEMENT', $$'doc'$$);
SELECT state, message FROM test.attach('AFTER INSERT ON REFERENCING NEW TABLE AS new FOR EACH STATEMENT', $$'', 'vendin'$$);
SELECT * FROM test.attach('AFTER INSERT ON REFERENCING NEW TABLE AS new FOR EACH STATEMENT', $$'', '', 'sku'$$);
SELECT * FROM test.attach('AFTER INSERT ON REFERENCING NEW TABLE AS new FOR EACH STATEMENT', $$'', '', '', 'skip'$$);
SELECT * FROM test.attach('AFTER INSERT ON REFERENCING NEW TABLE AS new FOR EACH STATEMENT', $$'', '', '', 'keep'$$);
SELECT * FROM test.attach('BEFORE INSERT ON FOR EACH ROW', $$'', '', '', 'abort', 'more'$$);
SELECT * FROM test.attach('BEFORE INSERT ON FOR EACH ROW', $$'', '', '', 'keep'$$);
ALTER TABLE test.attached ADD status integer;
SELECT * FROM test.attach('BEFORE INSERT ON FOR EACH ROW');
ALTER TABLE test.attached DROP status, ADD id integer;
SELECT * FROM test.attach('BEFORE INSERT ON FOR EACH ROW');
ALTER TABLE test.attached DROP id, ADD errors text;
SELECT * FROM test.attach('BEFORE INSERT ON FOR EACH ROW');
ALTER TABLE test.attached DROP errors, ADD status text GENERATED ALWAYS AS ('x') STORED;
SELECT * FROM test.attach('BEFORE INSERT ON FOR EACH ROW');
SELECT state, message FROM test.error('SELECT product_upsert_trigger()');
\pset format aligned
\pset tuples_only off

\echo trigger_on_product_that_feeds_again
SELECT test.clean();
TRUNCATE test.feed;
-- Every product up to number 5 brings the next one, each through the feed table; and a note through the view.
CREATE FUNCTION test.feed_again() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    number integer := substring(NEW.name FROM 'Product (\d+)')::integer;
BEGIN
    IF number < 5 THEN
        INSERT INTO test.feed (document) VALUES (test.fed(number + 1)), (test.fed(number + 1000));
        INSERT INTO test.feed_view (document) VALUES (test.fed(number + 2000));
        PERFORM product_upsert(test.fed(number + 3000));
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER feed_again AFTER INSERT ON product FOR EACH ROW EXECUTE FUNCTION test.feed_again();
INSERT INTO test.feed (document) VALUES (test.fed(1));
SELECT string_agg(name, ', ' ORDER BY length(name), name) FROM product;
-- 100 levels deep, rows of a prepared plan on every level.
CREATE OR REPLACE FUNCTION test.feed_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.calories < 100 THEN
        INSERT INTO test.feed (document) VALUES (test.fed(5000 + NEW.calories, jsonb_build_object('calories', NEW.calories + 1)));
    END IF;
    RETURN NULL;
END
$$;
INSERT INTO test.feed (document) VALUES (test.fed(5000, '{"calories": 1}'));
SELECT count(*), max(calories) FROM product WHERE calories IS NOT NULL;
-- Without an end.
CREATE OR REPLACE FUNCTION test.feed_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO test.feed (document) VALUES (test.fed(NEW.id + 10000));
    RETURN NULL;
END
$$;
SET max_stack_depth = '500kB';
SELECT state, message FROM test.error('INSERT INTO test.feed (document) VALUES (test.fed(10000))');
-- And with several documents in each call, of which none is tried again.
CREATE OR REPLACE FUNCTION test.feed_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO test.feed (document) VALUES (test.fed(NEW.id + 10000)), (test.fed(NEW.id + 20000));
    RETURN NULL;
END
$$;
SET statement_timeout = '60s';
SELECT state, message FROM test.error('INSERT INTO test.feed (document) VALUES (test.fed(10000)), (test.fed(10001))');
RESET statement_timeout;
RESET max_stack_depth;
DROP TRIGGER feed_again ON product;
INSERT INTO test.feed (document) VALUES (test.fed(1, '{"cost": 7}'));
SELECT name, cost FROM product WHERE name = 'Product 1';

\echo trigger_on_the_feed_table_whose_transaction_is_rolled_back
BEGIN;
INSERT INTO test.feed (document) VALUES (test.fed(6000));
SAVEPOINT before;
SELECT test.try($$INSERT INTO test.feed (document) VALUES ('{}')$$);
ROLLBACK TO before;
INSERT INTO test.feed_row (document) VALUES (test.fed(6001));
ROLLBACK;
SELECT count(*) FROM product WHERE name LIKE 'Product 600_';

DROP FUNCTION test.attach, test.feed_again;
DROP TABLE test.feed, test.feed_catalog, test.feed_other, test.feed_parted, test.feed_row, test.feed_row_abort, test.attached;
DROP VIEW test.feed_view;
DROP FUNCTION test.fed;
SELECT test.clean();
