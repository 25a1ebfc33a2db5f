#!/usr/bin/env perl
# Compares counts of instructions with the record. See script/check/instructions.
#
#	instructions.pl ONCE TWICE PLATFORM FUNCTIONS [update]
use strict;
use warnings;

use JSON::PP;

my ($once_file, $twice_file, $platform, $functions, $update) = @ARGV;
my $record_file = 'bench/instructions.json';
my $json = JSON::PP->new->canonical->pretty->indent_length(1);
my ($once, $twice) = map { counts($_) } $once_file, $twice_file;
my %record = -e $record_file ? %{ $json->decode(slurp($record_file)) } : ();
my %now;
my $failed = 0;

sub slurp
{
	my ($name) = @_;
	open my $file, '<', $name or die "$name: $!\n";
	local $/;
	return <$file>;
}

sub counts
{
	my ($name) = @_;
	return { map { split ' ', $_, 2 } split /\n/, slurp($name) };
}

print "$platform\n";
foreach my $function (split ' ', $functions)
{
	my ($few, $many) = map { $_->{$function} } $once, $twice;
	# A function that callgrind does not know would be counted as free.
	die "no count of $function\n" unless $few && $many && $many > $few;
	my $count = int(($many - $few) / 1000 + 0.5);
	$now{$function} = $count;
	my $recorded = $record{$platform}{$function};
	my $is_above = defined $recorded && !$update && $count > 1.1 * $recorded;
	$failed++ if $is_above;
	printf "%-26s %6d%s%s\n", $function, $count,
	  defined $recorded ? sprintf(' (record %d)', $recorded) : '',
	  $is_above ? '  MORE THAN 10 % ABOVE' : '';
}
if ($update)
{
	$record{$platform} = \%now;
	open my $file, '>', $record_file or die "$record_file: $!\n";
	print $file $json->encode(\%record);
	close $file or die "$record_file: $!\n";
	print "recorded in $record_file\n";
}
elsif (!$record{$platform})
{
	print "no record for this platform: nothing was compared (--update makes one)\n";
}
exit($failed ? 1 : 0);
