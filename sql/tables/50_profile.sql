CREATE TABLE @extschema@.product_profile (
    name text COLLATE "C" PRIMARY KEY,
    definition jsonb NOT NULL,
    is_builtin boolean NOT NULL DEFAULT false,
    shipped jsonb
);
COMMENT ON TABLE @extschema@.product_profile IS
    'Profiles: what a document looks like, how it finds its product, and the shape of answers and errors. INSERT adds one.';
COMMENT ON COLUMN @extschema@.product_profile.is_builtin IS
    'Came with the catalogue''s tables. product_tables_upgrade replaces it, unless its definition was changed.';
COMMENT ON COLUMN @extschema@.product_profile.shipped IS 'Of one that is built in: the definition as it came.';
