-- What PostGraphile shows, in a schema of its own: it makes no fields of overloaded functions, and all of ours take jsonb, text and json.
-- The role it calls as has no more than these functions and the two permissions.
CREATE SCHEMA api;

CREATE TYPE api.outcome AS (position bigint, status text, id bigint, changed text[], errors jsonb);

CREATE FUNCTION api.upsert_product(document jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE AS 'SELECT product_upsert(document)';
CREATE FUNCTION api.upsert_products(documents jsonb) RETURNS SETOF api.outcome
    LANGUAGE sql VOLATILE AS $$ SELECT position, status, id, changed, errors FROM product_upsert_rows(documents, on_error => 'skip') $$;
CREATE FUNCTION api.product_by_id(id bigint) RETURNS jsonb
    LANGUAGE sql STABLE AS 'SELECT product_get(id)';

CREATE ROLE shop_api LOGIN;
SELECT product_grant('shop_api', 'PRODUCT.CREATE'), product_grant('shop_api', 'PRODUCT.UPDATE');
GRANT USAGE ON SCHEMA api TO shop_api;
