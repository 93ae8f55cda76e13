-- Who may do what: product_grant and product_revoke, the branch taken, and row security between organizations.
\set VERBOSITY terse
SELECT test.clean();
SET product_upsert.profile = 'catalog';
SET client_min_messages = warning;
CREATE ROLE regress_create;
CREATE ROLE regress_update;
CREATE ROLE regress_view;
CREATE ROLE regress_both;
CREATE ROLE regress_none;
CREATE ROLE regress_child IN ROLE regress_both;
GRANT USAGE ON SCHEMA test TO PUBLIC;
-- The superuser's own documents, in two organizations.
SELECT product_upsert('{"id": 101, "external_id": "p1", "name": "One", "price": 1}') ->> 'name' AS one,
       product_upsert('{"id": 202, "external_id": "secret", "reference": "hidden", "name": "Two"}', organization_id => 2) ->> 'name' AS two;
SELECT product_grant('regress_create', 'PRODUCT.CREATE');
SELECT product_grant('regress_update', 'PRODUCT.UPDATE', 1);
SELECT product_grant('regress_view', 'PRODUCT.VIEW', 1);
SELECT product_grant('regress_both', p, 1) FROM unnest('{PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) p;
-- What each may, through the single, the bulk and the row call.
CREATE FUNCTION test.may(OUT creating text, OUT updating text, OUT agreeing text, OUT reading text) LANGUAGE sql AS $$
    SELECT test.ways('{"external_id": "p2", "name": "Two"}', 'catalog'), test.ways('{"external_id": "p1", "price": 2}', 'catalog'),
           test.ways('{"external_id": "p1", "price": 1}', 'catalog'), test.try('SELECT product_get(101) ->> ''name''')
$$;

\echo permission_create_only
SET ROLE regress_create;
SELECT * FROM test.may();
SELECT product_upsert('{"external_id": "p3", "name": "Three"}') ->> 'name' AS created;
SELECT product_upsert('{"external_id": "p4", "id": 50000, "name": "Four"}') -> 'id' AS with_an_id;
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "p1", "price": 9}, {"external_id": "p5", "name": "Five"}, {"external_id": "p1b", "price": 0}]', on_error => 'skip');
\echo permission_update_only
SET ROLE regress_update;
SELECT * FROM test.may();
SELECT product_upsert('{"external_id": "p1", "price": 1.5}') -> 'price' AS updated;
SELECT has_table_privilege('product', 'INSERT') AS has_insert;
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "p1", "price": 1}, {"external_id": "p6", "name": "Six"}]', on_error => 'skip');
\echo permission_view_only
SET ROLE regress_view;
SELECT creating, updating, reading FROM test.may();
SELECT status, test.short(errors) AS errors FROM product_match('{"external_id": "p1"}');
\echo permission_both_and_by_inheritance
SET ROLE regress_both;
SELECT * FROM test.may();
SET ROLE regress_child;
SELECT * FROM test.may();
\echo permission_none
SET ROLE regress_none;
SELECT test.try($$SELECT product_upsert('{"external_id": "p2", "name": "Two"}')$$) AS single, test.try($$SELECT product_upsert_bulk('[{"external_id": "p1", "price": 2}]')$$) AS bulk,
       test.try($$SELECT 1 FROM product_upsert_rows('[{"external_id": "p1"}]', on_error => 'skip')$$) AS rows, test.try('SELECT product_get(101)') AS get,
       test.try($$SELECT 1 FROM product_match('{"external_id": "p1"}')$$) AS match;
SELECT test.try('SELECT count(*) FROM product') LIKE '42501 %' AS direct_sql;
RESET ROLE;
SELECT test.products('external_id, price');
\echo permission_a_dry_run_asks_the_same
SET ROLE regress_update;
SELECT test.try($$SELECT product_upsert('{"external_id": "p2", "name": "Two"}', dry_run => true)$$) AS creating,
       test.try($$SELECT product_upsert('{"external_id": "p1", "price": 3}', dry_run => true) -> 'price'$$) AS updating;
\echo permission_a_document_with_other_faults_is_told_those_too
SELECT test.try($$SELECT product_upsert_bulk('[{"external_id": "p2", "name": "Two"}, {"external_id": "p1", "price": "x"}]')$$);

\echo permission_other_organizations_are_invisible
SET ROLE regress_both;
SELECT count(*) AS products, count(*) FILTER (WHERE organization_id <> 1) AS of_others FROM product;
SELECT product_get(202) IS NULL AS get, product_get(202, organization_id => 2) IS NULL AS get_in_its_organization;
SELECT status, candidates FROM product_match('{"external_id": "secret", "name": "x"}');
SELECT status, id, candidates, test.short(errors) AS errors FROM product_match('{"external_id": "secret", "name": "x"}', organization_id => 2);
\echo permission_other_organizations_cannot_be_written
SELECT call, state, test.short(errors) AS errors, concat(message, hint, errors) ~ '202|hidden|Two' AS tells_of_it
  FROM unnest(ARRAY[$$product_upsert('{"external_id": "secret", "name": "x"}', organization_id => 2)$$, $$product_upsert('{"external_id": "new", "name": "x"}', organization_id => 2)$$,
                    $$product_upsert('{"external_id": "secret", "name": "x", "organization_id": 2}')$$, $$product_upsert('{"id": 202, "name": "x"}', organization_id => 2)$$,
                    $$product_upsert_bulk('[{"external_id": "p1", "price": 7}, {"external_id": "secret", "name": "x", "organization_id": 2}]')$$,
                    $$product_upsert_bulk('[{"manufacturer": "M", "brand": "B", "name": "N", "organizationId": 2}]', profile => 'vending')$$]) call, test.error('SELECT ' || call);
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "p1", "price": 7}, {"external_id": "secret", "name": "x", "organization_id": 2}]', on_error => 'skip');
SELECT test.try($$INSERT INTO product (organization_id, name) VALUES (2, 'x')$$) LIKE '42501 %' AS direct_insert, test.try('UPDATE product SET organization_id = 2 WHERE id = 101') LIKE '42501 %' AS direct_update;
\echo permission_first_whatever_else_is_wrong_in_another_organization
SELECT call, state, test.short(errors) AS errors
  FROM unnest(ARRAY[$$product_upsert('{"reference": "r", "name": "x", "category_id": 7}', profile => 'billing', organization_id => 2)$$, $$product_upsert('{"name": "x", "price": "y"}', organization_id => 2)$$,
                    $$product_upsert('{"name": "x", "custom_fields": [{"reference": "erp", "value": "1"}]}', custom_field_reference => 'erp', profile => 'billing', organization_id => 2)$$]) call, test.error('SELECT ' || call);
\echo permission_their_identifiers_and_ids_are_free_here
SELECT product_upsert('{"external_id": "secret", "reference": "hidden", "id": 202, "name": "Ours"}') -> 'id' AS id;
RESET ROLE;
SELECT organization_id, id, name FROM product WHERE external_id = 'secret' ORDER BY 1;

\echo permission_each_in_its_organization
SELECT product_grant('regress_create', 'PRODUCT.UPDATE', 2);
SET ROLE regress_create;
SELECT test.ways('{"external_id": "secret", "price": 1}', 'catalog', ', organization_id => 2') AS update_in_two, test.ways('{"external_id": "new", "name": "x"}', 'catalog', ', organization_id => 2') AS create_in_two,
       test.ways('{"external_id": "p1", "price": 5}', 'catalog') AS update_in_one, test.ways('{"external_id": "new", "name": "x"}', 'catalog') AS create_in_one;
SELECT position, status, test.short(errors) AS errors FROM product_upsert_rows('[{"external_id": "new", "name": "x"}, {"external_id": "new", "name": "x", "organization_id": 2}, {"external_id": "secret", "price": 1, "organization_id": 2}]', on_error => 'skip', dry_run => true);
RESET ROLE;
\echo permission_revoke_takes_the_privileges_once_no_organization_is_left
SELECT product_revoke('regress_create', 'PRODUCT.UPDATE', 2);
SELECT has_table_privilege('regress_create', 'product', 'UPDATE') AS may_update, has_table_privilege('regress_create', 'product', 'INSERT') AS may_insert;
SELECT product_grant('regress_create', 'PRODUCT.CREATE', 2);
SELECT product_revoke('regress_create', 'PRODUCT.CREATE', 1);
SET ROLE regress_create;
SELECT test.ways('{"external_id": "new", "name": "x"}', 'catalog') AS in_one, test.ways('{"external_id": "new", "name": "x"}', 'catalog', ', organization_id => 2') AS in_two;
RESET ROLE;
SELECT product_revoke('regress_create', 'PRODUCT.CREATE', 2);
SELECT has_table_privilege('regress_create', 'product', 'INSERT') AS may_insert, has_table_privilege('regress_create', 'product', 'SELECT') AS may_select;
SELECT count(*) FROM product_member WHERE member = 'regress_create';
SELECT product_revoke('regress_create', 'PRODUCT.CREATE', 2);
\echo permission_delete
SELECT product_grant('regress_view', 'PRODUCT.DELETE', 1);
SET ROLE regress_view;
WITH gone AS (DELETE FROM product RETURNING organization_id) SELECT count(*) > 0 AS deleted, bool_and(organization_id = 1) AS of_its_own_organization_only FROM gone;
RESET ROLE;
SELECT count(*) FROM product WHERE organization_id = 2;

\echo permission_faulty_grants
SELECT call, state, message, hint, test.short(errors) AS errors FROM unnest(ARRAY[$$product_grant('regress_view', 'PRODUCT.EDIT')$$, $$product_grant('regress_view', 'PRODUCT.VIEW', NULL)$$, $$product_grant(NULL, 'PRODUCT.VIEW')$$,
    $$product_grant('regress_nobody', 'PRODUCT.VIEW')$$, $$product_revoke('regress_view', 'product.view')$$, $$product_grant('regress_view', 'PRODUCT.VIEW', 0)$$]) call, test.error('SELECT ' || call);
\echo permission_what_only_the_owner_may
SET ROLE regress_both;
SELECT call, (regexp_match(test.try(call), '^\d+( \S*:\S+)?'))[1] IS NOT NULL AS as_ours, left(test.try(call), 5) AS state FROM unnest(ARRAY[$$SELECT product_grant('regress_both', 'PRODUCT.DELETE', 1)$$, $$SELECT product_revoke('regress_view', 'PRODUCT.VIEW', 1)$$,
    $$SELECT product_identity_create('upc', '{upc}')$$, $$SELECT product_identity_drop('natural')$$, $$INSERT INTO product_profile (name, definition) SELECT 'mine', definition FROM product_profile$$,
    $$INSERT INTO product_member (organization_id, member) VALUES (2, 'regress_both')$$, $$UPDATE product_identity SET fields = '{name}'$$, $$TRUNCATE product$$, $$SELECT setval('product_id_seq', 1)$$]) call;
RESET ROLE;
-- One parser serves all errors, whichever function raises them.
\echo permission_every_function_has_a_detail
CREATE TABLE test.feed (document jsonb);
GRANT SELECT ON test.feed TO PUBLIC;
INSERT INTO test.feed VALUES ('{"external_id": "fed", "name": "Fed"}');
CREATE FUNCTION test.refused(role name) RETURNS TABLE (call text, state text, message text, errors text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    RETURN QUERY SELECT c.call, e.state, e.message, test.short(e.errors) FROM unnest(ARRAY[
        'product_changes_read(''them'')', 'product_changes_read(''them'', organization_id => 2)', 'product_changes_prune()', 'product_custom_field_index(''none'')', 'product_custom_field_release(''none'')',
        'product_parked_retry()', 'product_retire(''test.feed'')', 'product_retire(''test.feed'', action => ''delete'', most => 100)', 'product_match(''{}'')', 'product_get(1)', 'product_upsert_from(''test.feed'')']) c (call),
        test.error('SELECT ' || c.call) e WHERE e.state = '42501';
    RESET ROLE;
END $$;
SELECT * FROM test.refused('regress_none');
SELECT * FROM test.refused('regress_view');
DROP FUNCTION test.refused;
DROP TABLE test.feed;
\echo permission_a_role_with_an_odd_name
CREATE ROLE "regress O'Brien ""x""";
SELECT product_grant('regress O''Brien "x"', 'PRODUCT.CREATE');
SET ROLE "regress O'Brien ""x""";
SELECT product_upsert('{"external_id": "odd", "name": "Odd"}') ->> 'name' AS created;
RESET ROLE;

DROP FUNCTION test.may;
REVOKE USAGE ON SCHEMA test FROM PUBLIC;
DROP OWNED BY regress_create, regress_update, regress_view, regress_both, regress_none, regress_child, "regress O'Brien ""x""";
DROP ROLE regress_create, regress_update, regress_view, regress_both, regress_none, regress_child, "regress O'Brien ""x""";
TRUNCATE product_member;
RESET client_min_messages;
RESET product_upsert.profile;
