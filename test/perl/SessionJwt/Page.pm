# The blocks of a page in Markdown, each to be used by a test.
#
#   my $page = SessionJwt::Page->new("$root/README.md");
#   my $sql = $page->block('sql', qr/^SET ROLE/m);
#   is_deeply([ $page->unused('sql') ], [], 'every block was run');
package SessionJwt::Page;

use strict;
use warnings;

use PostgreSQL::Test::Utils;

sub new
{
	my ($class, $path) = @_;
	my $text = slurp_file($path);
	my @blocks;
	while ($text =~ /^( *)```(\w*)\n(.*?)^\1```$/msg)
	{
		my ($indent, $language, $body) = ($1, $2, $3);
		my $line = 1 + substr($text, 0, $-[0]) =~ tr/\n//;
		push @blocks, { language => $language, text => $body =~ s/^$indent//mgr, line => $line };
	}
	return bless { blocks => \@blocks, text => $text }, $class;
}

sub text { return $_[0]->{text} }

# blocks gives the texts of all blocks in a language, and takes them for used.
sub blocks
{
	my ($self, $language) = @_;
	my @found = grep { $_->{language} eq $language } @{ $self->{blocks} };
	$_->{is_used} = 1 for @found;
	return map { $_->{text} } @found;
}

# block gives the text of the one block that matches.
sub block
{
	my ($self, $language, $pattern) = @_;
	my @found = grep { $_->{language} eq $language && $_->{text} =~ $pattern } @{ $self->{blocks} };
	die scalar(@found) . " blocks match $pattern\n" if @found != 1;
	$found[0]{is_used} = 1;
	return $found[0]{text};
}

# unused names the blocks in a language that no test has asked for.
sub unused
{
	my ($self, $language) = @_;
	return map { "line $_->{line}" }
	  grep { $_->{language} eq $language && !$_->{is_used} } @{ $self->{blocks} };
}

# spans gives the code within the text that matches.
sub spans
{
	my ($self, $pattern) = @_;
	my $prose = $self->{text} =~ s/^ *```.*?^ *```$//msgr;
	return grep { $_ =~ $pattern } $prose =~ /`([^`\n]+)`/g;
}

# table gives the rows of the table whose header begins so, as lists of cells.
sub table
{
	my ($self, $header) = @_;
	my ($rows) = $self->{text} =~ /^\Q$header\E.*\n\|[-| ]+\n((?:\|.*\n)+)/m
	  or die "no table $header\n";
	return map { [ map { s/^ +| +$//gr } split /(?<!\\)\|/, s/^\||\|$//gr ] } split /\n/, $rows;
}

1;
