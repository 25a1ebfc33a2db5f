# A command run as a person runs it: in a terminal, with ^C, and with a look around afterwards.
#
#   my $run = SessionJwt::Terminal->start(command => ['script/demo', '--psql']);
#   $run->wait_for(qr/app=> \z/, 120);
#   $run->type("select 1;\n");
#   $run->press_interrupt;
#   is($run->end(30), 130, 'status');
#   is_deeply([ $run->left_behind ], [], 'nothing is left');
#
# Whatever the command starts becomes a child of this process when its parent goes away, daemons
# too (prctl(2), PR_SET_CHILD_SUBREAPER), so what is left of it can be told from all else that runs.
package SessionJwt::Terminal;

use strict;
use warnings;

use IO::Pty;
use IO::Select;
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);

my %prctl = (x86_64 => 157, aarch64 => 167);
my $set_subreaper = 36;
# How long what was told to end may take to be gone, in seconds: a server kills its processes when
# they have not ended after 5.
my $grace = 10;

# possible says whether this system has what is needed.
sub possible
{
	return exists $prctl{ (POSIX::uname())[4] };
}

# start runs a command. Options: command, a list; environment, a hash of additions; folder, where
# HOME and TMPDIR are to be (left_behind looks into them).
sub start
{
	my ($class, %opt) = @_;
	syscall($prctl{ (POSIX::uname())[4] }, $set_subreaper, 1, 0, 0, 0) == 0 or die "prctl: $!\n";
	my $pty = IO::Pty->new or die "no terminal: $!\n";
	my $self = bless { pty => $pty, text => '', read => 0, seen => {}, folder => $opt{folder} }, $class;
	foreach my $name (qw(home tmp))
	{
		mkdir "$opt{folder}/$name";
	}
	$self->{modes} = $self->terminal_modes;
	$self->{segments} = { segments() };
	defined($self->{pid} = fork) or die "fork: $!\n";
	if ($self->{pid} == 0)
	{
		%ENV = (%ENV, TERM => 'dumb', HOME => "$opt{folder}/home", TMPDIR => "$opt{folder}/tmp",
			%{ $opt{environment} // {} });
		$pty->make_slave_controlling_terminal;
		my $slave = $pty->slave;
		open STDIN, '<&', $slave and open STDOUT, '>&', $slave and open STDERR, '>&', $slave
		  or POSIX::_exit(126);
		close $pty;
		exec { $opt{command}[0] } @{ $opt{command} } or POSIX::_exit(127);
	}
	return $self;
}

# terminal_modes is what stty says: a program that is gone must have put them back.
sub terminal_modes
{
	my ($self) = @_;
	my $termios = POSIX::Termios->new;
	$termios->getattr(fileno $self->{pty}->slave);
	return join ' ', $termios->getiflag, $termios->getoflag, $termios->getcflag, $termios->getlflag;
}

# read_some takes what has been written, and waits a moment for it. Colours are left out.
sub read_some
{
	my ($self) = @_;
	$self->note_processes;
	return if !$self->{pty} || !IO::Select->new($self->{pty})->can_read(0.1);
	my $got = sysread $self->{pty}, my $chunk, 65536;
	$self->{text} .= $chunk =~ s/\r|\e\[[0-9;]*m//gr if $got;
	return;
}

# wait_for returns what was written since the last call, up to where it matches.
sub wait_for
{
	my ($self, $pattern, $seconds) = @_;
	my $until = time + $seconds;
	while (time < $until && !$self->ended)
	{
		my $new = substr $self->{text}, $self->{read};
		if ($new =~ $pattern)
		{
			$self->{read} += $+[0];
			return substr $new, 0, $+[0];
		}
		$self->read_some;
	}
	my $new = substr $self->{text}, $self->{read};
	return $new if $new =~ $pattern;
	die "no $pattern in $seconds s (status: " . ($self->{status} // 'none') . "); last:\n"
	  . substr($new, -2000) . "\n";
}

sub text { return $_[0]->{text} }

sub type
{
	my ($self, $text) = @_;
	syswrite $self->{pty}, $text;
	return;
}

# press_interrupt is ^C: the terminal sends SIGINT to the processes in the foreground.
sub press_interrupt { return $_[0]->type("\x03") }

# hang_up closes the terminal: they get SIGHUP.
sub hang_up
{
	my ($self) = @_;
	$self->{modes} = undef;
	$self->{pty}->close_slave;
	close delete $self->{pty};
	return;
}

sub ended
{
	my ($self) = @_;
	return 1 if defined $self->{status};
	return 0 if waitpid($self->{pid}, WNOHANG) != $self->{pid};
	$self->{status} = WIFEXITED($?) ? WEXITSTATUS($?) : 128 + WTERMSIG($?);
	return 1;
}

# end waits for the command's end and returns its status, as a shell would; undef if it goes on.
sub end
{
	my ($self, $seconds) = @_;
	my $until = time + $seconds;
	$self->read_some while !$self->ended && time < $until;
	# What was written last.
	$self->read_some for 1 .. 3;
	return $self->{status};
}

sub _slurp
{
	my ($path) = @_;
	open my $fh, '<', $path or return '';
	local $/ = undef;
	return <$fh> // '';
}

# descendants gives the processes that come from this one, with their commands.
sub descendants
{
	my %parent;
	foreach my $stat (glob '/proc/[0-9]*/stat')
	{
		next unless _slurp($stat) =~ /^(\d+) \(.*\) (\S) (\d+) /s;
		$parent{$1} = $3 if $2 ne 'Z';
	}
	my %found;
	foreach my $pid (keys %parent)
	{
		my $up = $pid;
		$up = $parent{$up} while defined $up && $up != $$;
		$found{$pid} = _slurp("/proc/$pid/cmdline") =~ tr/\0/ /r if defined $up && $pid != $$;
	}
	return %found;
}

# note_processes notes the folders and the shared memory that the command's processes use.
sub note_processes
{
	my ($self) = @_;
	my %found = descendants();
	foreach my $pid (keys %found)
	{
		$self->{processes}{$pid} = $found{$pid};
		my $uses = join "\n", $found{$pid}, readlink("/proc/$pid/cwd") // '', _slurp("/proc/$pid/maps");
		$self->{seen}{$_} = 1 for $uses =~ m{(/tmp/session-jwt\.\w{6}|/dev/shm/[\w.]+)}g;
	}
	return;
}

# seen gives the folders and the shared memory that were in use at some time.
sub seen { return sort keys %{ $_[0]->{seen} } }

# segments gives the System V shared memory there is, with the processes that made it. What others
# left here earlier may name a process number that has been given out again since.
sub segments
{
	return map { /^\s*\S+\s+(\d+)\s+\S+\s+\S+\s+(\d+)/ ? ($1 => $2) : () }
	  split /\n/, _slurp('/proc/sysvipc/shm');
}

# left_behind names the processes, folders, shared memory and files that are still there.
sub left_behind
{
	my ($self) = @_;
	my $until = time + $grace;
	my (%left, @left);
	do
	{
		1 while waitpid(-1, WNOHANG) > 0;
		%left = descendants();
		sleep 0.1 if %left;
	} while %left && time < $until;
	push @left, map { "process $_: $left{$_}" } sort keys %left;
	push @left, grep { -e } $self->seen;
	my %segment = segments();
	push @left, map { "shared memory $_ of process $segment{$_}" }
	  grep { !$self->{segments}{$_} && $self->{processes}{ $segment{$_} } } sort keys %segment;
	push @left, glob "$self->{folder}/{home,tmp}/{*,.[!.]*}";
	push @left, 'the modes of the terminal'
	  if defined $self->{modes} && $self->{modes} ne $self->terminal_modes;
	return @left;
}

# A test that fails leaves nothing either.
END
{
	local $?;
	foreach my $signal (qw(TERM KILL))
	{
		my %left = descendants();
		kill $signal, keys %left if %left;
		sleep 3 if %left;
	}
}

1;
