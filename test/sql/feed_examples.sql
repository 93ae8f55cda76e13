-- The examples of doc/feeding.md, as they stand. pg_regress runs in the root of the repository.
SELECT test.clean();
SET client_min_messages = warning;
\i examples/feed_table.sql
DROP TABLE feed CASCADE;
SELECT test.clean();
\i examples/feed_view.sql
DROP VIEW products_in;
SELECT test.clean();
