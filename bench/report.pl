#!/usr/bin/env perl
# Makes of what the client measured: a table, a JSON file and two charts.
#
#	report.pl MACHINE TARGET CHARTS MEASURED...
#
# Of what was measured several times, the measurement whose ratio is in the middle counts.
# It writes TARGET.json, and unless CHARTS is empty per_row.svg and per_presentation.svg beside it.
use strict;
use warnings;

use File::Basename qw(dirname);
use JSON::PP;

my ($machine_file, $target, $has_charts, @measured_files) = @ARGV;
my $json = JSON::PP->new->canonical->pretty->indent_length(1);
my $measured = middle(map { $json->decode(read_file($_)) } @measured_files);
my %machine = map { chomp; split /=/, $_, 2 } split /^/, read_file($machine_file);
$machine{pooler} = $measured->{notes}{pooler} if $measured->{notes}{pooler};

$_->{verdict} = verdict($_) for @{ $measured->{rows} };
print_table();
write_file("$target.json",
	$json->encode({ machine => \%machine, rows => $measured->{rows}, costs => $measured->{costs} }));
exit unless $has_charts;
write_file(dirname($target) . '/per_row.svg',
	chart('row', 'Server CPU time per row of a sequential scan, by policy', 'ns'));
write_file(dirname($target) . '/per_presentation.svg',
	chart('presentation', 'Server CPU time per call that presents a token', "\x{b5}s"));

# middle makes one measurement of several, in the order in which things were first measured.
sub middle
{
	my (@runs) = @_;
	my %one = (notes => { map { %{ $_->{notes} // {} } } @runs });
	foreach my $part ([ 'rows', 'id', 'ratio' ], [ 'costs', 'name', 'median' ])
	{
		my ($list, $key, $value) = @$part;
		my (%seen, @order);
		foreach my $thing (map { @{ $_->{$list} } } @runs)
		{
			push @order, $thing->{$key} unless $seen{ $thing->{$key} };
			push @{ $seen{ $thing->{$key} } }, $thing;
		}
		$one{$list} = [ map {
			my @sorted = sort { ($a->{$value} // 0) <=> ($b->{$value} // 0) } @{ $seen{$_} };
			$sorted[ $#sorted / 2 ]
		} @order ];
	}
	return \%one;
}

sub read_file
{
	my ($name) = @_;
	open my $file, '<', $name or die "$name: $!\n";
	local $/;
	return <$file>;
}

sub write_file
{
	my ($name, $text) = @_;
	open my $file, '>:encoding(UTF-8)', $name or die "$name: $!\n";
	print $file $text;
	close $file or die "$name: $!\n";
	return;
}

# verdict compares a row's ratio with its bar. The numbers of "parallel" are counts.
sub verdict
{
	my ($row) = @_;
	return 'not measured' unless $row->{measured};
	return $row->{ratio} == 0 ? 'ok' : 'MISSED' if $row->{id} eq 'parallel';
	return '' unless $row->{bar};
	my $is_met =
	  $row->{sense} eq 'at least' ? $row->{ratio} >= $row->{bar} : $row->{ratio} <= $row->{bar};
	return $is_met ? 'ok' : 'MISSED';
}

sub print_table
{
	print join("\n", map { "$_: $machine{$_}" } sort keys %machine), "\n\n";
	printf "%-74s %7s %7s  %-12s %s\n", 'what', 'ratio', 'bar', 'verdict', 'middle half; note';
	foreach my $row (@{ $measured->{rows} })
	{
		my $bar = $row->{bar} ? ($row->{sense} eq 'at least' ? '>=' : '<=') . $row->{bar} : '';
		$bar = '0' if $row->{id} eq 'parallel';
		printf "%-74s %7s %7s  %-12s %s\n", $row->{what},
		  $row->{measured} ? sprintf('%.3f', $row->{ratio}) : '-', $bar, $row->{verdict},
		  $row->{measured} && $row->{rounds} > 1
		  ? sprintf('%.3f to %.3f; %s', @$row{qw(p25 p75 note)})
		  : $row->{note};
	}
	my %count;
	$count{ $_->{verdict} }++ for @{ $measured->{rows} };
	printf "\n%d ok, %d missed, %d not measured\n", map { $count{$_} // 0 } 'ok', 'MISSED',
	  'not measured';
	return;
}

sub escaped
{
	my ($text) = @_;
	my %entity = ('&' => '&amp;', '<' => '&lt;', '>' => '&gt;');
	return $text =~ s/([&<>])/$entity{$1}/gr;
}

# chart draws horizontal bars; on a logarithmic scale where costs differ by a hundred times.
sub chart
{
	my ($name, $title, $unit) = @_;
	my $scale = $unit eq 'ns' ? 1 : 1000;
	my @bars = grep { $_->{chart} eq $name } @{ $measured->{costs} };
	my ($left, $width, $step, $top) = (270, 440, 24, 58);
	my ($low, $high) = (sort { $a <=> $b } map { ($_->{p25} / $scale, $_->{p75} / $scale) } @bars)[ 0, -1 ];
	my $is_log = $high > 20 * $low;
	my $first = $is_log ? 10**int(log($low) / log(10)) / 2 : 0;
	my $height = $top + $step * @bars + 44;
	my $total = $left + $width + 90;
	my @svg = (
		qq{<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $total $height" width="$total" }
		  . qq{height="$height" font-family="sans-serif" font-size="13">},
		qq{<rect width="$total" height="$height" fill="#ffffff"/>},
		qq{<text x="16" y="26" font-size="16" font-weight="bold" fill="#222222">}
		  . escaped($title) . '</text>',
		qq{<text x="16" y="44" fill="#555555">}
		  . escaped($unit . ($is_log ? ', logarithmic' : '') . '; median, with the middle half of the rounds as a line')
		  . '</text>');
	my $place = sub {
		my $value = $_[0] / $scale;
		my $part = $is_log ? log($value / $first) / log($high / $first) : $value / $high;
		return sprintf '%.1f', $left + $width * $part;
	};
	foreach my $i (0 .. $#bars)
	{
		my $bar = $bars[$i];
		my $y = $top + $step * $i;
		my $colour = $bar->{name} =~ /auth\.|token|last|seen|unseen/ ? '#336791' : '#b0b7bf';
		my $end = $place->($bar->{median});
		push @svg,
		  sprintf('<text x="%d" y="%d" text-anchor="end" fill="#222222">%s</text>',
			$left - 8, $y + 15, escaped($bar->{name})),
		  sprintf('<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>',
			$left, $y + 3, $end - $left, $step - 8, $colour),
		  sprintf('<line x1="%s" x2="%s" y1="%d" y2="%d" stroke="#111111" stroke-width="2"/>',
			$place->($bar->{p25}), $place->($bar->{p75}), $y + 11, $y + 11),
		  sprintf('<text x="%.1f" y="%d" fill="#222222">%s</text>',
			$place->($bar->{p75}) + 6, $y + 15, figure($bar->{median} / $scale));
	}
	push @svg,
	  sprintf('<text x="16" y="%d" fill="#555555">%s</text>',
		$height - 16, escaped("$machine{machine}; PostgreSQL $machine{postgres}; $machine{date}")),
	  '</svg>', '';
	return join "\n", @svg;
}

sub figure
{
	my ($number) = @_;
	return $number >= 100 ? sprintf('%.0f', $number) : sprintf('%.1f', $number);
}
