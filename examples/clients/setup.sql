-- What every client here works on: a database with the catalogue, and a table into which a feed is copied.
CREATE EXTENSION product_upsert;
SELECT product_tables_create();

CREATE TABLE feed (document jsonb);
CREATE TRIGGER feed AFTER INSERT ON feed REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger();
