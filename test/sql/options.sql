-- The options of a call: mode, if_version, on_error, dry_run, field_actions, profile; NULL and misspelt ones.
\set VERBOSITY terse
SELECT test.clean();
\echo options_mode_create_says_which_product_the_field_names
SELECT product_upsert('{"external_id": "there", "name": "T"}') IS NOT NULL AS created;
SELECT message, test.short(errors) AS errors FROM test.error($$SELECT product_upsert('{"external_id": "there", "name": "T"}', mode => 'create')$$);
SELECT test.clean();
SET product_upsert.profile = 'catalog';
SELECT product_upsert('{"external_id": "o1", "name": "One", "price": 1}') ->> 'name' AS created;

\echo options_mode_create_on_a_match_is_an_error
SELECT test.ways('{"external_id": "o1", "price": 2}', 'catalog', ', mode => ''create''') AS on_a_match,
       test.ways('{"external_id": "o1"}', 'catalog', ', mode => ''create''') AS though_nothing_would_change,
       test.ways('{"external_id": "o2", "name": "Two"}', 'catalog', ', mode => ''create''') AS on_none;
\echo options_mode_update_on_no_match_is_an_error
SELECT test.ways('{"external_id": "o2", "name": "Two"}', 'catalog', ', mode => ''update''') AS on_none,
       test.ways('{"external_id": "o1", "price": 2}', 'catalog', ', mode => ''update''') AS on_a_match,
       test.ways('{"external_id": "o1"}', 'catalog', ', mode => ''update''') AS nothing_new,
       test.ways('{"name": "No identifier"}', 'catalog', ', mode => ''update''') LIKE '22023 %:required' AS without_identifier;
\echo options_mode_and_skip
SELECT position, status, test.short(errors) AS errors
  FROM product_upsert_rows('[{"external_id": "o1", "price": 2}, {"external_id": "o2", "name": "Two"}]', mode => 'create', on_error => 'skip', dry_run => true);
SELECT position, status, test.short(errors) AS errors
  FROM product_upsert_rows('[{"external_id": "o1", "price": 2}, {"external_id": "o2", "name": "Two"}]', mode => 'update', on_error => 'skip', dry_run => true);
\echo options_mode_create_within_a_call
SELECT test.try($$SELECT product_upsert_bulk('[{"external_id": "o3", "name": "x"}, {"external_id": "o3", "name": "x"}]', mode => 'create')$$);

\echo options_if_version_is_a_precondition
SELECT test.ways('{"external_id": "o1", "price": 2}', 'catalog', ', if_version => 1') AS as_stored,
       test.ways('{"external_id": "o1", "price": 2}', 'catalog', ', if_version => 2') AS another,
       test.ways('{"external_id": "o1"}', 'catalog', ', if_version => 2') AS another_though_nothing_would_change,
       test.ways('{"external_id": "o1"}', 'catalog', ', if_version => 1') AS nothing_new,
       test.ways('{"external_id": "o2", "name": "Two"}', 'catalog', ', if_version => 1') AS to_be_created,
       test.ways('{"external_id": "o1", "price": 2}', 'catalog', ', if_version => NULL') AS null_asks_nothing;
SELECT product_upsert('{"external_id": "o1", "price": 3}', if_version => 1) -> 'version' AS raised;
SELECT test.try($$SELECT product_upsert('{"external_id": "o1", "price": 4}', if_version => 1)$$) AS a_second_time;

\echo options_on_error
SELECT test.try($$SELECT product_upsert_bulk('[{"external_id": "o4", "name": "x"}, {}]', on_error => 'abort')$$) AS abort,
       test.try($$SELECT product_upsert_bulk('[{"external_id": "o4", "name": "x"}, {}]')$$) AS by_default;
SELECT product_upsert_bulk('[{"external_id": "o4"}, {}, 7]', on_error => 'skip') AS all_rejected;
SELECT test.try($$SELECT product_upsert_bulk('[7, []]')$$) AS abort_where_no_document_is_one,
       test.try($$SELECT product_upsert('{"name": "x", "organization_id": "one"}')$$) AS abort_without_an_organization;
SELECT count(*) FROM product;

\echo options_dry_run_answers_what_would_be_and_writes_nothing
SELECT test.state() AS before \gset
SELECT product_upsert('{"external_id": "o1", "price": 9}', dry_run => true) -> 'price' AS single;
SELECT p -> 'price' AS bulk, p -> 'version' AS version FROM jsonb_array_elements(product_upsert_bulk('[{"external_id": "o1", "price": 9}, {"external_id": "o5", "name": "Five", "price": 5}]', dry_run => true)) p;
SELECT position, status, decided_by, version, changed FROM product_upsert_rows('[{"external_id": "o1", "price": 9}, {"external_id": "o5", "name": "Five"}, {"external_id": "o1b"}]', dry_run => true, on_error => 'skip');
SELECT test.state() = :'before' AS nothing_written;
\echo options_dry_run_fails_as_the_call_would
SELECT test.try($$SELECT product_upsert('{"external_id": "o5"}', dry_run => true)$$) AS required,
       test.try($$SELECT product_upsert('{"external_id": "o1"}', mode => 'create', dry_run => true)$$) AS mode,
       test.try($$SELECT product_upsert_bulk('[{"external_id": "o5", "name": "x"}, {"external_id": "o5", "name": "y"}]', dry_run => true)$$) AS collision;
\echo options_dry_run_goes_through_the_users_constraints_and_triggers
ALTER TABLE product ADD CONSTRAINT users_check CHECK (price < 1000);
CREATE FUNCTION test.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.description := 'touched'; RETURN new; END $$;
CREATE TRIGGER users_trigger BEFORE INSERT OR UPDATE ON product FOR EACH ROW EXECUTE FUNCTION test.touch();
CREATE FUNCTION test.deferred() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a deferred constraint' USING ERRCODE = '23514'; END $$;
CREATE CONSTRAINT TRIGGER users_deferred AFTER INSERT OR UPDATE ON product DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (new.price = 500) EXECUTE FUNCTION test.deferred();
SELECT test.try($$SELECT product_upsert('{"external_id": "o1", "price": 1000}', dry_run => true)$$) LIKE '23514 %users_check%' AS check,
       test.try($$SELECT product_upsert('{"external_id": "o6", "name": "x", "price": 1000}', dry_run => true)$$) LIKE '23514 %users_check%' AS check_on_create,
       test.try($$SELECT product_upsert('{"external_id": "o1", "price": 500}', dry_run => true)$$) AS deferred;
SELECT product_upsert('{"external_id": "o1", "price": 7}', dry_run => true) -> 'description' AS what_the_trigger_made;
SELECT test.state() = :'before' AS nothing_written;
DROP TRIGGER users_deferred ON product;
SELECT product_upsert('{"external_id": "o1", "price": 7}') -> 'description' AS and_in_earnest;
DROP TRIGGER users_trigger ON product;
ALTER TABLE product DROP CONSTRAINT users_check;
DROP FUNCTION test.touch(), test.deferred();
\echo options_dry_run_then_the_same_call_in_one_transaction
BEGIN;
SELECT status, changed FROM product_upsert_rows('[{"external_id": "o1", "price": 8}]', dry_run => true);
SELECT status, changed FROM product_upsert_rows('[{"external_id": "o1", "price": 8}]');
SELECT status, changed FROM product_upsert_rows('[{"external_id": "o1", "price": 8}]', dry_run => true);
COMMIT;

\echo options_field_actions
SELECT product_upsert('{"external_id": "o1", "tags": ["a", "b"], "description": "d"}') -> 'tags' AS tags;
SELECT action, test.try(format($$SELECT product_upsert('{"external_id": "o1", "tags": ["b", "c"]}', field_actions => '{"tags": "%s"}', dry_run => true) -> 'tags'$$, action)) AS tags
  FROM unnest('{REPLACE,IGNORE,CLEAR,APPEND,REMOVE}'::text[]) action;
SELECT test.try($$SELECT product_upsert('{"external_id": "o1"}', field_actions => '{"description": "CLEAR"}', dry_run => true) -> 'description'$$) AS clear_of_an_absent_field,
       test.try($$SELECT product_upsert('{"external_id": "o1"}', field_actions => '{}', dry_run => true) -> 'tags'$$) AS none;
SELECT test.try($$SELECT product_upsert('{"external_id": "o1"}', field_actions => '{"colour": "CLEAR", "tags": "SHUFFLE", "price": "APPEND"}')$$) AS unknown,
       test.try($$SELECT product_upsert('{"external_id": "o1"}', field_actions => '["tags"]')$$) AS no_object,
       test.try($$SELECT product_upsert('{"external_id": "o1"}', field_actions => '{"tags": 1}')$$) AS no_text;
SELECT errors #>> '{0,message}' LIKE '%REPLACE, IGNORE, CLEAR, APPEND, REMOVE%' AS lists_actions, errors #>> '{1,message}' LIKE '%external_id%' AS lists_fields
  FROM test.error($$SELECT product_upsert('{"external_id": "o1"}', field_actions => '{"tags": "SHUFFLE", "colour": "CLEAR"}')$$) e (a, b, c, d), jsonb_build_array(d -> 0, d -> 1) errors;
SELECT actions, hint FROM unnest('{"{\"tags\": \"SHUFFLE\"}","{\"price\": \"APPEND\"}","{\"name\": \"CLEAR\"}"}'::text[]) actions, test.error(format($$SELECT product_upsert('{"external_id": "o1"}', field_actions => %L)$$, actions));
SELECT hint LIKE 'Valid are %external_id%' AS lists_fields FROM test.error($$SELECT product_upsert('{"external_id": "o1"}', field_actions => '{"colour": "CLEAR"}')$$);

\echo options_custom_field_identifiers_are_not_silently_ignored
SELECT call, state <> '00000' AS refused
  FROM unnest(ARRAY[$$product_upsert('{"name": "x"}', custom_field_reference => 'erp')$$, $$product_upsert('{"name": "x"}', 'custom_field')$$,
                    $$product_upsert('{"name": "x"}', 'custom_field', 'erp')$$, $$product_upsert_bulk('[{"name": "x"}]', 'custom_field', 'erp')$$]) call, test.error('SELECT ' || call);

\echo options_null_for_an_option_that_has_a_default_of_its_own
SELECT option, test.try(format('SELECT product_upsert_bulk(''[{"external_id": "o1"}]'', %s => NULL)', option)) AS bulk,
       test.try(format('SELECT 1 FROM product_upsert_rows(''[{"external_id": "o1"}]'', %s => NULL)', option)) AS rows
  FROM unnest('{mode,on_error,dry_run}'::text[]) option;
SELECT test.try($$SELECT product_upsert('{"external_id": "o1"}', mode => NULL)$$) AS mode, test.try($$SELECT product_upsert('{"external_id": "o1"}', dry_run => NULL)$$) AS dry_run,
       test.try($$SELECT product_match('{"external_id": "o1"}', mode => NULL)$$) AS match;
\echo options_null_documents
SELECT test.try('SELECT product_upsert(NULL)') AS single, test.try('SELECT product_upsert_bulk(NULL)') AS bulk, test.try('SELECT 1 FROM product_upsert_rows(NULL)') AS rows,
       test.try('SELECT product_match(NULL)') AS match, test.try('SELECT product_get(NULL)') AS get;
\echo options_null_for_the_others_is_the_default
SELECT product_upsert('{"external_id": "o1"}', NULL, NULL, NULL, NULL, NULL, 'upsert', NULL, false) ->> 'name' AS single,
       product_upsert_bulk('[{"external_id": "o1"}]', NULL, NULL, NULL, NULL, NULL, 'upsert', NULL, 'abort', false) #>> '{0,name}' AS bulk,
       (product_match('{"external_id": "o1"}', NULL, NULL, NULL, NULL, NULL, 'upsert', NULL)).status AS match;

\echo options_a_misspelt_option_lists_the_valid_ones
SELECT call, state, coalesce(hint, '') || errors::text LIKE '%' || valid || '%' AS lists_them
  FROM (VALUES ($$product_upsert('{"external_id": "o1"}', mode => 'insert')$$, 'upsert, create, update'), ($$product_upsert('{"external_id": "o1"}', mode => '')$$, 'upsert, create, update'),
               ($$product_upsert_bulk('[]', mode => 'UPSERT')$$, 'upsert, create, update'), ($$product_upsert_bulk('[]', on_error => 'ignore')$$, 'abort, skip'),
               ($$product_upsert('{"external_id": "o1"}', profile => 'catalogue')$$, 'catalog'), ($$product_upsert('{"external_id": "o1"}', profile => '')$$, 'vending'),
               ($$product_get(1, 'catalogue')$$, 'catalog'), ($$product_match('{"external_id": "o1"}', mode => 'both')$$, 'upsert, create, update')) c (call, valid),
       test.error('SELECT ' || call);
SELECT test.try($$SELECT product_upsert('{"external_id": "o1"}', dryrun => true)$$) LIKE '42883 %' AS a_misspelt_name;

\echo options_settings
SET product_upsert.profile = 'vending';
SELECT test.try($$SELECT product_upsert('{"external_id": "o1"}')$$) LIKE '22023 %external_id:unknown_field%' AS the_settings_profile;
SELECT test.try($$SELECT product_upsert('{"external_id": "o1"}', profile => 'catalog') -> 'external_id'$$) AS the_arguments_profile;
SET product_upsert.profile = 'nosuch';
SELECT test.try($$SELECT product_upsert('{"external_id": "o1"}')$$);
RESET product_upsert.profile;
SET product_upsert.organization_id = 'one';
SET product_upsert.organization_id = 0;
SET product_upsert.organization_id = '9223372036854775808';
SET product_upsert.organization_id = 9223372036854775807;
SELECT product_upsert('{"external_id": "far", "name": "Far"}') -> 'organization_id' AS organization;
RESET product_upsert.organization_id;
SHOW product_upsert.organization_id;
SET product_upsert.organisation_id = 1;
SET LOCAL product_upsert.organization_id = 3;

\echo options_every_error_that_is_raised_tells_its_errors
SELECT call, state, test.short(errors) AS errors
  FROM unnest(ARRAY[$$product_request('billing', 'PUT', '/v1/products', '{}', (repeat('[', 600) || repeat(']', 600))::jsonb)$$, $$product_upsert('{}', field_actions => (repeat('[', 600) || repeat(']', 600))::jsonb)$$,
                    $$product_upsert_bulk('[]', organization_id => 0)$$, $$product_get(NULL)$$]) call, test.error('SELECT ' || call);
\echo options_the_callers_own_errors_hold_one_parsable_object
SELECT state, message, hint, errors FROM test.error($$SELECT product_upsert_bulk('[{"external_id": "o7", "price": "x"}, {"external_id": "o1", "name": null}]')$$);
\set VERBOSITY default
SELECT product_upsert('{"external_id": "o7"}');
\set VERBOSITY sqlstate
SELECT product_upsert('{"external_id": "o7"}');
\set VERBOSITY terse

\echo options_on_duplicate_says_what_becomes_of_documents_of_one_product
SELECT test.clean();
SELECT position, status, version, test.short(errors) FROM product_upsert_rows('[{"external_id": "d", "name": "1"}, {"external_id": "d", "name": "1"}]', on_duplicate => 'same');
SELECT position, status, version, test.short(errors) FROM product_upsert_rows('[{"external_id": "d", "name": "2"}, {"external_id": "d", "name": "3"}]', on_duplicate => 'last');
SELECT test.try($$SELECT product_upsert_bulk('[{"external_id": "d", "name": "2"}, {"external_id": "d", "name": "3"}]', on_duplicate => 'same')$$);
SELECT jsonb_path_query_array(product_upsert_bulk('[{"external_id": "d", "name": "4"}, {"external_id": "d", "name": "5"}]', on_duplicate => 'last'), '$[*].name');
CREATE TABLE test.twice AS SELECT jsonb_build_object('external_id', 'f' || n % 11000, 'name', n::text) AS document FROM generate_series(1, 22000) n;
SELECT status, errors -> 0 ->> 'code' AS note, count(*) FROM product_upsert_from('test.twice', on_duplicate => 'last') GROUP BY 1, 2 ORDER BY 1;
SELECT min(name::int), max(name::int), count(*) FROM product WHERE external_id LIKE 'f%';
DROP TABLE test.twice;
SELECT state, hint FROM test.error($$SELECT product_upsert_rows('[]', on_duplicate => 'first')$$);
SELECT state, hint FROM test.error($$SELECT product_upsert_rows('[]', on_duplicate => NULL)$$);
