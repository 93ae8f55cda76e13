-- The examples of doc/feeding.md, as they stand. pg_regress runs in the root of the repository.
SELECT test.clean();
SET client_min_messages = warning;
\i examples/feed_table.sql
DROP TABLE feed CASCADE;
SELECT test.clean();
\i examples/feed_view.sql
DROP VIEW products_in;
SELECT test.clean();
-- That of doc/sources.md.
\i examples/hand_edits.sql
DROP TRIGGER mark_hand_edits ON product;
DROP FUNCTION mark_hand_edits;
DELETE FROM product_profile WHERE name = 'nightly';
SELECT test.clean();
