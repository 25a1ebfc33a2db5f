# Key sets by URL: what each answer of a provider's server, good, bad or hostile, leads to: for
# tokens, in auth.issuer_status and in the log.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension try_sql log_position log_since);
use SessionJwt::HttpServer;
use SessionJwt::TestCa;
use SessionJwt::Token qw(make_key jwks compact_json);

my $key = make_key('EdDSA', kid => 'k1');
my ($ca, $foreign_ca) = map { SessionJwt::TestCa->new } 1, 2;
my $own = 'DNS:localhost,IP:127.0.0.1,IP:::1';
my @good = $ca->issue('good', names => $own);
my $server = SessionJwt::HttpServer->new(tls => \@good);
my %other = (
	expired => SessionJwt::HttpServer->new(
		tls => [ $ca->issue('expired', names => $own, to => '210101000000Z') ]),
	misnamed => SessionJwt::HttpServer->new(
		tls => [ $ca->issue('misnamed', names => 'DNS:other.example,IP:127.0.0.2') ]),
	foreign => SessionJwt::HttpServer->new(
		tls => [ $foreign_ca->issue('foreign', names => $own) ]),
	plain => SessionJwt::HttpServer->new,
	named => SessionJwt::HttpServer->new(tls => \@good, name => 'localhost'),
);
$other{six} = eval { SessionJwt::HttpServer->new(tls => \@good, host => '::1') };
my $gone = SessionJwt::HttpServer->new(tls => \@good);
$gone->stop;

my $node = new_node('main', conf => [ 'pg_session_jwt.fetch = any',
	"pg_session_jwt.fetch_ca_file = '${\ $ca->file }'" ]);
create_extension($node);

# A key set of several kids, the last of which is the signer's.
sub many
{
	my ($count) = @_;
	my @keys = map { { %{ $key->jwk }, kid => "other$_" } } 1 .. $count - 1;
	return compact_json({ keys => [ @keys, $key->jwk ] });
}

sub padded { return jwks($key) . ' ' x ($_[0] - length jwks($key)); }

my $private = '{"keys":[' . $key->jwk_json . ',' . make_key('ES256', kid => 'p')->private_jwk_json . ']}';
my $broken = compact_json({ keys => [ { kty => 'RSA', kid => 'broken', n => '*', e => 'AQAB' },
	{ kty => 'EC', crv => 'P-256', kid => 'off', x => 'A' x 43, y => 'A' x 43 }, $key->jwk, 'text',
	{ %{ $key->jwk }, kid => 'enc', use => 'enc' } ] });
my $symmetric = compact_json({ keys => [ $key->jwk, { kty => 'oct', kid => 'o', k => 'A' x 43 } ] });
my $unusable = 'the answer is no usable key set: ';

# Name => [answer, error or key count, columns of the row].
my %case = (
	'slow headers' => [ { body => jwks($key), mode => 'slow_headers' }, qr/^Operation timed out after 5/ ],
	'slow body' => [ { body => jwks($key), mode => 'slow_body' }, qr/^Operation timed out after 5/ ],
	'endless body' => [ { mode => 'endless' }, qr/^the answer is larger than 256 kB$/ ],
	'256 kB and one' => [ { body => padded(262145) }, qr/^the answer is larger than 256 kB$/ ],
	'256 kB' => [ { body => padded(262144) }, 1 ],
	'byte by byte' => [ { body => jwks($key), mode => 'dribble' }, 1 ],
	'redirect' => [ { status => 302, headers => ['Location: http://169.254.169.254/latest/'] },
		qr/^the server answered with a redirect \(HTTP status 302\); give its target instead$/ ],
	'redirect with keys' => [ { status => 301, body => jwks($key),
		headers => [ 'Location: ' . $server->url('/256_kB') ] }, qr/^the server answered with a redirect/ ],
	'text' => [ { body => jwks($key), type => 'text/plain' }, 1 ],
	'no type' => [ { body => jwks($key), type => '' }, 1 ],
	'HTML' => [ { body => '<!DOCTYPE html><title>Log in</title>', type => 'text/html' },
		qr/^${unusable}This is not a JSON object\.$/ ],
	'array' => [ { body => '[' . jwks($key) . ']' }, qr/^${unusable}This is not a JSON object\.$/ ],
	'cut JSON' => [ { body => substr(jwks($key), 0, -1) }, qr/^${unusable}This is not a JSON object\.$/ ],
	'no body' => [ { body => '' }, qr/^the answer is empty$/ ],
	'blanks' => [ { body => " \r\n" }, qr/^${unusable}This is not a JSON object\.$/ ],
	'short' => [ { body => jwks($key), mode => 'short' },
		qr/^(?:transfer closed with 10 bytes remaining|end of response with 10 bytes missing)/ ],
	'HTTP 500' => [ { status => 500, body => jwks($key) }, qr/^the server answered with HTTP status 500$/ ],
	'HTTP 204' => [ { status => 204 }, qr/^the server answered with HTTP status 204$/ ],
	'HTTP 404' => [ undef, qr/^the server answered with HTTP status 404$/ ],
	'reset' => [ { mode => 'reset' }, qr/reset by peer|SSL_ERROR_SYSCALL|unexpected eof/ ],
	'no keys' => [ { body => '{"keys":[]}' }, qr/^${unusable}The set has no keys\.$/ ],
	'broken keys' => [ { body => $broken }, 1 ],
	'only broken keys' => [ { body => '{"keys":[{"kty":"RSA"},7]}' },
		qr/^${unusable}The set has no key that can be used/ ],
	'100 keys' => [ { body => many(100) }, 100 ],
	'101 keys' => [ { body => many(101) }, qr/^${unusable}The set has more than 100 keys\.$/ ],
	'private key' => [ { body => $private }, qr/^${unusable}This is private key material/ ],
	'symmetric key' => [ { body => $symmetric }, 1 ],
	'symmetric key, allowed' => [ { body => $symmetric }, qr/^${unusable}It holds a symmetric key/,
		algorithms => '{EdDSA,HS256}' ],
	'no key allowed' => [ { body => jwks($key) }, qr/^${unusable}None of its keys fits/,
		algorithms => '{RS256}' ],
	'member twice' => [ { body => '{"keys":[],"keys":[' . $key->jwk_json . ']}' },
		qr/^${unusable}A member is named twice\.$/ ],
	'NUL' => [ { body => '{"keys":[' . $key->jwk_json . '],"x":"\u0000"}' },
		qr/^${unusable}This is not a JSON object\.$/ ],
	'huge number' => [ { body => '{"keys":[' . $key->jwk_json . '],"x":1e999999}' },
		qr/^${unusable}This is not a JSON object\.$/ ],
	'expired certificate' => [ $other{expired}, qr/certificate has expired/ ],
	'wrong host name' => [ $other{misnamed}, qr/does not match target host name|no alternative certificate/ ],
	'unknown authority' => [ $other{foreign}, qr/unable to get local issuer certificate|self-signed/ ],
	'http on loopback' => [ $other{plain}, 1 ],
	'localhost' => [ $other{named}, 1 ],
	'refused connection' => [ $gone, qr/^Failed to connect to 127\.0\.0\.1(?: port |:)\d/ ],
	'http elsewhere' => [ undef, qr/^http is allowed on loopback only; use https$/,
		jwks_uri => 'http://0.0.0.0:9/' ],
	'file' => [ undef, qr{^the address does not begin with https://$}, jwks_uri => 'file:///etc/passwd' ],
	'no scheme' => [ undef, qr{^the address does not begin with https://$}, jwks_uri => '127.0.0.1/keys' ],
);
$case{'IPv6'} = [ $other{six}, 1 ] if $other{six};

# Discovery: the issuer is where it starts.
my $found = $server->url('/256_kB');
foreach my $try (
	[ 'found' => { jwks_uri => $found }, 1 ],
	[ 'other issuer' => { jwks_uri => $found, issuer => 'https://other.example' }, qr/^the provider's configuration names another issuer$/ ],
	[ 'issuer with slash' => { jwks_uri => $found, issuer => $server->url('/issuer_with_slash/') }, qr/names another issuer$/ ],
	[ 'no jwks uri' => {}, qr/^the provider's configuration has no jwks_uri$/ ],
	[ 'strange jwks uri' => { jwks_uri => "$found\n" }, qr/^the provider's configuration has no jwks_uri$/ ],
	[ 'jwks uri is a file' => { jwks_uri => 'file:///etc/passwd' }, qr{^the address does not begin with https://$} ],
	[ 'jwks uri is internal' => { jwks_uri => 'http://169.254.169.254/' }, qr/^http is allowed on loopback only/ ],
	[ 'configuration is HTML' => '<html>', qr/^the provider's configuration is not a JSON object$/ ],
	[ 'configuration is missing' => undef, qr/^the server answered with HTTP status 404$/ ])
{
	my ($name, $document, $expected) = @$try;
	my $path = '/' . $name =~ s/ /_/gr;
	my $issuer = $server->url($path);
	$document = compact_json({ issuer => $issuer, %$document }) if ref $document;
	$server->route("$path/.well-known/openid-configuration", body => $document) if defined $document;
	$case{"discovery: $name"} = [ undef, $expected, issuer => $issuer, jwks_uri => undef ];
}

# What Cache-Control makes of the time until the next fetch.
my %freshness = (
	'' => 600,
	'Cache-Control: max-age=120' => 120,
	'Cache-Control: public, max-age=18000, must-revalidate' => 18000,
	'cache-control:MAX-AGE="180"' => 180,
	'Cache-Control: max-age=5' => 60,
	'Cache-Control: max-age=99999999999999999999' => 86400,
	'Cache-Control: no-store' => 60,
	"Cache-Control: max-age=300\r\nCache-Control: public" => 300,
	"Cache-Control: max-age=300\r\nCache-Control: max-age=100" => 100,
	"Cache-Control: max-age=100\r\nCache-Control: max-age=300" => 100,
	'Cache-Control: s-maxage=900' => 600,
	"Expires: Thu, 01 Jan 1970 00:00:00 GMT\r\nAge: 100" => 600,
);
my $number = 0;
my %fresh_issuer;
foreach my $header (sort keys %freshness)
{
	my $name = 'freshness ' . ++$number;
	$case{$name} = [ { body => jwks($key), headers => [ $header || () ] }, 1 ];
	$fresh_issuer{"https://issuer.example/$name"} = $header;
}

my $values = '';
foreach my $name (sort keys %case)
{
	my ($answer, $expected, %row) = @{ $case{$name} };
	my $path = '/' . $name =~ s/[^A-Za-z0-9]/_/gr;
	my $at = ref $answer eq 'SessionJwt::HttpServer' ? $answer : $server;
	$at->route($path, body => jwks($key)) if $at != $server;
	$at->route($path, %$answer) if ref $answer eq 'HASH';
	$row{jwks_uri} = $at->url($path) unless exists $row{jwks_uri};
	$row{issuer} //= "https://issuer.example/$name";
	$case{$name} = { %row, expected => $expected, path => $path, server => $at };
	$values .= join ', ', $values ? ",\n(" : '(',
	  join(', ', map { defined $row{$_} ? "'$row{$_}'" : 'NULL' } qw(issuer jwks_uri algorithms));
	$values =~ s/\(, /(/;
	$values .= ')';
}
$node->safe_psql('postgres', "insert into auth.issuers (issuer, jwks_uri, algorithms) values $values");
$node->poll_query_until('postgres',
	'select bool_and(fetched_at is not null or last_error is not null) from auth.issuer_status')
  or die "not everything was fetched\n";

my %status = map { my @column = split /\t/, $_, -1; ($column[0] => \@column) } split /\n/, $node->safe_psql('postgres',
	'select * from auth.issuer_status', extra_params => [ '-F', "\t" ]);
my $log = slurp_file($node->logfile);
foreach my $name (sort keys %case)
{
	my %row = %{ $case{$name} };
	my (undef, $source, $count, $fetched, undef, $error, $error_at, $failures) = @{ $status{ $row{issuer} } };
	is($source, defined $row{jwks_uri} ? 'jwks_uri' : 'discovery', "$name: source");
	my $token = $key->sign({ iss => $row{issuer}, sub => 'alice', exp => time + 600 });
	my ($code, $out, $err) = try_sql($node, 'select auth.user_id()', token => $token);
	my $issuer = quotemeta $row{issuer};
	my @changes = $log =~ /LOG:  keys of issuer "$issuer" have changed$/mg;
	my @failures = $log =~ /LOG:  could not fetch the keys of issuer "$issuer" from "[^"]+": /mg;
	if (ref $row{expected})
	{
		like($error, $row{expected}, "$name: error");
		is("$count,$fetched,$failures," . ($error_at ne ''), '0,,1,1', "$name: the rest of the status");
		like($err, qr/ERROR:  23514: JWT issuer has no keys\nHINT:  See auth\.issuer_status for why/,
			"$name: token refused");
		is(@changes . @failures, '01', "$name: one line in the log");
	}
	else
	{
		is("$error,$count,$failures", ",$row{expected},0", "$name: status");
		is($out, 'alice', "$name: token taken");
		is(@changes . @failures, '10', "$name: one line in the log");
	}
	# The key set at one address is where discovery leads, too.
	cmp_ok($row{server}->requests($row{path}), '<=', $name eq '256 kB' ? 2 : 1, "$name: not asked again");
}
like($log, qr/LOG:  keys of issuer "[^"]*broken keys" have changed\n.*DETAIL: .*; broken keys left out: 3\.$/m,
	'broken keys are counted in the log');
is($node->safe_psql('postgres', "select string_agg(kid || ' ' || usable, ',' order by position)
	from auth.issuer_keys where issuer like '%/broken keys'"), 'k1 true,enc false',
	'keys of other uses are kept, and not used');

my %due = map { split /\t/ } split /\n/, $node->safe_psql('postgres',
	'select issuer, round(extract(epoch from next_due - fetched_at)) from auth.issuer_status
	where fetched_at is not null', extra_params => [ '-F', "\t" ]);
is($due{$_}, $freshness{ $fresh_issuer{$_} }, "next due: $fresh_issuer{$_}") foreach sort keys %fresh_issuer;
my $pauses = $node->safe_psql('postgres', 'select min(extract(epoch from next_due - last_error_at)) >= 30,
	max(extract(epoch from next_due - last_error_at)) <= 45, count(distinct
	extract(epoch from next_due - last_error_at)::numeric(9, 3)) > 10
	from auth.issuer_status where consecutive_failures = 1');
is($pauses, 't|t|t', 'after a failure: 30 to 45 seconds, each another time');

# What fails when keys are there leaves them alone.
my $iss = 'https://issuer.example/text';
my $fine = $key->sign({ iss => $iss, sub => 'alice', exp => time + 600 });
my $position = log_position($node);
foreach my $try (
	[ 500, { status => 500 } ],
	[ 'HTML', { body => '<html>' } ],
	[ 'an empty set', { body => '{"keys":[]}' } ],
	[ 'a private key', { body => $private } ],
	[ 'a body too large', { body => padded(262145) } ])
{
	my ($name, $answer) = @$try;
	$server->route($case{text}{path}, %$answer);
	is($node->safe_psql('postgres', "select auth.refresh_issuer('$iss')"), 'f', "$name: refresh failed");
	my (undef, $out) = try_sql($node, 'select auth.user_id()', token => $fine);
	is($out, 'alice', "$name: the keys stay");
}
is($node->safe_psql('postgres', "select key_count, consecutive_failures, last_error ~ 'larger',
	fetched_at < last_error_at from auth.issuer_status where issuer = '$iss'"), '1|5|t|t',
	'failures are counted');
my @lines = log_since($node, $position) =~ /LOG:  .*issuer ".*/g;
is(scalar @lines, 1, 'and logged once') or diag(@lines);

# A success ends that, and says nothing of keys that are the same.
$position = log_position($node);
$server->route($case{text}{path}, body => jwks($key));
is($node->safe_psql('postgres', "select auth.refresh_issuer('$iss')"), 't', 'refresh succeeded');
is($node->safe_psql('postgres', "select consecutive_failures, fetched_at > last_error_at
	from auth.issuer_status where issuer = '$iss'"), '0|t', 'no failures any more');
unlike(log_since($node, $position), qr/issuer/, 'the same keys: nothing in the log');

is_deeply([ grep { /(?:ERROR|FATAL|PANIC|WARNING): / && !/ERROR:  JWT issuer has no keys$/ }
	split /\n/, slurp_file($node->logfile) ], [], 'no error of the fetcher');
$node->stop;
done_testing();
