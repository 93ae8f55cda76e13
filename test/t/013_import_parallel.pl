# product_import with workers: kill -9 of a worker, of the caller's backend and of the server at random moments, and the same call goes on;
# cancel, terminate, no workers to be had. KILLS=n: so many kills (default 2); SEED=n repeats a run.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $seed = $ENV{SEED} // int(rand(1_000_000));
srand($seed);
note("SEED=$seed");
my $kills_wanted = $ENV{KILLS} // 2;
my $documents = $kills_wanted > 4 ? 40_000 : 1_500;

my $node = PostgreSQL::Test::Cluster->new('import_parallel');
$node->init;
$node->append_conf('postgresql.conf', "restart_after_crash = on\nlog_min_messages = fatal\nmax_connections = 20\nmax_worker_processes = 6\nfsync = off\n");
$node->start;
$node->safe_psql('postgres', q{
CREATE EXTENSION product_upsert;
SELECT product_tables_create();
CREATE FUNCTION item(i bigint) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('external_id', 'e' || i, 'name', 'Product ' || i, 'price', i) || CASE WHEN i % 500 = 0 THEN '{"price": "dear"}' WHEN i % 700 = 0 THEN '{"category_id": 987654}' ELSE '{}'::jsonb END
$$;
CREATE TABLE lines (line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document jsonb);
CREATE TABLE heap (document jsonb);
CREATE TABLE few (line int PRIMARY KEY, document jsonb);
INSERT INTO few SELECT i, item(i) FROM generate_series(1, 300) i;
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN new; END $$;
});
$node->safe_psql('postgres', "INSERT INTO lines (document) SELECT item(i) FROM generate_series(1, $documents) i; INSERT INTO heap SELECT document FROM lines ORDER BY line");

sub session
{
	my @statements = @_;
	my %session = (out => '', err => '');
	$session{run} = IPC::Run::start([ 'psql', '-X', '-q', '-At', '-v', 'VERBOSITY=verbose', '-d', $node->connstr('postgres'), map { ('-c', $_) } @statements ],
		'<', '/dev/null', '>', \$session{out}, '2>', \$session{err});
	return \%session;
}

sub ask { my ($sql) = @_; return $node->safe_psql('postgres', $sql); }

sub wait_for { my ($sql, $why) = @_; $node->poll_query_until('postgres', $sql) or die $why; }

# The server is back after a crash of its own or of a backend.
sub back
{
	for (1 .. 600)
	{
		my ($status) = $node->psql('postgres', 'SELECT 1');
		return if defined $status && $status == 0;
		sleep 0.05;
	}
	die 'the server does not come back';
}

sub kill_server
{
	my @processes = split /\n/, ask('SELECT pid FROM pg_stat_activity');
	$node->kill9;
	kill 'KILL', @processes;
	for (1 .. 300)
	{
		last unless kill 0, @processes;
		sleep 0.05;
	}
	$node->start;
}

my $workers = q{FROM pg_stat_activity WHERE backend_type = 'product_import worker'};
my $caller = q{FROM pg_stat_activity WHERE query LIKE 'CALL product_import%' AND backend_type = 'client backend' AND pid <> pg_backend_pid()};

sub start_anew { ask('TRUNCATE product, product_import RESTART IDENTITY CASCADE'); }

# However often it was called: nothing is lost, nothing repeated, no worker left.
sub whole
{
	my ($name, $total) = @_;
	my $rejected = int($total / 500) + int($total / 700) - int($total / 3500);
	my $written = $total - $rejected;
	is(ask(q{SELECT count(*), status, "position", total, created, updated, unchanged, rejected, resume ? 'window' FROM product_import GROUP BY 2, 3, 4, 5, 6, 7, 8, 9}),
		"1|completed|$total|$total|$written|0|0|$rejected|f", "$name: one import, every document once");
	is(ask('SELECT count(*), count(DISTINCT external_id), sum(version) FROM product'), "$written|$written|$written", "$name: every product is there, written once");
	is(ask(q{SELECT count(*), count(*) FILTER (WHERE document ->> 'name' = 'Product ' || "position") FROM product_import_reject}), "$rejected|$rejected", "$name: every reject is kept once, where it stood");
	wait_for("SELECT count(*) = 0 $workers", "$name: workers are left");
}

# Wherever they happen to be. The next call has another number of workers.
for my $source ('lines', 'heap')
{
	start_anew();
	my $kills = 0;
	for my $round (1 .. $kills_wanted * 3)
	{
		last if $kills >= $kills_wanted / 2 || ask(q{SELECT count(*) FROM product_import WHERE status = 'completed'}) ne '0';
		my $call = session("CALL product_import('$source', batch_size => 100, parallel => " . (2 + $round % 3) . ')');
		wait_for("SELECT count(*) > 0 OR EXISTS (SELECT FROM product_import WHERE status = 'completed') $workers", 'no workers');
		sleep rand($kills_wanted > 4 ? 1.5 : 0.3);
		my $victim = ('worker', 'caller', 'server')[ int(rand(3)) ];
		my ($pid) = split /\n/, ask('SELECT pid ' . ($victim eq 'worker' ? "$workers ORDER BY random()" : $caller) . ' LIMIT 1');
		if (defined $pid && $pid ne '')
		{
			note("$source: kill -9 of the $victim after " . ask('SELECT "position" FROM product_import') . ' documents');
			$victim eq 'server' ? kill_server() : kill('KILL', $pid);
			$kills++;
		}
		$call->{run}->finish;
		back();
		is(ask('SELECT (SELECT count(*) FROM product) = created AND (SELECT count(*) FROM product_import_reject) = rejected FROM product_import'), 't',
			"kill_anywhere $source: what is counted is there");
	}
	ask("CALL product_import('$source', batch_size => 200, parallel => 2)") if ask(q{SELECT count(*) FROM product_import WHERE status = 'completed'}) eq '0';
	whole("kill_anywhere $source", $documents);
}

# Between the commits of two parts: the second waits for the first's row of product_import.
start_anew();
ask(q{CREATE TRIGGER hold BEFORE UPDATE ON product_import FOR EACH ROW WHEN (new.resume ? 'window') EXECUTE FUNCTION hold()});
my $hold = session('SELECT pg_advisory_lock(1)', 'SELECT pg_sleep(300)');
wait_for(q{SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 1}, 'no lock');
my $call = session(q{CALL product_import('few', batch_size => 100, parallel => 2)});
wait_for(q{SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted}, 'no part is noted');
is(ask("SELECT state, done FROM product_import_progress"), 'running|0', 'parallel_progress: it is seen to run');
# The worker outlives its caller a while; the next call finds the part done, or it is undone.
my $pid = ask("SELECT pid $caller");
ask("SELECT pg_terminate_backend($pid)");
$call->{run}->finish;
like($call->{err}, qr/57P01/, 'parallel_terminated: the caller ends');
wait_for("SELECT count(*) = 0 $workers", 'workers are left');
pass('parallel_terminated: and its workers with it');
ask('SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = \'advisory\' AND objid = 1 AND granted');
$hold->{run}->finish;
ask('DROP TRIGGER hold ON product_import');
# One part is committed and the other is not: it is finished without workers, as well.
ask(q{CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF old.resume ? 'window' THEN RAISE EXCEPTION 'not now' USING ERRCODE = '57014'; END IF; RETURN new; END $$;
CREATE TRIGGER fail BEFORE UPDATE ON product_import FOR EACH ROW WHEN (new."position" > old."position") EXECUTE FUNCTION fail_once()});
my ($status, undef, $error) = $node->psql('postgres', q{\set VERBOSITY verbose
CALL product_import('few', batch_size => 100, parallel => 2)});
like($error, qr/57014: not now/, 'parallel_part_fails: its error is the call\'s');
is(ask(q{SELECT state, done, (SELECT count(*) FROM product) = created AND created BETWEEN 1 AND 99, jsonb_array_length(resume #> '{window,keys}') = created FROM product_import_progress JOIN product_import USING (id, created)}),
	'interrupted|0|t|t', 'parallel_part_fails: one part is there');
ask('DROP TRIGGER fail ON product_import');
ask(q{CALL product_import('few', batch_size => 77)});
whole('parallel_part_fails', 300);

# Cancel.
start_anew();
ask(q{CREATE TRIGGER hold BEFORE INSERT ON product FOR EACH ROW WHEN (new.external_id = 'e123') EXECUTE FUNCTION hold()});
$hold = session('SELECT pg_advisory_lock(1)', 'SELECT pg_sleep(300)');
wait_for(q{SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 1}, 'no lock');
$call = session(q{CALL product_import('few', batch_size => 100, parallel => 2)});
wait_for(q{SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted}, 'the import does not stop');
ask("SELECT pg_cancel_backend(pid) $caller");
$call->{run}->finish;
like($call->{err}, qr/57014/, 'parallel_cancelled: it ends');
wait_for("SELECT count(*) = 0 $workers", 'workers are left');
is(ask('SELECT state, (SELECT count(*) FROM product) = created FROM product_import_progress'), 'interrupted|t', 'parallel_cancelled: and can be gone on with');
ask('SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = \'advisory\' AND objid = 1 AND granted');
$hold->{run}->finish;
ask('DROP TRIGGER hold ON product');

# A worker that is ended by hand ends the call.
ask(q{CREATE TRIGGER slow BEFORE INSERT ON product FOR EACH ROW WHEN (new.external_id = 'e155') EXECUTE FUNCTION hold()});
$hold = session('SELECT pg_advisory_lock(1)', 'SELECT pg_sleep(300)');
wait_for(q{SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 1}, 'no lock');
$call = session(q{CALL product_import('few', batch_size => 100, parallel => 3)});
wait_for(q{SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted}, 'the import does not stop');
ask(q{SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted});
$call->{run}->finish;
like($call->{err}, qr/57P01: worker \d+ of the import has ended/, 'parallel_worker_terminated: the call is told');
wait_for("SELECT count(*) = 0 $workers", 'workers are left');
ask('SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = \'advisory\' AND objid = 1 AND granted');
$hold->{run}->finish;
ask('DROP TRIGGER slow ON product');
ask(q{CALL product_import('few', batch_size => 100, parallel => 3)});
whole('parallel_worker_terminated', 300);

# Fewer workers than are asked for, and none.
start_anew();
($status, undef, $error) = $node->psql('postgres', q{CALL product_import('few', batch_size => 100, parallel => 20)});
like($error, qr/NOTICE:  import 1 of public\.few: \d of 20 workers can be had: max_worker_processes is 6/, 'parallel_fewer: a notice tells it');
whole('parallel_fewer', 300);
$node->append_conf('postgresql.conf', 'max_worker_processes = 0');
$node->restart;
start_anew();
($status, undef, $error) = $node->psql('postgres', q{CALL product_import('few', batch_size => 100, parallel => 2)});
like($error, qr/NOTICE:  import 1 of public\.few: no workers can be had: max_worker_processes is 0/, 'parallel_none: a notice tells it');
whole('parallel_none', 300);

$node->stop;
done_testing();
