-- The definition of a custom field in use must not change in what its values were checked and indexed by. The first writer of a value records the definition here, and from then on
-- the foreign key refuses every other definition, for everybody. A row also says that all values of the field are in product_custom_value, if its flags require that.

CREATE TABLE @extschema@.product_custom_field_use (
    organization_id bigint NOT NULL,
    custom_field_id bigint NOT NULL,
    key text COLLATE "C" NOT NULL,
    type text NOT NULL,
    multiple_values boolean NOT NULL,
    unique_value boolean NOT NULL,
    is_identifier boolean NOT NULL,
    PRIMARY KEY (organization_id, custom_field_id),
    CONSTRAINT product_custom_field_in_use
        FOREIGN KEY (organization_id, custom_field_id, key, type, multiple_values, unique_value, is_identifier)
        REFERENCES @extschema@.product_custom_field (organization_id, id, key, type, multiple_values, unique_value, is_identifier)
);
COMMENT ON TABLE @extschema@.product_custom_field_use IS
    'The custom fields that are in use, with those parts of their definitions that cannot change any more. Written with the first value; see product_custom_field_index and'
    ' product_custom_field_release.';
