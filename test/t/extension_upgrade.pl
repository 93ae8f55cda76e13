# ALTER EXTENSION UPDATE from every released version: the same members with the same definitions as a new one, what the user has made
# with them kept. The install scripts of released versions are in test/fixtures/released; 0.1.0 is there as it was first and last.
use strict;
use warnings;
use File::Basename qw(dirname basename);
use File::Copy qw(copy);
use File::Path qw(make_path);
use File::Spec;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $fixtures = dirname(File::Spec->rel2abs(__FILE__)) . '/../fixtures';
my $folder = PostgreSQL::Test::Utils::tempdir;
chomp(my ($bin, $share, $libraries) = map { `pg_config --$_` } qw(bindir sharedir pkglibdir));
my $settings = `$bin/postgres --describe-config`;
my $way = (grep { $settings =~ /^$_\t/m } qw(extension_destdir extension_control_path))[0];
plan skip_all => 'this PostgreSQL loads no extension from elsewhere' unless $way;

# The extension as it is installed, and beside it the scripts of older versions.
my $config = $ENV{TEMP_CONFIG} ? slurp_file($ENV{TEMP_CONFIG}) : '';
my $stage = $config =~ /extension_destdir = '(.*)'/ ? $1 : $config =~ /extension_control_path = '(.*)\Q$share\E:/ ? $1 : '';
my ($extension) = ("$folder/stage$share/extension");
make_path($extension, "$folder/stage$libraries");
copy($_, $extension) or die "$_: $!" for glob("$stage$share/extension/product_upsert*"), glob("$fixtures/released/*.sql");
copy("$stage$libraries/product_upsert.so", "$folder/stage$libraries") or die "product_upsert.so: $!";
my ($version) = slurp_file("$extension/product_upsert.control") =~ /^default_version = '(.*)'/m;
my ($first) = ("$extension/product_upsert--0.1.0--$version.sql");
copy($first, "$extension/product_upsert--0.1.0first--$version.sql") or die "$first: $!";

my $node = PostgreSQL::Test::Cluster->new('upgrade');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\n" . ($way eq 'extension_destdir' ? "extension_destdir = '$folder/stage'\n"
	  : "extension_control_path = '$folder/stage$share:\$system'\ndynamic_library_path = '$folder/stage$libraries:\$libdir'\n"));
$node->start;
my $schema = 'A 50% shop; of';
my $path = qq{SET search_path = "$schema", public; SET client_min_messages = error;\n};

# Every member of the extension, with all that is said of it.
sub members
{
	my ($database) = @_;
	return $node->safe_psql($database, q{
SELECT replace(concat_ws(' ', pg_describe_object(d.classid, d.objid, 0), CASE WHEN p.prokind IN ('f', 'p') THEN pg_get_functiondef(p.oid) END, p.prokind, p.provolatile, p.proparallel, p.prorows,
       pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), p.proacl, a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.agginitval, obj_description(d.objid, d.classid::regclass::text),
       (SELECT string_agg(concat_ws(' ', c.attname, c.atttypid::regtype, c.attnum), ', ' ORDER BY c.attnum) FROM pg_attribute c WHERE c.attrelid = t.typrelid AND c.attnum > 0)), E'\n', ' ')
  FROM pg_depend d LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid LEFT JOIN pg_aggregate a ON a.aggfnoid = p.oid
  LEFT JOIN pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid
 WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'product_upsert') AND d.deptype = 'e' ORDER BY 1});
}

sub objects
{
	my ($database) = @_;
	return $node->safe_psql($database, slurp_file("$fixtures/objects.sql") . qq{SELECT object FROM objects('"$schema"') WHERE object NOT LIKE '%of\\_the\\_user%' ORDER BY 1});
}

# The lines that only one of the two has.
sub differences
{
	my ($upgraded, $new) = @_;
	my %count;
	$count{$_} |= 1 for split /\n/, $upgraded;
	$count{$_} |= 2 for split /\n/, $new;
	return [ map { ($count{$_} == 1 ? 'only upgraded: ' : 'only new: ') . $_ } grep { $count{$_} != 3 } sort keys %count ];
}

$node->safe_psql('postgres', "CREATE ROLE clerk; CREATE DATABASE fresh");
$node->safe_psql('fresh', qq{CREATE SCHEMA "$schema"; CREATE EXTENSION product_upsert SCHEMA "$schema"; $path SELECT product_tables_create()});
my $fresh = members('fresh');

my @released = map { /product_upsert--(.*)\.sql$/ } sort glob("$fixtures/released/*.sql");
for my $from (@released)
{
	(my $database = "from_$from") =~ tr/./_/;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	# The tables are made by a library of their own time: a newer one may know none so old.
	my $made_by = $from eq '0.1.0first' ? 1 : 2;
	$node->safe_psql($database, qq{CREATE SCHEMA "$schema"; CREATE EXTENSION product_upsert SCHEMA "$schema" VERSION '$from'; $path
SELECT pg_get_functiondef('product_tables_library()'::regprocedure) AS newer \\gset
CREATE OR REPLACE FUNCTION product_tables_library() RETURNS integer LANGUAGE sql AS 'SELECT $made_by';
SELECT product_tables_create();
:newer;
INSERT INTO product (organization_id, external_id, name) VALUES (1, 'old', 'Old');
CREATE VIEW of_the_user AS SELECT product_get(id) AS product FROM product;
CREATE TABLE feed_of_the_user (document jsonb);
CREATE TRIGGER feed_of_the_user AFTER INSERT ON feed_of_the_user REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION product_upsert_trigger();
REVOKE EXECUTE ON FUNCTION product_get FROM PUBLIC; GRANT EXECUTE ON FUNCTION product_get TO clerk});

	# The library is replaced before ALTER EXTENSION runs: each call is answered, or refused with what to do.
	for my $call ('status FROM product_upsert_rows($$[{"external_id": "old", "price": 1}]$$::jsonb, dry_run => true)',
		'product_upsert_bulk($$[{"external_id": "old", "price": 1}]$$::jsonb, dry_run => true)', 'product_upsert($${"external_id": "old", "price": 1}$$::jsonb, dry_run => true)',
		'status FROM product_upsert_from($$feed_of_the_user$$, dry_run => true)', 'status FROM product_match($${"external_id": "old"}$$::jsonb)', 'product_get(1)')
	{
		my ($status, $out, $err) = $node->psql($database, "$path SELECT $call");
		unlike($err, qr/server closed|terminated/, "the newer library under the functions of $from ends no session: $call");
		ok($status == 0 || $err =~ /HINT:.*(ALTER EXTENSION|product_tables_upgrade)/, "and answers, or says what to do: $err");
	}

	$node->safe_psql($database, $path . 'ALTER EXTENSION product_upsert UPDATE; SELECT product_tables_upgrade()');
	my $acl = $node->safe_psql($database, "$path SELECT proacl FROM pg_proc WHERE oid = 'product_get'::regproc");
	like($acl, qr/clerk=X/, 'what was granted to a function stays granted');
	unlike($acl, qr/[{,]=X/, 'what was revoked stays revoked');
	$node->safe_psql($database, "$path REVOKE EXECUTE ON FUNCTION product_get FROM clerk; UPDATE pg_proc SET proacl = NULL WHERE oid = 'product_get'::regproc");
	is_deeply(differences(members($database), $fresh), [], "$from, upgraded, has the members of a new $version");
	is_deeply(differences(objects($database), objects('fresh')), [], 'and its tables are those of a new one');
	is($node->safe_psql($database, qq{$path INSERT INTO feed_of_the_user VALUES ('{"external_id": "old", "name": "New"}'); SELECT product ->> 'name' FROM of_the_user}), 'New',
		'a view and a trigger that use its functions go on');
}

my @chain = map { basename($_, '.sql') } glob("$fixtures/../../sql/from/*.sql");
is_deeply([ grep { my $from = $_; !grep { $_ eq $from } @released } @chain ], [], 'the install script of every version that an upgrade begins at is kept');
is_deeply([ grep { my $from = $_; $from ne '0.1.0first' && !grep { $_ eq $from } @chain } @released ], [], 'and there is an upgrade from each');
done_testing();
