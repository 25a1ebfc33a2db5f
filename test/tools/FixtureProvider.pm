# Fixtures of identity providers: issuers for auth.issuers, their key sets and tokens.
package FixtureProvider;

use strict;
use warnings;

use SessionJwt::Token qw(hmac_key jwks replace_payload tamper unsigned);

my $PAST = $FixtureFile::FAR_PAST;
my $FUTURE = $FixtureFile::FAR_FUTURE;
my $JSON = JSON::PP->new->canonical;

# What an access token of https://idp.example/ says; undef leaves a claim out.
sub _claims
{
	my ($user, %other) = @_;
	my %claims = (
		iss => 'https://idp.example/',
		sub => $user,
		aud => 'https://api.example.com',
		azp => 'todos-app',
		iat => $PAST,
		exp => $FUTURE,
		jti => "id-of-$user",
		scope => 'openid profile read:todos',
		org_id => "org_$user",
		'https://app.example/roles' => ['member'],
		%other,
	);
	delete @claims{ grep { !defined $claims{$_} } keys %claims };
	return \%claims;
}

sub add
{
	my ($file) = @_;
	my %key = (
		rsa => $file->key('idp_rsa_1', 'RS256', kid => 'idp-rsa-1'),
		rsa_2 => $file->key('idp_rsa_2', 'RS256', kid => 'idp-rsa-2'),
		ec => $file->key('idp_ec_1', 'ES256', kid => 'idp-ec-1'),
		ed => $file->key('idp_ed_1', 'EdDSA', kid => 'idp-ed-1'),
		es384 => $file->key('idp_es384_1', 'ES384', kid => 'idp-es384-1'),
		es512 => $file->key('idp_es512_1', 'ES512', kid => 'idp-es512-1'),
		stranger => $file->key('other_rsa', 'RS256', kid => 'idp-rsa-1'),
	);
	_sets($file, \%key);
	_good($file, \%key);
	_rules($file, \%key);
	_attacks($file, \%key);
	_other_issuers($file, \%key);
	return;
}

sub _sets
{
	my ($file, $key) = @_;
	$file->section('Issuer https://idp.example/: key sets');
	$file->set('jwks_idp', 'idp-rsa-1 (RS256), idp-ec-1 (ES256), idp-ed-1 (EdDSA).', jwks(@$key{qw(rsa ec ed)}));
	$file->set('jwks_idp_rsa', 'idp-rsa-1 alone.', jwks($key->{rsa}));
	$file->set('jwks_idp_overlap', 'idp-rsa-1 and idp-rsa-2, while keys change.', jwks(@$key{qw(rsa rsa_2)}));
	$file->set('jwks_idp_rotated', 'idp-rsa-2 alone: idp-rsa-1 was removed.', jwks($key->{rsa_2}));
	$file->set('jwks_idp_all', 'Five keys: also idp-es384-1 and idp-es512-1.', jwks(@$key{qw(rsa ec ed es384 es512)}));
	my $bare = $JSON->encode({ keys => [ map { $key->{$_}->jwk(bare => 1) } qw(rsa) ] });
	$file->set('jwks_idp_bare', 'The RSA key without kid, alg and use.', $bare);
	my $enc = { %{ $key->{rsa_2}->jwk }, use => 'enc', alg => 'RSA-OAEP', kid => 'enc-1' };
	my $odd = { kty => 'XYZ', kid => 'odd-1', x => 'AA' };
	$file->set('jwks_idp_mixed', 'An encryption key, an unknown kty, idp-rsa-1 with a foreign member.',
		$JSON->encode({ keys => [ $enc, $odd, { %{ $key->{rsa}->jwk }, 'x-note' => 1 } ], extra => 'x' }));
	$file->set('jwks_idp_private', 'idp-rsa-1 with its private members: refused.',
		'{"keys":[' . $key->{rsa}->private_jwk_json . ']}');
	$file->set('jwks_idp_unusable', 'No usable key: refused.', $JSON->encode({ keys => [ $enc, $odd ] }));
	$file->set('jwks_empty', 'An empty set.', '{"keys":[]}');
	return;
}

sub _good
{
	my ($file, $key) = @_;
	$file->section('Issuer https://idp.example/: accepted');
	foreach my $user (qw(alice bob))
	{
		$file->set("tok_idp_$user", "sub $user, RS256, kid idp-rsa-1, aud https://api.example.com.", $key->{rsa}->sign(_claims($user)));
		$file->set("tok_idp_${user}_es256", "sub $user, ES256, kid idp-ec-1.", $key->{ec}->sign(_claims($user)));
		$file->set("tok_idp_${user}_eddsa", "sub $user, EdDSA, kid idp-ed-1.", $key->{ed}->sign(_claims($user)));
		$file->set("tok_idp_${user}_2", "sub $user, RS256, kid idp-rsa-2.", $key->{rsa_2}->sign(_claims($user)));
		$file->set("tok_idp_${user}_again", "sub $user, RS256, another jti.", $key->{rsa}->sign(_claims($user, jti => 'again')));
		$file->set("claims_$user", "The payload of tok_idp_$user.", $JSON->encode(_claims($user)));
	}
	my $rsa = $key->{rsa};
	$file->set('tok_idp_alice_es384', 'sub alice, ES384, kid idp-es384-1 (jwks_idp_all).', $key->{es384}->sign(_claims('alice')));
	$file->set('tok_idp_alice_es512', 'sub alice, ES512, kid idp-es512-1 (jwks_idp_all).', $key->{es512}->sign(_claims('alice')));
	$file->set('tok_idp_alice_ps256', 'sub alice, PS256 with idp-rsa-1, whose alg is RS256.', $rsa->sign(_claims('alice'), alg => 'PS256'));
	$file->set('tok_idp_alice_rs512', 'sub alice, RS512 with idp-rsa-1, whose alg is RS256.', $rsa->sign(_claims('alice'), alg => 'RS512'));
	foreach my $alg (qw(RS384 PS384 PS512))
	{
		$file->set('tok_idp_alice_' . lc $alg, "sub alice, $alg with idp-rsa-1, whose alg is RS256.", $rsa->sign(_claims('alice'), alg => $alg));
	}
	$file->set('tok_idp_alice_ed25519', 'sub alice, Ed25519 (RFC 9864), kid idp-ed-1.', $key->{ed}->sign(_claims('alice'), alg => 'Ed25519'));
	$file->set('tok_idp_no_kid', 'sub alice, no kid.', $rsa->sign(_claims('alice'), header => { kid => undef }));
	$file->set('tok_idp_at_jwt', 'sub alice, typ at+jwt (RFC 9068).', $rsa->sign(_claims('alice'), header => { typ => 'at+jwt' }));
	$file->set('tok_idp_uuid', 'sub is a UUID.', $rsa->sign(_claims('1a2b3c4d-5e6f-4a1b-8c2d-0123456789ab')));
	$file->set('tok_idp_auth0', 'sub as Auth0 writes it.', $rsa->sign(_claims('auth0|64f0a11ce')));
	return;
}

sub _rules
{
	my ($file, $key) = @_;
	my $rsa = $key->{rsa};
	$file->section('Issuer https://idp.example/: RS256, sub alice; one claim differs');
	my @cases = (
		[expired => { exp => $PAST }, "exp $PAST."],
		[not_yet => { nbf => 12000000000 }, 'nbf 12000000000.'],
		[no_exp => { exp => undef }, 'No exp.'],
		[no_sub => { sub => undef }, 'No sub.'],
		[no_aud => { aud => undef }, 'No aud.'],
		[no_iss => { iss => undef }, 'No iss.'],
		[aud_array => { aud => [ 'https://idp.example/userinfo', 'https://api.example.com' ] }, 'aud is an array with the right one second.'],
		[aud_other => { aud => 'https://other.example.com' }, 'Another aud.'],
		[aud_array_other => { aud => [ 'a', 'b' ] }, 'aud is an array without the right one.'],
		[aud_empty => { aud => [] }, 'aud is an empty array.'],
		[aud_prefix => { aud => 'https://api.example.com.evil.example' }, 'aud that only starts alike.'],
		[aud_number => { aud => 1 }, 'aud is a number.'],
		[iss_no_slash => { iss => 'https://idp.example' }, 'iss without the slash.'],
		[iss_upper => { iss => 'HTTPS://IDP.EXAMPLE/' }, 'iss in capitals.'],
		[iss_other => { iss => 'https://stranger.example/' }, 'An iss nobody knows.'],
		[iss_number => { iss => 1 }, 'iss is a number.'],
		[iss_array => { iss => ['https://idp.example/'] }, 'iss is an array.'],
		[client_id => { aud => undef, client_id => 'todos-app' }, 'No aud; client_id todos-app.'],
		[oid => { oid => 'entra-object-id' }, 'A claim oid (subject elsewhere).'],
		[admin => { 'https://app.example/roles' => [ 'member', 'admin' ] }, 'Roles member and admin.'],
		[token_use => { token_use => 'access' }, 'token_use access.'],
	);
	foreach my $case (@cases)
	{
		my ($name, $claims, $comment) = @$case;
		$file->set("tok_idp_$name", $comment, $rsa->sign(_claims('alice', %$claims)));
	}
	return;
}

sub _attacks
{
	my ($file, $key) = @_;
	my $rsa = $key->{rsa};
	my $claims = _claims('alice', jti => 'attack');
	my $good = $rsa->sign($claims);
	$file->section('Issuer https://idp.example/: attacks, sub alice; all refused');
	$file->set('tok_idp_tampered', 'One bit of the signature changed.', tamper($good));
	$file->set('tok_idp_tampered_payload', 'The payload changed to sub bob.', replace_payload($good, _claims('bob')));
	$file->set('tok_idp_wrong_key', "Signed with a stranger's key under the kid idp-rsa-1.", $key->{stranger}->sign($claims));
	$file->set('tok_idp_kid_unknown', 'A kid that is in no set.', $rsa->sign($claims, header => { kid => 'nobody' }));
	$file->set('tok_idp_kid_other', 'RS256 under the kid of the EC key.', $rsa->sign($claims, header => { kid => 'idp-ec-1' }));
	$file->set('tok_idp_kid_number', 'kid is a number.', $rsa->sign($claims, header => { kid => 7 }));
	$file->set('tok_idp_none', 'Not signed: alg none.', unsigned($claims, header => { alg => 'none', kid => 'idp-rsa-1' }));
	$file->set('tok_idp_no_alg', 'No alg in the header.', $rsa->sign($claims, header => { alg => undef }));
	$file->set('tok_idp_crit', 'crit.', $rsa->sign($claims, header => { crit => ['exp'] }));
	$file->set('tok_idp_embedded_jwk', "A stranger's key in the header, and signed with it.",
		$key->{stranger}->sign($claims, header => { jwk => $key->{stranger}->jwk(bare => 1) }));
	$file->set('tok_idp_jku', 'jku that points to another key set.',
		$key->{stranger}->sign($claims, header => { jku => 'https://stranger.example/jwks' }));
	my $hmac = hmac_key($rsa->public_pem, alg => 'HS256', kid => 'idp-rsa-1');
	$file->set('tok_idp_hmac', 'HS256 with the public key as the secret.', $hmac->sign($claims));
	return;
}

sub _other_issuers
{
	my ($file, $key) = @_;
	$file->section('Other issuers');
	my $es384 = $file->key('other_p384', 'ES384', kid => 'other-1');
	$file->set('jwks_other', 'https://other.example/: other-1 (ES384).', jwks($es384));
	$file->set('tok_other_alice', 'sub alice of https://other.example/.', $es384->sign(_claims('alice', iss => 'https://other.example/')));
	$file->set('tok_other_as_idp', "Issuer https://idp.example/ claimed, signed by the other issuer's key: refused.",
		$es384->sign(_claims('alice', jti => 'cross')));
	$file->set('tok_other_idp_kid', 'Issuer https://other.example/ claimed, signed by idp-rsa-1: refused.',
		$key->{rsa}->sign(_claims('alice', iss => 'https://other.example/')));
	my $secret = hmac_key('test secret, public, of 64 bytes: never use it for anything else', alg => 'HS256', kid => 'hmac-1');
	$file->set('jwks_hmac', 'https://hmac.example/: hmac-1 (HS256).', jwks($secret));
	$file->set('tok_hmac_alice', 'sub alice of https://hmac.example/, HS256.', $secret->sign(_claims('alice', iss => 'https://hmac.example/')));
	return;
}

1;
