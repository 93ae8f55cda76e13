-- Run in one of the partitions, with psql -At: prints the proxy's functions, one for each function there that is called for an organization.
SELECT format('CREATE FUNCTION %s(%s) RETURNS %s LANGUAGE plproxy AS $proxy$ CLUSTER ''catalogue''; RUN ON product_partition(organization_id); $proxy$;',
              p.proname, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid))
  FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
  JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid AND e.extname = 'product_upsert'
 WHERE p.proname = ANY ('{product_upsert,product_upsert_bulk,product_upsert_rows,product_match,product_get,product_changes_read,product_changes_prune}')
 ORDER BY p.proname, p.oid;
