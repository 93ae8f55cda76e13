-- doc/performance.md, "Direct writes": rows written without SQL are those that SQL would write, and whatever a user hangs on the
-- table holds. Each case loads 250 products and changes them twice, with the setting on and off; the two must agree.
SELECT test.clean();

-- Every type of column, nulls and empty values among them; `turn` is what changes.
CREATE FUNCTION test.documents(turn int) RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
    'external_id', 'D' || i, 'uuid', CASE WHEN i % 3 = 0 THEN md5(i::text)::uuid END, 'name', 'Name ' || i,
    'price', i * 1.10 + turn, 'cost', CASE WHEN i % 7 = 0 THEN '1234567890123456789012345678901234567.89'::numeric END, 'calories', i - 100,
    'available_from', CASE WHEN i % 4 = 0 THEN '2026-01-31' END, 'is_common', i % 2 = 0,
    'tags', CASE WHEN i % 6 > 0 THEN to_jsonb(ARRAY['a"b', 'c\d', 'turn ' || turn]) WHEN turn > 0 THEN '[]' END,
    'custom_data', CASE WHEN i % 8 = 0 THEN jsonb_build_object('turn', turn, 'long', repeat('0123456789', 500)) END,
    'description', CASE WHEN i % 50 = 0 THEN repeat(md5(i::text), 1000) || turn END)) ORDER BY i) FROM generate_series(1, 250) i
$$;

-- The same with three variants each: when `turn` comes one is new, two have another price.
CREATE FUNCTION test.documents_with_variants(turn int) RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_agg(jsonb_build_object('external_id', 'D' || i, 'handle', 'd' || i, 'title', 'Title ' || i, 'brand', 'B', 'variants', (
    SELECT jsonb_agg(jsonb_build_object('sku', i || '-' || n, 'price', n + CASE WHEN n < 3 THEN turn ELSE 0.50 END, 'position', n, 'title', CASE WHEN n = 2 THEN 'Two' END,
                                        'tags', jsonb_build_array('a"b', n), 'options', jsonb_build_array(jsonb_build_object('name', 'Size', 'value', n::text))) #- '{tags,1}')
      FROM generate_series(1, 3 + turn) n)) ORDER BY i) FROM generate_series(1, 250) i
$$;

-- What becomes of them: the counts, whatever `told` selects, and a digest of the rows without what is volatile.
CREATE FUNCTION test.load_directly(direct text, ddl text, told text, documents text, options text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    outcome text;
BEGIN
    EXECUTE ddl;
    PERFORM set_config('product_upsert.direct_writes', direct, true);
    EXECUTE format($q$SELECT string_agg(s.turn || ' ' || s.status || ' ' || s.count, ', ' ORDER BY s.turn, s.status)
      FROM (SELECT turn, status, count(*) FROM generate_series(0, 2) turn, product_upsert_rows(test.%I(turn / 2 + turn %% 2)%s) GROUP BY 1, 2) s$q$, documents, options) INTO outcome;
    SELECT outcome || ', versions ' || sum(version) || ', rows ' ||
           md5(string_agg((to_jsonb(p) - '{id,created_at,updated_at,extra}'::text[])::text, ',' ORDER BY external_id COLLATE "C", number COLLATE "C") ||
               (SELECT coalesce(string_agg((to_jsonb(v) - '{id,product_id,created_at,updated_at,extra}'::text[])::text, ',' ORDER BY sku), '') FROM product_variant v)) INTO outcome
      FROM product p;
    EXECUTE 'SELECT $1 || coalesce('', '' || (' || told || ')::text, '''')' INTO outcome USING outcome;
    RAISE EXCEPTION USING ERRCODE = 'TS000', MESSAGE = outcome;
EXCEPTION WHEN OTHERS THEN
    RETURN CASE WHEN SQLSTATE = 'TS000' THEN '' ELSE SQLSTATE || ' ' END || SQLERRM;
END
$$;
CREATE FUNCTION test.both(ddl text, told text DEFAULT 'NULL', documents text DEFAULT 'documents', options text DEFAULT '') RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN direct = sql THEN regexp_replace(direct, ', rows [0-9a-f]+', '') ELSE 'DISAGREE direct: ' || direct || ' SQL: ' || sql END
      FROM test.load_directly('on', ddl, told, documents, options) direct, test.load_directly('off', ddl, told, documents, options) sql
$$;

\echo direct_write_as_sql
SELECT test.both('');
SELECT test.both('SET LOCAL product_upsert.profile = catalog', $$SELECT sum(octet_length(description)) || ' ' || max(cost) || ' ' || count(tags) || ' ' || min(version) FROM product$$);
SELECT test.both('', $$SELECT bool_and(created_at = now() AND updated_at >= created_at) || ' ' || count(DISTINCT organization_id) FROM product$$);

\echo direct_write_checks_and_unique_indexes
SELECT test.both('ALTER TABLE product ADD CHECK (price < 270)');
SELECT test.both($$ALTER TABLE product ADD CHECK (tags <> '{"a\"b",c\\d,"turn 1"}')$$);
SELECT test.both('CREATE UNIQUE INDEX ON product (organization_id, calories)');
SELECT test.both('CREATE UNIQUE INDEX one_price ON product (organization_id, (price IS NULL))');
SELECT test.both('ALTER TABLE product ALTER container SET NOT NULL');
SELECT test.both('CREATE INDEX ON product USING gin (tags); CREATE INDEX ON product (lower(name)) WHERE calories > 0; CREATE INDEX ON product USING brin (price)',
                 $$SELECT count(*) FROM product WHERE tags @> '{"turn 1"}'$$);
SELECT test.both('ALTER TABLE product ADD UNIQUE (organization_id, calories) DEFERRABLE INITIALLY DEFERRED', 'SELECT count(*) FROM product');
SELECT test.both('ALTER TABLE product ADD EXCLUDE USING btree (calories WITH =)');

-- An update asks only the constraints that it may break: of its columns, of the whole row, those that are not for ever, and those that stored rows need not hold.
SELECT test.both('ALTER TABLE product ADD CHECK (price < 275.5)');
SELECT test.both($$CREATE FUNCTION test.is_cheap(product) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.price < 275.5'; ALTER TABLE product ADD CHECK (test.is_cheap(product))$$);
SELECT test.both($$CREATE SEQUENCE test.asked; ALTER TABLE product ADD CHECK (name <> '' AND nextval('test.asked') <= 300)$$);
SELECT product_upsert('{"external_id": "B", "name": "Bad", "price": 1}') ->> 'price' AS price;
-- A function in a language that may read tables is asked as by SQL, whatever the update leaves alone.
CREATE FUNCTION test.tell_asked(value text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE NOTICE 'asked of %', value; RETURN true; END $$;
ALTER TABLE product ADD CONSTRAINT asking CHECK (test.tell_asked(name));
SELECT product_upsert('{"external_id": "B", "price": 1.5}') ->> 'price' AS direct;
SELECT product_upsert('{"external_id": "B", "name": "Worse"}') ->> 'name' AS of_the_column;
SET product_upsert.direct_writes = off;
SELECT product_upsert('{"external_id": "B", "name": "Bad"}') ->> 'name' AS sql;
SELECT product_upsert('{"external_id": "B", "price": 1}') ->> 'price' AS sql;
RESET product_upsert.direct_writes;
ALTER TABLE product DROP CONSTRAINT asking;
DROP FUNCTION test.tell_asked;
SELECT product_upsert('{"external_id": "B", "price": 2}') ->> 'price' AS price;
ALTER TABLE product ADD CONSTRAINT not_bad CHECK (name <> 'Bad') NOT VALID;
SELECT test.try('SELECT product_upsert($${"external_id": "B", "price": 3}$$)') AS direct;
SET product_upsert.direct_writes = off;
SELECT test.try('SELECT product_upsert($${"external_id": "B", "price": 3}$$)') AS sql;
RESET product_upsert.direct_writes;
ALTER TABLE product DROP CONSTRAINT not_bad;
SELECT test.clean();

\echo direct_write_triggers_and_rules
CREATE FUNCTION test.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.department := TG_OP; RETURN NEW; END $$;
CREATE FUNCTION test.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO test.noted SELECT TG_OP, count(*) FROM arrived; RETURN NULL; END $$;
CREATE TABLE test.noted (operation text, rows bigint);
SELECT test.both('CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON product FOR EACH ROW EXECUTE FUNCTION test.touch()',
                 $$SELECT string_agg(DISTINCT department, ' ') FROM product$$);
SELECT test.both('CREATE TRIGGER note AFTER INSERT ON product REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION test.note();
                  CREATE TRIGGER note_too AFTER UPDATE ON product REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION test.note()',
                 $$SELECT string_agg(operation || ' ' || rows, ', ') FROM test.noted$$);
SELECT test.both('CREATE RULE note AS ON UPDATE TO product DO ALSO INSERT INTO test.noted VALUES (NEW.name, 1)', 'SELECT count(*) FROM test.noted');

\echo direct_write_columns_of_users
SELECT test.both('ALTER TABLE product ADD extra double precision DEFAULT random(), ADD fixed text NOT NULL DEFAULT upper(''x'')',
                 'SELECT count(DISTINCT extra) || '' '' || min(fixed) FROM product');
SELECT test.both('ALTER TABLE product ADD half numeric GENERATED ALWAYS AS (price / 2) STORED', 'SELECT sum(half) FROM product');
SELECT test.both('ALTER TABLE product ALTER description TYPE varchar(10)');
SELECT test.both('ALTER TABLE product ADD extra int; ALTER TABLE product DROP extra; ALTER TABLE product ADD extra text DEFAULT ''e''', 'SELECT count(extra) FROM product');

\echo direct_write_foreign_keys
CREATE TABLE test.calorie (calories int PRIMARY KEY);
CREATE TABLE test.shelf (organization_id bigint, product_id bigint, FOREIGN KEY (organization_id, product_id) REFERENCES product (organization_id, id));
INSERT INTO test.calorie SELECT i - 100 FROM generate_series(1, 249) i;
SELECT left(test.both('ALTER TABLE product ADD FOREIGN KEY (calories) REFERENCES test.calorie'), 40);
SELECT left(test.both('ALTER TABLE product ALTER category_id SET DEFAULT 999'), 40);
SELECT left(test.both('ALTER TABLE product ADD one bigint, ADD FOREIGN KEY (organization_id, one) REFERENCES product (organization_id, id) MATCH FULL'), 40);
SELECT test.both('INSERT INTO test.calorie VALUES (150); ALTER TABLE product ADD FOREIGN KEY (calories) REFERENCES test.calorie ON DELETE CASCADE');
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'c', 'C');
SELECT test.both('', $$SELECT string_agg(status || ' ' || n, ', ') FROM (SELECT status, count(*) AS n FROM product_upsert_rows(
    (SELECT jsonb_agg(jsonb_build_object('external_id', 'E' || i, 'name', 'E', 'category_id', (SELECT id FROM product_category))) FROM generate_series(1, 250) i)) GROUP BY 1) s$$);

\echo direct_write_replication
SELECT test.both('SET LOCAL client_min_messages = error; ALTER TABLE product REPLICA IDENTITY NOTHING; CREATE PUBLICATION test_products FOR TABLE product');

\echo direct_write_children_and_views
SELECT test.both('CREATE TABLE test.child () INHERITS (product)', 'SELECT count(*) FROM ONLY product');
CREATE ROLE direct_member;
GRANT USAGE ON SCHEMA test TO direct_member;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO direct_member;

\echo direct_write_row_security_and_privileges
SELECT product_grant('direct_member', p, 1) FROM unnest('{PRODUCT.VIEW,PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) p \g /dev/null
SELECT test.both('SET LOCAL ROLE direct_member');
SELECT test.both($$CREATE POLICY cheap ON product AS RESTRICTIVE FOR INSERT WITH CHECK (price < 100); SET LOCAL ROLE direct_member$$);
-- Our own policies alone let rows be written directly; whatever else is there, or was made of ours, is asked of every row.
CREATE FUNCTION test.light(turn int) RETURNS jsonb LANGUAGE sql AS $$ SELECT jsonb_agg(jsonb_build_object('external_id', 'D' || i, 'name', 'Name ' || i, 'price', i + turn)) FROM generate_series(1, 205) i $$;
CREATE FUNCTION test.both_as_member(ddl text) RETURNS text LANGUAGE sql AS $$ SELECT left(test.both(ddl || '; SET LOCAL ROLE direct_member', 'NULL', 'light'), 100) $$;
GRANT EXECUTE ON FUNCTION test.light TO direct_member;
SELECT change, test.both_as_member(change) FROM unnest(ARRAY[
    'CREATE POLICY more ON product FOR UPDATE USING (price > 100)', 'CREATE POLICY less ON product AS RESTRICTIVE FOR UPDATE USING (price <> 111)', 'CREATE POLICY less ON product AS RESTRICTIVE FOR SELECT USING (price <> 110)',
    'CREATE POLICY less ON product AS RESTRICTIVE USING (price < 100)', 'CREATE POLICY theirs ON product AS RESTRICTIVE TO direct_member WITH CHECK (price < 100)', 'CREATE POLICY not_theirs ON product AS RESTRICTIVE TO postgres WITH CHECK (price < 100)',
    'ALTER POLICY product_create ON product WITH CHECK (price < 100)', 'ALTER POLICY product_update ON product USING (price < 100)', 'ALTER POLICY product_update ON product WITH CHECK (price < 100)', 'ALTER POLICY product_view ON product USING (price < 100)',
    'DROP POLICY product_create ON product', 'DROP POLICY product_update ON product', 'DROP POLICY product_view ON product', 'ALTER POLICY product_create ON product TO postgres',
    'ALTER TABLE product DISABLE ROW LEVEL SECURITY; DELETE FROM product_member', 'SET LOCAL row_security = off']) WITH ORDINALITY c (change, n) ORDER BY n;
-- What looks like ours.
SELECT change, test.both_as_member('ALTER POLICY product_create ON product WITH CHECK (' || change || ')') FROM unnest(ARRAY[
    $$organization_id = ANY ((SELECT product_member_organizations('PRODUCT.CREATE') || product_member_organizations('PRODUCT.UPDATE'))::bigint[])$$,
    $$organization_id = ANY ((SELECT product_member_organizations('PRODUCT.CREATE') WHERE false)::bigint[])$$, $$organization_id = ANY ((SELECT product_member_organizations('PRODUCT.CREATE') LIMIT 0)::bigint[])$$,
    $$organization_id + 1 = ANY ((SELECT product_member_organizations('PRODUCT.CREATE'))::bigint[])$$, $$organization_id - 0 = ANY ((SELECT product_member_organizations('PRODUCT.CREATE'))::bigint[])$$,
    $$id = ANY ((SELECT product_member_organizations('PRODUCT.CREATE'))::bigint[])$$, $$organization_id <> ALL ((SELECT product_member_organizations('PRODUCT.CREATE'))::bigint[])$$,
    $$organization_id <> ANY ((SELECT product_member_organizations('PRODUCT.CREATE'))::bigint[])$$, $$organization_id = ANY ((SELECT product_member_organizations('PRODUCT.DELETE'))::bigint[])$$,
    $$organization_id = ANY ((SELECT product_member_organizations('PRODUCT.CREATE') || (array[]::bigint[]))::bigint[])$$, $$organization_id = ANY ((SELECT array_append(product_member_organizations('PRODUCT.DELETE'), max(m.organization_id)) FROM product_member m)::bigint[])$$]) WITH ORDINALITY c (change, n) ORDER BY n;
-- The owner is held to them too where he wants to be.
SELECT membership, left(test.both(membership || $$; DO $d$ DECLARE t text; BEGIN
    FOREACH t IN ARRAY product_tables_names() LOOP EXECUTE 'ALTER TABLE ' || t || ' OWNER TO direct_member'; END LOOP; END $d$;
    ALTER TABLE product FORCE ROW LEVEL SECURITY; SET LOCAL ROLE direct_member$$, 'NULL', 'light'), 100)
  FROM unnest(ARRAY['', $$DELETE FROM product_member WHERE member = 'direct_member'$$]) membership;
-- Membership, not only the privilege on the table: of another organization, of this one no longer, without a single policy that knows of it.
SELECT change, test.both_as_member(change) FROM unnest(ARRAY[
    $$UPDATE product_member SET organization_id = 2 WHERE member = 'direct_member'$$, $$UPDATE product_member SET permissions = '{PRODUCT.VIEW,PRODUCT.UPDATE}' WHERE member = 'direct_member'$$,
    $$UPDATE product_member SET permissions = '{PRODUCT.VIEW,PRODUCT.CREATE}' WHERE member = 'direct_member'$$, $$CREATE POLICY none ON product_member AS RESTRICTIVE USING (false)$$,
    $$REVOKE EXECUTE ON FUNCTION product_member_organizations FROM PUBLIC$$]) WITH ORDINALITY c (change, n) ORDER BY n;
-- Taken away in the session, between one call and the next, and given back.
SET ROLE direct_member;
SELECT count(*) FROM product_upsert_rows(test.light(0)) WHERE status = 'created';
RESET ROLE;
UPDATE product_member SET permissions = '{PRODUCT.VIEW,PRODUCT.CREATE}' WHERE member = 'direct_member';
SET ROLE direct_member;
SELECT status, errors -> 0 ->> 'code' AS error, count(*) FROM product_upsert_rows(test.light(1), on_error => 'skip') GROUP BY 1, 2 ORDER BY 1, 2;
RESET ROLE;
UPDATE product_member SET permissions = '{PRODUCT.VIEW,PRODUCT.CREATE,PRODUCT.UPDATE}' WHERE member = 'direct_member';
CREATE POLICY less ON product AS RESTRICTIVE FOR UPDATE USING (price < 100);
SET ROLE direct_member;
SELECT status, errors -> 0 ->> 'code' AS error, count(*) FROM product_upsert_rows(test.light(1), on_error => 'skip') GROUP BY 1, 2 ORDER BY 1, 2;
RESET ROLE;
DROP POLICY less ON product;
SET ROLE direct_member;
SELECT status, errors -> 0 ->> 'code' AS error, count(*) FROM product_upsert_rows(test.light(1), on_error => 'skip') GROUP BY 1, 2 ORDER BY 1, 2;
RESET ROLE;
SELECT test.clean();
DROP FUNCTION test.both_as_member, test.light;
SELECT product_revoke('direct_member', 'PRODUCT.UPDATE', 1) \g /dev/null
SELECT left(test.both('SET LOCAL ROLE direct_member'), 60);
SELECT test.both('SET LOCAL transaction_read_only = on');

\echo direct_write_counts_what_it_wrote
BEGIN;
SELECT n_tup_ins AS inserted, n_tup_upd AS updated FROM pg_stat_xact_user_tables WHERE relid = 'product'::regclass \gset
SELECT count(*) FROM product_upsert_rows(test.documents(0));
SELECT count(*) FROM product_upsert_rows(test.documents(1));
SELECT n_tup_ins - :inserted AS inserted, n_tup_upd - :updated AS updated FROM pg_stat_xact_user_tables WHERE relid = 'product'::regclass;
ROLLBACK;
SELECT test.try($$SELECT set_config('product_upsert.direct_writes', 'perhaps', false)$$);

-- Variants: 750, then two changed and one new for each product. Theirs is one more foreign key, to products that the same call wrote.
CREATE FUNCTION test.both_with_variants(ddl text, told text DEFAULT 'NULL') RETURNS text LANGUAGE sql AS $$
    SELECT test.both('SET LOCAL product_upsert.profile = retail;' || ddl, told, 'documents_with_variants')
$$;
\echo direct_write_variants_as_sql
SELECT test.both_with_variants('', $$SELECT concat_ws(' ', count(*), count(DISTINCT v.id), count(p.id), sum(v.price), min(v.created_at) = now(), bool_and(v.updated_at >= v.created_at), max(v.tags::text), max(v.options::text))
    FROM product_variant v LEFT JOIN product p ON p.organization_id = v.organization_id AND p.id = v.product_id$$);
SELECT test.both_with_variants('', $$SELECT count(*) FROM product_variant WHERE id > (SELECT last_value FROM product_variant_id_seq)$$);

\echo direct_write_variants_checks_and_unique_indexes
SELECT test.both_with_variants('ALTER TABLE product_variant ADD CHECK (price < 3.75)');
SELECT test.both_with_variants('CREATE UNIQUE INDEX one_title ON product_variant (organization_id, title)');
SELECT test.both_with_variants('ALTER TABLE product_variant ADD extra double precision DEFAULT random()', 'SELECT count(DISTINCT extra) FROM product_variant');
SELECT test.both_with_variants('ALTER TABLE product_variant ADD extra bigint GENERATED ALWAYS AS IDENTITY', 'SELECT count(DISTINCT extra) FROM product_variant');
SELECT test.both_with_variants('CREATE UNIQUE INDEX ON product_variant (organization_id, sku, price)', 'SELECT sum(price) FROM product_variant');

\echo direct_write_variants_triggers
SELECT test.both_with_variants('CREATE TRIGGER note AFTER INSERT ON product_variant REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION test.note()',
                               $$SELECT string_agg(operation || ' ' || rows, ', ') FROM test.noted$$);
CREATE FUNCTION test.vanish() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM product WHERE id = NEW.id; RETURN NULL; END $$;
SELECT left(test.both_with_variants('CREATE TRIGGER vanish AFTER INSERT ON product FOR EACH ROW WHEN (NEW.handle = ''d7'') EXECUTE FUNCTION test.vanish()'), 111);

\echo direct_write_variants_foreign_keys
SELECT left(test.both_with_variants('ALTER TABLE product_variant ADD FOREIGN KEY ("position") REFERENCES test.calorie; DELETE FROM test.calorie WHERE calories = 4'), 116);

-- Links to families and the values of a custom field that is unique: 500 and 250, and as many again when `turn` comes.
CREATE FUNCTION test.documents_with_links(turn int) RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_agg(jsonb_build_object('id', md5('P' || i)::uuid, 'number', 'P' || i, 'name', 'Plan ' || i, 'type', 'charge', 'customFields', jsonb_build_object('ledger', 'L' || i || CASE turn WHEN 1 THEN 'a' ELSE '' END),
    'productFamilies', (SELECT jsonb_agg(jsonb_build_object('id', uuid)) FROM product_family WHERE name IN ('F' || (i % 2 + turn), 'F3'))) ORDER BY i) FROM generate_series(1, 250) i
$$;
INSERT INTO product_family (organization_id, name, uuid) SELECT 1, 'F' || n, md5(n::text)::uuid FROM generate_series(0, 3) n;
INSERT INTO product_custom_field (organization_id, reference, type, unique_value) VALUES (1, 'ledger', 'text', true);
CREATE FUNCTION test.both_with_links(ddl text, told text DEFAULT 'NULL') RETURNS text LANGUAGE sql AS $$
    SELECT test.both('SET LOCAL product_upsert.profile = subscription;' || ddl, told, 'documents_with_links', ', mode => CASE turn WHEN 0 THEN ''create'' ELSE ''upsert'' END')
$$;
\echo direct_write_links_and_custom_values_as_sql
SELECT test.both_with_links('', $$(SELECT concat_ws(' ', count(*), count(DISTINCT value), min(value), max(value), count(p.id)) FROM product_custom_value v LEFT JOIN product p ON p.id = v.product_id) || ', ' ||
    (SELECT string_agg(name || ' ' || n, ' ' ORDER BY name) FROM (SELECT f.name, count(p.id) AS n FROM product_family_link l JOIN product_family f ON f.id = l.family_id JOIN product p ON p.id = l.product_id GROUP BY 1) s)$$);
\echo direct_write_links_and_custom_values_constraints
SELECT test.both_with_links('ALTER TABLE product_custom_value ADD CHECK (value <> ''L7a'')');
SELECT test.both_with_links('CREATE UNIQUE INDEX one_family ON product_family_link (organization_id, product_id)');
SELECT left(test.both_with_links('DELETE FROM test.calorie; ALTER TABLE product_custom_value ADD FOREIGN KEY (custom_field_id) REFERENCES test.calorie'), 130);

DROP TABLE test.shelf, test.calorie, test.noted;
DROP FUNCTION test.touch, test.note, test.vanish, test.both_with_links, test.documents_with_links, test.both_with_variants, test.both, test.load_directly, test.documents, test.documents_with_variants;
SELECT product_revoke('direct_member', p, 1) FROM unnest('{PRODUCT.VIEW,PRODUCT.CREATE}'::text[]) p \g /dev/null
REVOKE ALL ON SCHEMA test FROM direct_member;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA test FROM direct_member;
DROP OWNED BY direct_member;
DROP ROLE direct_member;
SELECT test.clean();
