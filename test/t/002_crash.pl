# kill -9 of the server in the middle of a batch: all or nothing, and ids are not given twice.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('crash');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
CREATE EXTENSION product_upsert;
SELECT product_tables_create();
SELECT count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'old' || i, 'name', 'before', 'price', 1)) FROM generate_series(1, 1000) i));
CREATE TABLE feed AS SELECT jsonb_agg(CASE WHEN i <= 1000 THEN jsonb_build_object('external_id', 'old' || i, 'name', 'after')
                                           ELSE jsonb_build_object('external_id', 'new' || i, 'name', 'after') END) AS documents
  FROM generate_series(1, 3000) i;
-- The batch stops in its middle until it is killed.
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN new; END $$;
});

# A session that runs by itself; its output does not matter.
sub session
{
	return IPC::Run::start([ 'psql', '-X', '-q', '-d', $node->connstr('postgres'), map { ('-c', $_) } @_ ], '<', '/dev/null', '>', '/dev/null', '2>', '/dev/null');
}

# kill -9 of the postmaster, and a start once the other processes have seen that it is gone.
sub crash
{
	my @processes = split /\n/, $node->safe_psql('postgres', 'SELECT pid FROM pg_stat_activity');
	$node->kill9;
	for (1 .. 300)
	{
		last unless kill 0, @processes;
		select undef, undef, undef, 0.1;
	}
	$node->start;
}

for my $case ([ 'update', "BEFORE UPDATE ON product FOR EACH ROW WHEN (old.external_id = 'old500')" ],
	[ 'insert', "BEFORE INSERT ON product FOR EACH ROW WHEN (new.external_id = 'new2000')" ],
	[ 'commit', 'AFTER INSERT ON product FOR EACH STATEMENT' ])
{
	my ($name, $when) = @$case;
	$node->safe_psql('postgres', "DROP TRIGGER IF EXISTS hold ON product; CREATE TRIGGER hold $when EXECUTE FUNCTION hold()");
	my $before = $node->safe_psql('postgres', 'SELECT count(*), count(*) FILTER (WHERE name = \'after\'), sum(version), max(id) FROM product');

	my $hold = session('SELECT pg_advisory_lock(1)', 'SELECT pg_sleep(60)');
	$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND granted}) or die 'no lock';
	my $batch = session('SELECT product_upsert_bulk(documents) FROM feed');
	$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted}) or die 'the batch does not stop in its middle';
	# What it did so far is in the log, not only in memory.
	$node->safe_psql('postgres', 'CHECKPOINT');
	crash();
	$hold->finish;
	$batch->finish;
	is($node->safe_psql('postgres', 'SELECT count(*), count(*) FILTER (WHERE name = \'after\'), sum(version), max(id) FROM product'), $before, "crash_in_the_middle_of_$name: nothing of the batch is there");
}

# And once it has answered, all of it is.
$node->safe_psql('postgres', 'DROP TRIGGER hold ON product');
my $answer = $node->safe_psql('postgres', 'SELECT jsonb_array_length(product_upsert_bulk(documents)) FROM feed');
crash();
is($answer, '3000', 'crash: the batch was answered');
is($node->safe_psql('postgres', q{SELECT count(*), count(*) FILTER (WHERE name = 'after'), count(DISTINCT id) FROM product}), '3000|3000|3000', 'crash_after_the_answer: all of the batch is there');
is($node->safe_psql('postgres', q{SELECT (product_upsert('{"external_id": "next", "name": "next"}') ->> 'id')::bigint > max(id) FROM product}), 't', 'crash: ids are not given twice');
$node->stop;
done_testing();
