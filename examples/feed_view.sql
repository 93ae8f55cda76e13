-- A feed view: what is copied into it is upserted a document at a time and kept nowhere else; INSERT … RETURNING tells what
-- became of it. From the root of the repository:
--   psql -X -d DATABASE -f examples/feed_view.sql
-- The database has the catalogue: CREATE EXTENSION product_upsert; SELECT product_tables_create();

CREATE VIEW products_in AS
    SELECT NULL::jsonb AS document, NULL::bigint AS id, NULL::text AS status, NULL::jsonb AS errors;
CREATE TRIGGER products_in_upsert INSTEAD OF INSERT ON products_in
    FOR EACH ROW EXECUTE FUNCTION product_upsert_trigger('document', 'vending', '', 'keep');

\copy products_in (document) from 'examples/vending.ndjson' (format csv, quote e'\x01', delimiter e'\x02')

SELECT count(*) AS products, count(DISTINCT manufacturer) AS manufacturers, max(version) AS version FROM product;

INSERT INTO products_in (document) VALUES
    ('{"manufacturer": "Mars Wrigley", "brand": "Snickers", "name": "Pecan", "size": 1.86, "unitsForSize": "oz", "defaultPrice": 1.95}'),
    ('{"manufacturer": "Mars Wrigley", "brand": "Snickers", "name": "Pecan", "size": 1.86, "unitsForSize": "oz", "defaultPrice": 2.05}'),
    ('{"manufacturer": "Mars Wrigley", "brand": "Snickers", "name": "Almond", "defaultPrice": "cheap"}')
RETURNING status, document ->> 'name' AS name, errors #>> '{0,message}' AS error;
