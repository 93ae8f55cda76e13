# Dump and restore keeps rows, sequences, members, the user's profiles and identity rules, and leaves out what is built in.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('dump');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;
for my $schema ('public', 'A "shop"; of' =~ s/"//gr)
{
	my $name = $schema eq 'public' ? 'public' : 'quoted_schema';
	$node->safe_psql('postgres', "CREATE DATABASE source_$name; CREATE DATABASE target_$name");
	$node->safe_psql("source_$name", qq{
CREATE ROLE "member $name";
CREATE SCHEMA IF NOT EXISTS "$schema";
CREATE EXTENSION product_upsert SCHEMA "$schema";
SET search_path = "$schema";
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'drinks', 'Drinks');
INSERT INTO product_category (organization_id, reference, name, parent_id) SELECT 1, 'cold', 'Cold', id FROM product_category;
SELECT product_identity_create('upc', '{upc}'), product_identity_create('shelf', '{department,item_number}', true, '{department}');
INSERT INTO product_profile (name, definition) VALUES ('own', '{"identity": ["upc"], "fields": {"code": {"type": "text", "column": "upc"}, "name": {"type": "text"}, "price": {"type": "decimal"}}}');
SELECT product_upsert_bulk((SELECT jsonb_agg(jsonb_build_object('external_id', 'e' || i, 'name', 'n' || i, 'upc', 'u' || i, 'tags', jsonb_build_array('a', i::text), 'price', i * 1.10,
  'custom_data', jsonb_build_object('i', i), 'organization_id', 1 + i % 2)) FROM generate_series(1, 200) i));
SELECT product_upsert('{"external_id": "parent", "name": "parent", "category_id": 2}'), product_upsert('{"productId": 5000, "manufacturer": "M", "brand": "B", "name": "vending"}', profile => 'vending');
SELECT product_upsert(jsonb_build_object('external_id', 'child', 'name', 'child', 'parent_product_id', (SELECT id FROM product WHERE external_id = 'parent')));
SELECT product_upsert('{"external_id": "e1", "price": 7}', organization_id => 2);
INSERT INTO product_custom_field (organization_id, namespace, reference, type) VALUES (1, 'dims', 'serial', 'number'), (1, NULL, 'unused', 'text');
SELECT product_upsert('{"external_id": "e2", "name": "e2", "custom_fields": {"dims.serial": 1.0}}');
SELECT product_custom_field_index('dims.serial', true);
SELECT product_grant('member $name', 'PRODUCT.UPDATE', 2);
});
	my $state = qq{
SET search_path = "$schema";
SELECT md5(string_agg(p::text, ',' ORDER BY organization_id, id)) FROM product p;
SELECT string_agg(c::text, ',' ORDER BY id) FROM product_category c;
SELECT string_agg(p.name || is_builtin, ',' ORDER BY p.name) FROM product_profile p;
SELECT string_agg(concat_ws(' ', i.name, fields, nulls_equal, required_fields, is_builtin), ',' ORDER BY i.name) FROM product_identity i;
SELECT string_agg(concat_ws(' ', organization_id, member, permissions), ',') FROM product_member;
SELECT string_agg(concat_ws(' ', f.key, f.type, f.unique_value, u.key, u.unique_value, v.value, v.product_id), ',' ORDER BY f.id) FROM product_custom_field f LEFT JOIN product_custom_field_use u ON u.custom_field_id = f.id LEFT JOIN product_custom_value v ON v.custom_field_id = f.id;
SELECT last_value FROM product_id_seq;
SELECT string_agg(pg_get_indexdef(indexrelid), ';' ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = 'product'::regclass;
SELECT string_agg(pg_get_constraintdef(oid), ';' ORDER BY conname) FROM pg_constraint WHERE conrelid = 'product'::regclass;
SELECT has_table_privilege('member $name', 'product', 'UPDATE'), has_table_privilege('member $name', 'product', 'INSERT');
};
	my $file = PostgreSQL::Test::Utils::tempdir . "/$name.dump";
	$node->command_ok([ 'pg_dump', '-Fc', '-f', $file, $node->connstr("source_$name") ], "dump_$name: dumped");
	$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr("target_$name"), $file ], "dump_$name: restored without an error");
	is($node->safe_psql("target_$name", $state), $node->safe_psql("source_$name", $state), "dump_$name: keeps rows, sequences, profiles, rules with their indexes, members and privileges");

	my $after = qq{
SET search_path = "$schema";
SELECT status, decided_by FROM product_upsert_rows('[{"upc": "u7", "price": 1}]', 'upc', organization_id => 2);
SELECT product_upsert('{"code": "u8", "price": 2}', profile => 'own') -> 'price';
SELECT id > 5000 FROM product_upsert_rows('[{"external_id": "fresh", "name": "fresh"}]');
INSERT INTO product (organization_id, name) VALUES (1, 'direct') RETURNING id > 5000;
};
	is($node->safe_psql("target_$name", $after), "updated|upc\n2\nt\nt", "dump_$name: what was restored works on");
	my ($code, $out, $err) = $node->psql("target_$name", qq{INSERT INTO "$schema".product (organization_id, name, upc) VALUES (1, 'x', 'u8')});
	like($err, qr/duplicate key/, "dump_$name: the user's rule holds direct SQL again");
	is($node->safe_psql("target_$name", qq{SET search_path = "$schema"; SELECT product_identity_drop('upc'); DROP EXTENSION product_upsert; SELECT count(*) FROM pg_class WHERE relname LIKE 'product%'}),
		"\n0", "dump_$name: and can be dropped");
	# A second dump and restore, of the restored one, is no different.
}
$node->stop;
done_testing();
