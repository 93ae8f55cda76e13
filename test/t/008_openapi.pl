# product_profile_schema: the description of every built-in profile is OpenAPI 3.1, and every request and answer of the
# regression tests and of doc/ is as it says (test/openapi/check.py).
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use File::Basename qw(dirname);
use File::Spec;

my $root = File::Spec->rel2abs(dirname(File::Spec->rel2abs(__FILE__)) . '/../..');
chdir $root or die "$root: $!";
require './test/examples.pl';

my $node = PostgreSQL::Test::Cluster->new('openapi');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\n");
$node->start;
my $folder = PostgreSQL::Test::Utils::tempdir();

# Runs a file in a database of its own, with what records in front; returns what was told.
sub record
{
	my ($database, $file, $before) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	my @run = ('psql', '-X', '-q', '-d', $node->connstr($database));
	my $out;
	for my $first (@$before)
	{
		run_log([ @run, '-v', 'ON_ERROR_STOP=1', '-f', $first ], '>', \$out) or die "$first: $out";
	}
	$node->safe_psql($database, "ALTER DATABASE $database SET search_path = recording, public");
	run_log([ @run, '-f', $file ], '>', '/dev/null', '2>', \$out);
	return $out;
}

my $told = '';
for my $file (glob 'test/sql/request_*.sql')
{
	my ($name) = $file =~ m{(\w+)\.sql};
	$told .= record($name, $file, [ 'test/sql/00_setup.sql', 'test/openapi/record.sql' ]);
}
for my $page ('requests', 'profiles')
{
	my (undef, $blocks) = main::read_blocks("doc/$page.md");
	append_to_file("$folder/$page.sql", join "\n", map { $_->{sql} } grep { !$_->{shell} } @$blocks);
	append_to_file("$folder/create.sql", "CREATE EXTENSION product_upsert; SELECT product_tables_create();\n") unless -e "$folder/create.sql";
	$told .= record("doc_$page", "$folder/$page.sql", [ "$folder/create.sql", 'test/openapi/record.sql' ]);
}
append_to_file("$folder/told", $told);
append_to_file("$folder/schemas", $node->safe_psql('request_retail', 'SELECT jsonb_object_agg(name, product_profile_schema(name)) FROM product_profile WHERE is_builtin'));

my ($out, $err) = ('', '');
run_log([ '/usr/bin/python3', '-W', 'ignore::DeprecationWarning', 'test/openapi/check.py', "$folder/schemas", "$folder/told" ], '>', \$out, '2>', \$err);
is($err, '', 'the check runs');
my $tests = 0;
while ($out =~ /^(not ok|ok) - (.*)\n((?:#.*\n)*)/mg)
{
	++$tests;
	my ($verdict, $name, $more) = ($1, $2, $3);
	ok($verdict eq 'ok', $name) or diag($more);
	note($more) if $verdict eq 'ok' && $more;
}
cmp_ok($tests, '>=', 11, 'six descriptions, and requests of five profiles');

$node->stop;
done_testing();
