-- Fine points of the contracts that belong to no profile.
\set VERBOSITY terse
SELECT test.clean();

\echo fine_point_m_organization_id_stands_first_in_every_key
-- Tables whose primary key, a unique index or a foreign key begins with something else.
SELECT c.conrelid::regclass AS relation, c.conname
  FROM pg_constraint c JOIN unnest(product_tables_check()) t (oid) ON t.oid = c.conrelid
  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
 WHERE c.contype IN ('p', 'u', 'f') AND a.attname <> 'organization_id' AND c.conrelid NOT IN ('product_profile'::regclass, 'product_identity'::regclass);
SELECT i.indexrelid::regclass AS index
  FROM pg_index i JOIN unnest(product_tables_check()) t (oid) ON t.oid = i.indrelid
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
 WHERE a.attname <> 'organization_id' AND i.indrelid NOT IN ('product_profile'::regclass, 'product_identity'::regclass);
SELECT count(*) >= 50 AS looked_at_all FROM pg_constraint c JOIN unnest(product_tables_check()) t (oid) ON t.oid = c.conrelid
 WHERE c.contype IN ('p', 'u', 'f');

\echo fine_point_a_a_document_that_says_another_aggregation_type_is_refused
INSERT INTO product_unit (organization_id, name) VALUES (1, 'hour');
INSERT INTO product_measurement (organization_id, unit_id, code, aggregation_type) VALUES (1, 1, 'hours', 'sum');
SELECT said, test.try(format($$SELECT product_upsert('{"name": "Support", "measurement": {"code": "hours", "aggregationType": %s, "description": "new"}}', profile => 'subscription', mode => 'create', dry_run => true)
       -> 'measurement' ->> 'aggregationType'$$, said)) AS outcome FROM unnest(ARRAY['"max"', '"sum"', '""', 'null', '1', '"unheard of"']) said;
SELECT r.status, r.body FROM product_request('subscription', 'POST', '/catalogue/products', '{"name": "Support", "measurement": {"code": "hours", "aggregationType": "max"}}', headers => '{"Authorization": "x"}') r;
SELECT aggregation_type, description FROM product_measurement;

\echo fine_point_l_unknown_fields_are_failures_in_catalog_and_vending_ignored_in_the_others
SELECT p.name, (SELECT test.short(jsonb_path_query_array(m.errors, '$[*] ? (@.code == "unknown_field")'))) AS told
  FROM product_profile p, product_match('{"nonsense": 1}', profile => p.name) m WHERE p.is_builtin ORDER BY p.name;

SELECT test.clean();
