# The file of psql variables that test/tools/fixtures writes, and the keys behind it.
package FixtureFile;

use strict;
use warnings;

use SessionJwt::Token qw(b64url_decode load_key);

# Four centuries around any test run: nothing here expires by itself.
our $FAR_PAST = 1000000000;
our $FAR_FUTURE = 13000000000;

my $HEADER = <<'END';
-- Keys and tokens for the pg_regress suites, as psql variables. Written by test/tools/fixtures;
-- do not edit. All keys are for tests only: their private halves are in test/vectors/keys.
--
-- A test starts with these lines (ECHO none keeps this file out of the output):
--
--	\set ECHO none
--	\getenv srcdir PG_ABS_SRCDIR
--	\set fixtures :srcdir '/fixtures.sql'
--	\i :fixtures
--	\set ECHO all
--
-- jwk_*     a JWK, as text              \set q :'jwk_ed'
-- conn_*    connection options that set pg_session_jwt.jwk to the JWK of that name, in \c's quotes
--	\c -reuse-previous=on :conn_ed
-- or, as another role,
--	\set c 'user=authenticated ' :conn_ed
--	\c -reuse-previous=on :c
-- jwks_*    a JWK Set, as text
-- tok_*     a compact token             select auth.jwt_session_init(:'tok_ed_alice_1');
-- claims_*  a payload as JSON text      select set_config('request.jwt.claims', :'claims_alice', false);
--
-- Tokens of connection keys are named tok_<key>_..., tokens of the issuer https://idp.example/
-- tok_idp_.... Unless the comment says otherwise a token's exp is 13000000000 (year 2381).
END

sub new
{
	my ($class, $path, $keys) = @_;
	my $self = bless { path => $path, keys => $keys, text => $HEADER, old => {} }, $class;
	$self->{before} = '';
	if (open my $fh, '<', $path)
	{
		local $/ = undef;
		$self->{before} = <$fh>;
		close $fh;
		$self->{old} = { $self->{before} =~ /^\\set (\w+) '([^'\n]*)'$/mg };
	}
	return $self;
}

# key loads test/vectors/keys/NAME.pem, and makes it first if it is not there.
sub key
{
	my ($self, $name, $algorithm, %opt) = @_;
	my $pem = "$self->{keys}/$name.pem";
	$self->_make($pem, $algorithm, $opt{bits} // 2048) unless -e $pem;
	return load_key($pem, alg => $algorithm, kid => $opt{kid});
}

sub _make
{
	my ($self, $pem, $algorithm, $bits) = @_;
	my %curve = (ES256 => 'P-256', ES384 => 'P-384', ES512 => 'P-521');
	my @args =
	    $algorithm =~ /^[RP]S/ ? ('-algorithm', 'RSA', '-pkeyopt', "rsa_keygen_bits:$bits")
	  : $curve{$algorithm} ? ('-algorithm', 'EC', '-pkeyopt', "ec_paramgen_curve:$curve{$algorithm}")
	  : ('-algorithm', 'ED25519');
	open my $in, '-|', 'openssl', 'genpkey', @args or die "could not run openssl: $!\n";
	my @lines = <$in>;
	close $in or die "openssl genpkey failed\n";
	open my $out, '>', $pem or die "could not write $pem: $!\n";
	print {$out} "Test key: public, worthless, and never to be used for anything else.\n", @lines;
	close $out;
	return;
}

# section starts a group of variables.
sub section
{
	my ($self, $title) = @_;
	$self->{text} .= "\n--\n-- $title\n--\n";
	return;
}

# set writes one variable with its comment.
sub set
{
	my ($self, $name, $comment, $value) = @_;
	die "$name is there twice\n" if $self->{seen}{$name}++;
	my $old = $self->{old}{$name};
	$value = $old if defined $old && _same_input($name, $old, $value);
	my $quoted = $value;
	$quoted =~ s/([\\'])/\\$1/g;
	$quoted =~ s/\n/\\n/g;
	$self->{text} .= "-- $comment\n\\set $name '$quoted'\n";
	return $value;
}

# _same_input tells whether two tokens differ in their signatures only, and the signature is of a
# kind that is random: ECDSA (whatever the header says in tok_ec_*), or RSA with PSS.
sub _same_input
{
	my ($name, $old, $new) = @_;
	my @old = split /\./, $old, -1;
	my @new = split /\./, $new, -1;
	return 0 unless @old == 3 && @new == 3 && "@old[0, 1]" eq "@new[0, 1]";
	return 0 if length $old[2] != length $new[2];
	return 1 if $name =~ /^tok_ec_/;
	return b64url_decode($new[0]) =~ /"alg":"(?:ES|PS)/;
}

# connection writes jwk_NAME and conn_NAME.
sub connection
{
	my ($self, $name, $comment, $jwk) = @_;
	$self->set("jwk_$name", $comment, $jwk);
	# Spaces and backslashes are escaped for the server's option splitting, quotes and backslashes
	# for the connection string, and \c treats double quotes as SQL does.
	my $option = "-c pg_session_jwt.jwk=" . $jwk =~ s/([\\\s])/\\$1/gr;
	$option =~ s/([\\'])/\\$1/g;
	$option =~ s/"/""/g;
	$self->set("conn_$name", 'The same, to connect with.', qq("options='$option'"));
	return;
}

sub is_current { return $_[0]{text} eq $_[0]{before}; }

sub write
{
	my ($self) = @_;
	open my $fh, '>', $self->{path} or die "could not write $self->{path}: $!\n";
	binmode $fh;
	print {$fh} $self->{text};
	close $fh or die "could not write $self->{path}: $!\n";
	return;
}

1;
