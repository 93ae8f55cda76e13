-- The proxy's side of a catalogue that PL/Proxy spreads over several databases, each a whole catalogue for its organizations: which database
-- an organization is in, and how a call finds it. Run in the database that applications connect to, which has no catalogue of its own.
-- The server `catalogue`, with p0, p1, …, has to be there, and a mapping for whoever calls.

-- Those that are not where their hash says; `move` writes it.
CREATE TABLE product_route (organization_id bigint PRIMARY KEY, partition integer NOT NULL);

-- Every call holds the organization's lock until its transaction ends, shared with other calls; who moves the organization holds it alone. So
-- a move begins when the calls under way have ended, and a call that waited for it goes where the organization is then: hence VOLATILE, which
-- looks after the lock is held.
CREATE FUNCTION product_partition(organization_id bigint) RETURNS integer LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    IF product_partition.organization_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22004', MESSAGE = 'organization_id must not be null',
            DETAIL = '{"errors": [{"field": "organization_id", "code": "required", "message": "must not be null"}]}',
            HINT = 'It says which database the products are in: a setting does not travel there.';
    END IF;
    PERFORM pg_advisory_xact_lock_shared(product_partition.organization_id);
    RETURN coalesce((SELECT r.partition FROM product_route r WHERE r.organization_id = product_partition.organization_id),
                    hashint8(product_partition.organization_id) & (SELECT count(*)::integer - 1 FROM product_partitions()));
END
$$;

CREATE FUNCTION product_partitions() RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT o.option_name FROM pg_foreign_server s, pg_options_to_table(s.srvoptions) o WHERE s.srvname = 'catalogue' AND o.option_name ~ '^p[0-9]+$'
$$;

-- What is raised in a partition keeps its SQLSTATE; its DETAIL comes as "Remote detail: {…}". This takes either.
CREATE FUNCTION product_errors(detail text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT substring(detail FROM '\{"errors": .*\}')::jsonb -> 'errors'
$$;
