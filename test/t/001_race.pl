# Racing clients over the same products: no duplicate, no deadlock that reaches a caller, no update lost.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('race');
$node->init;
$node->append_conf('postgresql.conf', "deadlock_timeout = 50ms\nfsync = off\nlog_min_messages = fatal\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION product_upsert; SELECT product_tables_create()');

my $folder = PostgreSQL::Test::Utils::tempdir;

# race(CLIENTS, TRANSACTIONS, SCRIPT...) : pgbench with the scripts mixed; any error of any client fails it.
sub race
{
	my ($name, $clients, $transactions, @scripts) = @_;
	my @files;
	for my $sql (@scripts)
	{
		my $file = "$folder/$name" . @files . '.sql';
		append_to_file($file, $sql);
		push @files, '-f', $file;
	}
	my ($out, $err) = ('', '');
	my $ok = IPC::Run::run(
		[ 'pgbench', '-n', '-c', $clients, '-j', 2, '-t', $transactions, '-h', $node->host, '-p', $node->port, @files, 'postgres' ],
		'>', \$out, '2>', \$err);
	ok($ok && $err !~ /ERROR|aborted/, "$name: no client sees an error") or diag substr($err, 0, 2000);
}

# Batches of 20 documents over 60 keys, in random orders, under two identity rules at once.
my $batch = q{
SELECT count(*) FROM product_upsert_rows((
  SELECT jsonb_agg(d ORDER BY random()) FROM (
    SELECT DISTINCT ON (k) jsonb_build_object('external_id', 'e' || k, 'number', 'n' || k, 'name', 'name ' || (random() * 3)::int, 'price', (random() * 5)::int) AS d
      FROM (SELECT (random() * 59)::int AS k FROM generate_series(1, 20)) r) b));
};
my $one = q{
\set k random(0, 59)
SELECT product_upsert(jsonb_build_object('number', 'n' || :k, 'external_id', 'e' || :k, 'name', 'single ' || :k));
};
my $direct = q{
\set k random(0, 59)
UPDATE product SET price = price + 1 WHERE external_id = 'e' || :k;
};
my $delete = q{
\set k random(0, 59)
DELETE FROM product WHERE external_id = 'e' || :k;
};
race('race_upserts', 8, 60, $batch, $one);
race('race_upserts_against_direct_sql', 8, 60, $batch, $one, $direct, $delete);
is($node->safe_psql('postgres', 'SELECT count(*) - count(DISTINCT external_id), count(*) - count(DISTINCT number) FROM product'),
	'0|0', 'race: no duplicate');
is($node->safe_psql('postgres', q{SELECT count(*) FROM product WHERE substr(external_id, 2) <> substr(number, 2)}),
	'0', 'race: no key has wandered to another product');

# Under one rule all writers meet in one order: whoever loses a product gives back the others before it waits for it.
sub deadlocks { return $node->safe_psql('postgres', q{SELECT pg_stat_clear_snapshot(), deadlocks FROM pg_stat_database WHERE datname = 'postgres'}) }
my $rule = q{
SELECT count(*) FROM product_upsert_rows((
  SELECT jsonb_agg(jsonb_build_object('external_id', 'o' || k, 'name', 'name ' || random())) FROM (SELECT k FROM generate_series(1, 60) k ORDER BY random() LIMIT 20) r));
};
race('race_one_rule_create', 8, 60, $rule);
my $before = deadlocks();
race('race_one_rule', 8, 60, $rule);
is(deadlocks(), $before, 'race: opposite orders are no deadlock, not even one that is undone');

# What a product brings along is seen with it or not at all: its own sku, its own unique value is nobody else's.
$node->safe_psql('postgres', q{INSERT INTO product_custom_field (organization_id, reference, name, type, unique_value) VALUES (1, 'serial', 'Serial', 'text', true)});
my $parts = q{
SELECT product_upsert(jsonb_build_object('external_id', 'p' || t, 'name', 'P', 'custom_fields', jsonb_build_object('serial', 's' || t),
         'variants', jsonb_build_array(jsonb_build_object('sku', 'k' || t, 'price', 1))))
  FROM (SELECT (extract(epoch FROM clock_timestamp()) * 200)::bigint AS t OFFSET 0) now;
};
my $many_parts = q{
SELECT count(*) FROM product_upsert_rows((
  SELECT jsonb_agg(jsonb_build_object('external_id', 'q' || k || '-' || t, 'name', 'Q', 'custom_fields', jsonb_build_object('serial', 'q' || k || '-' || t),
                                      'variants', jsonb_build_array(jsonb_build_object('sku', 'q' || k || '-' || t, 'price', 1))) ORDER BY random())
    FROM (SELECT (extract(epoch FROM clock_timestamp()) * 20)::bigint AS t OFFSET 0) now, generate_series(1, 10) k WHERE random() < 0.7));
};
race('race_parts', 8, 150, $parts);
race('race_many_parts', 8, 40, $many_parts);

# Vending documents: the natural key alone, several organizations, one product created by many at once.
my $vending = q{
SELECT count(*) FROM product_upsert_rows((
  SELECT jsonb_agg(DISTINCT jsonb_build_object('organizationId', 1 + k % 3, 'manufacturer', 'M', 'brand', 'B' || k % 4, 'name', 'N' || k, 'size', NULL, 'customField1', 'same'))
    FROM (SELECT (random() * 39)::int AS k FROM generate_series(1, 15)) r), profile => 'vending');
};
race('race_vending', 8, 60, $vending);
is($node->safe_psql('postgres', q{SELECT count(*) - count(DISTINCT (organization_id, brand, name)), max(version) FROM product WHERE manufacturer = 'M'}),
	'0|1', 'race: vending products are created once, and unchanged ever after');

# Every writer adds an item of its own to a list, and raises a counter by way of the version: nothing may be lost.
$node->safe_psql('postgres', q{SELECT product_upsert('{"external_id": "list", "name": "List", "tags": [], "calories": 0}')});
my $append = q{
\set i random(1, 1000000000)
SELECT product_upsert(jsonb_build_object('external_id', 'list', 'tags', jsonb_build_array(:client_id || ' ' || :i)), field_actions => '{"tags": "APPEND"}');
};
my $count = q{
UPDATE product SET calories = calories + 1 WHERE external_id = 'list';
};
race('race_append', 8, 40, $append);
is($node->safe_psql('postgres', q{SELECT cardinality(tags), version FROM product WHERE external_id = 'list'}),
	'320|321', 'race: every appended item is there, every update raised the version once');
race('race_append_and_count', 8, 40, $append, $count);
is($node->safe_psql('postgres', q{SELECT cardinality(tags) + calories FROM product WHERE external_id = 'list'}),
	'640', 'race: nor is an increment of direct SQL lost');

# Optimistic writers: of those who read the same version one wins, the others are told so and try again.
my $version = q{
SELECT version AS v, price AS p FROM product WHERE external_id = 'version' \gset
SELECT test_try(:v, :p + 1);
};
$node->safe_psql('postgres', q{
SELECT product_upsert('{"external_id": "version", "name": "Version", "price": 0}');
CREATE TABLE won (version int PRIMARY KEY);
CREATE FUNCTION test_try(v int, p numeric) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM product_upsert(jsonb_build_object('external_id', 'version', 'price', p), if_version => v);
  INSERT INTO won VALUES (v);
  RETURN true;
EXCEPTION WHEN object_not_in_prerequisite_state THEN
  RETURN false;
END $$});
race('race_if_version', 8, 40, $version);
is($node->safe_psql('postgres', q{SELECT price = version - 1 AND price = (SELECT count(*) FROM won) AND price > 0 FROM product WHERE external_id = 'version'}),
	't', 'race: with if_version exactly one writer wins each version');

# The stricter levels give a clean 40001 and nothing else.
for my $level ('repeatable read', 'serializable')
{
	$node->safe_psql('postgres', qq{
CREATE OR REPLACE FUNCTION test_level() RETURNS text LANGUAGE plpgsql AS \$\$
BEGIN
  PERFORM product_upsert_bulk((SELECT jsonb_agg(jsonb_build_object('external_id', 's' || k, 'name', random()::text)) FROM generate_series(1, 5) k));
  RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END \$\$;
CREATE TABLE IF NOT EXISTS outcome (sqlstate text)});
	# Every second client commits what it does.
	my $commit = q{
SELECT product_upsert_bulk((SELECT jsonb_agg(jsonb_build_object('external_id', 's' || k, 'name', random()::text)) FROM generate_series(5, 1, -1) k));
};
	my $record = qq{
BEGIN ISOLATION LEVEL $level;
SELECT count(*) FROM product;
SELECT quote_literal(test_level()) AS o \\gset
ROLLBACK;
INSERT INTO outcome VALUES (:o);
};
	race('race_' . ($level =~ s/ /_/r), 6, 30, $record, $commit);
}
is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT sqlstate, ',') FROM outcome WHERE sqlstate NOT IN ('ok', '40001')}),
	'', 'race: repeatable read and serializable give 40001 or succeed');

$node->safe_psql('postgres', 'CREATE EXTENSION amcheck');
is($node->safe_psql('postgres', q{SELECT count(bt_index_check(indexrelid, true)) FROM pg_index WHERE indrelid = 'product'::regclass}) > 0,
	1, 'race: the indexes are sound');
$node->stop;
done_testing();
