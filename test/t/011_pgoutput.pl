# The change feed through logical decoding: what Debezium and the like read, by PostgreSQL's own plugin pgoutput.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('pgoutput');
$node->init(allows_streaming => 'logical');
$node->append_conf('postgresql.conf', "autovacuum = off\n");
$node->start;
$node->safe_psql('postgres', q{
CREATE EXTENSION product_upsert;
SELECT product_tables_create();
CREATE PUBLICATION changes FOR TABLE product_change WITH (publish = 'insert');
SELECT pg_create_logical_replication_slot('changes', 'pgoutput');
});

# The messages that the slot gives: their kinds, and the texts of inserted rows.
sub read_slot
{
	return $node->safe_psql('postgres', q{
SELECT string_agg(chr(get_byte(data, 0)), '' ORDER BY n),
       string_agg(CASE WHEN get_byte(data, 0) = ascii('I') THEN regexp_replace(encode(data, 'escape'), '[^ -~]', '', 'g') END, chr(10) ORDER BY n)
  FROM pg_logical_slot_get_binary_changes('changes', NULL, NULL, 'proto_version', '1', 'publication_names', 'changes') WITH ORDINALITY s (lsn, xid, data, n)});
}

$node->safe_psql('postgres', q{
SET product_upsert.change_feed = on;
SELECT product_upsert('{"external_id": "P-1", "name": "Poster", "price": 19.90}');
BEGIN;
SELECT product_upsert('{"external_id": "P-1", "price": 21}');
SELECT product_upsert('{"external_id": "P-2", "name": "Frame"}');
COMMIT;
SELECT product_upsert('{"external_id": "P-1", "price": 21}');
BEGIN;
SELECT product_upsert('{"external_id": "P-1", "price": 99}');
ROLLBACK;
SELECT product_upsert('{"external_id": "P-1", "price": 98}', dry_run => true);
});
my ($kinds, $rows) = split /\|/, read_slot(), 2;
is($kinds, 'BRICBIIC', 'pgoutput: each transaction that changes a product, from its beginning to its commit, and its notes in between');
my @rows = split /\n/, $rows;
is(scalar @rows, 3, 'pgoutput: a row for each change, none for what was unchanged, rolled back or tried out');
like($rows[0], qr/created.*"price": \{"new": 19\.90\}/, 'pgoutput: a created product with what it has');
like($rows[1], qr/updated.*"price": \{"new": 21, "old": 19\.90\}/, 'pgoutput: a changed one, old and new');
like($rows[2], qr/created.*"Frame"/, 'pgoutput: the second of the transaction behind the first');

# Where the reader is gone for a while, nothing is lost.
$node->safe_psql('postgres', q{SET product_upsert.change_feed = on; SELECT count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'b' || i, 'name', 'B')) FROM generate_series(1, 500) i))});
$node->restart;
($kinds) = split /\|/, read_slot(), 2;
is($kinds, 'BR' . 'I' x 500 . 'C', 'pgoutput: what was changed meanwhile comes after a restart, as one transaction');
is((split /\|/, read_slot(), 2)[0], '', 'pgoutput: and only once');
$node->safe_psql('postgres', q{SELECT pg_drop_replication_slot('changes')});
$node->stop;
done_testing();
