-- What became of the documents of a call, in one value: product_summary.
SELECT test.clean();
\echo summary_counts_statuses_changes_and_rejects
SELECT status FROM product_upsert_rows('[{"external_id": "a", "name": "A", "price": 1}, {"external_id": "b", "name": "B"}, {"external_id": "c", "name": "C"}]');
SELECT jsonb_pretty(product_summary(status, changed, errors)) FROM product_upsert_rows('[
    {"external_id": "a", "name": "AA", "price": 2}, {"external_id": "b", "price": 3}, {"external_id": "c", "name": "C"}, {"external_id": "d", "name": "D"},
    {"external_id": "e", "name": 5, "price": "x"}, {"external_id": "f", "name": "F", "price": "y"}, 7,
    {"external_id": "g", "name": "G", "variants": [{"sku": "v1", "price": "x"}, {"sku": "v2", "price": "y"}]}]', on_error => 'skip');
\echo summary_of_nothing
SELECT product_summary(status, changed, errors) FROM product_upsert_rows('[]');
\echo summary_of_notes_is_none_of_rejects
SELECT product_summary(status, changed, errors) FROM product_upsert_rows('[{"external_id": "a", "name": "A1"}, {"external_id": "a", "name": "A2"}]', on_duplicate => 'last');
\echo summary_takes_what_an_outer_join_adds_for_no_document
SELECT product_summary(r.status, r.changed, r.errors) FROM (VALUES (1), (2)) n (position)
  LEFT JOIN product_upsert_rows('[{"external_id": "a", "name": "A3"}]') r USING (position);
\echo summary_under_another_search_path
SET search_path = pg_temp;
SELECT public.product_summary('rejected', NULL, '[{"field": "a b", "code": "type"}, {"field": "a b", "code": "type"}, {"field": null, "code": "type"}]');
RESET search_path;
SELECT test.clean();
