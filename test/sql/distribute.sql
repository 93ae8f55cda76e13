-- product_distribute() where there is no Citus: what is missing is told. With Citus: scripts/scale-out citus.
\set VERBOSITY terse
\echo distribute_needs_citus
SELECT state, message, hint IS NOT NULL AS hint, errors FROM test.error('SELECT product_distribute()');
\echo distribute_is_for_the_owner_on_the_coordinator_alone
-- As Citus notes it; nothing is distributed.
BEGIN;
SET LOCAL allow_system_table_mods = on;
CREATE TABLE pg_catalog.pg_dist_node (groupid int, shouldhaveshards boolean, isactive boolean, noderole text);
CREATE TABLE pg_catalog.pg_dist_local_group (groupid int);
INSERT INTO pg_dist_local_group VALUES (1);
SELECT state, message, hint FROM test.error('SELECT product_distribute()');
UPDATE pg_dist_local_group SET groupid = 0;
SELECT state, message, hint FROM test.error('SELECT product_distribute()');
INSERT INTO pg_dist_node VALUES (0, false, true, 'primary'), (1, true, false, 'primary');
SELECT state, message, hint FROM test.error('SELECT product_distribute()');
CREATE ROLE test_stranger;
GRANT USAGE ON SCHEMA test TO test_stranger;
SET LOCAL ROLE test_stranger;
SELECT state, message, hint FROM test.error('SELECT product_distribute()');
ROLLBACK;
\echo distribute_policies_have_no_subquery
SELECT relation, command, product_tables_condition(condition) ~* 'select' AS subquery, length(product_tables_condition(condition)) < length(condition) AS shorter FROM product_tables_policies() WHERE relation IN ('product', 'product_change', 'product_member') ORDER BY relation, command;
\echo distribute_tables_after_those_that_they_refer_to
SELECT product_distribute_next();
