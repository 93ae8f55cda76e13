-- Rules may fold the texts that they compare.
ALTER TABLE @extschema@.product_identity ADD COLUMN IF NOT EXISTS folds text[];
COMMENT ON COLUMN @extschema@.product_identity.folds IS
    'How each of fields is compared: exact, case, nfc, compatible, gtin; null: all exactly. The index is over product_identity_fold.';
