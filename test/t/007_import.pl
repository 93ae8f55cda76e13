# product_import: kill -9 of its backend and of the server at any point, and the same call goes on; two at once; what others see.
# KILLS=n: so many kills at random moments (default 6); above 10 of an import of 200,000 documents.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

require(dirname(dirname(abs_path(__FILE__))) . '/importing.pl');

my $kills_wanted = $ENV{KILLS} // 6;
my $documents = $kills_wanted > 10 ? 200_000 : 20_000;
my $node = import_server('import', '', q{WHEN i % 500 = 0 THEN '{"price": "dear"}'});
fill(3000);

my $importing = q{SELECT pid FROM pg_stat_activity WHERE query LIKE 'CALL product_import%' AND pid <> pg_backend_pid()};

sub all_of { my ($name, $total) = @_; whole($name, $total, int($total / 500)); }

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
		my $hold = lock_held();
		my $call = session("CALL product_import('$source', batch_size => 200)");
		wait_until_held("the import does not stop $name");
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
	all_of("kill_$victim $source", 3000);
}

# Wherever it happens to be.
fill($documents);
my $kills = 0;
for my $round (1 .. 40 + 2 * $kills_wanted)
{
	my $call = session("CALL product_import('lines', batch_size => " . ($documents / 200) . ')');
	sleep 0.05 + rand(0.5);
	my $pid = ask($importing);
	($round % 5 == 0 ? kill_server($pid) : kill_backend($pid)) if $pid ne '';
	$kills += $pid ne '';
	$call->{run}->finish;
	last if $kills >= $kills_wanted || is_completed();
}
note("killed $kills times");
ask("CALL product_import('lines', batch_size => " . ($documents / 200) . ')') if !is_completed();
all_of('kill_anywhere', $documents);

# Two at once, what others see of the first, and cancel.
fill(3000);
ask(q{CREATE TRIGGER hold BEFORE INSERT ON product FOR EACH ROW WHEN (new.external_id = 'e321') EXECUTE FUNCTION hold()});
my $hold = lock_held();
my $first = session(q{CALL product_import('heap', batch_size => 100)});
wait_until_held('the import does not stop');
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
let_go($hold);
ask('DROP TRIGGER hold ON product');
($status, undef, $error) = $node->psql('postgres', q{CALL product_import('heap', batch_size => 100)});
like($error, qr/continues after $done of 3,000 documents/, 'import_cancelled: the same call goes on');
all_of('import_cancelled', 3000);

# The line of progress, which comes with the first batch that ends two seconds after the beginning, or five after the last such line.
start_anew();
ask(q{CREATE TRIGGER hold BEFORE INSERT ON product FOR EACH ROW WHEN (new.external_id = 'e150') EXECUTE FUNCTION hold()});
$hold = lock_held();
$first = session(q{CALL product_import('few', batch_size => 100)});
wait_until_held('the import does not stop');
sleep 2;
let_go($hold);
$first->{run}->finish;
like($first->{err}, qr/NOTICE:  00000: import 1 of public\.few: 200 of 300, \d+ a second, 00:00:\d\d left, 0 rejected\n/, 'import_tells_progress: how far, how fast, how long');
is(() = $first->{err} =~ / a second, /g, 1, 'import_tells_progress: and no more often');
ask('DROP TRIGGER hold ON product');
all_of('import_tells_progress', 300);

# Two imports that want the same products, in opposite order.
ask(q{CREATE VIEW backwards AS SELECT -line AS line, document || '{"name": "other"}' AS document FROM lines WHERE line <= 3000});
my @both = map { session("CALL product_import('$_', batch_size => 50, key_column => 'line')") } 'backwards', 'lines';
$_->{run}->finish for @both;
is(ask(q{SELECT count(*), count(*) FILTER (WHERE status = 'completed'), bool_and("position" = total) FROM product_import WHERE source IN ('public.backwards', 'public.lines')}), '2|2|t',
	'import_two_sources_of_the_same_products: both come to their end') or diag($both[0]{err} . $both[1]{err});

$node->stop;
done_testing();
