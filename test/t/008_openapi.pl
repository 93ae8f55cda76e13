# product_profile_schema: the description of every built-in profile is OpenAPI 3.1, and every request and answer of the
# regression tests and of doc/ is as it says (test/openapi/check.py).
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use File::Basename qw(dirname);
use File::Spec;

plan skip_all => 'needs jsonschema for Python (python3-jsonschema)' if system(q{/usr/bin/python3 -W ignore -c 'import jsonschema' 2>/dev/null}) != 0;
my $root = File::Spec->rel2abs(dirname(File::Spec->rel2abs(__FILE__)) . '/../..');
chdir $root or die "$root: $!";
require './test/examples.pl';

my $node = PostgreSQL::Test::Cluster->new('openapi');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\n");
$node->start;
my $folder = PostgreSQL::Test::Utils::tempdir();

# A database that others are copies of.
sub prepare
{
	my ($database, @files) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	my $out;
	run_log([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($database), map { ('-f', $_) } @files ], '>', \$out) or die "$database: $out";
	return;
}

# Runs a file in a database of its own, with what records in front; returns what was told.
sub record
{
	my ($database, $file, $template) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE $template; ALTER DATABASE $database SET search_path = recording, public");
	my $out;
	run_log([ 'psql', '-X', '-q', '-d', $node->connstr($database), '-f', $file ], '>', '/dev/null', '2>', \$out);
	return $out;
}

append_to_file("$folder/create.sql", "CREATE EXTENSION product_upsert; SELECT product_tables_create();\n");
prepare('with_setup', 'test/sql/00_setup.sql', 'test/openapi/record.sql');
prepare('without_setup', "$folder/create.sql", 'test/openapi/record.sql');
my $told = '';
for my $file (glob 'test/sql/request_*.sql')
{
	my ($name) = $file =~ m{(\w+)\.sql};
	$told .= record($name, $file, 'with_setup');
}
for my $page ('requests', 'profiles')
{
	my (undef, $blocks) = main::read_blocks("doc/$page.md");
	append_to_file("$folder/$page.sql", join "\n", map { $_->{sql} } grep { !$_->{shell} } @$blocks);
	$told .= record("doc_$page", "$folder/$page.sql", 'without_setup');
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
