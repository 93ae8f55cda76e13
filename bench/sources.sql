-- The case's profile with a precedence, and stored products whose fields are all marked, their table as it was otherwise.
\set QUIET on
\set ON_ERROR_STOP on
INSERT INTO product_profile (name, definition)
SELECT 'sources', definition || '{"source": "erp", "precedence": {"*": ["hand", "erp"]}}' FROM product_profile WHERE name = :'profile';
UPDATE product SET field_sources = '{"*": "erp"}';
VACUUM (FULL, ANALYZE) product;
VACUUM product;
