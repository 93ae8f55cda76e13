# What the tests of product_import share (test/t/007_import.pl, test/t/013_import_parallel.pl): a server that documents are imported
# into, sessions that run by themselves, and kills.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $node;

# A server with the extension, and what documents are made of: item(i), and hold(), a trigger that waits while somebody has a lock. A
# backend that is killed takes the others with it: the server starts again by itself.
sub import_server
{
	my ($name, $settings, $item) = @_;
	$node = PostgreSQL::Test::Cluster->new($name);
	$node->init;
	$node->append_conf('postgresql.conf', "restart_after_crash = on\nlog_min_messages = fatal\nmax_connections = 20\n$settings");
	$node->start;
	$node->safe_psql('postgres', qq{
CREATE EXTENSION product_upsert;
SELECT product_tables_create();
CREATE FUNCTION item(i bigint) RETURNS jsonb LANGUAGE sql IMMUTABLE AS \$\$
    SELECT jsonb_build_object('external_id', 'e' || i, 'name', 'Product ' || i, 'price', i) || CASE $item ELSE '{}'::jsonb END
\$\$;
CREATE TABLE lines (line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document jsonb);
CREATE TABLE heap (document jsonb);
CREATE TABLE few (line int PRIMARY KEY, document jsonb);
INSERT INTO few SELECT i, item(i) FROM generate_series(1, 300) i;
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN new; END \$\$;
});
	return $node;
}

# lines and heap hold so many documents, and nothing is imported.
sub fill
{
	my ($documents) = @_;
	ask("TRUNCATE lines, heap RESTART IDENTITY; INSERT INTO lines (document) SELECT item(i) FROM generate_series(1, $documents) i; INSERT INTO heap SELECT document FROM lines ORDER BY line");
	start_anew();
}

sub start_anew { ask('TRUNCATE product, product_import RESTART IDENTITY CASCADE'); }

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

sub wait_for { my ($sql, $why) = @_; $node->poll_query_until('postgres', $sql) or die $why; }

# A session that has the lock which hold() waits for.
sub lock_held
{
	my $hold = session('SELECT pg_advisory_lock(1)', 'SELECT pg_sleep(300)');
	wait_for(q{SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 1}, 'no lock');
	return $hold;
}

sub wait_until_held { my ($why) = @_; wait_for(q{SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted}, $why); }

sub let_go
{
	my ($hold) = @_;
	ask(q{SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND granted});
	$hold->{run}->finish;
}

# The server is back after a crash of its own or of a backend.
sub back
{
	for (1 .. 600)
	{
		# A psql that is not let in may be gone before the statement is written to it.
		my ($status) = eval { $node->psql('postgres', 'SELECT 1') };
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

# Those that are named first: without the server they would go on until they have to wait. It starts once nobody of them is left.
sub kill_server
{
	my @first = @_;
	my @processes = split /\n/, ask('SELECT pid FROM pg_stat_activity');
	my ($server) = split /\n/, PostgreSQL::Test::Utils::slurp_file($node->data_dir . '/postmaster.pid');
	kill 'KILL', @first;
	$node->kill9;
	kill 'KILL', @processes;
	for (1 .. 600)
	{
		last unless kill 0, @processes, $server;
		sleep 0.05;
	}
	$node->start;
}

sub is_completed { return ask(q{SELECT count(*) FROM product_import WHERE status = 'completed'}) ne '0'; }

# All that was imported by one import, however often it was called: nothing is lost, nothing repeated.
sub whole
{
	my ($name, $total, $rejected) = @_;
	my $written = $total - $rejected;
	is(ask(q{SELECT count(*), status, "position", total, created, updated, unchanged, rejected, resume ? 'window' FROM product_import GROUP BY 2, 3, 4, 5, 6, 7, 8, 9}),
		"1|completed|$total|$total|$written|0|0|$rejected|f", "$name: one import, every document once");
	is(ask('SELECT count(*), count(DISTINCT external_id), sum(version) FROM product'), "$written|$written|$written", "$name: every product is there, written once");
	is(ask(q{SELECT count(*), count(*) FILTER (WHERE document ->> 'name' = 'Product ' || "position") FROM product_import_reject}), "$rejected|$rejected", "$name: every reject is kept once, where it stood");
}

1;
