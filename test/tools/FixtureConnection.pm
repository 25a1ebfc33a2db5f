# Fixtures of connection keys (pg_session_jwt.jwk) and their tokens.
package FixtureConnection;

use strict;
use warnings;

use FixtureEd qw(ed next_jti);
use FixtureRefusal ();
use SessionJwt::Token qw(b64url hmac_key replace_payload unsigned);

my $PAST = $FixtureFile::FAR_PAST;
my $FUTURE = $FixtureFile::FAR_FUTURE;

sub add
{
	my ($file) = @_;
	my $ed = $file->key('conn_ed', 'EdDSA');
	my $rsa = $file->key('conn_rsa', 'RS256');
	my $ec = $file->key('conn_ec', 'ES256');
	_keys($file, $ed, $rsa, $ec);
	_good_ed($file, $ed);
	_subjects($file, $ed);
	_shapes($file, $ed);
	FixtureRefusal::add($file, $ed, $rsa);
	_rsa_and_ec($file, $rsa, $ec);
	return;
}

sub _keys
{
	my ($file, $ed, $rsa, $ec) = @_;
	$file->section('Connection keys: good');
	$file->connection('ed', 'Ed25519.', $ed->jwk_json);
	$file->connection('ed_other', 'Ed25519, another key.', $file->key('other_ed', 'EdDSA')->jwk_json);
	$file->connection('rsa', 'RSA, 2048 bits.', $rsa->jwk_json);
	$file->connection('ec', 'EC P-256.', $ec->jwk_json);
	my $x = $ed->jwk->{x};
	$file->connection('ed_spaced', 'The Ed25519 key, with spaces, a quote and a backslash in it.',
		qq({ "kty": "OKP", "crv": "Ed25519", "x": "$x", "note": "it's a \\\\ \\"test\\"" }));
	$file->connection('ed_members', 'The Ed25519 key, with members that are ignored.',
		qq({"use":"enc","key_ops":["encrypt"],"alg":"RS256","kid":"k","kty":"OKP","crv":"Ed25519","x":"$x"}));

	$file->section('Connection keys: to be refused');
	$file->connection('ed_private', 'The Ed25519 key with its private half.', $ed->private_jwk_json);
	$file->connection('rsa_private', 'The RSA key with its private members.', $rsa->private_jwk_json);
	$file->connection('ec_private', 'The EC key with its private half.', $ec->private_jwk_json);
	$file->connection('rsa_1024', 'RSA, 1024 bits.', $file->key('rsa_1024', 'RS256', bits => 1024)->jwk_json);
	$file->connection('p384', 'EC P-384: no connection key.', $file->key('other_p384', 'ES384')->jwk_json);
	$file->connection('oct', 'A shared secret.', hmac_key('0123456789abcdef0123456789abcdef')->jwk_json);
	$file->connection('array', 'The array form that 0.5.0 took.', qq(["OKP","Ed25519","$x"]));
	$file->connection('dup', 'x twice.', qq({"kty":"OKP","crv":"Ed25519","x":"$x","x":"$x"}));
	$file->connection('small_order', 'A point of small order (order 8).',
		'{"kty":"OKP","crv":"Ed25519","x":"' . b64url(pack 'H*',
		'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a') . '"}');
	$file->connection('identity', 'The neutral point.',
		'{"kty":"OKP","crv":"Ed25519","x":"' . b64url("\x01" . "\x00" x 31) . '"}');
	$file->connection('short', 'x of 31 bytes.',
		'{"kty":"OKP","crv":"Ed25519","x":"' . b64url("\x42" x 31) . '"}');
	$file->connection('padded', 'x with padding.', qq({"kty":"OKP","crv":"Ed25519","x":"$x="}));
	$file->connection('off_curve', 'EC P-256, not on the curve.',
		'{"kty":"EC","crv":"P-256","x":"' . b64url("\x01" x 32) . '","y":"' . b64url("\x01" x 32) . '"}');
	$file->connection('no_json', 'No JSON at all.', 'secret');
	$file->connection('empty', 'The empty string.', '');
	return;
}

sub _good_ed
{
	my ($file, $ed) = @_;
	$file->section('Ed25519: accepted; jti is the number in the name');
	foreach my $user (qw(alice bob))
	{
		$file->set("tok_ed_${user}_$_", "sub $user, jti $_.", ed($ed, qq("jti":$_,"sub":"$user")))
		  for 1 .. 8;
	}
	$file->set('tok_ed_alice_max', 'sub alice, jti 9223372036854775807.',
		ed($ed, '"jti":9223372036854775807,"sub":"alice"'));

	$file->section("Ed25519: accepted; from here on jti starts at " . next_jti() . " and grows in order");
	$file->set('tok_ed_claims', 'sub alice, aud, iss, role, a namespaced claim, nested objects.',
		ed($ed, '"sub":"alice","aud":"api","iss":"https://gateway.example/","role":"authenticated",'
			. '"https://app.example/roles":["admin","dev"],"nested":{"jti":"inner","a":{"b":[1,null,true]}}'));
	$file->set('tok_ed_numbers', 'Numbers that a double cannot hold: n, d, e, i.',
		ed($ed, '"sub":"alice","n":123456789012345678901234567890,"d":1.10,"e":1e2,"i":18446744073709551615'));
	$file->set('tok_ed_unicode', 'sub with letters beyond ASCII, one of them escaped.',
		ed($ed, "\"sub\":\"\xc3\xa6lice \\u00df \xe2\x82\xac\""));
	$file->set('tok_ed_injection', 'sub and aud with a line feed and quotes (log injection).',
		ed($ed, '"sub":"eve\nLOG:  forged \"line\"","aud":["a\nb","c"]'));
	$file->set('tok_ed_nested_dup', 'A member twice in a nested object: allowed.',
		ed($ed, '"sub":"alice","o":{"id":"a","id":"b"}'));
	return;
}

sub _subjects
{
	my ($file, $ed) = @_;
	my $uuid = '1a2b3c4d-5e6f-4a1b-8c2d-0123456789ab';
	$file->section("Ed25519: accepted; sub and o");
	my %sub = (
		none => '"x":1',
		null => '"sub":null',
		number => '"sub":42',
		empty => '"sub":""',
		uuid => qq("sub":"$uuid"),
		uuid_upper => qq("sub":"\U$uuid\E"),
		uuid_plain => '"sub":"1a2b3c4d5e6f4a1b8c2d0123456789ab"',
		uuid_braces => qq("sub":"{$uuid}"),
		uuid_urn => qq("sub":"urn:uuid:$uuid"),
		uuid_groups => '"sub":"1a2b-3c4d-5e6f-4a1b-8c2d-0123-4567-89ab"',
		uuid_short => '"sub":"1a2b3c4d-5e6f-4a1b-8c2d-0123456789a"',
	);
	$file->set("tok_ed_sub_$_", "Payload with $sub{$_}.", ed($ed, $sub{$_}))
	  for qw(none null number empty uuid uuid_upper uuid_plain uuid_braces uuid_urn uuid_groups uuid_short);
	my %org = (
		uuid => qq({"id":"$uuid","rol":"admin","slg":"acme"}),
		text => '{"id":"org_2abc"}',
		number => '{"id":7}',
		empty => '{}',
		null => 'null',
		string => '"org_2abc"',
		array => '["a"]',
	);
	$file->set("tok_ed_org_$_", qq(sub alice, o $org{$_}.), ed($ed, qq("sub":"alice","o":$org{$_})))
	  for qw(uuid text number empty null string array);
	return;
}

sub _shapes
{
	my ($file, $ed) = @_;
	$file->section('Shapes: none is a token of three parts');
	my $good = ed($ed, '"sub":"alice"');
	my ($header, $payload, $signature) = split /\./, $good;
	$file->set('tok_empty', 'The empty string.', '');
	$file->set('tok_opaque', 'One part: an opaque token, 43 characters.', b64url("opaque access token: 32 bytes..."));
	$file->set('tok_two_parts', 'Two parts.', "$header.$payload");
	$file->set('tok_four_parts', 'Four parts.', "$header.$payload.$signature.$signature");
	$file->set('tok_encrypted', 'Five parts: an encrypted token (RFC 7516).', join '.',
		b64url('{"alg":"dir","enc":"A256GCM"}'), '', map { b64url($_) } "0123456789ab", "\xa5" x 40, "\x5a" x 16);
	$file->set('tok_dots', 'Two dots.', '..');
	$file->set('tok_ed_15k', 'sub alice, about 15,000 bytes: accepted by default.',
		ed($ed, '"sub":"alice","pad":"' . 'x' x 11100 . '"'));
	$file->set('tok_ed_17k', 'sub alice, about 17,000 bytes: too long by default.',
		ed($ed, '"sub":"alice","pad":"' . 'x' x 12600 . '"'));
	return;
}

sub _rsa_and_ec
{
	my ($file, $rsa, $ec) = @_;
	my %key = (rsa => $rsa, ec => $ec);
	foreach my $name (qw(rsa ec))
	{
		my ($key, $other) = ($key{$name}, $file->key("other_$name", $key{$name}{alg}));
		my $alg = $key->{alg};
		$file->section("Connection key jwk_$name: $alg, no jti needed");
		my %claims = (sub => 'alice', exp => $FUTURE);
		$file->set("tok_${name}_$_", "sub $_.", $key->sign({ %claims, sub => $_ })) for qw(alice bob);
		$file->set("tok_${name}_noalg", 'Header without alg: accepted.', $key->sign(\%claims, header => '{}'));
		$file->set("tok_${name}_jti_string", 'jti is a string: accepted.', $key->sign({ %claims, jti => 'a1' }));
		$file->set("tok_${name}_expired", 'Expired.', $key->sign({ %claims, exp => $PAST }));
		$file->set("tok_${name}_not_yet", 'nbf 12000000000.', $key->sign({ %claims, nbf => 12000000000 }));
		my $bad = $file->set("tok_${name}_bob_2", 'sub bob again, with a jti.', $key->sign({ %claims, sub => 'bob', jti => 'b2' }));
		$file->set("tok_${name}_tampered_payload", 'The payload changed to sub alice.', replace_payload($bad, \%claims));
		$file->set("tok_${name}_wrong_key", 'Signed with another key.', $other->sign({ %claims, jti => 'w' }));
		$file->set("tok_${name}_none", 'Not signed.', unsigned(\%claims));
		$file->set("tok_${name}_crit", 'crit.', $key->sign(\%claims, header => { crit => ['exp'] }));
		my $hmac = hmac_key($key->public_pem, alg => 'HS256');
		$file->set("tok_${name}_hmac", 'HS256 with the public key as the secret.', $hmac->sign(\%claims));
		$file->set("tok_${name}_alg_eddsa", 'alg EdDSA: contradicts the key.', $key->sign(\%claims, header => '{"alg":"EdDSA"}'));
	}
	my %claims = (sub => 'alice', exp => $FUTURE);
	$file->set('tok_rsa_rs512', 'RS512 with the RSA connection key.', $rsa->sign(\%claims, alg => 'RS512'));
	$file->set('tok_rsa_ps256', 'PS256 with the RSA connection key.', $rsa->sign(\%claims, alg => 'PS256'));
	$file->set('tok_rsa_short', 'RS256 signature of 255 bytes: refused.',
		$rsa->sign({ %claims, jti => 's' }, signature => sub { substr $_[0], 0, 255 }));
	$file->set('tok_ec_zero', 'ES256 signature of zeros (CVE-2022-21449): refused.',
		$ec->sign({ %claims, jti => 'z' }, signature => sub { "\x00" x 64 }));
	$file->set('tok_ec_long', 'ES256 signature of 65 bytes: refused.',
		$ec->sign({ %claims, jti => 'l' }, signature => sub { $_[0] . "\x00" }));
	return;
}

1;
