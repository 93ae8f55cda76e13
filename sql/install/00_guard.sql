\echo Use "CREATE EXTENSION product_upsert" to load this file. \quit

-- Identity text is compared byte for byte, and Unicode white space is recognized in its UTF-8 form.
DO $$
BEGIN
    IF pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.<>) 'UTF8' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'feature_not_supported',
            MESSAGE = pg_catalog.format('product_upsert needs a database with encoding UTF8, not %s',
                                        pg_catalog.current_setting('server_encoding')),
            HINT = 'Create the database with ENCODING ''UTF8'' TEMPLATE template0.';
    END IF;
END
$$;
