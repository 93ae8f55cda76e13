-- Documents as a billing system sends them: products that refer to two families, a measurement, a tax group and a cost centre,
-- with custom fields of every kind, one of them unique. Document i is a function of i.
-- `change` is 'none', or 'terms': every product has another tax group, another family and another number of seats. `fields` is
-- for vending alone.
CREATE FUNCTION bench.uuid(kind integer, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
SELECT (lpad(to_hex(kind), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
$$;

INSERT INTO product_family (organization_id, uuid, name) SELECT 1, bench.uuid(1, n), 'Family ' || n FROM generate_series(0, 19) n;
INSERT INTO product_unit (organization_id, id, uuid, name) SELECT 1, 1 + n, bench.uuid(2, n), 'Unit ' || n FROM generate_series(0, 9) n;
INSERT INTO product_measurement (organization_id, uuid, unit_id, code, aggregation_type)
SELECT 1, bench.uuid(3, n), 1 + n % 10, 'metric ' || n, 'sum' FROM generate_series(0, 49) n;
INSERT INTO product_tax_group (organization_id, uuid, internal_description, type) SELECT 1, bench.uuid(4, n), n || ' %', 'standard' FROM generate_series(0, 9) n;
INSERT INTO product_cost_centre (organization_id, uuid, name, code, type) SELECT 1, bench.uuid(5, n), 'Team ' || n, 'T' || n, 'KOST1' FROM generate_series(0, 99) n;
INSERT INTO product_custom_field (organization_id, reference, type, enum_values, unique_value) VALUES
    (1, 'ledger', 'text', NULL, true), (1, 'owner', 'text', NULL, false), (1, 'seats', 'number', NULL, false),
    (1, 'trial', 'boolean', NULL, false), (1, 'tier', 'enum', '{free,team,business}', false);

CREATE FUNCTION bench.documents(first bigint, last bigint, step bigint, change text, fields text) RETURNS TABLE (i bigint, document jsonb)
LANGUAGE sql STABLE AS $$
SELECT i,
       jsonb_build_object('id', bench.uuid(6, k), 'number', 'P-' || k, 'name', 'Plan ' || k, 'description', 'What plan ' || k || ' includes.',
                          'internalName', 'plan_' || k, 'translations', jsonb_build_object('de_DE', jsonb_build_object(
                              'name', 'Tarif ' || k, 'description', 'Was Tarif ' || k || ' enthält.')),
                          'type', 'charge', 'invoiceVisibility', 'only_if_charged', 'isArchived', k % 20 = 0,
                          'productFamilies', jsonb_build_array(jsonb_build_object('id', bench.uuid(1, k % 10)),
                                                               jsonb_build_object('id', bench.uuid(1, 10 + (k + moved) % 10))),
                          'measurement', jsonb_build_object('code', 'metric ' || k % 50), 'costCentre', jsonb_build_object('id', bench.uuid(5, k % 100)),
                          'taxGroup', jsonb_build_object('id', bench.uuid(4, (k + moved) % 10)),
                          'customFields', jsonb_build_object('ledger', 'L' || k, 'owner', 'team ' || k % 30, 'seats', k % 100 + moved,
                                                             'trial', k % 2 = 0, 'tier', (ARRAY['free', 'team', 'business'])[1 + k % 3]))
  FROM generate_series(first, last, step) i,
       LATERAL (SELECT i * 3919313 % 8640007 AS k, CASE change WHEN 'terms' THEN 1 ELSE 0 END AS moved) key
$$;
