-- The same for a change of a key column, joined by id.
UPDATE product p SET name = d.name, version = p.version + 1, updated_at = now()
  FROM bench.flat_feed d
 WHERE p.organization_id = 1 AND p.id = d.i;
