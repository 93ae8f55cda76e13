-- What the owner of the tables keeps out, by a trigger that returns NULL, a policy, a CHECK, a unique index, a foreign key or an error of a trigger's own: a reject that says so, never 40001,
-- and the other documents are written (rule 60).
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT test.clean();
SET product_upsert.profile = 'catalog';
INSERT INTO product_custom_field (organization_id, reference, type, unique_value) VALUES (1, 'code', 'text', true);
INSERT INTO product_feature (organization_id, reference, name) VALUES (1, 'yes', 'Yes'), (1, 'no', 'No');
CREATE TABLE test.colours (colour text PRIMARY KEY);
INSERT INTO test.colours VALUES ('red');
SELECT count(*) AS stored FROM product_upsert_rows('[{"external_id": "old", "name": "Old"}, {"external_id": "other", "name": "Other"}, {"external_id": "two", "name": "Two", "variants": [{"sku": "stay"}, {"sku": "go"}]}, {"external_id": "last", "name": "Last", "vend_size": "12 oz"}]');
-- A row whose text says no.
CREATE FUNCTION test.keep_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RETURN CASE WHEN to_jsonb(OLD) ->> TG_ARGV[0] <> 'stay' THEN OLD END;
    END IF;
    IF to_jsonb(NEW) ->> TG_ARGV[0] = 'raise' THEN
        RAISE EXCEPTION USING ERRCODE = 'P0001', MESSAGE = 'not this one', CONSTRAINT = 'house_rule';
    END IF;
    RETURN CASE WHEN to_jsonb(NEW) ->> TG_ARGV[0] IS DISTINCT FROM 'no' THEN NEW END;
END
$$;
CREATE FUNCTION test.no_feature() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN NEW.feature_id <> 2 THEN NEW END; END $$;
CREATE TRIGGER keep_out BEFORE INSERT OR UPDATE ON product FOR EACH ROW EXECUTE FUNCTION test.keep_out('name');
CREATE TRIGGER keep_out BEFORE INSERT OR UPDATE OR DELETE ON product_variant FOR EACH ROW EXECUTE FUNCTION test.keep_out('sku');
CREATE TRIGGER keep_out BEFORE INSERT ON product_custom_value FOR EACH ROW EXECUTE FUNCTION test.keep_out('value');
CREATE TRIGGER keep_out BEFORE INSERT ON product_feature_link FOR EACH ROW EXECUTE FUNCTION test.no_feature();
ALTER TABLE product ADD CONSTRAINT own_check CHECK (price < 1000), ADD CONSTRAINT own_colour FOREIGN KEY (container) REFERENCES test.colours;
CREATE UNIQUE INDEX own_index ON product (vend_size);

CREATE TABLE test.kept_out (line integer GENERATED ALWAYS AS IDENTITY, document jsonb);
INSERT INTO test.kept_out (document) VALUES ('{"external_id": "fine 1", "name": "Fine"}'), ('{"external_id": "a", "name": "no"}'), ('{"external_id": "old", "name": "no"}'), ('{"external_id": "b", "name": "B", "variants": [{"sku": "yes"}, {"sku": "no"}]}'),
    ('{"external_id": "c", "name": "C", "custom_fields": {"code": "no"}}'), ('{"external_id": "d", "name": "D", "features": [{"reference": "no"}, {"reference": "yes"}]}'), ('{"external_id": "two", "variants": [{"sku": "go"}]}'),
    ('{"external_id": "e", "name": "E", "price": 1000}'), ('{"external_id": "f", "name": "F", "container": "blue"}'), ('{"external_id": "g", "name": "G", "vend_size": "12 oz"}'), ('{"external_id": "h", "name": "raise"}'), ('{"external_id": "other", "price": 2000}'),
    ('{"external_id": "fine 2", "name": "Fine", "container": "red", "variants": [{"sku": "fine"}], "custom_fields": {"code": "fine"}, "features": [{"reference": "yes"}]}');
CREATE VIEW test.kept_out_in_order AS SELECT document FROM test.kept_out ORDER BY line;
CREATE FUNCTION test.outcome(OUT "position" bigint, OUT status text, OUT error text, OUT state text, OUT message text) RETURNS SETOF record LANGUAGE sql AS $$
    SELECT r.position, r.status, test.short(r.errors), r.errors #>> '{0,sqlstate}', r.errors #>> '{0,message}'
      FROM product_upsert_rows((SELECT jsonb_agg(k.document ORDER BY k.line) FROM test.kept_out k), on_error => 'skip', field_actions => '{"variants": "REPLACE"}', dry_run => true) r
$$;
\echo rule_60_what_the_owner_keeps_out_is_a_reject_and_the_rest_is_written
SELECT * FROM test.outcome();
\echo rule_60_alone_each_says_the_same
SELECT k.line, s.state, s.message, s.state = '40001' AS futile FROM test.kept_out k, LATERAL test.error(format($$SELECT product_upsert(%L::jsonb, field_actions => '{"variants": "REPLACE"}')$$, k.document)) s WHERE k.line NOT IN (1, 13) ORDER BY 1;
\echo rule_60_and_so_do_the_other_doors
SELECT count(*) AS as_rows FROM product_upsert_from('test.kept_out_in_order', on_error => 'skip', field_actions => '{"variants": "REPLACE"}', dry_run => true) f JOIN test.outcome() r USING (position)
 WHERE (f.status, test.short(f.errors), f.errors #>> '{0,message}') IS NOT DISTINCT FROM (r.status, r.error, r.message);
SELECT product_upsert_bulk((SELECT jsonb_agg(document ORDER BY line) FROM test.kept_out), on_error => 'skip', field_actions => '{"variants": "REPLACE"}', dry_run => true) @? '$[12].external_id ? (@ == "fine 2")' AS bulk;
CREATE TABLE test.inbox (document jsonb, status text, errors jsonb);
CREATE TRIGGER inbox BEFORE INSERT ON test.inbox FOR EACH ROW EXECUTE FUNCTION product_upsert_trigger('document', 'catalog', '', 'keep');
INSERT INTO test.inbox (document) SELECT document FROM test.kept_out WHERE line NOT IN (7) ORDER BY line;
SELECT i.status, test.short(i.errors) AS errors FROM test.inbox i ORDER BY i.document ->> 'external_id';
SELECT external_id, name, price FROM product ORDER BY 1;
SELECT string_agg(sku, ' ' ORDER BY sku) AS skus, (SELECT string_agg(value, ' ') FROM product_custom_value) AS values, (SELECT count(*) FROM product_feature_link) AS links FROM product_variant;
\echo rule_60_many_that_are_kept_out_cost_no_futile_rounds
SELECT r.status, r.errors #>> '{0,code}' AS code, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'm' || n, 'name', CASE WHEN n % 7 = 0 THEN 'no' ELSE 'N' END)) FROM generate_series(1, 700) n), on_error => 'skip', dry_run => true) r GROUP BY 1, 2 ORDER BY 1;

DROP TABLE test.inbox;
DROP TRIGGER keep_out ON product;
DROP TRIGGER keep_out ON product_variant;
DROP TRIGGER keep_out ON product_custom_value;
DROP TRIGGER keep_out ON product_feature_link;
ALTER TABLE product DROP CONSTRAINT own_check, DROP CONSTRAINT own_colour;
DROP INDEX own_index;
\echo rule_60_a_restrictive_policy_is_the_owners_word_too
CREATE ROLE product_clerk;
SELECT product_grant('product_clerk', 'PRODUCT.CREATE', 1), product_grant('product_clerk', 'PRODUCT.UPDATE', 1);
GRANT USAGE ON SCHEMA test TO product_clerk;
CREATE POLICY own_policy ON product AS RESTRICTIVE FOR ALL TO product_clerk USING (true) WITH CHECK (price IS NULL OR price < 10);
SET ROLE product_clerk;
SELECT position, status, test.short(errors) AS errors, errors #>> '{0,message}' AS message FROM product_upsert_rows('[{"external_id": "cheap", "name": "Cheap", "price": 9}, {"external_id": "dear", "name": "Dear", "price": 11}, {"external_id": "old", "price": 12}, {"external_id": "fine 1", "price": 5}]', on_error => 'skip') ORDER BY 1;
RESET ROLE;
DROP POLICY own_policy ON product;
SELECT product_revoke('product_clerk', 'PRODUCT.CREATE', 1), product_revoke('product_clerk', 'PRODUCT.UPDATE', 1);
REVOKE ALL ON SCHEMA test FROM product_clerk;
DROP OWNED BY product_clerk;
DROP ROLE product_clerk;
\echo kept_out_what_an_index_of_the_owner_does_not_hold
CREATE INDEX of_names ON product (name);
SELECT r.position, r.status, test.short(r.errors) AS errors, r.errors #>> '{0,sqlstate}' AS sqlstate FROM product_upsert_rows(jsonb_build_array(jsonb_build_object('external_id', 'long', 'price', 5, 'name', (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 200) i)), jsonb_build_object('external_id', 'short', 'price', 5, 'name', 'S')), on_error => 'skip') r;
DROP INDEX of_names;
DROP VIEW test.kept_out_in_order;
DROP FUNCTION test.outcome, test.keep_out, test.no_feature;
DROP TABLE test.kept_out, test.colours;
\echo kept_out_what_a_deferrable_key_of_the_owner_does_not_hold
-- PostgreSQL refuses ON CONFLICT DO NOTHING on such a table.
SELECT test.clean();
RESET product_upsert.profile;
ALTER TABLE product ADD CONSTRAINT own_size UNIQUE (organization_id, vend_size) DEFERRABLE;
ALTER TABLE product_variant ADD CONSTRAINT own_barcode UNIQUE (organization_id, barcode) DEFERRABLE;
ALTER TABLE product_category ADD CONSTRAINT own_names UNIQUE (organization_id, name) DEFERRABLE;
INSERT INTO product_profile (name, definition) SELECT 'making', jsonb_set(definition, '{fields,category_id}', '{"role": "reference", "column": "category_id", "table": "category", "by": ["reference"], "missing": "create"}')
  FROM product_profile WHERE name = 'catalog';
CREATE FUNCTION test.deferrable() RETURNS TABLE (what text, outcome text) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT 'alone', product_upsert('{"external_id": "a", "name": "A", "vend_size": "s"}') ->> 'name';
    RETURN QUERY SELECT 'alone, taken', e.state || ' ' || e.message FROM test.error($s$SELECT product_upsert('{"external_id": "b", "name": "B", "vend_size": "s"}')$s$) e;
    RETURN QUERY SELECT 'rows', r.status || coalesce(' ' || test.short(r.errors), '') FROM product_upsert_rows('[{"external_id": "c", "name": "C", "vend_size": "t"}, {"external_id": "d", "name": "D", "vend_size": "s"}]', on_error => 'skip') r;
    RETURN QUERY SELECT 'variants', r.status || coalesce(' ' || test.short(r.errors), '') FROM product_upsert_rows('[{"external_id": "c", "variants": [{"sku": "1", "barcode": "1"}]}, {"external_id": "a", "variants": [{"sku": "2", "barcode": "1"}]}]', on_error => 'skip') r;
    RETURN QUERY SELECT 'categories', r.status || coalesce(' ' || test.short(r.errors), '') FROM product_upsert_rows('[{"external_id": "e", "name": "E", "category_id": "new"}, {"external_id": "f", "name": "F", "category_id": {"reference": "second", "name": "new"}}]', on_error => 'skip', profile => 'making') r;
    DELETE FROM product;
    DELETE FROM product_category;
END
$$;
SELECT * FROM test.deferrable();
SET product_upsert.direct_writes = off;
SELECT * FROM test.deferrable();
RESET product_upsert.direct_writes;
DROP FUNCTION test.deferrable;
DELETE FROM product_profile WHERE name = 'making';
ALTER TABLE product DROP CONSTRAINT own_size;
ALTER TABLE product_variant DROP CONSTRAINT own_barcode;
ALTER TABLE product_category DROP CONSTRAINT own_names;
SELECT test.clean();
