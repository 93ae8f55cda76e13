-- A feed table: whatever is copied into it is upserted, one COPY in one go. From the root of the repository:
--   psql -X -d DATABASE -f examples/feed_table.sql
-- The database has the catalogue: CREATE EXTENSION product_upsert; SELECT product_tables_create();

CREATE TABLE feed (
    line bigint GENERATED ALWAYS AS IDENTITY,
    arrived timestamptz NOT NULL DEFAULT now(),
    document jsonb
);
CREATE TRIGGER feed_upsert AFTER INSERT ON feed
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger('document', 'vending');

-- One JSON document a line. COPY's text format would take JSON's backslashes for its own; its CSV format takes a line as it
-- is once quote and delimiter are characters that no JSON holds.
\copy feed (document) from 'examples/vending.ndjson' (format csv, quote e'\x01', delimiter e'\x02')

SELECT count(*) AS products, count(DISTINCT manufacturer) AS manufacturers, max(version) AS version FROM product;

-- The same file again: nothing changed, so nothing is written.
\copy feed (document) from 'examples/vending.ndjson' (format csv, quote e'\x01', delimiter e'\x02')

SELECT count(*) AS products, count(DISTINCT manufacturer) AS manufacturers, max(version) AS version FROM product;

-- A bad document stops the COPY and undoes it: nothing of it is in the feed table, or among the products.
\copy feed (document) from stdin (format csv, quote e'\x01', delimiter e'\x02')
{"manufacturer": "Mars Wrigley", "brand": "Snickers", "name": "Pecan", "size": 1.86, "unitsForSize": "oz", "defaultPrice": 1.95}
{"manufacturer": "Mars Wrigley", "brand": "Snickers", "size": "large", "cost": -1}
\.

-- To have bad documents reported instead, upsert the table itself; here as a trial that is undone.
ALTER TABLE feed DISABLE TRIGGER feed_upsert;
INSERT INTO feed (document) VALUES
    ('{"manufacturer": "Mars Wrigley", "brand": "Snickers", "name": "Pecan", "size": 1.86, "unitsForSize": "oz", "defaultPrice": 1.95}'),
    ('{"manufacturer": "Mars Wrigley", "brand": "Snickers", "size": "large", "cost": -1}');
CREATE VIEW feed_of_today AS SELECT document FROM feed WHERE line > 80 ORDER BY line;
SELECT position, status, decided_by, error ->> 'field' AS field, error ->> 'message' AS message
  FROM product_upsert_from('feed_of_today', profile => 'vending', on_error => 'skip', dry_run => true)
  LEFT JOIN LATERAL jsonb_array_elements(errors) AS error ON true;
