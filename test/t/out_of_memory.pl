# A session whose memory ends while an error is under way, wherever that is, can be used afterwards.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'prlimit is not there' if system('prlimit --version >/dev/null 2>&1') != 0;

my $node = PostgreSQL::Test::Cluster->new('out_of_memory');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nlog_min_messages = fatal\nlog_min_error_statement = panic\n");
$node->start;
$node->safe_psql('postgres', q{
CREATE EXTENSION product_upsert;
SELECT product_tables_create();
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.name LIKE 'loud%' THEN RAISE EXCEPTION '%', repeat('x', 16000000); END IF; RETURN NEW;
END $$;
CREATE TRIGGER shout BEFORE UPDATE ON product FOR EACH ROW EXECUTE FUNCTION shout();
SELECT product_upsert_bulk('[{"external_id": "a", "name": "a"}, {"external_id": "b", "name": "b"}]');
});

# The error is raised, and copied, with so much memory left, in steps of less than what a copy takes.
my $script = "\\set VERBOSITY sqlstate\nSET log_min_messages = panic;\nSELECT pg_backend_pid() AS pid \\gset\n\\setenv PID :pid\n";
my $steps = 0;
for (my $left = 8; $left <= 176; $left += 12)
{
	$steps++;
	for my $call ('SELECT count(*) FROM product_upsert_rows($${D}$$)', 'SELECT count(*) FROM product_upsert_rows($${D}$$, dry_run => true)',
		'SELECT count(*) FROM product_upsert_rows($${D}$$, on_error => $$skip$$)',
		q{SELECT (product_request('catalog', 'POST', '/products', $${O}$$)).status})
	{
		(my $statement = $call) =~ s/\{D\}/[{"external_id": "a", "name": "loud"}, {"external_id": "b", "name": "loud"}]/;
		$statement =~ s/\{O\}/{"external_id": "a", "name": "loud"}/;
		$script .= "\\! prlimit --pid \$PID --as=\$(( (\$(awk '/VmSize/{print \$2}' /proc/\$PID/status) + $left * 1024) * 1024 )):unlimited\n"
		  . "$statement;\n\\! prlimit --pid \$PID --as=unlimited:unlimited\nSELECT 'usable', $left;\n";
	}
}
my ($code, $out, $err) = $node->psql('postgres', $script, on_error_stop => 0);
my $usable = () = $out =~ /^usable\|/mg;
my %states;
$states{$1}++ while $err =~ /ERROR:\s+(\w{5})/g;
note join ', ', map { "$_: $states{$_}" } sort keys %states;
is($usable, 4 * $steps, 'out of memory: the session can be used after each error');
ok(!$states{'25P02'}, 'out of memory: no statement finds its transaction aborted by the one before');
ok($states{'53200'} && $states{'P0001'}, 'out of memory: some of the errors were for want of memory, some were not');
is($node->safe_psql('postgres', q{SELECT string_agg(name, ',' ORDER BY name) FROM product}), 'a,b', 'out of memory: nothing was written');
$node->stop;
done_testing();
