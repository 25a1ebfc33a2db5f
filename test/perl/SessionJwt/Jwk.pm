# The members of a JWK (RFC 7518 section 6) from the DER of a key.
package SessionJwt::Jwk;

use strict;
use warnings;

use Exporter qw(import);
use JSON::PP ();
use MIME::Base64 qw(encode_base64url);

use SessionJwt::Der qw(der_children der_strip);

our @EXPORT_OK = qw(coordinate_bytes jwk_text key_kind private_members public_members);

my %COORDINATE_BYTES = ('P-256' => 32, 'P-384' => 48, 'P-521' => 66);
my %KIND_OF_OID = (
	'2a864886f70d010101' => 'RSA',
	'2b6570' => 'Ed25519',
	'2a8648ce3d030107' => 'P-256',
	'2b81040022' => 'P-384',
	'2b81040023' => 'P-521',
);
my @MEMBER_ORDER = qw(kty crv n e d p q dp dq qi x y k kid alg use);
my $json = JSON::PP->new->utf8->allow_nonref;

# coordinate_bytes returns the size of a curve's coordinates.
sub coordinate_bytes { return $COORDINATE_BYTES{ $_[0] }; }

# key_kind tells the key type, by the object identifiers of its AlgorithmIdentifier.
sub key_kind
{
	my ($oids) = @_;
	foreach my $oid (reverse der_children($oids))
	{
		my $kind = $KIND_OF_OID{ unpack 'H*', der_strip($oid) };
		return $kind if $kind;
	}
	die "unsupported key type\n";
}

# public_members takes the bits of a SubjectPublicKeyInfo.
sub public_members
{
	my ($kind, $bits) = @_;
	return { kty => 'OKP', crv => 'Ed25519', x => encode_base64url($bits) } if $kind eq 'Ed25519';
	if ($kind eq 'RSA')
	{
		my ($n, $e) = map { _integer($_) } der_children(der_strip($bits));
		return { kty => 'RSA', n => $n, e => $e };
	}
	my $size = $COORDINATE_BYTES{$kind};
	return {
		kty => 'EC',
		crv => $kind,
		x => encode_base64url(substr $bits, 1, $size),
		y => encode_base64url(substr $bits, 1 + $size, $size)
	};
}

# private_members takes a key in PKCS #8, whose third element holds it.
sub private_members
{
	my ($kind, $der) = @_;
	my $inner = der_strip((der_children(der_strip($der)))[2]);
	return { d => encode_base64url(der_strip($inner)) } if $kind eq 'Ed25519';
	my @field = der_children(der_strip($inner));
	return { d => encode_base64url(der_strip($field[1])) } if $kind ne 'RSA';
	my %jwk;
	@jwk{qw(d p q dp dq qi)} = map { _integer($_) } @field[ 3 .. 8 ];
	return \%jwk;
}

# jwk_text writes a JWK as compact JSON, in the order in which providers write it.
sub jwk_text
{
	my ($jwk) = @_;
	my @members = grep { exists $jwk->{$_} } @MEMBER_ORDER;
	return '{' . join(',', map { qq("$_":) . $json->encode($jwk->{$_}) } @members) . '}';
}

# _integer encodes the content of a DER INTEGER without its sign byte.
sub _integer
{
	my $bytes = der_strip($_[0]);
	$bytes =~ s/^\x00+(?=.)//s;
	return encode_base64url($bytes);
}

1;
