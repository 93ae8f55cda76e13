# A batch costs the same number of statements whatever its size, and every plan is prepared once a session.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('statements');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nshared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track = all\npg_stat_statements.track_planning = on\npg_stat_statements.track_utility = on\n");
$node->start;
$node->safe_psql('postgres', q{
CREATE EXTENSION product_upsert;
SELECT product_tables_create();
CREATE EXTENSION pg_stat_statements;
-- A feed of so many products, of so many organizations, with a price.
CREATE FUNCTION feed(name text, documents int, price int, organizations int = 1) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_agg(jsonb_build_object('organization_id', 1 + i % organizations, 'external_id', name || i, 'manufacturer', 'M' || i % 5, 'name', name || i, 'price', price)) FROM generate_series(1, documents) i $$;
});

# cost(CALL) : statements that one call executes inside, in a session that has done the like before.
sub cost
{
	my ($warm, $call) = @_;
	my $out = $node->safe_psql('postgres', qq{
SELECT count(*) FROM ($warm) w;
SELECT pg_stat_statements_reset() IS NULL;
SELECT count(*) FROM ($call) c;
SELECT coalesce(sum(calls), 0), coalesce(sum(plans), 0) FROM pg_stat_statements WHERE NOT toplevel AND query NOT LIKE '%jsonb_agg%';
});
	my ($calls, $plans) = split /\|/, (split /\n/, $out)[-1];
	return ($calls, $plans);
}

# Creates, where manufacturers are new and where they are known, and updates.
sub warm
{
	my ($size) = @_;
	return join ' UNION ALL ', map { "SELECT * FROM product_upsert_rows(feed('$_->[0]$size', $size, $_->[1]))" } [ 'warm', 1 ], [ 'again', 1 ], [ 'warm', 2 ];
}

my %seen;
for my $size (1, 10, 150)
{
	my $warm = warm($size);
	$seen{create}{$size}    = [ cost($warm, "SELECT * FROM product_upsert_rows(feed('a$size', $size, 1))") ];
	$seen{unchanged}{$size} = [ cost($warm, "SELECT * FROM product_upsert_rows(feed('a$size', $size, 1))") ];
	$seen{update}{$size}    = [ cost($warm, "SELECT * FROM product_upsert_rows(feed('a$size', $size, 2))") ];
}
for my $size (1000, 5000)
{
	my $warm = warm($size);
	$seen{large}{$size}           = [ cost($warm, "SELECT * FROM product_upsert_rows(feed('b$size', $size, 1))") ];
	$seen{large_unchanged}{$size} = [ cost($warm, "SELECT * FROM product_upsert_rows(feed('b$size', $size, 1))") ];
	$seen{large_update}{$size}    = [ cost($warm, "SELECT * FROM product_upsert_rows(feed('b$size', $size, 2))") ];
}
for my $kind (sort keys %seen)
{
	my %calls = map { $seen{$kind}{$_}[0] => 1 } keys %{ $seen{$kind} };
	my $told = join ', ', map { "$_: $seen{$kind}{$_}[0]" } sort { $a <=> $b } keys %{ $seen{$kind} };
	is(scalar keys %calls, 1, "statements_$kind: as many whatever the size ($told)");
	my $plans = 0;
	$plans += $seen{$kind}{$_}[1] for keys %{ $seen{$kind} };
	is($plans, 0, "statements_$kind: nothing is planned again");
	cmp_ok((sort { $b <=> $a } keys %calls)[0], '<=', 12, "statements_$kind: and they are few");
}
# Large beside the table: that is read from end to end, without a statement, as the descents of an index are for a few keys.
is($seen{large_unchanged}{5000}[0] - $seen{unchanged}{150}[0], 0, 'statements: an unchanged feed costs none more when large');

# Products are written without a statement where that comes to the same (test/sql/direct_write.sql says when it does not).
sub written
{
	my ($settings, $price) = @_;
	my $out = $node->safe_psql('postgres', qq{
SELECT pg_stat_statements_reset() IS NULL;
$settings;
SELECT count(*) FROM product_upsert_rows(feed('w$price', 300, 1));
SELECT count(*) FROM product_upsert_rows(feed('b1000', 1000, $price));
SELECT count(*) FILTER (WHERE query LIKE 'INSERT INTO public.product %'), count(*) FILTER (WHERE query LIKE 'UPDATE public.product %') FROM pg_stat_statements;
});
	return (split /\n/, $out)[-1];
}
is(written('SELECT 1', 7), '0|0', 'statements_direct: none to write products');
is(written('SET product_upsert.direct_writes = off', 8), '1|1', 'statements_direct: one of each kind with direct_writes off');
# By a member too, whom our own policies alone hold to the organization.
$node->safe_psql('postgres', q{CREATE ROLE clerk; SELECT product_grant('clerk', p, 1) FROM unnest('{PRODUCT.CREATE,PRODUCT.UPDATE}'::text[]) p});
is(written('SET ROLE clerk', 9), '0|0', 'statements_direct: none to write products as a member');
$node->safe_psql('postgres', 'CREATE POLICY also ON product AS RESTRICTIVE USING (price > 0)');
is(written('SET ROLE clerk', 10), '1|1', 'statements_direct: one of each kind where there is another policy');
$node->safe_psql('postgres', 'DROP POLICY also ON product');

# What an unchanged product's variants are was read to compare them; the answer asks no more. Without direct_writes, or there is no statement to count.
sub variant_reads
{
	my ($price, $direct) = @_;
	my $out = $node->safe_psql('postgres', qq{
SET product_upsert.direct_writes = $direct;
SELECT pg_stat_statements_reset() IS NULL;
SELECT jsonb_array_length(product_upsert_bulk(jsonb_agg(jsonb_build_object('organisation_id', 9, 'external_id', 'v' || i, 'title', 'T', 'handle', 'v' || i, 'brand', 'B', 'variants',
         jsonb_build_array(jsonb_build_object('sku', 'v' || i, 'position', 0, 'price', $price)))), profile => 'retail', organization_id => 9)) FROM generate_series(1, 20) i;
SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query LIKE '%JOIN public.product_variant %';
});
	return (split /\n/, $out)[-1];
}
variant_reads(1, 'on');
is(variant_reads(1, 'on'), 0, 'statements_variants: none reads them where that comes to the same');
is(variant_reads(1, 'off'), 1, 'statements_variants: one reads those of an unchanged feed');
is(variant_reads(2, 'off'), 2, 'statements_variants: one more those that changed');

# For each organization in it the same again.
my %by;
for my $organizations (1, 2, 4, 8)
{
	my $warm = "SELECT * FROM product_upsert_rows(feed('warmo$organizations', 64, 1, $organizations))";
	($by{$organizations}) = cost($warm, "SELECT * FROM product_upsert_rows(feed('o$organizations', 64, 1, $organizations))");
}
is($by{8} - $by{4}, 4 * ($by{2} - $by{1}), "statements_organizations: a fixed number for each (" . join(', ', map { "$_: $by{$_}" } 1, 2, 4, 8) . ')');

# Plans are kept for the session: the number of saved plans does not grow with calls.
my $out = $node->safe_psql('postgres', q{
SELECT count(*) FROM generate_series(1, 3) i, product_upsert_rows(feed('p' || i, 5, 1)) WHERE status = 'created';
SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'CachedPlanSource' AND ident LIKE '%product%';
SELECT count(*) FROM generate_series(4, 60) i, product_upsert_rows(feed('p' || i, 1 + i, 1)) WHERE status = 'created';
SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'CachedPlanSource' AND ident LIKE '%product%';
});
my @lines = split /\n/, $out;
cmp_ok($lines[1], '>', 0, 'statements: plans are kept in the session');
is($lines[3], $lines[1], 'statements: and no more of them after many calls of many sizes');
$node->stop;
done_testing();
