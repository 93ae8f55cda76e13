# A feed of ten times the documents takes the same memory, but for the few bytes a document of the call's ledger.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'needs /proc' unless -r '/proc/self/status';

my $node = PostgreSQL::Test::Cluster->new('feed');
$node->init;
$node->append_conf('postgresql.conf', <<'CONF');
shared_buffers = 16MB
work_mem = 1MB
autovacuum = off
fsync = off
max_wal_size = 4GB
CONF
$node->start;

# About 1 kB each: what 100,000 of them take cannot be overlooked.
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION product_upsert;
SELECT product_tables_create();
ALTER DATABASE postgres SET product_upsert.profile = 'vending';
CREATE FUNCTION doc(i bigint, price numeric) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('manufacturer', 'Maker ' || i % 100, 'brand', 'Brand ' || i % 1000, 'name', 'Product ' || i,
                              'defaultPrice', price, 'customData', repeat(md5(i::text), 25))
$$;
CREATE VIEW small AS SELECT doc(i, 1) AS document FROM generate_series(1, 10000) i;
CREATE VIEW large AS SELECT doc(i, 1) AS document FROM generate_series(1, 100000) i;
CREATE VIEW large_changed AS SELECT doc(i, 2) AS document FROM generate_series(1, 100000) i;
-- The last document is the first once more.
CREATE VIEW large_colliding AS SELECT doc(1 + i % 99999, 3) AS document FROM generate_series(0, 99999) i;
CREATE TABLE feed (document jsonb);
CREATE TRIGGER feed AFTER INSERT ON feed REFERENCING NEW TABLE AS new FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger();
SQL

# What a statement answers, and the most memory (MB) that its backend ever had.
sub run
{
	my ($statement) = @_;
	my $out = $node->safe_psql('postgres',
		"$statement; SELECT 'VmHWM ' || substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\\s+(\\d+)')");
	$out =~ s/\n?VmHWM (\d+)$// or die "no VmHWM in $out";
	return ($out, $1 / 1024);
}

sub feed
{
	my ($source, $options) = @_;
	return run("SELECT status, count(*), min(position), max(position) FROM product_upsert_from('$source'$options) "
		  . 'GROUP BY status ORDER BY status');
}

my ($answer, $small) = feed('small', '');
is($answer, 'created|10000|1|10000', '10,000 documents are created');
$node->safe_psql('postgres', 'TRUNCATE product CASCADE');

my $allowed = 30;
my $peak;
sub bounded
{
	my ($what) = @_;
	cmp_ok($peak, '<', $small + $allowed, sprintf('%s: peak %.0f MB, of a tenth %.0f MB', $what, $peak, $small));
	return;
}

($answer, $peak) = feed('large', '');
is($answer, 'created|100000|1|100000', '100,000 documents are created');
bounded('create');

($answer, $peak) = feed('large', '');
is($answer, 'unchanged|100000|1|100000', 'and unchanged the second time');
bounded('unchanged');

($answer, $peak) = feed('large_changed', ", on_error => 'skip'");
is($answer, 'updated|100000|1|100000', 'and updated');
bounded('update');

($answer, $peak) = feed('large_colliding', ", on_error => 'skip'");
is($answer, "rejected|2|1|100000\nupdated|99998|2|99999", 'two that collide from one end to the other are skipped');
bounded('collision');

($answer, $peak) = run('INSERT INTO feed SELECT document FROM large');
is($node->safe_psql('postgres', q{SELECT count(*), min(version), max(version) FROM product}), '100000|3|4', 'through the trigger');
bounded('statement trigger');

# Cancelled in the middle, the session goes on.
my ($stdout, $stderr);
$node->psql('postgres', <<'SQL', stdout => \$stdout, stderr => \$stderr, on_error_stop => 0);
SET statement_timeout = '500ms';
SELECT count(*) FROM product_upsert_from('large_changed');
RESET statement_timeout;
SELECT count(*), count(*) FILTER (WHERE version > 4) FROM product;
SELECT status, count(*) FROM product_upsert_from('small') GROUP BY status;
SQL
like($stderr, qr/canceling statement due to statement timeout/, 'a feed can be cancelled');
is($stdout, "100000|0\nunchanged|10000", 'nothing of it stays, and the session is fit for the next');

# Settings choose how much is held at once, and nothing else.
for my $setting ('batch_documents = 500', "batch_memory = '1MB'")
{
	($answer, $peak) = run("SET product_upsert.$setting; SELECT status, count(*), min(position), max(position) FROM product_upsert_from('small') GROUP BY status");
	like($answer, qr/^unchanged\|10000\|1\|10000$/m, "$setting: the same outcome");
	cmp_ok($peak, '<', $small - 5, sprintf('%s: peak %.0f MB, with 10,000 documents at once %.0f MB', $setting, $peak, $small));
}

$node->stop;
done_testing();
