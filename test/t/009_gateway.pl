# The gateway (examples/gateway) in front of a server: all five contracts over real HTTP, asked with curl.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use File::Basename qw(dirname);
use File::Spec;
use IPC::Run ();
use JSON::PP ();
use Time::HiRes qw(sleep);

plan skip_all => 'needs node and its driver pg (nodejs, node-pg)' if system(q{node -e 'require("pg")' 2>/dev/null}) != 0;
my $root = File::Spec->rel2abs(dirname(File::Spec->rel2abs(__FILE__)) . '/../..');
my $json = JSON::PP->new->utf8->allow_nonref->allow_bignum->canonical;
my $folder = PostgreSQL::Test::Utils::tempdir();

my $node = PostgreSQL::Test::Cluster->new('gateway');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\nmax_connections = 40\n");
$node->start;
$node->safe_psql('postgres', q{
CREATE EXTENSION product_upsert;
SELECT product_tables_create();
INSERT INTO product_category (organization_id, reference, name) VALUES (1, 'plans', 'Plans');
INSERT INTO product_organization (organization_id, reference) VALUES (1, 'acme');
INSERT INTO product_unit (organization_id, id, name) VALUES (1, 101, 'Piece');
INSERT INTO product_measurement (organization_id, uuid, unit_id, code, description, aggregation_type, fair_billing)
VALUES (1, 'ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b', 101, 'users', 'The number of users.', 'max', true);
INSERT INTO product_tax_group (organization_id, uuid, internal_description) VALUES (1, '00000000-0000-0000-0000-000000000000', '19%');
INSERT INTO product_custom_field (organization_id, reference, type) VALUES (1, 'field1', 'text'), (1, 'field2', 'text');
});

# --- the gateway ---

my ($said, $complained) = ('', '');
my $gateway;
{
	local %ENV = (%ENV, PORT => 0, PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => 'postgres', PGUSER => scalar getpwuid($<), TOKENS => 'secret,t');
	$gateway = IPC::Run::start([ 'node', "$root/examples/gateway/gateway.js" ], '<', \undef, '>', \$said, '2>', \$complained, IPC::Run::timeout(300));
}
for (1 .. 1200)
{
	IPC::Run::pump_nb($gateway);
	last if $said =~ /listening/ || !$gateway->pumpable;
	sleep 0.05;
}
my ($port) = $said =~ /listening on (\d+)/ or die "the gateway does not start: $said $complained";

my %usual = (
	billing => ['X-API-KEY: secret'],
	vending => ['x-api-key: secret'],
	retail => ['Authorization: Bearer secret'],
	subscription => ['Authorization: Bearer secret'],
	agency => [ 'Authorization: Bearer secret', 'company: acme', 'version: 1' ],
	nobody => []);

sub command
{
	my ($profile, $method, $path, $body, $headers, $more) = @_;
	return ('curl', '-gsS', '--noproxy', '*', '-m', '200', ($method eq 'HEAD' ? '-I' : ('-X', $method)), '-H', "Host: $profile.localhost", '-H', 'Expect:',
		(map { ('-H', $_) } @{ $headers // $usual{$profile} }),
		(defined $body ? ('-H', 'Content-Type: application/json', '--data-binary', '@-') : ()), @{ $more // [] }, "http://127.0.0.1:$port$path");
}

# Status, body as data (as text where it is no JSON), headers by lower-case name.
sub ask
{
	my ($profile, $method, $path, $body, $headers) = @_;
	my ($out, $err) = ('', '');
	my $sent = ref $body ? $json->encode($body) : $body;
	IPC::Run::run([ command($profile, $method, $path, $sent, $headers, [ '-D', "$folder/headers", '-o', "$folder/body", '-w', '%{http_code}' ]) ],
		'<', \($sent // ''), '>', \$out, '2>', \$err);
	diag($err) if $err ne '';
	my %headers = map { /^([^:]+):\s*(.*?)\r?$/ ? (lc $1 => $2) : () } split /\n/, slurp_file("$folder/headers");
	my $answered = -s "$folder/body" && $method ne 'HEAD' ? slurp_file("$folder/body") : '';
	unlink "$folder/body";
	return ($out, $answered =~ /^\s*[\[{]/ ? $json->decode($answered) : $answered, \%headers);
}

sub documented { return slurp_file("$root/test/fixtures/documented/$_[0].json"); }
sub count { return $node->safe_psql('postgres', 'SELECT count(*) FROM product'); }

# --- the documentation's own examples, to the letter ---

my ($status, $body, $headers) = ask('retail', 'POST', '/api/v3/products/update-create', documented('retail'));
is("$status $body->{data}{title} $body->{data}{variants}[0]{price}", '200 <string> 123', 'retail: the documented call');
is($headers->{location}, "/api/v3/products/$body->{data}{id}", 'retail: Location of what was created');
like($headers->{'content-type'}, qr{^application/json}, 'answers are JSON');
my $shirt = $body->{data}{id};

($status, $body) = ask('vending', 'PUT', '/base/products', documented('vending'));
is("$status $body->[0]", '200 1673', 'vending: the documented call, at a base path');
is(scalar @$body, 2, 'vending: an id for each document');

($status, $body) = ask('agency', 'POST', '/api/products', documented('agency'));
is("$status $body->{price}", '201 120.6', 'agency: the documented call');
like($body->{created_at}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'agency: timestamps as documented');
my $license = $body->{id};

my $uuid = 'ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b';
($status, $body) = ask('subscription', 'PUT', "/catalogue/products/$uuid", documented('subscription'));
is($status, 404, 'subscription: PUT never creates');
($status) = ask('subscription', 'POST', '/catalogue/products', { id => $uuid, name => 'Old' });
is($status, 201, 'subscription: POST creates');
($status, $body) = ask('subscription', 'PUT', "/catalogue/products/$uuid", documented('subscription'));
is("$status $body->{name} $body->{measurement}{unit}{name} $body->{customFields}{field2}", '200 Basic Piece value2', 'subscription: the documented call');

($status, $body, $headers) = ask('billing', 'PUT', '/v1/products?identifier_field=reference', { reference => 'seat', name => 'Seat', category_id => 1 },
	[ 'X-API-KEY: secret', 'x-platform-id: acme', 'X-Request-Id: r1' ]);
is("$status $body->{id} $body->{category}{reference}", "201 $body->{id} plans", 'billing: creates');
is("$headers->{etag} $headers->{'x-request-id'}", '"1" r1', 'billing: ETag, and X-Request-Id given back');

# --- errors, each in its contract's shape ---

for (
	[ 'billing', 'PUT', '/v1/products', { name => 'x' }, 400, 'code', 'MISSING_REFERENCE' ],
	[ 'billing', 'PUT', '/v2/products', {}, 400, 'code', 'UNSUPPORTED_VERSION' ],
	[ 'billing', 'GET', '/v1/products/nothing', undef, 404, 'code', 'PRODUCT_NOT_FOUND' ],
	[ 'retail', 'POST', '/v3/products', {}, 422, 'message', 'The given data was invalid.' ],
	[ 'vending', 'PUT', '/products', [ { size => 'x' } ], 400, 'message', 'size must be a number, not "x"' ],
	[ 'subscription', 'POST', '/catalogue/products', { name => 'x', type => 'y' }, 422, 'title', 'An error occurred' ],
	[ 'agency', 'POST', '/api/products', { name => 'n' x 51 }, 400, 'key', 'invalid_data' ],
	# nothing is there
	[ 'billing', 'GET', '/v1/things', undef, 404, 'code', 'RESOURCE_NOT_FOUND' ],
	[ 'retail', 'GET', '/v3/things', undef, 404, 'message', 'The route /v3/things could not be found.' ],
	[ 'vending', 'PUT', '/things', [], 404, 'message', 'there is nothing at /things' ],
	[ 'subscription', 'GET', '/catalogue', undef, 404, 'code', 404 ],
	[ 'agency', 'GET', '/api', undef, 404, 'key', 'not_found' ],
	# it cannot be asked so
	[ 'billing', 'DELETE', '/v1/products', undef, 404, 'code', 'RESOURCE_NOT_FOUND' ],
	[ 'retail', 'PATCH', '/v3/products', {}, 405, 'message', 'The PATCH method is not supported for route /v3/products.' ],
	[ 'vending', 'GET', '/products', undef, 405, 'message', 'method GET is not allowed for /products' ],
	[ 'subscription', 'DELETE', "/catalogue/products/$uuid", undef, 405, 'code', 405 ],
	[ 'agency', 'PUT', '/api/products', {}, 405, 'key', 'method_not_allowed' ])
{
	my ($profile, $method, $path, $sent, $wanted, $member, $told) = @$_;
	($status, $body) = ask($profile, $method, $path, $sent);
	my $got = $body->{$member} // '';
	is("$status $got", "$wanted $told", "$profile: $method $path is $wanted");
}
for my $profile (qw(billing vending retail subscription agency))
{
	my ($method, $path) = @{ { billing => [ 'PUT', '/v1/products' ], vending => [ 'PUT', '/products' ], retail => [ 'POST', '/v3/products' ],
		subscription => [ 'POST', '/catalogue/products' ], agency => [ 'POST', '/api/products' ] }->{$profile} };
	my $before = count();
	for (['no JSON', 'name=x'], ['cut off', '{"name": "x"'], ['no UTF-8', "{\"name\": \"\xff\"}"], ['a NUL', "{\"name\": \"a\0b\"}"], ['empty', ''], ['a text', '"x"'])
	{
		my ($what, $sent) = @$_;
		($status, $body) = ask($profile, $method, $path, $sent);
		ok($status =~ /^4(00|22)$/ && ref $body, "$profile: a body that is $what is refused") or diag("$status $body");
	}
	my @others = grep { !/api-key|authorization/i } @{ $usual{$profile} };
	($status) = ask($profile, $method, $path, {}, \@others);
	is($status, 401, "$profile: no credentials");
	($status) = ask($profile, $method, $path, {}, [ @others, 'Authorization: Bearer wrong', 'X-API-KEY: wrong' ]);
	is($status, 401, "$profile: credentials that are not known");
	is(count(), $before, "$profile: what is refused leaves nothing");
	(undef, undef, $headers) = ask($profile, 'OPTIONS', $path, undef, []);
	like($headers->{allow}, qr/\b$method\b.*OPTIONS/, "$profile: OPTIONS tells the methods");
}
($status) = ask('nobody', 'GET', '/');
is($status, 404, 'a host of no profile');

# --- HEAD, conditions, lists ---

for ([ 'billing', '/v1/products/seat' ], [ 'retail', "/v3/products/$shirt" ], [ 'subscription', "/catalogue/products/$uuid" ], [ 'agency', "/api/products/$license" ])
{
	my ($profile, $path) = @$_;
	($status, $body, $headers) = ask($profile, 'HEAD', $path);
	like("$status $body $headers->{etag}", qr/^200  "\d+"$/, "$profile: HEAD");
	($status, $body) = ask($profile, 'GET', $path, undef, [ @{ $usual{$profile} }, "If-None-Match: $headers->{etag}" ]);
	is("$status $body", '304 ', "$profile: as it was");
}
($status) = ask('retail', 'PUT', "/v3/products/$shirt", { title => 'New' }, [ @{ $usual{retail} }, 'If-Match: "7"' ]);
is($status, 412, 'retail: another version than If-Match');

($status, $body) = ask('billing', 'GET', '/v1/products?statuses[]=DRAFT&statuses[]=ACTIVE&limit=1');
is("$status $body->{data}[0]{reference} $body->{total_number_of_pages}", '200 seat 1', 'billing: a list, filtered');
($status, $body) = ask('retail', 'GET', '/v3/products?page[size]=2&sort=-title&filter[brand]=%3Cstring%3E');
is("$status $body->{meta}{total} $body->{data}[0]{id}", "200 1 $shirt", 'retail: a list, sorted and filtered');
($status, $body) = ask('subscription', 'GET', '/catalogue/products?limit=2');
is("$status " . scalar @$body, '200 2', 'subscription: a list, limited');
($status, $body) = ask('agency', 'GET', '/api/products?available_from=gt:2023-12-31&available_from=lt:2024-02-01');
is("$status $body->[0]{id}", "200 $license", 'agency: a list, compared');
($status) = ask('billing', 'GET', '/v1/products?staus[]=DRAFT');
is($status, 400, 'billing: a parameter that is not known');

# --- the same call again, many at once, a large body ---

my @key = (@{ $usual{agency} }, 'Idempotency-Key: k1');
my (undef, $first) = ask('agency', 'POST', '/api/products', { name => 'Once' }, \@key);
($status, $body) = ask('agency', 'POST', '/api/products', { name => 'Once' }, \@key);
is("$status $body->{id}", "201 $first->{id}", 'the same call with the same key is answered as the first was');
($status) = ask('agency', 'POST', '/api/products', { name => 'Twice' }, \@key);
is($status, 409, 'another call with the key is refused');
($status, $body) = ask('billing', 'DELETE', '/v1/products/seat', undef, [ @{ $usual{billing} }, 'Idempotency-Key: d' ]);
my ($again) = ask('billing', 'DELETE', '/v1/products/seat', undef, [ @{ $usual{billing} }, 'Idempotency-Key: d' ]);
is("$status $again", '200 200', 'a deletion asked twice with one key');

my $before = count();
my @documents = map { my $n = $_; { manufacturer => 'M', brand => "B$n", name => "N$n", customData => 'x' x 10_000 } } 1 .. 1050;
my $large = $json->encode({ body => \@documents });
cmp_ok(length $large, '>', 10_000_000, '10 MB');
($status, $body) = ask('vending', 'PUT', '/products', $large);
is("$status " . (ref $body ? scalar @$body : $body), '200 1050', 'a body of 10 MB');
is(count(), $before + 1050, 'all of it is there');

my @runs;
for my $n (1 .. 50)
{
	my $run = { out => '', in => $json->encode({ external_id => 'same', title => "T$n", handle => "same", brand => 'B', variants => [ { sku => 'same', price => $n, position => 1 } ] }) };
	$run->{handle} = IPC::Run::start([ command('retail', 'POST', '/v3/products/update-create', $run->{in}, undef, [ '-o', '/dev/null', '-w', '%{http_code}' ]) ],
		'<', \$run->{in}, '>', \$run->{out}, '2>', '/dev/null');
	push @runs, $run;
}
$_->{handle}->finish for @runs;
is(join(' ', sort map { $_->{out} } @runs), join(' ', ('200') x 50), '50 calls for one product at once: all are answered');
is($node->safe_psql('postgres', q{SELECT count(*) || ' ' || max(version) FROM product WHERE external_id = 'same'}), '1 50', 'and it is one product, written 50 times');

# --- an error of the database, and the end ---

$node->safe_psql('postgres', q{CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 / 0; END $$;
CREATE TRIGGER broken BEFORE INSERT ON product FOR EACH ROW EXECUTE FUNCTION broken()});
($status, $body) = ask('agency', 'POST', '/api/products', { name => 'x' });
is("$status $body->{message}", '400 division by zero', 'an error in a trigger is an answer');
$node->stop('immediate');
($status, $body) = ask('agency', 'GET', '/api/products');
is("$status $body->{message}", '500 an unexpected error occurred', 'no database: still an answer');
$node->start;
($status) = ask('agency', 'GET', "/api/products/$license");
is($status, 200, 'and with the database all goes on');

$gateway->signal('TERM');
$gateway->finish;
$node->stop;
done_testing();
