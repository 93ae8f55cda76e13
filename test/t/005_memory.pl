# The backend's memory stays bounded over thousands of failing and succeeding calls, and after a large one.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use List::Util qw(min sum);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('memory');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nlog_min_messages = fatal\nlog_min_error_statement = panic\n");
$node->start;
$node->safe_psql('postgres', q{
CREATE EXTENSION product_upsert;
SELECT product_tables_create();
CREATE FUNCTION resident() RETURNS int LANGUAGE sql AS $$ SELECT substring(pg_read_file('/proc/' || pg_backend_pid() || '/status') FROM 'RssAnon:\s+(\d+)')::int $$;
CREATE FUNCTION contexts() RETURNS bigint LANGUAGE sql AS $$ SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts $$;
-- Calls of every kind and outcome, in subtransactions as an application's would be.
CREATE FUNCTION exercise(rounds int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  failed int := 0;
  call text;
  calls text[] := ARRAY[
    $c$SELECT product_upsert(jsonb_build_object('external_id', 'e' || $1 % 50, 'name', 'n' || $1, 'tags', jsonb_build_array('a', $1::text)))$c$,
    $c$SELECT product_upsert('{"external_id": "e1"}')$c$,
    $c$SELECT product_upsert('{"price": "x", "colour": 1, "tags": [1, 2, 3]}')$c$,
    $c$SELECT product_upsert('{"name": "x"}', 'nosuch')$c$,
    $c$SELECT product_upsert('{"name": "x"}', mode => 'both')$c$,
    $c$SELECT product_upsert('{"name": "x"}', profile => 'nosuch')$c$,
    $c$SELECT product_upsert('[7]')$c$,
    $c$SELECT product_upsert_bulk('[{"external_id": "d", "name": "x"}, {"external_id": "d", "name": "y"}]')$c$,
    $c$SELECT product_upsert_bulk('[{"external_id": "e1", "handle": "h"}, {"external_id": "e2", "handle": "h"}]', on_error => 'skip')$c$,
    $c$SELECT product_upsert('{"external_id": "check", "name": "x", "price": 1000}')$c$,
    $c$SELECT product_upsert_bulk((SELECT jsonb_agg(jsonb_build_object('external_id', 'check' || i, 'name', 'x', 'price', 1000)) FROM generate_series(1, 250) i))$c$,
    $c$SELECT count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('manufacturer', 'M', 'brand', 'B', 'name', 'n' || i, 'cost', $1)) FROM generate_series(1, 20) i), profile => 'vending')$c$,
    $c$SELECT product_upsert('{"external_id": "dry", "name": "x"}', dry_run => true)$c$,
    $c$SELECT product_upsert('{"external_id": "e1", "price": 1}', if_version => 1)$c$,
    $c$SELECT product_match('{"external_id": "e1", "price": 2}')$c$,
    $c$SELECT product_get(1)$c$];
BEGIN
  FOR i IN 1 .. rounds LOOP
    FOREACH call IN ARRAY calls LOOP
      BEGIN
        EXECUTE call USING i;
      EXCEPTION WHEN OTHERS THEN
        failed := failed + 1;
      END;
    END LOOP;
  END LOOP;
  RETURN failed;
END $$;
ALTER TABLE product ADD CONSTRAINT users_check CHECK (price < 1000);
});

# In one session: warm up, then four times 1,000 and more calls, measured in between. What is made anew once (caches,
# after autovacuum has been at a table) may cost once; a leak grows each time.
my $out = $node->safe_psql('postgres', "SET work_mem = '64MB'; SELECT exercise(20) > 0; " . 'SELECT exercise(70) > 0; SELECT resident(), contexts(); ' x 4);
my @measured = map { [ split /\|/ ] } grep { /\|/ } split /\n/, $out;
note 'resident, kB: ' . join(', ', map { $_->[0] } @measured) . q{; PostgreSQL's contexts, bytes: } . join(', ', map { $_->[1] } @measured);
is(scalar(@measured), 4, 'memory: measured four times');
my @grown = map { $measured[$_][0] - $measured[$_ - 1][0] } 1 .. 3;
cmp_ok(min(@grown), '<', 256, 'memory: resident memory does not grow with every 1,000 calls that fail and succeed');
cmp_ok(sum(@grown), '<', 8192, 'memory: and stays within bounds');
cmp_ok($measured[3][1] - $measured[1][1], '<', 262144, q{memory: nor do PostgreSQL's contexts});

# Room for an answer is made ahead by its first products: not a gigabyte where they are the only large ones.
my ($answered, $peak) = split /\|/, $node->safe_psql('postgres', q{
SELECT jsonb_array_length(product_upsert_bulk((SELECT jsonb_agg(jsonb_build_object('external_id', 'large' || i, 'name', 'n',
    'description', CASE WHEN i <= 64 THEN repeat(md5(i::text), 6000) END) ORDER BY i) FROM generate_series(1, 5000) i))),
    substring(pg_read_file('/proc/' || pg_backend_pid() || '/status') FROM 'VmHWM:\s+(\d+)')::int / 1024;
});
is($answered, 5000, 'memory: an answer of which the first products alone are large');
cmp_ok($peak, '<', 400, 'memory: takes room for what it holds');

# Nine characters of a document are a number of 131,072 digits: PostgreSQL keeps it in eight bytes. In each door, in prices and in a JSON field,
# new, stored, changed, refused, and noted in the change feed.
$node->safe_psql('postgres', q{INSERT INTO product_custom_field (organization_id, reference, name, type, multiple_values, unique_value) VALUES (1, 'u', 'U', 'number', true, true)});
my $zeros = q{(SELECT string_agg('1e131071', ',') FROM generate_series(1, 5000))};
my @doors = (
	[ 'text', qq{SELECT status FROM product_upsert_rows('[{"external_id": "zeros", "name": "z", "custom_data": [' || $zeros || ']}]');} ],
	[ 'jsonb', qq{SELECT status FROM product_upsert_rows(('[{"external_id": "zeros", "name": "z", "custom_data": [2,' || $zeros || ']}]')::jsonb);} ],
	[ 'single', qq{SELECT product_upsert(('{"external_id": "zeros", "name": "z", "custom_data": [3,' || $zeros || ']}')::jsonb) IS NULL;} ],
	[ 'feed', qq{SET product_upsert.change_feed = on; SELECT status FROM product_upsert_rows('[{"external_id": "zeros", "custom_data": [4,' || $zeros || ']}]');} ],
	[ 'feed by SQL', qq{SET product_upsert.direct_writes = off; SET product_upsert.change_feed = on; SELECT status FROM product_upsert_rows('[{"external_id": "zeros", "custom_data": [5,' || $zeros || ']}]');} ],
	[ 'match', qq{SELECT status FROM product_match(('{"external_id": "zeros", "custom_data": [6,' || $zeros || ']}')::jsonb);} ],
	[ 'variants', q{SELECT status FROM product_upsert_rows('[{"external_id": "zeros", "variants": [' || (SELECT string_agg('{"sku": "z' || i || '", "price": 1e131071}', ',') FROM generate_series(1, 5000) i) || ']}]');} ],
	[ 'prices', q{SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'zeros' || i, 'name', 'z', 'cost', 1e131071)) FROM generate_series(1, 5000) i)) GROUP BY 1;} ],
	[ 'refused', q{SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'zeros' || i, 'name', 'z', 'price', 1e131071)) FROM generate_series(1, 5000) i), on_error => 'skip') GROUP BY 1;} ],
	[ 'refused by SQL', q{SET product_upsert.direct_writes = off; SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'zeros' || i, 'name', 'z', 'price', 1e131071)) FROM generate_series(1, 5000) i), on_error => 'skip') GROUP BY 1;} ],
	[ 'references', qq{SELECT status FROM product_upsert_rows('[{"external_id": "zeros", "name": "z", "features": [' || $zeros || '], "families": [' || $zeros || '], "tags": [' || $zeros || ']}]', on_error => 'skip');} ],
	[ 'unique values', qq{SELECT status FROM product_upsert_rows('[{"external_id": "zeros", "name": "z", "custom_fields": {"u": [' || $zeros || ']}}]', on_error => 'skip');} ],
	[ 'parents', q{SELECT status, count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'zeros' || i, 'name', 'z', 'parent_product_id', 1e131071)) FROM generate_series(1, 5000) i), on_error => 'skip') GROUP BY 1;} ],
	[ 'unreadable', qq{SELECT status FROM product_upsert_rows('[{"external_id": "zeros", "name": "z", "custom_data": [' || $zeros || ',}]', on_error => 'skip');} ],
);
foreach my $door (@doors) {
	my ($name, $call) = @$door;
	my @told = split /\n/, $node->safe_psql('postgres', $call . q{SELECT substring(pg_read_file('/proc/' || pg_backend_pid() || '/status') FROM 'VmHWM:\s+(\d+)')::int / 1024});
	note "$name: @told MB";
	cmp_ok($told[-1], '<', 120, "memory: numbers with exponents: $name");
}

# Every statement in a transaction of its own, errors at the top level.
my $calls = join '', map {
	qq{SELECT product_upsert('{"external_id": "e1", "price": "x"}');\nSELECT product_upsert_bulk('[{"external_id": "e$_", "name": "n"}, {"external_id": "e$_", "name": "n"}]');\nSELECT product_upsert('{"external_id": "top", "name": "$_"}') IS NULL;\n}
} 1 .. 350;
my ($code, $stdout, $err) = $node->psql('postgres', "$calls SELECT 'resident', resident();\n$calls SELECT 'resident', resident();", on_error_stop => 0);
my ($before, $after) = $stdout =~ /^resident\|(\d+)$/mg;
note "resident, kB: $before, $after";
cmp_ok($after - $before, '<', 1024, 'memory: nor where the errors reach the top level');

# A large batch gives its memory back.
my $large = q{SELECT count(*) FROM product_upsert_rows((SELECT jsonb_agg(jsonb_build_object('external_id', 'large' || i, 'name', 'n' || i, 'price', i % 900)) FROM generate_series(1, 50000) i));};
$out = $node->safe_psql('postgres', "$large SELECT resident(); $large $large $large $large SELECT resident();");
my @lines = split /\n/, $out;
note "resident after one and after five batches of 50,000, kB: $lines[1], $lines[-1]";
cmp_ok($lines[-1] - $lines[1], '<', 32768, 'memory: five large batches take no more than one');
$node->stop;
done_testing();
