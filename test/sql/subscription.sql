-- The subscription contract through the functions: rules 39 to 47. Lists (48) are calls over HTTP.
\set VERBOSITY terse
SELECT test.clean();
SET product_upsert.profile = 'subscription';
INSERT INTO product_unit (organization_id, id, uuid, name, translations) VALUES (1, 101, '11111111-1111-4111-8111-111111111111', 'Stück', '{"en_US": {"name": "Piece"}}');
INSERT INTO product_measurement (organization_id, id, uuid, unit_id, code, description, aggregation_type, fair_billing, type)
VALUES (1, 101, 'ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b', 101, 'users', 'The number of users.', 'max', true, 'metered'), (1, 102, NULL, 101, 'calls', NULL, 'sum', false, NULL);
INSERT INTO product_tax_group (organization_id, id, uuid, internal_description, reverse_charge_type, type)
VALUES (1, 101, '00000000-0000-0000-0000-000000000000', '19%', 'REVERSE_CHARGE', 'standard'), (2, 102, '00000000-0000-0000-0000-000000000002', 'Of two', NULL, 'reduced');
INSERT INTO product_cost_centre (organization_id, id, uuid, name, code, type, created_at, updated_at)
VALUES (1, 101, 'ad8f1c9c-4f0a-4e1a-8b1a-9c4d9c4d9c4d', 'Cost Centre', 'CC', 'KOST1', '2021-01-01 00:00:00+00', '2021-01-01 00:00:00+00');
INSERT INTO product_family (organization_id, id, uuid, name) VALUES (1, 101, 'ad8b3b9e-5b0a-4e1a-8b0a-4e1a8b0a4e1a', 'Team Packages'), (1, 102, 'bd8b3b9e-5b0a-4e1a-8b0a-4e1a8b0a4e1a', 'Single Packages');
INSERT INTO product_custom_field (organization_id, reference, type) VALUES (1, 'field1', 'text'), (1, 'field2', 'text');

\echo subscription_39_never_creates
\set unknown '{"id": "ffffffff-ffff-4fff-8fff-ffffffffffff", "number": "N-1", "name": "New"}'
SELECT test.ways(:'unknown', 'subscription') AS unknown_id, test.ways('{"number": "N-1", "name": "New"}', 'subscription') AS no_id, test.ways('{"id": "M-1234", "name": "x"}', 'subscription') AS no_uuid;
SELECT status, id, test.short(errors) AS errors FROM product_match(:'unknown');
\echo subscription_39_creating_is_asked_for_and_gives_a_uuid
SELECT product_upsert('{"name": "Without an id"}', mode => 'create') ->> 'id' AS given \gset
SELECT uuid = :'given' AS stored, :'given' ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' AS a_proper_one FROM product;
\echo subscription_39_a_product_that_has_none_is_shown_with_a_uuid
INSERT INTO product (organization_id, number, name) VALUES (1, 'N-9', 'Written by SQL');
SELECT product_upsert('{"number": "N-9", "name": "Written by SQL"}', 'number') ->> 'id' AS given \gset
SELECT uuid = :'given' AS stored, version FROM product WHERE number = 'N-9';
SELECT test.ways('{"number": "N-9", "name": "Written by SQL"}', 'subscription', ', identifier_field => ''number''') AS then_it_has_one;
SELECT test.ways('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "number": "N-2"}', 'subscription', ', mode => ''create''') AS with_an_id;

\echo subscription_39_the_documentations_own_answer_is_what_a_product_that_has_it_all_shows
SELECT product_upsert('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "productFamilies": [{"id": "ad8b3b9e-5b0a-4e1a-8b0a-4e1a8b0a4e1a"}], "name": "Basic", "description": "For small teams.", "internalName": "Basic (Weekly)", "number": "M-1234", "translations": {},
                        "type": "product", "measurement": {"code": "users"}, "invoiceVisibility": "always", "costCentre": {"id": "ad8f1c9c-4f0a-4e1a-8b1a-9c4d9c4d9c4d"}, "taxGroup": {"id": "00000000-0000-0000-0000-000000000000"}, "isArchived": true,
                        "customFields": {"field1": "value1", "field2": "value2"}}', mode => 'create') AS created \gset
SELECT key, value FROM jsonb_each(:'created') WHERE key NOT IN ('createdAt', 'updatedAt');
SELECT array_agg(k) FILTER (WHERE k <> ALL ('{id,productFamilies,name,description,internalName,number,translations,type,measurement,invoiceVisibility,costCentre,createdAt,updatedAt,taxGroup,isArchived,customFields}')) AS undocumented, count(*) FROM jsonb_object_keys(:'created') k;
\echo subscription_39_the_documentations_own_payload_updates_it
\set payload '{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "productFamilies": [[]], "name": "Basic", "description": "For small teams.", "internalName": "Basic (Weekly)", "number": "M-1234", "translations": [], "type": "", "measurement": {"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "code": "users", "description": "The number of users.", "fairBilling": "1"}, "invoiceVisibility": "", "createdAt": "", "updatedAt": "", "taxGroup": {"id": "00000000-0000-0000-0000-000000000000", "internalDescription": "19%"}, "isArchived": "", "customFields": {"field1": "value1", "field2": "value2"}}'
-- What it says otherwise than what is stored: no families, and not archived.
SELECT test.ways(:'payload', 'subscription') AS changes;
CREATE TABLE test.answer AS SELECT product_upsert(:'payload') AS answer;
SELECT key, answer -> key AS value FROM test.answer, jsonb_each(:'created') c WHERE answer -> key IS DISTINCT FROM c.value AND key <> 'updatedAt' ORDER BY key;
SELECT test.ways(:'payload', 'subscription') AS again, test.ways(answer, 'subscription') AS its_answer, product_get(p.id) = answer AS got FROM test.answer, product p WHERE p.number = 'M-1234';

\echo subscription_40_type_and_invoice_visibility
SELECT field, array_agg(value || ' ' || split_part(test.ways(jsonb_build_object('id', 'ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b', field, value), 'subscription'), ' ', 1) ORDER BY n) AS outcomes
  FROM (VALUES ('type', '{product,charge,plan,Plan}'::text[]), ('invoiceVisibility', '{always,only_if_charged,never}')) t (field, valid), unnest(valid) WITH ORDINALITY v (value, n) GROUP BY field ORDER BY field DESC;

\echo subscription_41_number_2_to_255_characters_unique_in_the_organization
SELECT length, test.ways(jsonb_build_object('id', 'ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b', 'number', repeat('ü', length)), 'subscription') AS outcome FROM unnest('{0,1,2,255,256}'::int[]) length;
SELECT product_upsert('{"number": "M-2", "name": "Second"}', mode => 'create') ->> 'number' AS second;
SELECT test.ways('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "number": "M-2"}', 'subscription') AS taken,
       test.ways('{"number": "M-2"}', 'subscription', ', mode => ''create''') AS taken_for_a_new_one, test.ways('{"number": "M-2"}', 'subscription', ', mode => ''create'', organization_id => 2') AS free_elsewhere;
\echo subscription_41_translations
SELECT product_upsert('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "translations": {"de_DE": {"name": "Basis", "description": "Für kleine Teams."}}}') -> 'translations' AS translations;
SELECT product_upsert('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "name": "Basic"}') -> 'translations' AS kept,
       product_upsert('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "translations": []}') -> 'translations' AS emptied, product_upsert('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "translations": null}') -> 'translations' AS cleared;
SELECT document, test.ways('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b"}' || document::jsonb, 'subscription') AS outcome
  FROM unnest(ARRAY['{"translations": "de"}', '{"translations": ["de"]}', '{"translations": {"de_DE": "Basis"}}', '{"translations": {"de_DE": {"name": 7}}}', '{"name": 7, "description": [], "internalName": {}}', '{"name": null, "description": null, "internalName": null, "number": null}']) document;

\echo subscription_41_no_translations_are_an_empty_object_that_changes_nothing_when_it_is_given_back
SELECT product_upsert('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "translations": null}') -> 'translations' AS none;
UPDATE product SET translations = NULL WHERE number = 'M-1234';
SELECT given, test.ways(jsonb_build_object('id', 'ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b', 'translations', given), 'subscription') AS outcome FROM unnest(ARRAY['{}', '[]', 'null', '{"de_DE": null}', '{"de_DE": {}}']::jsonb[]) given;
SELECT test.ways(product_get(id), 'subscription') AS its_answer FROM product WHERE number = 'M-1234';
\echo subscription_42_families_by_object_or_id
SELECT given, (SELECT array_agg(f ->> 'name') FROM jsonb_array_elements(product_upsert(jsonb_build_object('id', 'ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b', 'productFamilies', given)) -> 'productFamilies') f) AS answered
  FROM unnest(ARRAY['["ad8b3b9e-5b0a-4e1a-8b0a-4e1a8b0a4e1a", {"id": "bd8b3b9e-5b0a-4e1a-8b0a-4e1a8b0a4e1a"}]', '[{"id": "bd8b3b9e-5b0a-4e1a-8b0a-4e1a8b0a4e1a", "name": "said otherwise"}]', '[101, 101]', '[[]]', '["102"]', '[]', 'null']::jsonb[]) given;
SELECT product_upsert('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "productFamilies": [{"id": "ad8b3b9e-5b0a-4e1a-8b0a-4e1a8b0a4e1a"}]}') -> 'productFamilies' AS families;
SELECT test.ways('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "productFamilies": ["cd8b3b9e-5b0a-4e1a-8b0a-4e1a8b0a4e1a", {"id": 101}, {"name": "Team Packages"}, {}, [1], 99]}', 'subscription') AS unknown;

\echo subscription_43_references_by_id_measurement_by_code_too
SELECT document, test.ways('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b"}' || document::jsonb, 'subscription') AS outcome
  FROM unnest(ARRAY['{"measurement": {"code": "users"}}', '{"measurement": {"code": "calls"}}', '{"measurement": {"id": 102}}', '{"measurement": "calls"}', '{"measurement": {"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b"}}', '{"measurement": null}', '{"measurement": {"code": "nobody"}}',
                    '{"measurement": {}}', '{"measurement": {"description": "The number of users."}}', '{"taxGroup": {"id": "00000000-0000-0000-0000-000000000002"}}', '{"taxGroup": null, "costCentre": null}', '{"taxGroup": "19%", "costCentre": {"code": "CC"}}', '{"costCentre": 99, "taxGroup": {"id": 98}, "measurement": true}']) document;
\echo subscription_43_an_error_names_type_and_id
SELECT e.state, f.* FROM test.error($$SELECT product_upsert('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "costCentre": {"id": "c"}, "taxGroup": {"id": 98}, "measurement": {"code": "nobody"}}')$$) e, jsonb_to_recordset(e.errors) f (field text, code text, resource_type text, resource_id text);
\echo subscription_43_a_measurement_without_uuid_is_shown_by_its_id
SELECT product_upsert('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "measurement": {"code": "calls"}}') -> 'measurement' AS measurement;

\echo subscription_44_what_the_tables_hold
SELECT call, left(test.try(call || ' RETURNING 1'), 5) AS outcome FROM unnest(ARRAY[
    $$INSERT INTO product_measurement (organization_id, unit_id, code, aggregation_type) SELECT 1, 101, a, a FROM unnest('{count,count_unique,max,sum,last_value,average}'::text[]) a$$,
    $$INSERT INTO product_measurement (organization_id, unit_id, code, aggregation_type) VALUES (1, 101, 'm', 'min')$$, $$INSERT INTO product_measurement (organization_id, unit_id) VALUES (1, 101)$$, $$INSERT INTO product_measurement (organization_id, code) VALUES (1, 'm')$$,
    $$INSERT INTO product_tax_group (organization_id, type, reverse_charge_type) SELECT 1, t, r FROM unnest('{standard,reduced}'::text[]) t, unnest('{REVERSE_CHARGE_DEACTIVATED,REVERSE_CHARGE,REVERSE_CHARGE_INTRA_EU_SUPPLY}'::text[]) r$$,
    $$INSERT INTO product_tax_group (organization_id, type) VALUES (1, 'free')$$, $$INSERT INTO product_tax_group (organization_id, reverse_charge_type) VALUES (1, 'NONE')$$,
    $$INSERT INTO product_cost_centre (organization_id, code, type) SELECT 1, t, t FROM unnest('{KOST1,KOST2}'::text[]) t$$, $$INSERT INTO product_cost_centre (organization_id, code, type) VALUES (1, 'c', 'KOST3')$$, $$INSERT INTO product_cost_centre (organization_id) VALUES (1)$$]) call;

\echo subscription_45_booleans_are_read_from_what_the_documentation_sends
SELECT given, product_upsert(jsonb_build_object('id', 'ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b', 'isArchived', given)) -> 'isArchived' AS answered FROM unnest(ARRAY['"1"', '"0"', 'true', '""', 'true', 'false']::jsonb[]) given;
SELECT given, test.ways(jsonb_build_object('id', 'ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b', 'isArchived', given), 'subscription') AS outcome FROM unnest(ARRAY['"yes"', 'null', '[]', '"true"', '2']::jsonb[]) given;
\echo subscription_45_an_empty_enum_or_timestamp_is_absent
SELECT p -> 'type' AS type, p -> 'invoiceVisibility' AS visibility FROM product_upsert('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "type": "", "invoiceVisibility": "", "createdAt": "", "updatedAt": ""}') p;
SELECT p -> 'type' AS type, p -> 'invoiceVisibility' AS visibility, p -> 'isArchived' AS is_archived FROM product_upsert('{"number": "M-3", "type": "", "invoiceVisibility": "", "isArchived": ""}', mode => 'create') p;

\echo subscription_46_timestamps_are_ours
UPDATE product SET created_at = '2020-01-01', updated_at = '2020-01-01' WHERE number = 'M-1234';
CREATE FUNCTION test.moved(document jsonb, OUT created_at_moved boolean, OUT updated_at_moved boolean, OUT id text) LANGUAGE sql AS $$
    SELECT (p ->> 'createdAt')::timestamptz <> '2020-01-01', (p ->> 'updatedAt')::timestamptz <> '2020-01-01', p ->> 'id'
      FROM product_upsert('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b"}' || document) p
$$;
SELECT * FROM test.moved('{"createdAt": "2001-01-01T00:00:00Z", "updatedAt": "2001-01-01T00:00:00Z", "name": "Basic"}');
SELECT * FROM test.moved('{"createdAt": "2001-01-01T00:00:00Z", "name": "Basic, changed"}');
SELECT test.ways('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "createdAt": 7, "updatedAt": null}', 'subscription') AS whatever_they_are;
\echo subscription_46_a_change_of_a_link_or_a_custom_field_is_one
UPDATE product SET created_at = '2020-01-01', updated_at = '2020-01-01' WHERE number = 'M-1234';
SELECT * FROM test.moved('{"productFamilies": []}');
UPDATE product SET updated_at = '2020-01-01' WHERE number = 'M-1234';
SELECT * FROM test.moved('{"customFields": {"field1": "changed"}}');

\echo subscription_47_custom_fields_merge_an_unknown_key_or_type_is_told
SELECT product_upsert('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "customFields": {"field2": "b"}}') -> 'customFields' AS merged, product_upsert('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "customFields": []}') -> 'customFields' AS empty_list;
SELECT test.ways('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "customFields": {"field1": 7, "field3": "x"}}', 'subscription') AS faulty, test.ways('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "customFields": "x"}', 'subscription') AS no_object;
\echo subscription_47_found_by_a_custom_field
SELECT product_custom_field_index('field1', true, true);
SELECT status, decided_by, test.short(errors) AS errors FROM product_match('{"name": "x"}', 'custom_field', 'field1');
SELECT product_upsert('{"id": "ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b", "customFields": {"field1": "key"}}') IS NOT NULL AS written;
SELECT status, decided_by, changed FROM product_match('{"name": "x", "customFields": {"field1": "key"}}', 'custom_field', 'field1');
SELECT status, test.short(errors) AS never_creates FROM product_match('{"name": "x", "customFields": {"field1": "new"}}', 'custom_field', 'field1');

\echo subscription_fine_point_c_a_product_without_a_uuid_is_given_one
INSERT INTO product (organization_id, id, name, number) VALUES (1, 9001, 'direct', 'D-1'), (1, 9002, 'direct', 'D-2'), (2, 9001, 'direct', 'D-1');
BEGIN READ ONLY;
SELECT product_get(9001) ->> 'id' AS read_only \gset
ROLLBACK;
SELECT product_get(9001) ->> 'id' AS given, product_get(9001) ->> 'id' AS again, product_get(9002) ->> 'id' AS another, product_get(9001, organization_id => 2) ->> 'id' AS elsewhere \gset
SELECT :'read_only' ~ '^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' AS shown, :'given' = :'read_only' AND :'again' = :'given' AS the_same, :'given' <> :'another' AND :'given' <> :'elsewhere' AS its_own, (SELECT uuid::text FROM product WHERE organization_id = 1 AND id = 9001) = :'given' AS stored;
SELECT status, id FROM product_upsert_rows(jsonb_build_array(jsonb_build_object('id', :'given', 'name', 'found')));
CREATE ROLE regress_product_viewer;
SELECT product_grant('regress_product_viewer', 'PRODUCT.VIEW');
INSERT INTO product (organization_id, id, name, number) VALUES (1, 9003, 'direct', 'D-3');
SET ROLE regress_product_viewer;
SELECT product_get(9003) ->> 'id' AS seen, (product_request('subscription', 'GET', '/catalogue/products', headers => '{"Authorization": "t"}')).body -> -1 ->> 'id' AS listed \gset
RESET ROLE;
SELECT :'seen' = :'listed' AS seen_and_listed, uuid IS NULL AS not_written FROM product WHERE id = 9003;
SELECT product_get(9003) ->> 'id' = :'seen' AS what_was_seen;
DROP OWNED BY regress_product_viewer;
DROP ROLE regress_product_viewer;
DELETE FROM product_member WHERE member = 'regress_product_viewer';

DROP FUNCTION test.moved;
DROP TABLE test.answer;
RESET product_upsert.profile;
SELECT test.clean();
