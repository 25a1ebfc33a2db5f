# Key sets by URL: where the fetcher connects to is decided by pg_session_jwt.fetch in the
# configuration file, and by nobody else.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension set_conf sql try_sql);
use SessionJwt::HttpServer;
use SessionJwt::TestCa;
use SessionJwt::Token qw(make_key jwks);

my $key = make_key('EdDSA', kid => 'k1');
my $ca = SessionJwt::TestCa->new;
my @cert = $ca->issue('good', names => 'DNS:localhost,IP:127.0.0.1,IP:::1');
my $server = SessionJwt::HttpServer->new(tls => \@cert);
my $named = SessionJwt::HttpServer->new(tls => \@cert, name => 'localhost');
my $plain = SessionJwt::HttpServer->new;
$_->route('/keys', body => jwks($key)) foreach $server, $named, $plain;
my $configuration = "/.well-known/openid-configuration";

my $node = new_node('main', conf => [ "pg_session_jwt.fetch_ca_file = '${\ $ca->file }'" ]);
create_extension($node);
my $status = 'select coalesce(last_error, key_count::text) from auth.issuer_status where issuer =';
my $not_public = qr/^the address is not a public one \(pg_session_jwt\.fetch is "public"\)$/;
my $no_https = qr{^the address does not begin with https://$};

sub insert
{
	my (%uri) = @_;
	$node->safe_psql('postgres', 'insert into auth.issuers (issuer, jwks_uri) values '
		. join ', ', map { "('$_', '$uri{$_}')" } sort keys %uri);
	$node->poll_query_until('postgres',
		'select bool_and(fetched_at is not null or last_error is not null) from auth.issuer_status')
	  or die "not everything was tried\n";
	return;
}

sub token { return $key->sign({ iss => $_[0], sub => 'alice', exp => time + 600 }); }

is($node->safe_psql('postgres', "load 'pg_session_jwt'; select current_setting('pg_session_jwt.fetch')"), 'public',
	'public is the default');
my %internal = (
	loopback => $server->url('/keys'),
	'a name of loopback' => $named->url('/keys'),
	'IPv6 loopback' => 'https://[::1]:9/keys',
	'IPv4 within IPv6' => 'https://[::ffff:127.0.0.1]:9/keys',
	'decimal address' => 'https://2130706433:9/keys',
	private => 'https://10.255.255.1/keys',
	metadata => 'https://169.254.169.254/latest/meta-data/',
	'this network' => 'https://0.0.0.0:9/keys',
);
my %plain = (http => $plain->url('/keys'), 'http elsewhere' => 'http://192.0.2.1/keys',
	file => 'file:///etc/passwd', gopher => 'gopher://127.0.0.1/', scp => 'scp://127.0.0.1/x');
insert(%internal, %plain);
like($node->safe_psql('postgres', "$status '$_'"), $not_public, "public: $_") foreach sort keys %internal;
like($node->safe_psql('postgres', "$status '$_'"), $no_https, "public: $_") foreach sort keys %plain;

# Who may not decide it. The settings of a database are dropped when the library is loaded. FETCH is
# a reserved word, so SQL has to quote the name.
my ($code, undef, $err) = try_sql($node, "load 'pg_session_jwt'; set pg_session_jwt.\"fetch\" = 'any'");
like($err, qr/parameter "pg_session_jwt.fetch" cannot be changed now/, 'not SET');
($code, undef, $err) = try_sql($node, 'select 1', set => { 'pg_session_jwt.fetch' => 'any' });
$node->safe_psql('postgres', "alter database postgres set pg_session_jwt.\"fetch\" = 'any'");
$node->safe_psql('postgres', "alter role all set pg_session_jwt.\"fetch\" = 'any'");
sql($node, "set pg_session_jwt.\"fetch\" = 'any'; select auth.refresh_issuer('loopback')");
like($node->safe_psql('postgres', "$status 'loopback'"), $not_public,
	'not ALTER DATABASE or ALTER ROLE, nor SET before the library is loaded');
$node->safe_psql('postgres', 'alter database postgres reset all; alter role all reset all');
is($server->requests + $named->requests + $plain->requests, 0, 'no server saw a request');

# Off.
set_conf($node, 'pg_session_jwt.fetch', 'off');
$node->reload;
my $workers = "select count(*) from pg_stat_activity where backend_type = 'pg_session_jwt fetcher'";
$node->poll_query_until('postgres', "select ($workers) = 0") or die "the worker stays\n";
$node->safe_psql('postgres', "load 'pg_session_jwt'; insert into auth.issuers (issuer, jwks_uri)
	values ('off', '${\ $server->url('/keys') }')");
(undef, undef, $err) = try_sql($node, 'select 1', token => token('off'));
like($err, qr/23514: JWT issuer has no keys\nHINT:  Fetching key sets is switched off \(pg_session_jwt\.fetch\)/,
	'off: the hint says so');
my ($status_code, $out, $warning) = try_sql($node, "select auth.refresh_issuer('off')");
is($out, 'f', 'off: refresh_issuer is false');
like($warning, qr/WARNING: .*could not fetch the keys of issuer "off"\nHINT:  Fetching key sets is switched off/,
	'off: with a warning');
is($node->safe_psql('postgres', "$workers"), '0', 'off: no worker');
is($server->requests, 0, 'off: no request');

# Any.
set_conf($node, 'pg_session_jwt.fetch', 'any');
$node->reload;
$node->poll_query_until('postgres', "select auth.jwt() is not null and current_setting('pg_session_jwt.fetch') = 'any'")
  or die "the setting does not arrive\n";
foreach my $name ('off', 'loopback', 'a name of loopback', 'http')
{
	is($node->safe_psql('postgres', "select auth.refresh_issuer('$name')"), 't', "any: $name");
	is(sql($node, 'select auth.user_id()', token => token($name)), 'alice', "any: $name, token");
}
# No settings of a proxy, and no redirect from one scheme to the other.
$plain->route('/keys', status => 302, headers => [ 'Location: ' . $server->url('/keys') ]);
is($node->safe_psql('postgres', "select auth.refresh_issuer('http')"), 'f', 'any: no redirect');
is(sql($node, 'select auth.user_id()', token => token('http')), 'alice', 'any: and the keys stay');

# Rights: refresh_issuer is for those who may write the registry.
(undef, undef, $err) = try_sql($node, "select auth.refresh_issuer('http')", role => 'authenticated');
like($err, qr/42501: permission denied for table issuers/, 'refresh_issuer: no right');
(undef, undef, $err) = try_sql($node, "select auth.refresh_issuer('none')");
like($err, qr/42704: issuer "none" does not exist/, 'refresh_issuer: no such issuer');
is(sql($node, 'select count(*) from auth.issuer_status', role => 'authenticated'), '0',
	'issuer_status: nothing for those who may not read the registry');

$node->stop;
done_testing();
