# Just enough DER (ITU-T X.690) to take keys and signatures apart.
package SessionJwt::Der;

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(der_children der_strip ecdsa_to_jose);

# _read splits the first element off: (whole element, content, rest).
sub _read
{
	my ($der) = @_;
	my $length = ord substr $der, 1, 1;
	my $head = 2;
	if ($length & 0x80)
	{
		my $bytes = $length & 0x7f;
		$length = 0;
		$length = $length << 8 | ord substr $der, $head++, 1 for 1 .. $bytes;
	}
	die "truncated DER\n" if length($der) < $head + $length;
	return (substr($der, 0, $head + $length), substr($der, $head, $length),
		substr($der, $head + $length));
}

# der_strip returns the content of one element.
sub der_strip
{
	my (undef, $content) = _read($_[0]);
	return $content;
}

# der_children splits the content of a SEQUENCE into its elements.
sub der_children
{
	my ($content) = @_;
	my @children;
	while (length $content)
	{
		(my $element, undef, $content) = _read($content);
		push @children, $element;
	}
	return @children;
}

# ecdsa_to_jose turns a DER signature into r||s of $size bytes each (RFC 7518 section 3.4).
sub ecdsa_to_jose
{
	my ($der, $size) = @_;
	my $jose = '';
	foreach my $integer (der_children(der_strip($der)))
	{
		my $bytes = der_strip($integer);
		$bytes =~ s/^\x00+//;
		$jose .= "\x00" x ($size - length $bytes) . $bytes;
	}
	return $jose;
}

1;
