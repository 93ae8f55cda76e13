# Totals and far pages of lists are found below SQL (src/pg/direct/index_walk.hpp). They are what SQL finds, whatever others
# write meanwhile, and whatever the transaction has written itself.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{LISTS_SEED} // int(rand(1000000));
note "LISTS_SEED=$seed";

my $node = PostgreSQL::Test::Cluster->new('lists');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum_naptime = 1s\nautovacuum_vacuum_threshold = 10\nautovacuum_vacuum_scale_factor = 0\n");
$node->start;
$node->safe_psql('postgres', q{
CREATE EXTENSION product_upsert;
SELECT product_tables_create();
CREATE INDEX list_order ON product (organization_id, display_order, id);
CREATE INDEX list_name ON product (organization_id, name, id);
CREATE INDEX list_newest ON product (organization_id, updated_at DESC NULLS LAST, id);
INSERT INTO product_category (organization_id, id, name) SELECT o, 1, 'C' FROM generate_series(1, 3) o;
-- Of one time come many rows, so that leaves hold several places under one key.
INSERT INTO product (organization_id, id, reference, name, category_id, display_order, updated_at)
    SELECT o, i, 'r' || i, 'N' || i % 700, 1, CASE WHEN i % 5 > 0 THEN i % 90 END, '2026-01-01'::timestamptz + (i / 500) * interval '1 minute'
      FROM generate_series(1, 3) o, generate_series(1, 6000) i;
CREATE FUNCTION listed(profile text, path text) RETURNS jsonb LANGUAGE sql
    AS $$ SELECT coalesce(body, 'null') FROM product_request(profile, 'GET', path, headers => '{"x-api-key": "k", "x-platform-id": "2", "authorization": "t", "company": "2", "version": "1"}') $$;
CREATE FUNCTION ids(product jsonb) RETURNS bigint[] LANGUAGE sql AS $$ SELECT array_agg((p ->> 'id')::bigint ORDER BY n) FROM jsonb_array_elements(product) WITH ORDINALITY e (p, n) $$;
-- What lists say, beside what SQL says: one row for each that differs. In one snapshot, if the transaction has one.
CREATE FUNCTION differences(page int) RETURNS TABLE (what text, listed text, stored text) LANGUAGE sql AS $$
    SELECT * FROM (
        SELECT 'agency by id', ids(listed('agency', '/api/products?limit=7&offset=' || page * 7))::text,
               (SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM product WHERE organization_id = 2 ORDER BY id LIMIT 7 OFFSET page * 7) p)::text
        UNION ALL
        SELECT 'billing by display_order', ids(listed('billing', '/v1/products?limit=7&page=' || page + 1) -> 'data')::text,
               (SELECT array_agg(id ORDER BY display_order, id) FROM (SELECT id, display_order FROM product WHERE organization_id = 2 ORDER BY display_order, id LIMIT 7 OFFSET page * 7) p)::text
        UNION ALL
        SELECT 'billing''s total', listed('billing', '/v1/products?limit=1') ->> 'total_number_of_pages', (SELECT count(*) FROM product WHERE organization_id = 2)::text
    ) a (what, listed, stored) WHERE listed IS DISTINCT FROM stored
$$;
SET product_upsert.organization_id = 2;
});
my $set = "SET product_upsert.organization_id = 2;\n";

sub compare {
	my ($name, $sql) = @_;
	is($node->safe_psql('postgres', $set . $sql), '', $name);
}

my @far = (0, 144, 150, 300, 428, 600, 856, 857, 858);
my $every = join "\n", map { "SELECT * FROM differences($_);" } @far;
compare('lists: pages and totals are those of SQL', $every);

# Proved to be below SQL: the index has given no row to an executor.
my $read = $node->safe_psql('postgres', "${set}BEGIN; SELECT listed('agency', '/api/products?limit=1&offset=5000') IS NULL; SELECT pg_stat_get_xact_tuples_returned('product_pkey'::regclass); COMMIT");
my ($before) = $read =~ /^(\d+)$/m;
cmp_ok($before, '<', 50, 'lists: a far page is found without a row read by SQL');

# Names and times are in orders of their own; one of them descends, nulls last.
compare("lists: retail sorted by $_->[0]", qq{
SELECT page, ids(l -> 'data'), s FROM unnest('{0,150,300,500,800,857}'::int[]) page,
    LATERAL (SELECT listed('retail', '/v3/products?sort=$_->[0]&page[size]=7&page[number]=' || page + 1) AS l) l,
    LATERAL (SELECT array_agg(id ORDER BY n) AS s FROM (SELECT id, row_number() OVER (ORDER BY $_->[1], id) AS n FROM product WHERE organization_id = 2 ORDER BY $_->[1], id LIMIT 7 OFFSET page * 7) p) s
    WHERE ids(l -> 'data') IS DISTINCT FROM s})
  for ['title', 'name'], ['-updated_at', 'updated_at DESC NULLS LAST'], ['-title', 'name DESC NULLS LAST'];

compare('lists: what the transaction has written itself counts, and what it has undone does not', qq{
BEGIN;
DELETE FROM product WHERE organization_id = 2 AND id % 7 = 0;
UPDATE product SET display_order = -1 WHERE organization_id = 2 AND id % 11 = 0;
UPDATE product SET price = 1 WHERE organization_id = 2 AND id % 3 = 0;
SAVEPOINT s;
INSERT INTO product (organization_id, id, name, reference, category_id) SELECT 2, 20000 + i, 'X', 'x' || i, 1 FROM generate_series(1, 500) i;
$every
ROLLBACK TO s;
$every
ROLLBACK;});

# A cursor's snapshot is not the list's: both see what they should.
compare('lists: a reader with an old snapshot', qq{
BEGIN ISOLATION LEVEL REPEATABLE READ;
$every
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
$every
COMMIT;});

# Others write, and vacuum: the reader's snapshot stands still, and each statement of READ COMMITTED would see something else.
my $script = $node->basedir . '/write.sql';
append_to_file($script, q{
\set id random(1, 7000)
\set many random(1, 40)
\set order random(1, 90)
\set what random(1, 5)
\if :what = 1
DELETE FROM product WHERE organization_id = 2 AND id BETWEEN :id AND :id + :many;
\elif :what = 2
INSERT INTO product (organization_id, id, name, reference, category_id, display_order) SELECT 2, i, 'N' || i, 'r' || i, 1, :order FROM generate_series(:id, :id + :many) i ON CONFLICT DO NOTHING;
\elif :what = 3
UPDATE product SET display_order = :order WHERE organization_id = 2 AND id BETWEEN :id AND :id + :many;
\elif :what = 4
UPDATE product SET price = :order WHERE organization_id = 2 AND id BETWEEN :id AND :id + :many;
\else
BEGIN;
INSERT INTO product (organization_id, id, name, reference, category_id, display_order) SELECT 2, i, 'N' || i, 'r' || i, 1, :order FROM generate_series(:id, :id + :many) i ON CONFLICT DO NOTHING;
ROLLBACK;
\endif
});
my $seconds = $ENV{LONG} ? 300 : 6;
my $writers = IPC::Run::start([ 'pgbench', '-n', '-c', 2, '-T', $seconds, "--random-seed=$seed", '-f', $script, '-d', $node->connstr('postgres') ], '>', \my $said, '2>', \my $complained);
my $rounds = 0;
my $different = '';
my $until = time + $seconds - 1;
while (time < $until && $different eq '') {
	my $pages = join "\n", map { 'SELECT * FROM differences(' . int(rand(900)) . ');' } 1 .. 20;
	$different = $node->safe_psql('postgres', "${set}BEGIN ISOLATION LEVEL REPEATABLE READ;\n$pages\nCOMMIT;" . ($rounds % 5 ? '' : 'VACUUM product;'));
	++$rounds;
}
$writers->finish;
is($different, '', "lists: writers beside it move nothing that a snapshot sees (LISTS_SEED=$seed)");
cmp_ok($rounds, '>', 0, 'lists: compared beside writers');
note "$rounds rounds; $said";
compare('lists: and what they left is as SQL has it', $every);

# Who does not see all rows, and a table that is not only a table, is SQL's affair.
$node->safe_psql('postgres', q{CREATE ROLE member; SELECT product_grant('member', 'PRODUCT.VIEW', 2); ALTER TABLE product ENABLE ROW LEVEL SECURITY; GRANT USAGE ON SCHEMA public TO member});
# The catalogue's own policies let all rows of an organization be seen, or none.
compare('lists: a member sees all rows of the organization, nobody those of others', "SET ROLE member; $every");
$read = $node->safe_psql('postgres', "${set}SET ROLE member; BEGIN; SELECT listed('agency', '/api/products?limit=1&offset=5000') IS NULL; SELECT pg_stat_get_xact_tuples_returned('product_pkey'::regclass); COMMIT");
($before) = $read =~ /^(\d+)$/m;
cmp_ok($before, '<', 50, 'lists: a far page of a member is found without a row read by SQL');
$node->safe_psql('postgres', q{CREATE ROLE stranger; SELECT product_grant('stranger', 'PRODUCT.VIEW', 3); GRANT USAGE ON SCHEMA public TO stranger});
is($node->safe_psql('postgres', "${set}SET ROLE stranger; SELECT status FROM product_request('billing', 'GET', '/v1/products?limit=7&page=500', headers => '{\"x-api-key\": \"k\", \"x-platform-id\": \"2\"}')"), 403, 'lists: who is no member is refused');
$node->safe_psql('postgres', q{CREATE POLICY odd ON product AS RESTRICTIVE FOR SELECT USING (id % 2 = 1)});
compare('lists: row security hides what it hides', "SET ROLE member; $every SELECT 'even' WHERE EXISTS (SELECT FROM unnest(ids(listed('agency', '/api/products?limit=100&offset=1500'))) i WHERE i % 2 = 0)");
$node->safe_psql('postgres', 'DROP POLICY odd ON product; CREATE TABLE more () INHERITS (product)');
$node->safe_psql('postgres', q{INSERT INTO more (organization_id, id, name, reference, category_id) VALUES (2, 900000, 'child', 'child', 1)});
compare('lists: children count', $every);
$node->stop;
done_testing();
