# What preloading leaves in the postmaster, and the first token of a backend: whichever way the
# library came, whatever kind of key, however the registry's tables are found.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension sql try_sql);
use SessionJwt::Token qw(make_key jwks);

my $iss = 'https://issuer.example/';
my %key = map { $_ => make_key($_, kid => $_) } qw(EdDSA RS256 ES256);
my $other = make_key('ES256', kid => 'other');
my $set = jwks(@key{qw(RS256 ES256 EdDSA)});

my %node = (lazy => new_node('lazy'), preloaded => new_node('preloaded', preload => 'shared'));
foreach my $node (values %node)
{
	create_extension($node);
	$node->safe_psql('postgres', "insert into auth.issuers (issuer, jwks) values ('$iss', '$set')");
}

# token_of returns a token that no backend has seen.
my $serial = 0;
sub token_of
{
	my ($key, %more) = @_;
	return $key->sign({ iss => $iss, sub => 'u' . ++$serial, exp => time + 600, %more });
}

# first_of returns what the first statement of a new backend says of a token, which it presents.
sub first_of
{
	my ($node, $key, %more) = @_;
	my (undef, $out, $err) = try_sql($node, 'select auth.user_id()', token => token_of($key, %more));
	return $err =~ /(?:ERROR|FATAL):  (?:\w{5}: )?(.*)/ ? $1 : $out eq "u$serial" ? 'accepted' : "'$out'";
}

# What the postmaster has open, but for the numbers of what is anonymous.
sub open_files
{
	my ($pid) = @_;
	my %count;
	foreach my $link (glob "/proc/$pid/fd/*")
	{
		my $target = readlink $link // next;
		$target =~ s/\d+//g;
		$target =~ s{.*/}{};
		$target =~ s/lazy|preloaded//g;
		$count{$target}++;
	}
	return \%count;
}

SKIP:
{
	skip 'no /proc here', 2 unless -r '/proc/self/status';
	my %pid = map { $_ => (split /\n/, slurp_file($node{$_}->data_dir . '/postmaster.pid'))[0] } keys %node;
	my @threads = glob "/proc/$pid{preloaded}/task/*";
	is(scalar @threads, 1, 'preloading starts no thread in the postmaster');
	is_deeply(open_files($pid{preloaded}), open_files($pid{lazy}),
		'preloading leaves no descriptor open in the postmaster');
}

foreach my $name (sort keys %node)
{
	my $node = $node{$name};
	is(first_of($node, $key{$_}), 'accepted', "$name: the first token of a backend, $_")
	  foreach sort keys %key;
	is(first_of($node, $other), 'JWT names a key that its issuer does not have',
		"$name: the first token names a key that is not there");
	my $forged = make_key('RS256', kid => 'RS256', fresh => 1);
	is(first_of($node, $forged), 'invalid JWT signature',
		"$name: the first token is signed with another key of the same name");
	# The examples that are verified while the library is loaded are of this issuer.
	like(first_of($node, $key{RS256}, iss => 'joe'), qr/issuer/i, "$name: the examples' issuer is no issuer");

	# Beyond a page the registry is searched by its index.
	$node->safe_psql('postgres', "insert into auth.issuers (issuer, jwks)
		select 'https://other.example/' || i, '$set' from generate_series(1, 200) as i");
	is($node->safe_psql('postgres', "select pg_relation_size('auth.issuers') > 8192"), 't',
		"$name: the registry is of several pages");
	is(first_of($node, $key{ES256}), 'accepted', "$name: the first token, with many issuers");
	is(first_of($node, $key{ES256}, iss => "https://other.example/$_"), 'accepted',
		"$name: the first token, of issuer $_")
	  foreach 1, 200;
	like(first_of($node, $key{ES256}, iss => 'https://other.example/201'), qr/issuer/i,
		"$name: the first token is of no issuer");
	$node->safe_psql('postgres', "delete from auth.issuers where issuer like 'https://other%'");
}

# The tables are the extension's, by its list of configuration tables or else by membership, and
# none but its.
my $node = $node{preloaded};
my $configured = "select cardinality(extconfig) from pg_extension where extname = 'pg_session_jwt'";
is($node->safe_psql('postgres', $configured), '2', 'the extension lists two tables');
$node->safe_psql('postgres', 'create schema first; alter table auth.issuers set schema first');
is(first_of($node, $key{ES256}), 'accepted', 'a table in another schema is found');
$node->safe_psql('postgres', 'create table auth.issuers (like first.issuers including all)');
is(first_of($node, $key{ES256}), 'accepted', 'a table of the same name is not taken instead');
$node->safe_psql('postgres', 'drop table auth.issuers; alter table first.issuers set schema auth');

$node->safe_psql('postgres', 'alter extension pg_session_jwt drop table auth.issuer_fetches;
	alter extension pg_session_jwt add table auth.issuer_fetches');
is($node->safe_psql('postgres', $configured), '1', 'a table that was dropped and added is listed no more');
is(first_of($node, $key{ES256}), 'accepted', 'the registry is found with one table listed');
$node->safe_psql('postgres', 'alter extension pg_session_jwt drop table auth.issuers;
	alter extension pg_session_jwt add table auth.issuers');
is(first_of($node, $key{ES256}), 'accepted', 'the registry is found with none listed');
is(first_of($node, $other), 'JWT names a key that its issuer does not have', 'and it decides');
$node->safe_psql('postgres', 'alter extension pg_session_jwt drop table auth.issuers');
like(first_of($node, $key{ES256}), qr/pg_session_jwt\.jwk/, 'a table that is no member is no registry');

done_testing();
