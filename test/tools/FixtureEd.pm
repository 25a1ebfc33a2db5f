# Signs the payloads of Ed25519 connection tokens.
package FixtureEd;

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(ed next_jti);

my $FUTURE = $FixtureFile::FAR_FUTURE;

# Tokens that are to be accepted one after the other in one session need growing jti values.
my $next_jti = 1000;

# next_jti returns a jti above all before it.
sub next_jti { return $next_jti++; }

# ed signs a payload given as JSON text without its braces; jti and exp are put in front unless
# the text has its own.
sub ed
{
	my ($key, $members, %opt) = @_;
	my @front;
	push @front, '"jti":' . next_jti() unless $members =~ /(?:^|,)"jti"/;
	push @front, qq("exp":$FUTURE) unless $members =~ /(?:^|,)"exp"/;
	my $payload = '{' . join(',', @front, length $members ? $members : ()) . '}';
	return $key->sign($payload, header => '{"alg":"EdDSA"}', %opt);
}

1;
