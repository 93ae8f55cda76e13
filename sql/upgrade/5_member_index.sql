-- Who is a member of what: each statement of a member asks it.
CREATE INDEX product_member_member_idx ON @extschema@.product_member (member);
