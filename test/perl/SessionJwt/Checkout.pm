# The files of a checkout, to see that a command has left it as it was.
package SessionJwt::Checkout;

use strict;
use warnings;

use Exporter qw(import);
use File::Find;

our @EXPORT_OK = qw(files_of);

# files_of gives every path below a folder, with size and time of the last change. Git's own files
# are left out, and the lock that script/test holds.
sub files_of
{
	my ($root) = @_;
	my %file;
	find({ no_chdir => 1, wanted => sub {
		if ($_ eq "$root/.git" || $_ eq "$root/build/.lock") { $File::Find::prune = 1; return; }
		my @stat = lstat $_ or return;
		# A folder's time changes when something is made in it and removed again.
		$file{ substr $_, length $root } = -d _ ? 'folder' : "$stat[7] bytes, $stat[9]";
	} }, $root);
	return \%file;
}

1;
