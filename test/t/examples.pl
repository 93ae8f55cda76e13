# What the documentation shows is what happens: every example of these files, run and compared (test/examples.pl).
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

for my $file (qw(README.md doc/functions.md doc/profiles.md doc/identity.md doc/concurrency.md doc/security.md))
{
	for my $result (main::check_file("$root/$file", 0))
	{
		(my $name = $result->[0]) =~ s{^\Q$root\E/}{};
		ok($result->[1], $name) or diag($result->[2]);
	}
}

$node->stop;
done_testing();
