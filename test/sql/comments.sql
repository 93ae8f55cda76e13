-- What \dx+, \df+ and \d+ say: everything that comes with the extension has a comment, every function and argument list, every table
-- and column. What is not for users says so at once.
SELECT pg_describe_object(d.classid, d.objid, 0) AS "has no comment"
  FROM pg_depend d
 WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'product_upsert') AND d.deptype = 'e'
   AND coalesce(obj_description(d.objid, d.classid::regclass::text), '') = ''
   -- From 18 the array of a type belongs to the extension as the type itself does.
   AND NOT (d.classid = 'pg_type'::regclass AND EXISTS (SELECT FROM pg_type t WHERE t.typarray = d.objid)) ORDER BY 1;
SELECT c.relname AS "table has no comment" FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (product_tables_names()) AND coalesce(obj_description(c.oid, 'pg_class'), '') = '' ORDER BY 1;
SELECT c.relname || '.' || a.attname AS "column has no comment"
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (product_tables_names())
   AND coalesce(col_description(c.oid, a.attnum), '') = '' ORDER BY 1;
-- None is for a column that there is not.
SELECT t.relation, t.attname AS "is no column" FROM product_tables_columns() t
 WHERE NOT EXISTS (SELECT FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                    WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (product_tables_names())
                      AND (c.relname = t.relation OR t.relation = '*') AND a.attname = t.attname AND NOT a.attisdropped) ORDER BY 1, 2;
-- A trigger function or one that begins with "Internal." is not to be called.
SELECT DISTINCT p.proname AS "for users" FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
 WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'product_upsert')
   AND obj_description(p.oid, 'pg_proc') NOT LIKE 'Internal. %'
   AND p.proname IN ('product_tables_check', 'product_import_next', 'product_identity_text', 'product_raise', 'product_refuse') ORDER BY 1;
-- The user's words stay.
BEGIN;
COMMENT ON COLUMN product.price IS 'Ours';
COMMENT ON COLUMN product.cost IS NULL;
SELECT product_tables_upgrade() AS done;
SELECT col_description('product'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'product'::regclass AND attname IN ('price', 'cost') ORDER BY attname;
ROLLBACK;
