# A dump by any of PostgreSQL's own ways, and its restore: row for row, object for object, with everything that a user has added.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Spec;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $fixtures = dirname(File::Spec->rel2abs(__FILE__)) . '/../fixtures';
my $folder = PostgreSQL::Test::Utils::tempdir;
my $node = PostgreSQL::Test::Cluster->new('dump');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nwal_level = logical\nlog_min_messages = fatal\n");
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE product_helper; CREATE ROLE keeper LOGIN; CREATE ROLE other LOGIN');

# The catalogue lives in this schema, of a name that wants quotes.
my $schema = 'A shop; of';
my $path = qq{SET search_path = "$schema", public; SET client_min_messages = error;\n};

sub new_database
{
	my ($database, $owner) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database" . ($owner ? " OWNER $owner" : ''));
}

sub make_source
{
	my ($database, $additions, $partitions) = @_;
	new_database($database);
	$partitions //= '';
	my $fill = slurp_file("$fixtures/fill.sql");
	$node->safe_psql($database, qq{CREATE SCHEMA "$schema"; CREATE EXTENSION product_upsert SCHEMA "$schema"; $path SELECT product_tables_create($partitions);\n$fill\n$additions;\nUPDATE product SET field_sources = '{"price": "hand", "name": "erp"}' WHERE external_id = 'e3';});
}

# Every object and what every table holds, a line each, sorted; by way of functions made for the purpose.
sub state
{
	my ($on, $database) = @_;
	$on->safe_psql($database, slurp_file("$fixtures/objects.sql"));
	return $on->safe_psql($database, qq{SELECT object FROM (SELECT * FROM objects('"$schema"') UNION ALL SELECT * FROM contents('"$schema"')) o ORDER BY object COLLATE "C"});
}

# What every restored catalogue has to do, whoever owns it.
sub works
{
	my ($on, $database, $name, @as) = @_;
	my @options = @as ? (extra_params => [ '-U', $as[0] ]) : ();
	is($on->safe_psql($database, $path . q{
SELECT status, decided_by, changed FROM product_upsert_rows('[{"external_id": "e8", "price": 1}]');
SELECT product_upsert('{"code": "u9", "price": 2}', profile => 'own', organization_id => 2) -> 'price';
SELECT status, decided_by FROM product_upsert_rows('[{"custom_fields": {"dims.serial": 12.5}, "price": 7}]', 'custom_field', 'dims.serial');
SELECT status, changed FROM product_upsert_rows('[{"external_id": "child", "variants": [{"sku": "s2", "price": 3}]}]');
SELECT id = currval(pg_get_serial_sequence('product', 'id')) FROM product_upsert_rows('[{"external_id": "fresh", "name": "fresh"}]');
INSERT INTO product (organization_id, name) VALUES (1, 'direct') RETURNING id = currval(pg_get_serial_sequence('product', 'id'));
SELECT (product_request('vending', 'PUT', '/products', '[{"manufacturer": "M", "brand": "B", "name": "vending", "cost": 1}]', headers => '{"x-api-key": "k"}')).status;
SELECT product_grant('product_helper', 'PRODUCT.VIEW', 1);
SELECT product_custom_field_index('dims.serial');
SELECT product_identity_drop('upc'), product_identity_create('upc', '{upc}');
SELECT count(*) FROM product_tables_upgrade() u WHERE u NOT LIKE 'profile agency: kept%';
}, @options), "updated|external_id|{price}\n2\nupdated|custom_field:dims.serial\nupdated|{variants}\nt\nt\n200\n\n1\n|\n0", "$name: what was restored works on");
	my ($code, $out, $err) = $on->psql($database, qq{$path INSERT INTO product (organization_id, name, upc) VALUES (1, 'x', 'u8')});
	like($err, qr/duplicate key/, "$name: its rules hold direct SQL");
	($code, $out, $err) = $on->psql($database, 'DROP EXTENSION product_upsert');
	like($err, qr/other objects depend on it/, "$name: the extension cannot be dropped");
}

# Both databases are the same.
sub same
{
	my ($on, $target, $source, $name) = @_;
	return same_states(state($on, $target), state($node, $source), $name);
}

sub same_states
{
	my ($here, $there, $name) = @_;
	ok(length $there > 1000, "$name: compared");
	my %there = map { $_ => 1 } split /\n/, $there;
	my %here = map { $_ => 1 } split /\n/, $here;
	is(join("\n", grep { !$here{$_} } sort keys %there), '', "$name: nothing is missing");
	is(join("\n", grep { !$there{$_} } sort keys %here), '', "$name: nothing is new");
}

# The test that the first design failed: everything that is added here was lost, and with it the products.
make_source('first', q{
ALTER TABLE product ADD COLUMN weight numeric;
CREATE INDEX user_weight_idx ON product (weight);
ALTER TABLE product ADD CONSTRAINT user_weight_check CHECK (weight > 0);
CREATE FUNCTION user_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.product_group := coalesce(NEW.product_group, 'touched'); RETURN NEW; END $$;
CREATE TRIGGER user_touch BEFORE INSERT ON product FOR EACH ROW EXECUTE FUNCTION user_touch();
CREATE POLICY user_policy ON product FOR SELECT USING (id < 100);
SELECT product_identity_create('handle', '{handle}', folds => '{nfc}');
SELECT product_identity_create('barcode', '{item_number}', folds => '{gtin}');
SELECT product_upsert('{"external_id": "weighed", "name": "Weighed", "item_number": "4-006381-333931", "handle": "the\\u0301"}');
UPDATE product SET weight = 1.5 WHERE external_id = 'weighed'});
new_database('target_first');
$node->command_ok([ 'sh', '-c', 'pg_dump -d "$0" | psql -Xq -v ON_ERROR_STOP=1 -d "$1" >/dev/null', $node->connstr('first'), $node->connstr('target_first') ],
	'dump_first: pg_dump | psql without an error');
same($node, 'target_first', 'first', 'dump_first');
is($node->safe_psql('target_first', $path . q{SELECT weight, product_group FROM product WHERE external_id = 'weighed'}), '1.5|touched', 'dump_first: the product is there');
is($node->safe_psql('target_first', $path . q{SELECT status, decided_by FROM product_upsert_rows('[{"item_number": "4006381333931", "price": 4}]', 'barcode', dry_run => true);
SELECT status, decided_by FROM product_upsert_rows('[{"handle": "th\u00e9", "price": 4}]', 'handle', dry_run => true)}), "updated|barcode\nupdated|handle", 'dump_first: rules that fold find it');
works($node, 'target_first', 'dump_first');

# Tables made with partitions, by psql, and in parallel.
make_source('parted', q{
ALTER TABLE product ADD COLUMN weight numeric;
CREATE INDEX user_weight_idx ON product (weight);
ALTER TABLE product_p1 SET (fillfactor = 70);
SELECT count(*) FROM generate_series(10, 30) o (id), product_upsert_rows('[{"external_id": "weighed", "name": "Weighed"}, {"external_id": "other", "name": "Other"}]', organization_id => o.id)}, 3);
new_database('target_parted');
$node->command_ok([ 'sh', '-c', 'pg_dump -d "$0" | psql -Xq -v ON_ERROR_STOP=1 -d "$1" >/dev/null', $node->connstr('parted'), $node->connstr('target_parted') ],
	'dump_partitions: pg_dump | psql without an error');
same($node, 'target_parted', 'parted', 'dump_partitions');
works($node, 'target_parted', 'dump_partitions');
new_database('target_parted_parallel');
$node->command_ok([ 'pg_dump', '-Fd', '-j2', '-f', "$folder/parted", $node->connstr('parted') ], 'dump_partitions_parallel: pg_dump -j');
$node->command_ok([ 'pg_restore', '-j2', '-e', '-d', $node->connstr('target_parted_parallel'), "$folder/parted" ], 'dump_partitions_parallel: pg_restore -j');
same($node, 'target_parted_parallel', 'parted', 'dump_partitions_parallel');

# All of it: fixtures/additions.sql, a publication, and a table that the user has partitioned.
make_source('source', slurp_file("$fixtures/additions.sql") . q{
CREATE PUBLICATION user_news FOR TABLE product WHERE (id > 0), product_cost_centre (organization_id, id, code);
ALTER TABLE product_change RENAME TO user_old_change;
CREATE TABLE product_change (LIKE user_old_change INCLUDING ALL) PARTITION BY HASH (organization_id);
CREATE TABLE user_change_0 PARTITION OF product_change FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE user_change_1 PARTITION OF product_change FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO product_change SELECT * FROM user_old_change;
DROP TABLE user_old_change;
INSERT INTO product_change_consumer (organization_id, name, xact, change_id) VALUES (1, 'search', '3', 1);
INSERT INTO product_parked (organization_id, profile, key, document, errors) VALUES (1, 'catalog', 'external_id:waits', '{"external_id": "waits"}', '[{"field": "category_id", "code": "parked", "resource_type": "category", "resource_id": "c"}]');
INSERT INTO product_idempotency (organization_id, caller, key, call, status, body, headers) VALUES (1, current_user, 'k', '\\x01', 201, '{"id": "1"}', '{"ETag": "\\"1\\""}');
SELECT product_tables_upgrade();
UPDATE product_profile SET definition = shipped WHERE name = 'agency';
REFRESH MATERIALIZED VIEW user_summary});
is($node->safe_psql('source', $path . q{SELECT count(*) FROM unnest(product_tables_names()) t WHERE t <> 'product_tables_version'
    AND (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I', t), false, true, '')))[1]::text = '0'}), 0, 'dump: every table holds something');

my $source = $node->connstr('source');
my %restore = (
	plain => sub { $node->command_ok([ 'sh', '-c', 'pg_dump -d "$0" | psql -Xq -v ON_ERROR_STOP=1 -d "$1" >/dev/null', $source, $_[0] ], 'dump_plain: without an error') },
	custom => sub {
		$node->command_ok([ 'pg_dump', '-Fc', '-f', "$folder/custom", $source ], 'dump_custom: dumped');
		$node->command_ok([ 'pg_restore', '--exit-on-error', '-j', '4', '-d', $_[0], "$folder/custom" ], 'dump_custom: restored by four jobs');
	},
	directory => sub {
		$node->command_ok([ 'pg_dump', '-Fd', '-j', '2', '-f', "$folder/directory", $source ], 'dump_directory: dumped by two jobs');
		$node->command_ok([ 'pg_restore', '--exit-on-error', '-j', '4', '-d', $_[0], "$folder/directory" ], 'dump_directory: restored by four jobs');
	},
	# Rows that break a NOT VALID check come in only where the check comes after them: none of PostgreSQL's tables can do that here.
	schema_then_data => sub {
		new_database('source_schema_then_data');
		system_or_bail('sh', '-c', 'pg_dump -d "$0" | psql -Xq -v ON_ERROR_STOP=1 -d "$1" >/dev/null', $source, $node->connstr('source_schema_then_data'));
		$node->safe_psql('source_schema_then_data', qq{$path UPDATE product SET name = 'n1b' WHERE name = 'n1'});
		my $source = $node->connstr('source_schema_then_data');
		$node->command_ok([ 'sh', '-c', 'pg_dump --schema-only -d "$0" | psql -Xq -v ON_ERROR_STOP=1 -d "$1" >/dev/null', $source, $_[0] ], 'dump_schema_then_data: definitions');
		# Else the user's triggers would write again what the dump brings.
		$node->command_ok([ 'sh', '-c', 'pg_dump --data-only -d "$0" 2>/dev/null | PGOPTIONS="-c session_replication_role=replica" psql -Xq -v ON_ERROR_STOP=1 -d "$1" >/dev/null', $source, $_[0] ], 'dump_schema_then_data: data');
		$node->safe_psql('target_schema_then_data', qq{$path REFRESH MATERIALIZED VIEW user_summary});
	});
for my $way (sort keys %restore)
{
	new_database("target_$way");
	$restore{$way}->($node->connstr("target_$way"));
	same($node, "target_$way", $way =~ /then/ ? "source_$way" : 'source', "dump_$way");
	works($node, "target_$way", "dump_$way");
}

# A dump of a restored one is no different.
$node->safe_psql('target_plain', qq{$path REFRESH MATERIALIZED VIEW user_summary});
new_database('target_again');
$node->command_ok([ 'sh', '-c', 'pg_dump -d "$0" | psql -Xq -v ON_ERROR_STOP=1 -d "$1" >/dev/null', $node->connstr('target_plain'), $node->connstr('target_again') ], 'dump_again: without an error');
same($node, 'target_again', 'target_plain', 'dump_again');

# The catalogue's tables alone, into a database that has the extension: what they need of the user's has to be there.
new_database('target_tables');
$node->safe_psql('target_tables', qq{CREATE SCHEMA "$schema"; CREATE EXTENSION product_upsert SCHEMA "$schema"; SET search_path = "$schema";
CREATE FUNCTION user_touch() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN NEW.product_group := coalesce(NEW.product_group, 'touched'); RETURN NEW; END \$\$});
$node->command_ok([ 'sh', '-c', 'pg_dump -t "$2" -d "$0" | psql -Xq -v ON_ERROR_STOP=1 -d "$1" >/dev/null', $node->connstr('first'), $node->connstr('target_tables'), qq{"$schema".product*} ],
	'dump_tables: without an error');
same($node, 'target_tables', 'first', 'dump_tables');
works($node, 'target_tables', 'dump_tables');

# Definitions alone, for a catalogue that begins empty: the rules are made again from their indexes.
new_database('target_definitions');
$node->command_ok([ 'sh', '-c', 'pg_dump --schema-only -d "$0" | psql -Xq -v ON_ERROR_STOP=1 -d "$1" >/dev/null', $node->connstr('first'), $node->connstr('target_definitions') ],
	'dump_definitions: without an error');
my ($status, $out, $err) = $node->psql('target_definitions', qq{$path SELECT product_get(1)});
like($err, qr/the rows of product_identity are missing.*HINT:.*product_tables_upgrade/s, 'dump_definitions: a call says what is missing');
is($node->safe_psql('target_definitions', qq{$path SELECT count(*) FROM product_tables_upgrade() u WHERE u NOT LIKE '%: new'; SELECT count(*) FROM product_tables_upgrade()}), "0\n0",
	'dump_definitions: rules and profiles are made again');
for my $what ("(SELECT string_agg(to_jsonb(i)::text, E'\n' ORDER BY name) FROM product_identity i)", '(SELECT string_agg(object, E\'\n\' ORDER BY object) FROM public.objects(\'"A shop; of"\'))')
{
	is($node->safe_psql('target_definitions', "$path SELECT $what"), $node->safe_psql('first', "$path SELECT $what"), 'dump_definitions: as they were');
}
is($node->safe_psql('target_definitions', $path . q{SELECT status, decided_by FROM product_upsert_rows('[{"item_number": "4-006381-333931", "name": "Weighed"}]', 'barcode');
SELECT status, decided_by FROM product_upsert_rows('[{"item_number": "4006381333931", "price": 4}]', 'barcode')}), "created|barcode\nupdated|barcode", 'dump_definitions: and work');

# No definition has a sign that other encodings lack.
$node->command_ok([ 'pg_dump', '--schema-only', '-E', 'LATIN1', '-f', "$folder/latin1", $node->connstr('first') ], 'dump_encoding: in LATIN1');

# Data alone, into tables that product_tables_create has just made: its rules and profiles make room for those of the dump.
new_database('target_data');
$node->safe_psql('target_data', qq{CREATE SCHEMA "$schema"; CREATE EXTENSION product_upsert SCHEMA "$schema"; $path SELECT product_tables_create();
ALTER TABLE product ADD COLUMN weight numeric; DELETE FROM product_identity; DELETE FROM product_profile});
$node->command_ok([ 'sh', '-c', 'pg_dump --data-only -t "$2" -d "$0" 2>/dev/null | psql -Xq -v ON_ERROR_STOP=1 -d "$1" >/dev/null', $node->connstr('first'), $node->connstr('target_data'), qq{"$schema".product*} ],
	'dump_data: without an error');
like($node->safe_psql('target_data', qq{$path SELECT product_tables_upgrade()}), qr/^identity rule handle: index and checks$/m, 'dump_data: a built-in rule that folds gets its index');
state($node, 'target_data');
for my $what ('SELECT object FROM contents(\'"A shop; of"\') WHERE object !~ \' (product_tables_version|.*_seq) \' ORDER BY 1', 'SELECT indexdef FROM pg_indexes WHERE indexname ~ \'product_(identity|exact)\' ORDER BY 1')
{
	is($node->safe_psql('target_data', "SET search_path = public; $what"), $node->safe_psql('first', "SET search_path = public; $what"), 'dump_data: as there');
}
works($node, 'target_data', 'dump_data');

# Into a database of another role, who is no superuser and owns everything afterwards.
new_database('target_other', 'other');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--no-owner', '-U', 'other', '-d', $node->connstr('target_other'), "$folder/custom" ], 'dump_no_owner: restored by a role that owns the database');
same($node, 'target_other', 'source', 'dump_no_owner');
is($node->safe_psql('target_other', qq{SELECT string_agg(DISTINCT relowner::regrole::text, ',') FROM pg_class WHERE relkind <> 'c' AND relnamespace = '"$schema"'::regnamespace}), 'other', 'dump_no_owner: all is theirs');
works($node, 'target_other', 'dump_no_owner', 'other');

# Without privileges: the members are in product_member, and get theirs back.
new_database('target_without');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--no-privileges', '-d', $node->connstr('target_without'), "$folder/custom" ], 'dump_no_privileges: without an error');
is($node->safe_psql('target_without', $path . q{SELECT count(*) >= 20 FROM product_tables_upgrade() u WHERE u LIKE 'privileges of product_helper on %'}), 't', 'dump_no_privileges: given anew');
# What the user has granted beside, a column's, is the user's to grant again.
same_states(state($node, 'target_without'), (join "\n", grep { !/^grant .* (id|name|weight) product_helper/ } split /\n/, state($node, 'source')), 'dump_no_privileges');
is($node->safe_psql('target_without', $path . q{SET ROLE product_helper; SELECT status FROM product_upsert_rows('[{"external_id": "e3", "price": 3.30}]', organization_id => 2)}), 'unchanged',
	'dump_no_privileges: members may use the schema');
works($node, 'target_without', 'dump_no_privileges');

# A whole cluster.
my $second = PostgreSQL::Test::Cluster->new('second');
$second->init;
$second->append_conf('postgresql.conf', "fsync = off\nwal_level = logical\nlog_min_messages = fatal\n");
$second->start;
$second->command_ok([ 'sh', '-c', 'pg_dumpall -d "$0" | grep -v "^CREATE ROLE $2;" | psql -Xq -v ON_ERROR_STOP=1 -d "$1" >/dev/null',
		$node->connstr('postgres'), $second->connstr('postgres'), $ENV{PGUSER} // getpwuid($<) ], 'dump_all: without an error');
same($second, 'source', 'source', 'dump_all');
works($second, 'source', 'dump_all');
$second->stop;

# pg_upgrade: to the same version, or where UPGRADE_TO names the folder of a later PostgreSQL that has the extension too
# (/usr/lib/postgresql/17), to that.
my ($old) = `pg_config --bindir` =~ /(\S+)/;
my $to = $ENV{UPGRADE_TO} // dirname($old);
my ($major) = `$to/bin/postgres --version` =~ /(\d+)/;
my $before = state($node, 'source');
$node->stop;
my $upgraded = PostgreSQL::Test::Cluster->new('upgraded', install_path => $to);
$upgraded->init(extra => [ $ENV{UPGRADE_TO} && $major >= 18 ? '--no-data-checksums' : () ]);
$upgraded->append_conf('postgresql.conf', "fsync = off\nwal_level = logical\nlog_min_messages = fatal\n");
chdir $folder;
# PostgreSQL 18's pg_upgrade loads '$libdir/product_upsert' by that very name, so not from a folder of dynamic_library_path.
my ($libraries) = `pg_config --pkglibdir` =~ /(\S+)/;
SKIP: {
	skip 'pg_upgrade of 18 wants the extension installed', 1 if $major >= 18 && !$ENV{UPGRADE_TO} && !-e "$libraries/product_upsert.so";
	$upgraded->command_ok([ "$to/bin/pg_upgrade", '--no-sync', '-d', $node->data_dir, '-D', $upgraded->data_dir, '-b', $old, '-B', "$to/bin",
			'-s', $upgraded->host, '-p', $node->port, '-P', $upgraded->port ], 'dump_upgrade: done');
	$upgraded->start;
	same_states(state($upgraded, 'source'), $before, 'dump_upgrade');
	works($upgraded, 'source', 'dump_upgrade');
	$upgraded->stop;
}
done_testing();
