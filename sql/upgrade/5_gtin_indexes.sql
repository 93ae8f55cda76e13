-- The fold gtin compares texts that are no GTIN exactly since: an index over it has their old keys.
DO $step$
DECLARE
    one regclass;
BEGIN
    FOR one IN
        SELECT c.oid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         WHERE c.relkind = 'i'  -- of a partitioned table: those of its partitions
           AND (i.indrelid = '@extschema@.product'::regclass OR i.indrelid IN (SELECT t.relid FROM pg_partition_tree('@extschema@.product'::regclass) t))
           AND pg_get_indexdef(c.oid) LIKE '%product_identity_fold(%, ''gtin''::text)%'
    LOOP
        EXECUTE format('REINDEX INDEX %s', one);
    END LOOP;
END
$step$;
