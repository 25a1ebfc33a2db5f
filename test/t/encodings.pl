# Databases that are not UTF-8: claims are converted, and one that has no form there is refused
# with an error that says so and shows nothing of the token.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension pieces_in token_pieces_in_log);
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks);

my $key = make_key('EdDSA');
my $provider = make_key('EdDSA', kid => 'p1');
my $iss = 'https://issuer.example/';
my $set = jwks($provider);
my $jti = 0;

my $node = new_node('main');
my %encoding = (latin1 => 'LATIN1', ascii => 'SQL_ASCII', latin2 => 'LATIN2', utf8 => 'UTF8');
foreach my $db (sort keys %encoding)
{
	foreach my $name ($db, "${db}_registry")
	{
		$node->safe_psql('postgres', "create database $name encoding '$encoding{$db}'
			locale 'C' template template0");
		$node->safe_psql($name, 'create extension pg_session_jwt');
	}
	$node->safe_psql("${db}_registry",
		"insert into auth.issuers (issuer, jwks) values ('$iss', '$set')");
}

# Payloads are raw UTF-8 bytes here, for Perl strings would be encoded once more.
my ($e_acute, $euro, $l_stroke) = ("\xc3\xa9", "\xe2\x82\xac", "\xc5\x82");
my $unrepresentable = qr/^22P05: JWT claims cannot be represented in the encoding of the database/;

sub token
{
	my ($source, $members) = @_;
	my $exp = time + 600;
	return $key->sign(sprintf '{"jti":%d,"exp":%d,%s}', ++$jti, $exp, $members) if $source eq 'key';
	return $provider->sign(sprintf '{"iss":"%s","exp":%d,%s}', $iss, $exp, $members);
}

# Database, claims, the outcome of user_id(). Output is converted to UTF-8 again, but from
# SQL_ASCII, where bytes are what they are.
my @cases = (
	(map { [ $_, '"sub":"alice","o":{"id":"x"}', qr/^alice$/ ] } sort keys %encoding),
	[ 'utf8', qq("sub":"$e_acute$euro$l_stroke"), qr/^$e_acute$euro$l_stroke$/ ],
	[ 'latin1', qq("sub":"$e_acute"), qr/^$e_acute$/ ],
	[ 'latin1', '"sub":"\u00e9"', qr/^$e_acute$/ ],
	[ 'latin2', qq("sub":"$e_acute$l_stroke"), qr/^$e_acute$l_stroke$/ ],
	[ 'latin1', qq("sub":"$l_stroke"), $unrepresentable ],
	[ 'latin1', qq("sub":"alice","name":"$euro"), $unrepresentable ],
	[ 'latin1', qq("sub":"alice","$euro":1), $unrepresentable ],
	[ 'latin1', qq("sub":"alice","o":{"deep":["$euro"]}), $unrepresentable ],
	[ 'latin2', qq("sub":"$euro"), $unrepresentable ],
	[ 'latin1', '"sub":"alice","name":"\ud83d\ude00"', $unrepresentable ],
	[ 'ascii', qq("sub":"$e_acute"), qr/^$e_acute$/ ],
	[ 'ascii', '"sub":"\u00e9","name":"\ud83d\ude00"', qr/^$e_acute$/ ],
	[ 'latin1', '"sub":"\\\\ud83d","name":"\u0041\\\u00E9"', qr/^\\ud83d$/ ],
	[ 'utf8', '"sub":"\ud83d\ude00"', qr/^\xf0\x9f\x98\x80$/ ],
);
my @tokens;
foreach my $case (@cases)
{
	my ($db, $claims, $expected) = @$case;
	foreach my $source ('key', 'registry')
	{
		my $session = SessionJwt::Session->new($node,
			db => $source eq 'key' ? $db : "${db}_registry",
			$source eq 'key' ? (key => $key) : ());
		$session->ok("set client_encoding = 'UTF8'") unless $db eq 'ascii';
		my $token = token($source, $claims);
		push @tokens, $token;
		my $name = "$db, $source, $claims";
		$name =~ s/[^\x20-\x7e]/?/g;
		my $outcome = $session->outcome("set pg_session_jwt.jwt = '$token'; select auth.user_id()");
		like($outcome, $expected, "$name: user_id()");
		is_deeply([ pieces_in($outcome, $token) ], [], "$name: nothing of the token is shown");
		if ($expected eq $unrepresentable)
		{
			is_deeply($session->readers_not_like($unrepresentable), [], "$name: every reader");
			my $again = token($source, $claims);
			like($session->error("select auth.jwt_session_init('$again')"), $unrepresentable,
				"$name: init");
			is($session->ok('select 1'), '1', "$name: the session goes on");
		}
		else
		{
			is_deeply([ grep { !/^auth\.(?:has_scope|uid|organ)/ } @{ $session->readers_not_like(
				qr/^(?:NULL|.*alice.*|.*ud83d.*|.*$e_acute.*|.*\xf0\x9f\x98\x80.*|\Q$iss\E)$/) } ],
					[], "$name: every reader");
		}
		$session->quit;
	}
}

# Unsigned claims are in the database's encoding already.
my $session = SessionJwt::Session->new($node, db => 'latin1');
$session->ok("set client_encoding = 'UTF8'; set request.jwt.claims = '{\"sub\":\"$e_acute\",\"email\":\"a\@b\"}'");
is($session->outcome('select auth.user_id()'), $e_acute, 'latin1: unsigned claims');
is($session->outcome(qq(select auth.claim_text('sub') = '$e_acute')), 't',
	'latin1: unsigned claims, one of them');
$session->quit;

# Names that have no ASCII form, of the issuer and in paths.
my $other = "https://$e_acute.example/";
$session = SessionJwt::Session->new($node, db => 'latin1_registry');
$session->ok("set client_encoding = 'UTF8'");
$session->ok("insert into auth.issuers (issuer, jwks, subject_claim, audiences)
	values ('$other', '$set', '{$e_acute,sub}', '{$e_acute}')");
my $exp = time + 600;
my $foreign = $provider->sign(
	qq({"iss":"$other","exp":$exp,"aud":"$e_acute","$e_acute":{"sub":"alice"},"scope":"$e_acute read"}));
$session->ok("select auth.jwt_session_init('$foreign')");
is($session->ok("select auth.user_id(), auth.claim_text('$e_acute', 'sub'), auth.has_scope('$e_acute'), auth.issuer()"),
	"alice|alice|t|$other", 'latin1: issuer, audience, path and scope that are no ASCII');
$session->quit;

# A token that is not UTF-8 itself. In these databases any byte can be set.
foreach my $db ('latin1', 'ascii')
{
	my $client = SessionJwt::Session->new($node, db => $db, key => $key);
	$client->ok("set client_encoding = 'LATIN1'") if $db eq 'latin1';
	my $token = token('key', '"sub":"alice"');
	like($client->error(qq(set pg_session_jwt.jwt = E'$token\\xe9'; select auth.user_id())),
		qr/^42804: invalid JWT parameter pg_session_jwt\.jwt/, "$db: a token that is not UTF-8");
	push @tokens, $token;
	$client->quit;
}
is_deeply([ token_pieces_in_log($node, @tokens) ], [], 'nothing of the tokens is in the log');

done_testing();
