CREATE TABLE @extschema@.product_profile (
    name text COLLATE "C" PRIMARY KEY,
    definition jsonb NOT NULL,
    is_builtin boolean NOT NULL DEFAULT false,
    shipped jsonb
);
COMMENT ON TABLE @extschema@.product_profile IS 'Profiles: the shape of documents, how they find their products, and the shape of answers and errors. An INSERT adds one.';
COMMENT ON COLUMN @extschema@.product_profile.is_builtin IS 'Created with the catalogue''s tables. product_tables_upgrade replaces its definition, unless that was changed.';
COMMENT ON COLUMN @extschema@.product_profile.shipped IS 'Of a built-in profile: its definition as it was shipped.';
