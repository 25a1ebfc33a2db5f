# Mints JSON Web Tokens for the tests with the openssl command line and core Perl modules alone,
# so that the signatures the extension verifies do not come from code it shares.
#
#   my $key = make_key('RS256', kid => 'k1');
#   my $token = $key->sign({ sub => 'alice', exp => time + 60 });
#   print jwks($key);
package SessionJwt::Token;

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256 hmac_sha384 hmac_sha512);
use Exporter qw(import);
use File::Temp ();
use IPC::Open3 qw(open3);
use JSON::PP ();
use MIME::Base64 ();
use Symbol qw(gensym);

use SessionJwt::Der qw(der_children der_strip ecdsa_to_jose);
use SessionJwt::Jwk qw(coordinate_bytes jwk_text key_kind private_members public_members);

our @EXPORT_OK = qw(make_key load_key hmac_key jwks unsigned tamper replace_payload
	b64url b64url_decode compact_json);

# What a new key is made of, by algorithm.
my %GENPKEY = (
	RSA => [qw(-algorithm RSA -pkeyopt rsa_keygen_bits:2048)],
	'P-256' => [qw(-algorithm EC -pkeyopt ec_paramgen_curve:P-256)],
	'P-384' => [qw(-algorithm EC -pkeyopt ec_paramgen_curve:P-384)],
	'P-521' => [qw(-algorithm EC -pkeyopt ec_paramgen_curve:P-521)],
	Ed25519 => [qw(-algorithm ED25519)],
);
my %KIND_OF_ALG = (
	(map { ("RS$_" => 'RSA', "PS$_" => 'RSA') } 256, 384, 512),
	ES256 => 'P-256',
	ES384 => 'P-384',
	ES512 => 'P-521',
	EdDSA => 'Ed25519',
	Ed25519 => 'Ed25519',
);
my %DEFAULT_ALG = (
	RSA => 'RS256',
	'P-256' => 'ES256',
	'P-384' => 'ES384',
	'P-521' => 'ES512',
	Ed25519 => 'EdDSA',
);
my %HMAC = (HS256 => \&hmac_sha256, HS384 => \&hmac_sha384, HS512 => \&hmac_sha512);

my %made;
my $json = JSON::PP->new->canonical->utf8;

# b64url encodes bytes as unpadded base64url (RFC 7515 section 2).
sub b64url { return MIME::Base64::encode_base64url($_[0]); }

# b64url_decode is its inverse, for well-formed input.
sub b64url_decode { return MIME::Base64::decode_base64url($_[0]); }

# compact_json writes a Perl value without spaces, members sorted; a string is taken to be JSON.
sub compact_json
{
	my ($value) = @_;
	return ref $value ? $json->encode($value) : $value;
}

# make_key returns a fresh key for $alg. Keys are kept by algorithm and kid for the life of the
# process, for RSA generation is slow; fresh => 1 asks for one of its own.
sub make_key
{
	my ($alg, %opt) = @_;
	my $id = join ' ', $alg, defined $opt{kid} ? "kid $opt{kid}" : 'bare';
	return $made{$id} if $made{$id} && !$opt{fresh};
	my $key;
	if ($HMAC{$alg})
	{
		my $bytes = substr($alg, 2) / 8;
		$key = hmac_key(_run('', 'rand', $bytes), alg => $alg, kid => $opt{kid});
	}
	else
	{
		my $kind = $KIND_OF_ALG{$alg} // die "no key for algorithm $alg\n";
		my $pem = _run('', 'genpkey', @{ $GENPKEY{$kind} });
		$key = _key($pem, alg => $alg, kid => $opt{kid});
	}
	$made{$id} = $key unless $opt{fresh};
	return $key;
}

# load_key reads a private key from a PEM file. alg and kid may be given.
sub load_key
{
	my ($path, %opt) = @_;
	open my $fh, '<', $path or die "could not open $path: $!\n";
	local $/ = undef;
	my $pem = <$fh>;
	close $fh;
	return _key($pem, %opt);
}

# hmac_key wraps a secret (RFC 7518 section 3.2).
sub hmac_key
{
	my ($secret, %opt) = @_;
	return bless { kind => 'oct', secret => $secret, alg => $opt{alg} // 'HS256',
		kid => $opt{kid} }, __PACKAGE__;
}

# jwks returns the JWK Set of the keys given, as compact JSON.
sub jwks
{
	my (@keys) = @_;
	return '{"keys":[' . join(',', map { $_->jwk_json } @keys) . ']}';
}

# unsigned returns a token with alg "none" and an empty signature (RFC 7515 appendix A.5).
sub unsigned
{
	my ($claims, %opt) = @_;
	my $header = $opt{header} // { alg => 'none', typ => 'JWT' };
	return b64url(compact_json($header)) . '.' . b64url(compact_json($claims)) . '.';
}

# tamper flips one bit of a decoded segment: part is 0 (header), 1 or 2, at the byte given
# (default: the middle one).
sub tamper
{
	my ($token, %opt) = @_;
	my @part = split /\./, $token, -1;
	my $which = $opt{part} // 2;
	my $bytes = b64url_decode($part[$which]);
	my $at = $opt{byte} // int(length($bytes) / 2);
	substr($bytes, $at, 1) ^= "\x01";
	$part[$which] = b64url($bytes);
	return join '.', @part;
}

# replace_payload puts other claims between a token's header and signature.
sub replace_payload
{
	my ($token, $claims) = @_;
	my @part = split /\./, $token, -1;
	$part[1] = b64url(compact_json($claims));
	return join '.', @part;
}

# jwk returns the public JWK as a hash; for a secret, the secret. With a kid, alg and use are
# there as well, as providers send them; bare => 1 leaves the three out.
sub jwk
{
	my ($self, %opt) = @_;
	my %jwk = %{ $self->{public} //= $self->{kind} eq 'oct'
		  ? { kty => 'oct', k => b64url($self->{secret}) }
		  : public_members($self->{kind}, $self->{bits}) };
	if (defined $self->{kid} && !$opt{bare})
	{
		@jwk{qw(kid alg use)} = ($self->{kid}, $self->{alg}, 'sig');
	}
	return \%jwk;
}

# jwk_json is jwk as compact JSON, kty first, as gateways put it into a startup packet.
sub jwk_json
{
	my ($self, %opt) = @_;
	return jwk_text($self->jwk(%opt));
}

# private_jwk_json is the private JWK, which the extension must refuse.
sub private_jwk_json
{
	my ($self) = @_;
	return $self->jwk_json if $self->{kind} eq 'oct';
	my $der = _run('', qw(pkcs8 -topk8 -nocrypt -outform DER -in), $self->{file}->filename);
	return jwk_text({ %{ $self->jwk }, %{ private_members($self->{kind}, $der) } });
}

# public_pem returns the public key as PEM, the secret of a classic algorithm confusion.
sub public_pem
{
	my ($self) = @_;
	return _run('', 'pkey', '-in', $self->{file}->filename, '-pubout');
}

# sign returns a compact token. Claims: a hash, or a string taken as raw payload bytes. Options:
# header, a hash laid over the usual header (undef removes a member) or a string of raw bytes;
# alg, another algorithm of the same key; signature, a sub that may change the signature bytes.
sub sign
{
	my ($self, $claims, %opt) = @_;
	my $alg = $opt{alg} // $self->{alg};
	my $header = $opt{header} // {};
	if (ref $header)
	{
		my %full = (alg => $alg, typ => 'JWT', %$header);
		$full{kid} = $self->{kid} if defined $self->{kid} && !exists $header->{kid};
		delete @full{ grep { !defined $full{$_} } keys %full };
		$header = \%full;
	}
	my $input = b64url(compact_json($header)) . '.' . b64url(compact_json($claims));
	my $signature = $self->sign_bytes($alg, $input);
	$signature = $opt{signature}->($signature) if $opt{signature};
	return $input . '.' . b64url($signature);
}

# sign_bytes returns the signature of $input in JWS form.
sub sign_bytes
{
	my ($self, $alg, $input) = @_;
	return $HMAC{$alg}->($input, $self->{secret}) if $self->{kind} eq 'oct';
	my $pem = $self->{file}->filename;
	if ($self->{kind} eq 'Ed25519')
	{
		# pkeyutl wants a file here: a one-shot signature needs the length first.
		my $in = File::Temp->new;
		binmode $in;
		print {$in} $input;
		$in->flush;
		return _run('', qw(pkeyutl -sign -rawin -inkey), $pem, '-in', $in->filename);
	}
	my @options = ('-sha' . substr($alg, 2));
	push @options, qw(-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest)
	  if $alg =~ /^PS/;
	my $signature = _run($input, 'dgst', @options, '-sign', $pem);
	return $signature if $self->{kind} eq 'RSA';
	return ecdsa_to_jose($signature, coordinate_bytes($self->{kind}));
}

# _key builds the object around the text of a PEM file.
sub _key
{
	my ($pem, %opt) = @_;
	my $file = File::Temp->new(SUFFIX => '.pem');
	print {$file} $pem;
	$file->flush;
	my $self = bless { file => $file, kid => $opt{kid} }, __PACKAGE__;
	my $spki = _run('', 'pkey', '-in', $file->filename, qw(-pubout -outform DER));
	my ($algorithm, $bits) = der_children(der_strip($spki));
	$self->{bits} = substr(der_strip($bits), 1);
	$self->{kind} = key_kind(der_strip($algorithm));
	$self->{alg} = $opt{alg} // $DEFAULT_ALG{ $self->{kind} };
	return $self;
}

# _run calls openssl with $input on its standard input and returns what it wrote.
sub _run
{
	my ($input, @args) = @_;
	my ($in, $out, $err) = (undef, undef, gensym);
	my $pid = open3($in, $out, $err, 'openssl', @args);
	binmode $_ for $in, $out;
	{
		local $SIG{PIPE} = 'IGNORE';
		print {$in} $input;
		close $in;
	}
	local $/ = undef;
	my $result = <$out>;
	my $message = <$err>;
	waitpid $pid, 0;
	die "openssl $args[0]: $message\n" if $?;
	return $result;
}

1;
