# pgbouncer in transaction mode: a plain SET stays behind for whoever gets the server's session next; SET LOCAL and arguments do not,
# and product_upsert.require_organization refuses what would go by a setting.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes 'sleep';

my ($pgbouncer) = grep { -x } '/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer';
plan skip_all => 'pgbouncer is not installed' unless $pgbouncer;

my $node = PostgreSQL::Test::Cluster->new('pool');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION product_upsert; SELECT product_tables_create()');

# One session of the server for all clients.
my $folder = PostgreSQL::Test::Utils::tempdir_short();
my $port = PostgreSQL::Test::Cluster::get_free_port();
my $me = getpwuid $<;
PostgreSQL::Test::Utils::append_to_file("$folder/pgbouncer.ini", sprintf <<'INI', $node->host, $node->port, $me, $folder, $port, $folder);
[databases]
postgres = host=%s port=%s user=%s
[pgbouncer]
listen_addr =
unix_socket_dir = %s
listen_port = %s
auth_type = any
pool_mode = transaction
default_pool_size = 1
logfile = %s/log
INI
my $log = '';
my $pooler = IPC::Run::start([ $pgbouncer, "$folder/pgbouncer.ini" ], '<', \undef, '>', \$log, '2>&1');
my $connection = "host=$folder port=$port dbname=postgres user=$me";

# A client of its own: connects, runs the statements each in a transaction of its own, leaves.
sub client
{
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'psql', '-X', '-q', '-At', '-d', $connection, map { ('-c', $_) } @_ ], '<', \undef, '>', \$out, '2>', \$err);
	chomp $out;
	return $err eq '' ? $out : $err;
}
for (1 .. 200)
{
	last if client('SELECT 1') eq '1';
	sleep 0.05;
}

# upsert(ARGUMENT...) : a call of a new client; the organization that the product is in after it.
my $number = 0;
sub upsert
{
	my ($arguments, @before) = @_;
	my $name = 'n' . ++$number;
	my $call = qq{SELECT status FROM product_upsert_rows('[{"handle": "$name", "name": "$name"}]'$arguments)};
	$call = join '; ', 'BEGIN', @before, $call, 'COMMIT' if @before;
	my $said = client($call);
	return $said =~ /^ERROR/ ? $said : client("SELECT organization_id FROM product WHERE handle = '$name'");
}
my $for_8 = ', organization_id => 8';
is(upsert(''), '1', 'without any setting: the default');
client('SET product_upsert.organization_id = 7');
is(upsert(''), '7', 'a plain SET of one client: another one writes to its organization');
client(q{SET product_upsert.profile = 'vending'});
like(upsert(''), qr/handle is not a field of profile "vending"/, 'as with the profile');
client('RESET ALL');
is(upsert('', 'SET LOCAL product_upsert.organization_id = 7'), '7', 'SET LOCAL: for the transaction');
is(upsert(''), '1', 'and nothing is left behind');
client('SET product_upsert.organization_id = 7');
is(upsert($for_8), '8', 'an argument stands, whatever was left behind');

# The setting, as whoever runs the database would put it down: for sessions that begin from now on.
$node->safe_psql('postgres', q{SELECT product_tables_library(); ALTER DATABASE postgres SET product_upsert.require_organization = on});
client(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'});
$node->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'});
for (1 .. 200)
{
	last if client('SHOW product_upsert.require_organization') eq 'on';
	sleep 0.05;
}
client('SET product_upsert.organization_id = 7');
like(upsert(''), qr/is required: the call names no organization/, 'require_organization: what was left behind is not taken');
is(upsert($for_8), '8', 'require_organization: an argument is');
like(upsert(q{, profile => 'retail'}), qr/organization_id must not be null\n.*\n?HINT: .*require_organization/, 'require_organization: the hint says what to do');
is($node->safe_psql('postgres', 'SELECT string_agg(organization_id::text, $$ $$ ORDER BY id) FROM product'), '1 7 7 1 8 8', 'nothing is anywhere else');

$pooler->kill_kill;
$node->stop;
done_testing();
