# An identity provider's server as the fetcher meets it, well-behaved or hostile. Whatever it shall
# answer stands in files, so that a test can change it while it runs.
#
#   my $server = SessionJwt::HttpServer->new(tls => [ $cert, $key ]);
#   $server->route('/keys', body => jwks($key), headers => [ 'Cache-Control: max-age=60' ]);
#   $server->route('/slow', body => jwks($key), mode => 'slow_body');
#   $node->safe_psql(... $server->url('/keys') ...);
#   is($server->requests('/keys'), 1, 'one request');
#
# Modes: slow_headers and slow_body (never done), dribble (one byte at a time, fast), endless (a body
# without end), short (closed before the length that was announced), reset.
package SessionJwt::HttpServer;

use strict;
use warnings;

use File::Temp ();
use IO::Socket::IP ();
use IO::Socket::SSL ();
use JSON::PP qw(decode_json encode_json);
use POSIX ();
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes ();

# How long a child may keep a connection; the fetcher gives up after 5 seconds.
my $patience = 12;

# new starts a server. Options: tls, certificate and key files (default: plain http); host, the
# address to listen on (default 127.0.0.1); name, what stands in URLs for it.
sub new
{
	my ($class, %opt) = @_;
	my $host = $opt{host} // '127.0.0.1';
	my $listen = IO::Socket::IP->new(LocalHost => $host, LocalPort => $opt{port} // 0, Listen => 128,
		ReuseAddr => 1) or die "could not listen on $host: $@\n";
	my $self = bless {
		listen => $listen, dir => File::Temp->newdir, tls => $opt{tls}, owner => $$,
		name => $opt{name} // ($host =~ /:/ ? "[$host]" : $host), port => $listen->sockport,
	}, $class;
	$self->start;
	return $self;
}

# start makes it answer, after stop.
sub start
{
	my ($self) = @_;
	$self->{listen} //= IO::Socket::IP->new(LocalHost => $self->{name} =~ s/[][]//gr,
		LocalPort => $self->{port}, Listen => 128, ReuseAddr => 1) or die "could not listen: $@\n";
	# A child that is stopped at once must not have the test's handler: that dies, and from 19 on
	# whatever dies writes a plan.
	local $SIG{TERM} = 'DEFAULT';
	my $pid = fork // die "could not fork: $!\n";
	if ($pid == 0)
	{
		$self->_serve;
		POSIX::_exit(0);
	}
	$self->{pid} = $pid;
	close delete $self->{listen};
	return;
}

# stop makes the port refuse connections.
sub stop
{
	my ($self) = @_;
	my $pid = delete $self->{pid} or return;
	kill 'TERM', $pid;
	waitpid $pid, 0;
	return;
}

sub DESTROY
{
	my ($self) = @_;
	return unless $self->{owner} == $$;
	local $?;
	$self->stop;
	return;
}

sub url
{
	my ($self, $path) = @_;
	return ($self->{tls} ? 'https' : 'http') . "://$self->{name}:$self->{port}$path";
}

# route says how a path is answered from now on: status (200), headers, type, body, mode, delay
# (seconds before the answer).
sub route
{
	my ($self, $path, %answer) = @_;
	my $file = $self->_file($path);
	open my $fh, '>', "$file.new" or die "could not write $file: $!\n";
	print {$fh} encode_json(\%answer);
	close $fh;
	rename "$file.new", $file or die "could not rename $file: $!\n";
	return;
}

# requests counts the requests for a path so far, or all.
sub requests
{
	my ($self, $path) = @_;
	open my $fh, '<', $self->{dir}->dirname . '/requests' or return 0;
	my @paths = map { chomp; $_ } <$fh>;
	return scalar grep { !defined $path || $_ eq $path } @paths;
}

sub _file { return $_[0]{dir}->dirname . '/route' . $_[1] =~ s{[^A-Za-z0-9]}{_}gr; }

sub _serve
{
	my ($self) = @_;
	local $SIG{CHLD} = 'IGNORE';
	local $SIG{PIPE} = 'IGNORE';
	while (1)
	{
		my $client = $self->{listen}->accept or next;
		my $pid = fork // next;
		if ($pid == 0)
		{
			alarm $patience;
			close $self->{listen};
			eval { $self->_answer($client); 1 } or warn $@;
			POSIX::_exit(0);
		}
		close $client;
	}
	return;
}

sub _answer
{
	my ($self, $client) = @_;
	if (my $tls = $self->{tls})
	{
		$client = IO::Socket::SSL->start_SSL($client, SSL_server => 1, SSL_cert_file => $tls->[0],
			SSL_key_file => $tls->[1]) or return;
	}
	my $head = '';
	while ($head !~ /\r\n\r\n/)
	{
		sysread $client, $head, 4096, length $head or return;
	}
	my ($path) = $head =~ m{^GET (\S+) HTTP/} or return;
	open my $log, '>>', $self->{dir}->dirname . '/requests';
	syswrite $log, "$path\n";
	close $log;
	my $answer = { status => 404, body => 'nothing here' };
	if (open my $fh, '<', $self->_file($path))
	{
		local $/ = undef;
		$answer = decode_json(<$fh>);
	}
	_send($client, $answer);
	close $client;
	return;
}

sub _send
{
	my ($client, $answer) = @_;
	my ($mode, $body) = ($answer->{mode} // '', $answer->{body} // '');
	if ($mode eq 'reset')
	{
		setsockopt $client, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
		return POSIX::_exit(0);
	}
	return sleep $patience if $mode eq 'slow_headers';
	Time::HiRes::sleep($answer->{delay}) if $answer->{delay};
	my $length = length($body) + ($mode eq 'short' ? 10 : 0);
	my @head = ('HTTP/1.1 ' . ($answer->{status} // 200) . ' Answer', 'Connection: close',
		'Content-Type: ' . ($answer->{type} // 'application/json'), @{ $answer->{headers} // [] });
	push @head, "Content-Length: $length" unless $mode eq 'endless';
	_write($client, join("\r\n", @head, '', ''));
	if ($mode eq 'endless')
	{
		1 while _write($client, ' ' x 8192);
	}
	elsif ($mode eq 'slow_body')
	{
		_write($client, substr $body, 0, 20);
		sleep $patience;
	}
	elsif ($mode eq 'dribble')
	{
		_write($client, $_) && Time::HiRes::sleep(0.0005) foreach split //, $body;
	}
	else
	{
		_write($client, $body);
	}
	return;
}

sub _write
{
	my ($client, $bytes) = @_;
	my $at = 0;
	while ($at < length $bytes)
	{
		my $n = syswrite $client, $bytes, length($bytes) - $at, $at or return 0;
		$at += $n;
	}
	return 1;
}

1;
