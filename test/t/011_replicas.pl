# A physical standby reads, and says where to write; logical replication makes a catalogue to read elsewhere; pgoutput has what Debezium wants.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 'logical');
$primary->append_conf('postgresql.conf', "fsync = off\n");
$primary->start;
$primary->safe_psql('postgres', q{
CREATE EXTENSION product_upsert;
SELECT product_tables_create();
ALTER TABLE product ADD COLUMN season text;
SELECT product_identity_create('season', '{season}');
INSERT INTO product_profile (name, definition) SELECT 'seasons', jsonb_set(definition, '{fields,season}', '{"type": "text", "column": "season"}') FROM product_profile WHERE name = 'catalog';
SELECT product_upsert_bulk('[{"external_id": "a", "name": "n", "season": "spring"}, {"external_id": "b", "name": "m"}]', profile => 'seasons');
SELECT product_upsert('{"handle": "h", "external_id": "r", "title": "t", "brand": "b", "variants": [{"sku": "s", "price": 1, "position": 1}]}', profile => 'retail');
SELECT product_upsert('{"external_id": "a", "name": "of 2"}', organization_id => 2);
});

# --- a physical standby ---

$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));

is($standby->safe_psql('postgres', q{SELECT product_get(1) ->> 'name'}), 'n', 'standby: product_get');
is($standby->safe_psql('postgres', q{SELECT status, id, decided_by, changed FROM product_match('{"season": "spring", "name": "x"}', 'season', profile => 'seasons')}),
	'updated|1|season|{name}', 'standby: product_match');
is($standby->safe_psql('postgres', q{SELECT status FROM product_match('{"external_id": "c", "name": "x"}')}), 'created', 'standby: product_match of what is new');
is($standby->safe_psql('postgres', q{SELECT (product_request('retail', 'GET', '/v3/products/3', headers => '{"authorization": "t"}')).status}), '200', 'standby: a request that reads');
is($standby->safe_psql('postgres', q{SELECT (product_request('billing', 'GET', '/v1/products', headers => '{"x-api-key": "t"}')).status}), '200', 'standby: a request that lists');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM product_change}), '0', 'standby: the tables');
for my $call (q{product_upsert('{"external_id": "a", "name": "changed"}')}, q{product_upsert('{"external_id": "a", "name": "n"}')},
	q{product_upsert_bulk('[{"external_id": "c", "name": "new"}]')}, q{product_upsert_rows('[{"external_id": "c", "name": "new"}]', on_error => 'skip')},
	q{product_upsert('{"external_id": "a", "name": "changed"}', idempotency_key => 'k')},
	q{product_request('retail', 'POST', '/v3/products/update-create', '{"external_id": "r", "title": "changed"}', headers => '{"authorization": "t"}')},
	q{product_request('retail', 'POST', '/v3/products/update-create', '{"external_id": "r", "title": "changed"}', headers => '{"authorization": "t", "idempotency-key": "k"}')})
{
	my ($code, $out, $err) = $standby->psql('postgres', "\\set VERBOSITY verbose\nSELECT $call");
	like($err, qr/25006: products cannot be written on a standby.*\n.*HINT:  .*primary/s, "standby: $call");
}
$standby->stop;

# --- a catalogue to read elsewhere ---

my $reader = PostgreSQL::Test::Cluster->new('reader');
$reader->init(allows_streaming => 'logical');
$reader->append_conf('postgresql.conf', "fsync = off\n");
$reader->start;
$primary->safe_psql('postgres', 'CREATE PUBLICATION catalogue FOR ALL TABLES');
# The rules and profiles travel; the indexes of the rules, and columns, are made there.
$reader->safe_psql('postgres', q{
CREATE EXTENSION product_upsert;
SELECT product_tables_create();
ALTER TABLE product ADD COLUMN season text;
TRUNCATE product_identity, product_profile;
});
$reader->safe_psql('postgres', sprintf q{CREATE SUBSCRIPTION catalogue CONNECTION '%s' PUBLICATION catalogue}, $primary->connstr . ' dbname=postgres');
$reader->wait_for_subscription_sync($primary, 'catalogue') if $reader->can('wait_for_subscription_sync');
$reader->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_subscription_rel WHERE srsubstate <> 'r'});
like($reader->safe_psql('postgres', 'SELECT product_tables_upgrade()'), qr/^identity rule season: index and checks$/m, 'logical: product_tables_upgrade makes the index of the rule that came');
is($reader->safe_psql('postgres', q{SELECT product_get(1) ->> 'name', (SELECT id FROM product_match('{"season": "spring"}', 'season', profile => 'seasons'))}), 'n|1', 'logical: read and matched there');
$primary->safe_psql('postgres', q{SELECT product_upsert_bulk('[{"external_id": "a", "name": "changed"}, {"external_id": "late", "name": "new"}]')});
$primary->wait_for_catchup('catalogue');
is($reader->safe_psql('postgres', q{SELECT string_agg(name, ',' ORDER BY organization_id, id) FROM product}), 'changed,m,t,new,of 2', 'logical: changes follow');
is($reader->safe_psql('postgres', q{SELECT sku, product_id FROM product_variant}), 's|3', 'logical: variants too');
my $digest = q{SELECT md5(string_agg(p::text, ',' ORDER BY organization_id, id)) FROM product p};
is($reader->safe_psql('postgres', $digest), $primary->safe_psql('postgres', $digest), 'logical: row for row');
# What does not travel: the counters of ids. Calls pass over ids that are taken; INSERT does not.
$reader->safe_psql('postgres', 'DROP SUBSCRIPTION catalogue');
my ($code, $out, $err) = $reader->psql('postgres', q{INSERT INTO product (organization_id, name) VALUES (1, 'own')});
like($err, qr/duplicate key/, 'logical: its counters of ids stand where they stood');
is($reader->safe_psql('postgres', q{SELECT status FROM product_upsert_rows('[{"external_id": "own", "name": "own"}]')}), 'created', 'logical: calls pass over ids that are taken');

# --- pgoutput ---

$primary->safe_psql('postgres', q{SELECT pg_create_logical_replication_slot('debezium', 'pgoutput')});
$primary->safe_psql('postgres', q{SELECT product_upsert('{"external_id": "a", "name": "streamed"}'), product_upsert('{"external_id": "a", "name": "streamed"}')});
# B(egin), R(elation), U(pdate), C(ommit): an unchanged document is no message.
is($primary->safe_psql('postgres', q{SELECT string_agg(chr(get_byte(data, 0)), '') FROM pg_logical_slot_get_binary_changes('debezium', NULL, NULL, 'proto_version', '1', 'publication_names', 'catalogue')}),
	'BRUC', 'pgoutput: a change is one message, an unchanged document none');
$primary->safe_psql('postgres', q{SELECT pg_drop_replication_slot('debezium')});
$reader->stop;
$primary->stop;
done_testing();
