-- An identity rule says what makes two products of an organization the same. product_identity_create creates the row and the unique index that enforces it. The index belongs to
-- product, and is dumped and restored like any other.

-- recipe: fold
CREATE TABLE @extschema@.product_identity (
    name text COLLATE "C" PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$' AND name NOT IN ('custom_field', 'pkey')),
    fields text[] NOT NULL CHECK (pg_catalog.cardinality(fields) > 0),
    nulls_equal boolean NOT NULL DEFAULT false,
    required_fields text[],
    is_builtin boolean NOT NULL DEFAULT false,
    levels jsonb,
    folds text[]
);
COMMENT ON TABLE @extschema@.product_identity IS
    'Identity rules: the columns that identify a product in its organization. Each rule has a unique index with the same definition. product_identity_create and'
    ' product_identity_drop change them.';
COMMENT ON COLUMN @extschema@.product_identity.fields IS 'Columns of product, in the order of the index, after organization_id.';
COMMENT ON COLUMN @extschema@.product_identity.nulls_equal IS 'Whether null equals null, in fields that are not in required_fields.';
COMMENT ON COLUMN @extschema@.product_identity.required_fields IS 'The rule applies to products that have all of these fields; null: all of fields.';
COMMENT ON COLUMN @extschema@.product_identity.is_builtin IS 'Created with the catalogue''s tables; cannot be dropped.';
COMMENT ON COLUMN @extschema@.product_identity.levels IS
    '[{"name", "fields"}], the most general level first. Of a created product, the first level whose values were new is reported.';
COMMENT ON COLUMN @extschema@.product_identity.folds IS
    'How each of fields is compared: exact, case, nfc, compatible or gtin; null: all exactly. The index uses product_identity_fold.';

INSERT INTO @extschema@.product_identity (name, fields, nulls_equal, required_fields, is_builtin, levels) VALUES
    ('id', '{id}', false, '{id}', true, NULL),
    ('uuid', '{uuid}', false, '{uuid}', true, NULL),
    ('external_id', '{external_id}', false, '{external_id}', true, NULL),
    ('reference', '{reference}', false, '{reference}', true, NULL),
    ('handle', '{handle}', false, '{handle}', true, NULL),
    ('number', '{number}', false, '{number}', true, NULL),
    ('natural', '{manufacturer,brand,name,size,size_unit}', true, '{manufacturer}', true, '[
        {"name": "manufacturer", "fields": ["manufacturer"]},
        {"name": "brand", "fields": ["manufacturer", "brand"]},
        {"name": "name", "fields": ["manufacturer", "brand", "name"]},
        {"name": "size", "fields": ["manufacturer", "brand", "size", "size_unit"]},
        {"name": "combination", "fields": ["manufacturer", "brand", "name", "size", "size_unit"]}]');
