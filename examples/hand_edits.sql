-- Who edits products by plain SQL marks what he changes as of source "hand", so that the next feed does not take it back. From the root of the
-- repository:
--   psql -X -d DATABASE -f examples/hand_edits.sql
-- The database has the catalogue: CREATE EXTENSION product_upsert; SELECT product_tables_create();
-- A trigger of your own on product has the functions write by SQL statements, which takes longer: make it for as many columns as you need.

CREATE FUNCTION mark_hand_edits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    edited jsonb;
BEGIN
    SELECT jsonb_object_agg(n.key, 'hand') INTO edited
      FROM jsonb_each(to_jsonb(NEW)) n
     WHERE n.key = ANY (TG_ARGV) AND n.value IS DISTINCT FROM to_jsonb(OLD) -> n.key;
    NEW.field_sources := coalesce(NEW.field_sources, '{}') || coalesce(edited, '{}');
    RETURN NEW;
END
$$;
-- What the functions write raises the version; what is edited by hand does not.
CREATE TRIGGER mark_hand_edits BEFORE UPDATE OF name, description, price ON product
    FOR EACH ROW WHEN (NEW.version = OLD.version) EXECUTE FUNCTION mark_hand_edits('name', 'description', 'price');

INSERT INTO product_profile (name, definition)
SELECT 'nightly', definition || '{"source": "erp", "precedence": {"*": ["hand", "erp"]}}' FROM product_profile WHERE name = 'catalog';

SELECT status FROM product_upsert_rows('[{"external_id": "H-1", "name": "Hammer", "price": 12}, {"external_id": "H-2", "name": "Hook", "price": 2}]', profile => 'nightly');
UPDATE product SET price = 9.90 WHERE external_id = 'H-1';
SELECT position, status, changed, errors #>> '{0,code}' AS note, errors #>> '{0,source}' AS source, errors #>> '{0,value}' AS value
  FROM product_upsert_rows('[{"external_id": "H-1", "name": "Hammer, 300 g", "price": 12.50}, {"external_id": "H-2", "price": 2.20}]', profile => 'nightly');
SELECT name, price, field_sources ->> 'price' AS price_by FROM product WHERE external_id IN ('H-1', 'H-2') ORDER BY external_id;
