# Fixtures of Ed25519 tokens that test one rule each: headers, signatures, payloads, times.
package FixtureRefusal;

use strict;
use warnings;

use FixtureEd qw(ed next_jti);
use SessionJwt::Token qw(b64url b64url_decode hmac_key replace_payload tamper unsigned);

my $PAST = $FixtureFile::FAR_PAST;
my $FUTURE = $FixtureFile::FAR_FUTURE;

sub add
{
	my ($file, $ed, $rsa) = @_;
	_headers($file, $ed, $rsa);
	_signatures($file, $ed);
	_payloads($file, $ed);
	_times($file, $ed);
	return;
}

sub _headers
{
	my ($file, $ed, $rsa) = @_;
	$file->section('Ed25519: headers');
	my @accepted = (
		[noalg => '{}', 'No alg: accepted.'],
		[typ => '{"typ":"JWT","alg":"EdDSA","kid":"any","cty":"x"}', 'typ, kid, cty: accepted.'],
		[ed25519 => '{"alg":"Ed25519"}', 'alg Ed25519 (RFC 9864): accepted.'],
		[b64_true => '{"alg":"EdDSA","b64":true}', 'b64 true.'],
	);
	my @refused = (
		[alg_none => '{"alg":"none"}', 'alg none, yet signed.'],
		[alg_None => '{"alg":"None"}', 'alg None, yet signed.'],
		[alg_rs256 => '{"alg":"RS256"}', 'alg RS256: contradicts the key.'],
		[alg_hs256 => '{"alg":"HS256"}', 'alg HS256: contradicts the key.'],
		[alg_unknown => '{"alg":"XX999"}', 'alg that is not known.'],
		[alg_number => '{"alg":1}', 'alg is a number.'],
		[crit => '{"alg":"EdDSA","crit":["exp"],"exp":1}', 'crit.'],
		[crit_empty => '{"alg":"EdDSA","crit":[]}', 'crit, empty.'],
		[b64_false => '{"alg":"EdDSA","b64":false}', 'b64 false (RFC 7797).'],
		[header_dup => '{"alg":"EdDSA","alg":"EdDSA"}', 'alg twice.'],
		[header_array => '["EdDSA"]', 'Header is an array.'],
		[header_text => 'EdDSA', 'Header is no JSON.'],
		[header_empty => '', 'Header is empty.'],
	);
	foreach my $case (@accepted, @refused)
	{
		my ($name, $header, $comment) = @$case;
		$file->set("tok_ed_$name", "$comment sub alice.", ed($ed, '"sub":"alice"', header => $header));
	}
	my $next_jti = next_jti();
	$file->set('tok_ed_none', 'Not signed: alg none, empty signature.',
		unsigned(qq({"jti":$next_jti,"exp":$FUTURE,"sub":"alice"})));
	my $confused = hmac_key(b64url_decode($ed->jwk->{x}))->sign(qq({"jti":$next_jti,"sub":"alice"}));
	$file->set('tok_ed_hmac', 'HS256 with the public key as the secret.', $confused);
	$file->set('tok_ed_by_rsa', 'Signed with the RSA connection key, RS256.',
		$rsa->sign(qq({"jti":$next_jti,"exp":$FUTURE,"sub":"alice"})));
	return;
}

sub _signatures
{
	my ($file, $ed) = @_;
	$file->section('Ed25519: signatures, all refused but the first');
	my $good;
	do { $good = ed($ed, '"sub":"alice"') } until substr(b64url_decode((split /\./, $good)[2]), 63) eq "\x00";
	$file->set('tok_ed_zero_tail', 'sub alice; the signature ends in a zero byte: accepted.', $good);
	$file->set('tok_ed_zero_tail_cut', 'The same with that byte cut off.', _edit_signature($good, sub { substr $_[0], 0, 63 }));
	my $other = $file->key('other_ed', 'EdDSA');
	$file->set('tok_ed_wrong_key', 'Signed with another key.', ed($other, '"sub":"alice"'));
	$file->set('tok_ed_tampered', 'One bit of the signature changed.', tamper($good));
	$file->set('tok_ed_tampered_payload', "The payload changed to sub bob.",
		replace_payload($good, qq({"jti":999999,"exp":$FUTURE,"sub":"bob"})));
	$file->set('tok_ed_signature_empty', 'No signature.', _edit_signature($good, sub { '' }));
	$file->set('tok_ed_signature_long', '65 bytes.', _edit_signature($good, sub { $_[0] . "\x00" }));
	$file->set('tok_ed_signature_zero', '64 zero bytes.', _edit_signature($good, sub { "\x00" x 64 }));
	$file->set('tok_ed_malleable', 'S + L in place of S (RFC 8032 section 5.1.7).', _edit_signature($good, \&_add_order));
	$file->set('tok_ed_padded', 'Signature with padding.', "$good==");
	$file->set('tok_ed_newline', 'A line feed after the signature.', "$good\n");
	$file->set('tok_ed_space', 'A space before the token.', " $good");
	$file->set('tok_ed_trailing_bits', 'Unused bits of the last character are not zero.', _trailing_bit($good));
	my $standard = $good =~ s/.\z/+/r;
	$file->set('tok_ed_alphabet', 'A character of the other base64 alphabet.', $standard);
	return;
}

sub _edit_signature
{
	my ($token, $edit) = @_;
	my @part = split /\./, $token, -1;
	$part[2] = b64url($edit->(b64url_decode($part[2])));
	return join '.', @part;
}

# _add_order adds the group's order to S, little-endian.
sub _add_order
{
	my ($signature) = @_;
	my @order = unpack 'C*', pack 'H*', 'edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010';
	my @s = unpack 'C*', substr $signature, 32;
	my $carry = 0;
	foreach my $i (0 .. 31)
	{
		$carry += $s[$i] + $order[$i];
		$s[$i] = $carry & 0xff;
		$carry >>= 8;
	}
	return substr($signature, 0, 32) . pack 'C*', @s;
}

# _trailing_bit sets the lowest bit of the last character, which encodes nothing in 64 bytes.
sub _trailing_bit
{
	my ($token) = @_;
	my $alphabet = join '', 'A' .. 'Z', 'a' .. 'z', 0 .. 9, '-_';
	my $last = index $alphabet, substr $token, -1;
	return substr($token, 0, -1) . substr $alphabet, $last | 1, 1;
}

sub _payloads
{
	my ($file, $ed) = @_;
	my $jti = qq("jti":900000,"exp":$FUTURE);
	$file->section('Ed25519: well signed, payload to be refused');
	my @cases = (
		[payload_empty => '', 'Empty.'],
		[payload_text => 'alice', 'No JSON.'],
		[payload_array => '[1]', 'An array.'],
		[payload_null => 'null', 'null.'],
		[payload_trailing => "{$jti} x", 'Text after the object.'],
		[payload_two => "{$jti}{$jti}", 'Two objects.'],
		[payload_bom => "\xef\xbb\xbf{$jti}", 'A byte order mark first.'],
		[payload_dup => "{$jti,\"sub\":\"alice\",\"sub\":\"bob\"}", 'sub twice.'],
		[payload_dup_escaped => "{$jti,\"sub\":\"alice\",\"s\\u0075b\":\"bob\"}", 'sub twice, once escaped.'],
		[payload_nul => "{$jti,\"sub\":\"ali\\u0000ce\"}", '\u0000 in sub.'],
		[payload_nul_nested => "{$jti,\"sub\":\"alice\",\"a\":[{\"b\":\"\\u0000\"}]}", '\u0000 deeper.'],
		[payload_surrogate => "{$jti,\"sub\":\"\\ud800\"}", 'A lone surrogate.'],
		[payload_utf8 => "{$jti,\"sub\":\"\xff\"}", 'Bytes that are no UTF-8.'],
		[payload_deep => "{$jti,\"a\":" . '[' x 1000 . ']' x 1000 . '}', 'Nested 1000 deep.'],
		[payload_huge => "{$jti,\"n\":1e400}", 'A number beyond a double.'],
	);
	foreach my $case (@cases)
	{
		my ($name, $payload, $comment) = @$case;
		$file->set("tok_ed_$name", $comment, $ed->sign($payload, header => '{"alg":"EdDSA"}'));
	}
	my %jti = (
		missing => '',
		string => '"jti":"5"',
		float => '"jti":5.0',
		null => '"jti":null',
		bool => '"jti":true',
		huge => '"jti":9223372036854775808',
		zero => '"jti":0',
		negative => '"jti":-1',
	);
	foreach my $name (qw(missing string float null bool huge zero negative))
	{
		my $payload = '{' . join(',', grep { length } $jti{$name}, qq("exp":$FUTURE,"sub":"alice")) . '}';
		$file->set("tok_ed_jti_$name", "jti: $name.", $ed->sign($payload, header => '{"alg":"EdDSA"}'));
	}
	return;
}

sub _times
{
	my ($file, $ed) = @_;
	$file->section('Ed25519: times; sub alice');
	my @cases = (
		[expired => qq("exp":$PAST), "exp $PAST: refused."],
		[exp_missing => qq("jti":800000), 'No exp: accepted.'],
		[exp_float => qq("exp":$FUTURE.5), "exp $FUTURE.5: accepted."],
		[exp_float_past => qq("exp":$PAST.5), "exp $PAST.5: refused."],
		[exp_exponent => '"exp":1.3e10', 'exp 1.3e10: accepted.'],
		[exp_string => qq("exp":"$FUTURE"), 'exp is a string: refused.'],
		[exp_null => '"exp":null', 'exp is null: refused.'],
		[exp_huge => '"exp":99999999999999999999', 'exp beyond 64 bits.'],
		[exp_negative => '"exp":-1', 'exp -1: refused.'],
		[not_yet => qq("nbf":12000000000), 'nbf 12000000000: refused.'],
		[nbf_past => qq("nbf":$PAST), "nbf $PAST: accepted."],
		[nbf_string => qq("nbf":"$PAST"), 'nbf is a string: refused.'],
		[nbf_null => '"nbf":null', 'nbf is null: refused.'],
	);
	foreach my $case (@cases)
	{
		my ($name, $members, $comment) = @$case;
		my $token = ed($ed, qq("sub":"alice",$members));
		$token = $ed->sign('{"jti":' . next_jti() . ',"sub":"alice"}', header => '{"alg":"EdDSA"}')
		  if $name eq 'exp_missing';
		$file->set("tok_ed_$name", $comment, $token);
	}
	return;
}

1;
