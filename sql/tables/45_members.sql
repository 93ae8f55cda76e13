-- Permissions. A permission is a set of PostgreSQL's own privileges on the tables, and a row here that says in which organization they apply; row security enforces the latter. All
-- functions are SECURITY INVOKER.

CREATE TABLE @extschema@.product_member (
    organization_id bigint NOT NULL CHECK (organization_id > 0),
    member name NOT NULL,
    permissions text[] NOT NULL DEFAULT '{PRODUCT.CREATE,PRODUCT.UPDATE,PRODUCT.VIEW,PRODUCT.DELETE}',
    PRIMARY KEY (organization_id, member),
    CHECK (permissions <@ '{PRODUCT.CREATE,PRODUCT.UPDATE,PRODUCT.VIEW,PRODUCT.DELETE}' AND permissions <> '{}')
);
-- Used by each statement of a member.
CREATE INDEX product_member_member_idx ON @extschema@.product_member (member);
COMMENT ON TABLE @extschema@.product_member IS 'Which role is a member of which organization, with which permissions. product_grant and product_revoke change it.';
COMMENT ON COLUMN @extschema@.product_member.member IS 'The name of a role. Roles that inherit from it are members too. A role that is renamed must be granted again.';
