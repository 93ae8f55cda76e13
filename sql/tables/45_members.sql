-- Who may do what. A permission is PostgreSQL's own privilege on the tables, plus a row here that says in which
-- organization; row security holds the second. Functions are SECURITY INVOKER throughout.

CREATE TABLE @extschema@.product_member (
    organization_id bigint NOT NULL CHECK (organization_id > 0),
    member name NOT NULL,
    permissions text[] NOT NULL DEFAULT '{PRODUCT.CREATE,PRODUCT.UPDATE,PRODUCT.VIEW,PRODUCT.DELETE}',
    PRIMARY KEY (organization_id, member),
    CHECK (permissions <@ '{PRODUCT.CREATE,PRODUCT.UPDATE,PRODUCT.VIEW,PRODUCT.DELETE}' AND permissions <> '{}')
);
-- Each statement of a member asks for his rows.
CREATE INDEX product_member_member_idx ON @extschema@.product_member (member);
COMMENT ON TABLE @extschema@.product_member IS
    'Which role is a member of which organization, with what permissions. Written by product_grant and product_revoke.';
COMMENT ON COLUMN @extschema@.product_member.member IS
    'The name of a role; whoever inherits from it is a member too. A role that is renamed must be granted anew.';
