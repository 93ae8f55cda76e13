# product_import: kill -9 of its backend and of the server at any point, and the same call goes on; two at once; what others see.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $node = PostgreSQL::Test::Cluster->new('import');
$node->init;
# A backend that is killed takes the others with it: the server starts again by itself.
$node->append_conf('postgresql.conf', "restart_after_crash = on\nlog_min_messages = fatal\nmax_connections = 20\n");
$node->start;
$node->safe_psql('postgres', q{
CREATE EXTENSION product_upsert;
SELECT product_tables_create();
CREATE FUNCTION item(i bigint) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('external_id', 'e' || i, 'name', 'Product ' || i, 'price', i) || CASE WHEN i % 500 = 0 THEN '{"price": "dear"}' ELSE '{}'::jsonb END
$$;
CREATE TABLE lines (line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document jsonb);
INSERT INTO lines (document) SELECT item(i) FROM generate_series(1, 3000) i;
CREATE TABLE heap (document jsonb);
INSERT INTO heap SELECT document FROM lines ORDER BY line;
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN new; END $$;
});

# A session that runs by itself.
sub session
{
	my @statements = @_;
	my %session = (out => '', err => '');
	$session{run} = IPC::Run::start([ 'psql', '-X', '-q', '-At', '-v', 'VERBOSITY=verbose', '-d', $node->connstr('postgres'), map { ('-c', $_) } @statements ],
		'<', '/dev/null', '>', \$session{out}, '2>', \$session{err});
	return \%session;
}

sub ask { my ($sql) = @_; return $node->safe_psql('postgres', $sql); }

# The server is back after a crash of its own or of a backend.
sub back
{
	for (1 .. 600)
	{
		my ($status) = $node->psql('postgres', 'SELECT 1');
		return if defined $status && $status == 0;
		sleep 0.1;
	}
	die 'the server does not come back';
}

sub kill_backend
{
	my ($pid) = @_;
	kill 'KILL', $pid or return 0;
	sleep 0.2;
	back();
	return 1;
}

# The import's own process first: without the server it would go on until it has to wait.
sub kill_server
{
	my ($pid) = @_;
	my @processes = split /\n/, ask('SELECT pid FROM pg_stat_activity');
	kill 'KILL', $pid;
	$node->kill9;
	kill 'KILL', @processes;
	for (1 .. 300)
	{
		last unless kill 0, @processes;
		sleep 0.1;
	}
	$node->start;
}

my $importing = q{SELECT pid FROM pg_stat_activity WHERE query LIKE 'CALL product_import%' AND pid <> pg_backend_pid()};

sub start_anew { ask('TRUNCATE product, product_import RESTART IDENTITY CASCADE'); }

# All that was imported by one import, however often it was called: nothing is lost, nothing repeated.
sub whole
{
	my ($name, $total) = @_;
	my $rejected = int($total / 500);
	my $written = $total - $rejected;
	is(ask(q{SELECT count(*), status, "position", total, created, updated, unchanged, rejected FROM product_import GROUP BY 2, 3, 4, 5, 6, 7, 8}),
		"1|completed|$total|$total|$written|0|0|$rejected", "$name: one import, every document once");
	is(ask('SELECT count(*), count(DISTINCT external_id), sum(version) FROM product'), "$written|$written|$written", "$name: every product is there, written once");
	is(ask(q{SELECT count(*), bool_and((document ->> 'name') = 'Product ' || "position") FROM product_import_reject}), "$rejected|t", "$name: every reject is kept once");
}

my @points = (
	[ 'in_the_first_batch', 'BEFORE INSERT ON product FOR EACH ROW WHEN (new.external_id = \'e7\')' ],
	[ 'in_the_middle_of_a_batch', 'BEFORE INSERT ON product FOR EACH ROW WHEN (new.external_id = \'e1234\')' ],
	[ 'with_all_products_of_a_batch_written', 'BEFORE INSERT ON product_import_reject FOR EACH ROW WHEN (new."position" = 1500)' ],
	[ 'before_the_progress_is_noted', 'BEFORE UPDATE ON product_import FOR EACH ROW WHEN (new."position" > 1700 AND old."position" <= 1700)' ],
	[ 'before_the_commit', 'AFTER UPDATE ON product_import FOR EACH ROW WHEN (new."position" > 2000 AND old."position" <= 2000)' ],
	[ 'before_the_last_commit', 'AFTER UPDATE ON product_import FOR EACH ROW WHEN (new.status = \'completed\')' ]);
for my $case ([ 'lines', 'backend' ], [ 'heap', 'server' ])
{
	my ($source, $victim) = @$case;
	start_anew();
	my $before = -1;
	for my $point (@points)
	{
		my ($name, $when) = @$point;
		my $relation = $when =~ / ON (\w+) / ? $1 : die;
		ask("CREATE TRIGGER hold $when EXECUTE FUNCTION hold()");
		my $hold = session('SELECT pg_advisory_lock(1)', 'SELECT pg_sleep(300)');
		$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 1}) or die 'no lock';
		my $call = session("CALL product_import('$source', batch_size => 200)");
		$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted}) or die "the import does not stop $name";
		is(ask('SELECT state, total, pid IS NOT NULL, rejected = (SELECT count(*) FROM product_import_reject), created = (SELECT count(*) FROM product) FROM product_import_progress'),
			'running|3000|t|t|t', "kill_$victim $source $name: others see what is committed");
		my $done = ask('SELECT done FROM product_import_progress');
		cmp_ok($done, '>', $before, "kill_$victim $source $name: it has gone on from where it was killed before") if $name ne 'in_the_first_batch' && $name !~ /progress/;
		$before = $done;
		my $pid = ask($importing);
		$victim eq 'backend' ? kill_backend($pid) : kill_server($pid);
		$_->{run}->finish for $hold, $call;
		ask("DROP TRIGGER hold ON $relation");
		is(ask('SELECT state, done, time_left IS NULL, (SELECT count(*) FROM product) = created FROM product_import_progress'), "interrupted|$done|t|t",
			"kill_$victim $source $name: nothing of the batch is there");
	}
	ask("CALL product_import('$source', batch_size => 200)");
	whole("kill_$victim $source", 3000);
}

# Wherever it happens to be.
start_anew();
ask('TRUNCATE lines RESTART IDENTITY');
ask('INSERT INTO lines (document) SELECT item(i) FROM generate_series(1, 20000) i');
my $kills = 0;
for my $round (1 .. 40)
{
	my $call = session(q{CALL product_import('lines', batch_size => 100)});
	sleep 0.05 + rand(0.5);
	my $pid = ask($importing);
	($round % 5 == 0 ? kill_server($pid) : kill_backend($pid)) if $pid ne '';
	$kills += $pid ne '';
	$call->{run}->finish;
	last if $kills >= 6 || ask(q{SELECT count(*) FROM product_import WHERE status = 'completed'}) ne '0';
}
note("killed $kills times");
ask(q{CALL product_import('lines', batch_size => 100)}) if ask(q{SELECT count(*) FROM product_import WHERE status = 'completed'}) eq '0';
whole('kill_anywhere', 20000);

# Two at once, what others see of the first, and cancel.
start_anew();
ask(q{CREATE TRIGGER hold BEFORE INSERT ON product FOR EACH ROW WHEN (new.external_id = 'e321') EXECUTE FUNCTION hold()});
my $hold = session('SELECT pg_advisory_lock(1)', 'SELECT pg_sleep(300)');
$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 1}) or die 'no lock';
my $first = session(q{CALL product_import('heap', batch_size => 100)});
$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted}) or die 'the import does not stop';
my $pid = ask($importing);
my ($status, undef, $error) = $node->psql('postgres', q{\set VERBOSITY verbose
CALL product_import('heap')});
like($error, qr/ERROR:  55006: public\.heap is being imported by another session: process $pid, role \w+, application .*, import 1, \d+ of 3000 documents/, 'import_two_at_once: the second is told who imports');
ask(q{CREATE TABLE other AS SELECT item(5001) AS document});
ask(q{CALL product_import('other', dry_run => true)});
is(ask(q{DELETE FROM product_import WHERE source = 'public.other' RETURNING created}), '1', 'import_two_at_once: another source is no matter');
my $done = ask('SELECT done FROM product_import_progress');
cmp_ok($done, '>', 100, 'import_progress: batches are seen once they are committed');
is(ask("SELECT state, total, percent = round(100.0 * done / total, 1), rate > 0, time_left > '0', pid, started_at < updated_at, finished_at IS NULL FROM product_import_progress"),
	"running|3000|t|t|t|$pid|t|t", 'import_progress: how far, how fast, how long, and who');
is(ask("SELECT application_name FROM pg_stat_activity WHERE pid = $pid"), "product_import public.heap $done/3000", 'import_progress: pg_stat_activity tells as well');
ask("SELECT pg_cancel_backend($pid)");
$first->{run}->finish;
like($first->{err}, qr/57014/, 'import_cancelled: it ends');
is(ask('SELECT state, pid IS NULL FROM product_import_progress'), 'interrupted|t', 'import_cancelled: others see that nobody goes on with it');
ask('SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = \'advisory\' AND objid = 1');
$hold->{run}->finish;
ask('DROP TRIGGER hold ON product');
($status, undef, $error) = $node->psql('postgres', q{CALL product_import('heap', batch_size => 100)});
like($error, qr/goes on after $done of 3,000 documents/, 'import_cancelled: the same call goes on');
whole('import_cancelled', 3000);

# Two imports that want the same products, in opposite order.
ask(q{CREATE VIEW backwards AS SELECT -line AS line, document || '{"name": "other"}' AS document FROM lines WHERE line <= 3000});
my @both = map { session("CALL product_import('$_', batch_size => 50, key_column => 'line')") } 'backwards', 'lines';
$_->{run}->finish for @both;
is(ask(q{SELECT count(*), count(*) FILTER (WHERE status = 'completed'), bool_and("position" = total) FROM product_import WHERE source IN ('public.backwards', 'public.lines')}), '2|2|t',
	'import_two_sources_of_the_same_products: both come to their end') or diag($both[0]{err} . $both[1]{err});

$node->stop;
done_testing();
