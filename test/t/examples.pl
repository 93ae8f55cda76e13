# What the documentation shows is what happens: every example of README.md and doc/, run and compared (test/examples.pl);
# and the tests that doc/contracts.md names are there.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use File::Basename qw(dirname);
use File::Spec;

my $here = dirname(File::Spec->rel2abs(__FILE__));
require "$here/../examples.pl";
my $root = File::Spec->rel2abs("$here/../..");

my $node = PostgreSQL::Test::Cluster->new('examples');
$node->init;
$node->append_conf('postgresql.conf', "max_parallel_workers_per_gather = 0\nautovacuum = off\n");
$node->start;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
$ENV{PGDATABASE} = 'postgres';

chdir $root or die "$root: $!";
for my $file ('README.md', sort glob 'doc/*.md')
{
	for my $result (main::check_file($file, ''))
	{
		ok($result->[1], $result->[0]) or diag($result->[2]);
	}
}

# Every test that doc/contracts.md names is there.
open my $contracts, '<', 'doc/contracts.md' or die "doc/contracts.md: $!";
my @lost;
while (my $line = <$contracts>)
{
	while ($line =~ m{\]\(\.\./(test/[^)]+)\)(?:: `(\w+)`)?}g)
	{
		my ($file, $test) = ($1, $2 // '');
		push @lost, "$file $test" unless -e $file && PostgreSQL::Test::Utils::slurp_file($file) =~ /\b\Q$test\E\b/;
	}
}
is("@lost", '', 'doc/contracts.md: every test it names is there');

$node->stop;
done_testing();
