# Cancel and statement_timeout in the middle of a large batch: prompt, all undone, and the session stays usable.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes 'time';

my $node = PostgreSQL::Test::Cluster->new('cancel');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;
$node->safe_psql('postgres', q{
CREATE EXTENSION product_upsert;
SELECT product_tables_create();
CREATE TABLE feed AS SELECT jsonb_agg(jsonb_build_object('external_id', 'e' || i, 'manufacturer', 'm' || i % 10, 'name', 'n' || i, 'price', i)) AS documents FROM generate_series(1, 100000) i;
});

# A session that runs the statements by itself.
sub session
{
	my ($stdout, $stderr, @statements) = @_;
	return IPC::Run::start([ 'psql', '-X', '-q', '-At', '-d', $node->connstr('postgres'), '-v', 'VERBOSITY=verbose', map { ('-c', $_) } @statements ],
		'<', '/dev/null', '>', $stdout, '2>', $stderr);
}

# Every timeout in the same session, one after the other; what follows each is a call that must succeed.
my $sql = '';
for my $ms (1, 10, 30, 60, 100, 150, 200, 300, 400, 600)
{
	$sql .= qq{
SET statement_timeout = $ms;
SELECT count(*) FROM feed, product_upsert_rows(documents);
SET statement_timeout = 0;
SELECT 'usable ' || (product_upsert('{"external_id": "other", "name": "other", "price": $ms}') ->> 'price') || ' ' || count(*) FROM product WHERE external_id LIKE 'e%';
};
}
my ($code, $out, $err) = $node->psql('postgres', $sql, on_error_stop => 0);
my @cancelled = $err =~ /canceling statement due to statement timeout/g;
cmp_ok(scalar @cancelled, '>=', 5, 'statement_timeout: cancels a large batch');
unlike($err, qr/server closed|FATAL|PANIC|WARNING/, 'statement_timeout: and nothing else goes wrong');
my @usable = $out =~ /^usable (\d+) (\d+)$/mg;
is(scalar @usable / 2, 10, 'statement_timeout: the session is usable after each');
my %left = map { $usable[ 2 * $_ + 1 ] => 1 } 0 .. 9;
ok(!grep({ $_ != 0 && $_ != 100000 } keys %left), 'statement_timeout: all of the batch or nothing is there');

# A cancel is heeded within a moment, wherever it comes.
$node->safe_psql('postgres', 'TRUNCATE product CASCADE');
my $slowest = 0;
for my $delay (0.05, 0.15, 0.3, 0.5)
{
	my ($stdout, $stderr) = ('', '');
	my $psql = session(\$stdout, \$stderr, q{SET application_name = 'victim'}, 'SELECT count(*) FROM feed, product_upsert_rows(documents)',
		'SELECT count(*) FROM product', q{SELECT 'usable'});
	$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'victim' AND state = 'active' AND query LIKE '%feed%'});
	select undef, undef, undef, $delay;
	my $asked = time;
	my $sent = $node->safe_psql('postgres', q{SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE application_name = 'victim' AND query LIKE '%feed%' AND state = 'active'});
	$psql->finish;
	my $took = time - $asked;
	$slowest = $took if $took > $slowest && $sent;
	like($stdout, qr/usable/, "cancel after $delay s: the session is usable");
	like($stderr . $stdout, qr/57014|^100000$/m, "cancel after $delay s: told as what it is, or too late");
	$node->safe_psql('postgres', 'TRUNCATE product CASCADE');
}
cmp_ok($slowest, '<', 3, 'cancel: is heeded promptly');

# A lock_timeout inside is an error of its own and leaves the session usable as well.
$node->safe_psql('postgres', q{SELECT product_upsert('{"external_id": "e1", "name": "locked"}')});
my $holder = session(\my $ignored, \my $ignored_too, 'BEGIN', 'SELECT FROM product FOR UPDATE', 'SELECT pg_advisory_lock(7)', 'SELECT pg_sleep(20)');
$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory'});
($code, $out, $err) = $node->psql('postgres', q{SET lock_timeout = '50ms'; SELECT product_upsert('{"external_id": "e1", "price": 5}');
RESET lock_timeout; SELECT product_upsert('{"external_id": "e2", "name": "two"}') ->> 'name'}, on_error_stop => 0);
like($err, qr/lock timeout/, 'lock_timeout: told');
is($out, 'two', 'lock_timeout: the session is usable');
$node->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'});
$holder->finish;

# A backend that is terminated in the middle takes nobody with it.
my $terminated = session(\$ignored, \$ignored_too, q{SET application_name = 'victim'}, 'SELECT count(*) FROM feed, product_upsert_rows(documents)');
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'victim' AND query LIKE '%feed%'});
$node->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim'});
$terminated->finish;
is($node->safe_psql('postgres', q{SELECT count(*) FROM product WHERE external_id LIKE 'e%'}), '2', 'terminate: nothing of the batch is there');
$node->stop;
done_testing();
