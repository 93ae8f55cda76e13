# product_import with workers: kill -9 of a worker, of the caller's backend and of the server at random moments, and the same call goes on;
# cancel, terminate, no workers to be had. KILLS=n: so many kills (default 2); SEED=n repeats a run.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

require(dirname(dirname(abs_path(__FILE__))) . '/importing.pl');

my $seed = $ENV{SEED} // int(rand(1_000_000));
srand($seed);
note("SEED=$seed");
my $kills_wanted = $ENV{KILLS} // 2;
my $documents = $kills_wanted > 4 ? 40_000 : 1_500;

my $node = import_server('import_parallel', "max_worker_processes = 6\nfsync = off\n",
	q{WHEN i % 500 = 0 THEN '{"price": "dear"}' WHEN i % 700 = 0 THEN '{"category_id": 987654}'});
fill($documents);

my $workers = q{FROM pg_stat_activity WHERE backend_type = 'product_import worker'};
my $caller = q{FROM pg_stat_activity WHERE query LIKE 'CALL product_import%' AND backend_type = 'client backend' AND pid <> pg_backend_pid()};

sub all_of
{
	my ($name, $total) = @_;
	whole($name, $total, int($total / 500) + int($total / 700) - int($total / 3500));
	wait_for("SELECT count(*) = 0 $workers", "$name: workers are left");
}

# Wherever they happen to be. The next call has another number of workers.
for my $source ('lines', 'heap')
{
	start_anew();
	my $kills = 0;
	for my $round (1 .. $kills_wanted * 3)
	{
		last if $kills >= $kills_wanted / 2 || is_completed();
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
	ask("CALL product_import('$source', batch_size => 200, parallel => 2)") if !is_completed();
	all_of("kill_anywhere $source", $documents);
}

# Between the commits of two parts: the second waits for the first's row of product_import.
start_anew();
ask(q{CREATE TRIGGER hold BEFORE UPDATE ON product_import FOR EACH ROW WHEN (new.resume ? 'window') EXECUTE FUNCTION hold()});
my $hold = lock_held();
my $call = session(q{CALL product_import('few', batch_size => 100, parallel => 2)});
wait_until_held('no part is noted');
is(ask("SELECT state, done FROM product_import_progress"), 'running|0', 'parallel_progress: it is seen to run');
# The worker outlives its caller a while; the next call finds the part done, or it is undone.
my $pid = ask("SELECT pid $caller");
ask("SELECT pg_terminate_backend($pid)");
$call->{run}->finish;
like($call->{err}, qr/57P01/, 'parallel_terminated: the caller ends');
wait_for("SELECT count(*) = 0 $workers", 'workers are left');
pass('parallel_terminated: and its workers with it');
let_go($hold);
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
all_of('parallel_part_fails', 300);

# Cancel.
start_anew();
ask(q{CREATE TRIGGER hold BEFORE INSERT ON product FOR EACH ROW WHEN (new.external_id = 'e123') EXECUTE FUNCTION hold()});
$hold = lock_held();
$call = session(q{CALL product_import('few', batch_size => 100, parallel => 2)});
wait_until_held('the import does not stop');
ask("SELECT pg_cancel_backend(pid) $caller");
$call->{run}->finish;
like($call->{err}, qr/57014/, 'parallel_cancelled: it ends');
wait_for("SELECT count(*) = 0 $workers", 'workers are left');
is(ask('SELECT state, (SELECT count(*) FROM product) = created FROM product_import_progress'), 'interrupted|t', 'parallel_cancelled: and can be gone on with');
let_go($hold);
ask('DROP TRIGGER hold ON product');

# A worker that is ended by hand ends the call.
ask(q{CREATE TRIGGER slow BEFORE INSERT ON product FOR EACH ROW WHEN (new.external_id = 'e155') EXECUTE FUNCTION hold()});
$hold = lock_held();
$call = session(q{CALL product_import('few', batch_size => 100, parallel => 3)});
wait_until_held('the import does not stop');
ask(q{SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted});
$call->{run}->finish;
like($call->{err}, qr/57P01: worker \d+ of the import has ended/, 'parallel_worker_terminated: the call is told');
wait_for("SELECT count(*) = 0 $workers", 'workers are left');
let_go($hold);
ask('DROP TRIGGER slow ON product');
ask(q{CALL product_import('few', batch_size => 100, parallel => 3)});
all_of('parallel_worker_terminated', 300);

# Fewer workers than are asked for, and none.
start_anew();
($status, undef, $error) = $node->psql('postgres', q{CALL product_import('few', batch_size => 100, parallel => 20)});
like($error, qr/NOTICE:  import 1 of public\.few: \d of 20 workers are available: max_worker_processes is 6/, 'parallel_fewer: a notice tells it');
all_of('parallel_fewer', 300);
$node->append_conf('postgresql.conf', 'max_worker_processes = 0');
$node->restart;
start_anew();
($status, undef, $error) = $node->psql('postgres', q{CALL product_import('few', batch_size => 100, parallel => 2)});
like($error, qr/NOTICE:  import 1 of public\.few: no workers are available: max_worker_processes is 0/, 'parallel_none: a notice tells it');
all_of('parallel_none', 300);

$node->stop;
done_testing();
