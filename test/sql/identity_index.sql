-- A rule of product_identity and its unique index are ordinary row and index, both the user's to change by SQL: calls notice where
-- they are at odds, and a rule takes an index that is there.
\set VERBOSITY terse
SELECT test.clean();
SET product_upsert.profile = 'catalog';

\echo identity_index_an_equal_one_made_by_hand_becomes_the_rules
CREATE UNIQUE INDEX by_hand ON product (organization_id, upc);
SELECT product_identity_create('upc', '{upc}');
SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'product'::regclass AND pg_get_indexdef(indexrelid) LIKE '% upc)%';
SELECT product_upsert('{"upc": "1", "name": "One"}', 'upc') ->> 'name' AS created;
SELECT test.ways('{"upc": "1", "price": 2}', 'catalog', ', identifier_field => ''upc''') AS found, test.ways('{"upc": "1", "name": "Other"}', 'catalog') AS held;
SELECT product_identity_drop('upc');
SELECT count(*) AS the_users_index_stays FROM pg_class WHERE relname = 'by_hand';
DROP INDEX by_hand;
-- One of another definition is none.
CREATE UNIQUE INDEX by_hand ON product (organization_id, upc, department);
CREATE UNIQUE INDEX by_hand_part ON product (organization_id, upc) WHERE upc <> '';
CREATE UNIQUE INDEX by_hand_nulls ON product (organization_id, upc) NULLS NOT DISTINCT WHERE upc IS NOT NULL;
CREATE UNIQUE INDEX by_hand_folded ON product (organization_id, lower(upc));
CREATE UNIQUE INDEX by_hand_collated ON product (organization_id, upc COLLATE "POSIX");
ALTER TABLE product ADD CONSTRAINT by_hand_deferred UNIQUE (organization_id, upc) DEFERRABLE;
SELECT product_identity_create('upc', '{upc}');
SELECT count(*) AS built FROM pg_class WHERE relname = 'product_identity_upc';
ALTER TABLE product DROP CONSTRAINT by_hand_deferred;
DROP INDEX by_hand, by_hand_part, by_hand_nulls, by_hand_folded, by_hand_collated;

\echo identity_index_that_is_missing_is_noticed_by_the_first_call
SELECT status FROM product_match('{"upc": "1"}', 'upc');
DROP INDEX product_identity_upc;
SELECT state, message, hint FROM test.error($$SELECT product_upsert('{"name": "x"}')$$);
SELECT test.try($$SELECT product_get(1)$$), test.try($$SELECT product_match('{"name": "x"}')$$), test.try($$SELECT product_request('vending', 'GET', '/x')$$);
\echo identity_index_that_differs_is_noticed
CREATE UNIQUE INDEX product_identity_upc ON product (organization_id, upc) WHERE upc > '';
SELECT state, message, hint FROM test.error($$SELECT product_upsert('{"name": "x"}')$$);
SELECT * FROM test.try($$SELECT product_tables_upgrade()$$);
ALTER INDEX product_identity_upc RENAME TO mine;
\echo identity_index_the_upgrade_builds_it
SELECT product_tables_upgrade();
SELECT test.ways('{"upc": "1", "price": 3}', 'catalog', ', identifier_field => ''upc''') AS works_again;
DROP INDEX mine;

\echo identity_rule_whose_row_is_deleted_by_sql_is_noticed
DELETE FROM product_identity WHERE name = 'upc';
SELECT state, message, hint FROM test.error($$SELECT product_upsert('{"name": "x"}')$$);
SELECT product_identity_create('upc', '{upc}');
SELECT test.ways('{"upc": "1", "price": 3}', 'catalog', ', identifier_field => ''upc''') AS made_again_it_takes_its_index;
BEGIN;
DELETE FROM product_identity WHERE name = 'upc';
SELECT test.try($$SELECT product_upsert('{"name": "x"}')$$) AS in_the_same_transaction;
ROLLBACK;
SELECT test.ways('{"upc": "1", "price": 3}', 'catalog', ', identifier_field => ''upc''') AS undone;
DELETE FROM product_identity WHERE name = 'upc';
SELECT product_identity_drop('upc');
SELECT test.try($$SELECT product_upsert('{"upc": "1"}', 'upc')$$) AS gone, test.ways('{"upc": "1", "name": "Other"}', 'catalog') AS not_held;

\echo identity_rule_whose_row_is_changed_or_inserted_by_sql_is_noticed
INSERT INTO product_identity (name, fields) VALUES ('item', '{item_number}');
SELECT state, message, hint FROM test.error($$SELECT product_upsert('{"name": "x"}')$$);
SELECT product_tables_upgrade();
SELECT product_upsert('{"item_number": "7", "name": "Seven"}', 'item') ->> 'name' AS the_upgrade_builds_what_holds_it;
UPDATE product_identity SET fields = '{department}', required_fields = '{department}' WHERE name = 'item';
SELECT state, message FROM test.error($$SELECT product_upsert('{"name": "x"}')$$);
UPDATE product_identity SET fields = '{item_number}', required_fields = NULL WHERE name = 'item';
SELECT test.ways('{"item_number": "7", "price": 1}', 'catalog', ', identifier_field => ''item''') AS changed_back;
INSERT INTO product_identity (name, fields) VALUES ('colour', '{colour}');
SELECT test.try($$SELECT product_upsert('{"name": "x"}')$$) AS of_no_column, test.try($$SELECT product_tables_upgrade()$$) AS not_to_be_built;
DELETE FROM product_identity WHERE name = 'colour';
SELECT product_identity_drop('item');
SELECT test.try($$INSERT INTO product_identity (name, fields) VALUES ('Upper case', '{upc}')$$) AS a_name_is_checked,
       test.try($$INSERT INTO product_identity (name, fields) VALUES ('none', '{}')$$) AS fields_are_checked;

\echo identity_index_that_is_nearly_the_rules_is_none
DELETE FROM product;
SELECT product_identity_create('upc', '{upc}');
-- What a call says that finds this index where the rule's should be.
CREATE FUNCTION pg_temp.with_index(definition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    outcome text;
BEGIN
    DROP INDEX product_identity_upc;
    EXECUTE format(definition, 'product_identity_upc');
    outcome := (SELECT coalesce(message, 'taken for it') FROM test.error($call$SELECT product_upsert('{"name": "x"}', dry_run => true)$call$));
    RAISE EXCEPTION USING ERRCODE = 'UE001', MESSAGE = outcome;
EXCEPTION WHEN SQLSTATE 'UE001' THEN
    RETURN SQLERRM;
END
$$;
SELECT definition, pg_temp.with_index(definition)
  FROM unnest(ARRAY[
    'CREATE UNIQUE INDEX %I ON product (organization_id, upc)',
    'CREATE UNIQUE INDEX %I ON product (organization_id, upc) WHERE upc IS NOT NULL',
    'CREATE UNIQUE INDEX %I ON product (organization_id, upc) INCLUDE (department)',
    'CREATE UNIQUE INDEX other ON product (organization_id, upc)',
    'CREATE INDEX %I ON product (organization_id, upc)',
    'CREATE UNIQUE INDEX %I ON product (organization_id, upc) NULLS NOT DISTINCT',
    'CREATE UNIQUE INDEX %I ON product (organization_id, upc) NULLS NOT DISTINCT WHERE upc IS NOT NULL',
    'CREATE UNIQUE INDEX %I ON product (organization_id, department)',
    'CREATE UNIQUE INDEX %I ON product (organization_id, upc, department)',
    'CREATE UNIQUE INDEX %I ON product (organization_id)',
    'CREATE UNIQUE INDEX %I ON product (upc, organization_id)',
    'CREATE UNIQUE INDEX %I ON product (upc)',
    'CREATE UNIQUE INDEX %I ON product (organization_id, upc COLLATE "POSIX")',
    'CREATE UNIQUE INDEX %I ON product (organization_id, lower(upc))',
    'CREATE UNIQUE INDEX %I ON product (organization_id, upc) WHERE upc IS NULL',
    'CREATE UNIQUE INDEX %I ON product (organization_id, upc) WHERE department IS NOT NULL',
    'CREATE UNIQUE INDEX %I ON product (organization_id, upc) WHERE upc IS NOT NULL AND department IS NOT NULL',
    'CREATE UNIQUE INDEX %I ON product (organization_id, upc) WHERE is_common',
    'ALTER TABLE product ADD CONSTRAINT %I UNIQUE (organization_id, upc) DEFERRABLE']) WITH ORDINALITY d (definition, n)
 ORDER BY n;
\echo identity_rule_that_is_nearly_the_indexes_is_none
CREATE FUNCTION pg_temp.with_rule(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    outcome text;
BEGIN
    EXECUTE 'UPDATE product_identity SET ' || change || $where$ WHERE name = 'upc'$where$;
    outcome := (SELECT coalesce(message, 'held by it') FROM test.error($call$SELECT product_upsert('{"name": "x"}', dry_run => true)$call$));
    RAISE EXCEPTION USING ERRCODE = 'UE001', MESSAGE = outcome;
EXCEPTION WHEN SQLSTATE 'UE001' THEN
    RETURN SQLERRM;
END
$$;
SELECT change, pg_temp.with_rule(change)
  FROM unnest(ARRAY[
    'required_fields = NULL',
    'required_fields = ''{upc}''',
    'folds = NULL',
    'folds = ''{exact}''',
    'fields = ''{upc,department}''',
    'nulls_equal = true',
    'required_fields = ''{department}''',
    'required_fields = ''{upc,department}''',
    'folds = ''{case}''',
    'name = ''upc2''']) WITH ORDINALITY c (change, n)
 ORDER BY n;
\echo identity_rules_that_a_policy_hides_are_not_held
CREATE ROLE regress_reader;
SELECT product_grant('regress_reader', 'PRODUCT.VIEW', 1);
ALTER TABLE product_identity ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON product_identity USING (name <> 'upc');
SET ROLE regress_reader;
SELECT product_get(1);
RESET ROLE;
DROP POLICY mine ON product_identity;
ALTER TABLE product_identity DISABLE ROW LEVEL SECURITY;
SELECT product_revoke('regress_reader', 'PRODUCT.VIEW', 1);
DROP OWNED BY regress_reader;
DROP ROLE regress_reader;
SELECT product_identity_drop('upc');

SELECT test.clean();
RESET product_upsert.profile;
