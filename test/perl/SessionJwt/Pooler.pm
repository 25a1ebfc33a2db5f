# Starts PgBouncer in front of a cluster, on a Unix-domain socket of its own.
#
#   my $pooler = SessionJwt::Pooler->new($node, pool_mode => 'transaction');
#   my $session = SessionJwt::Session->new($node,
#       connstr => $pooler->connection_string(role => 'r'));
#   $pooler->stop;
package SessionJwt::Pooler;

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep);

use SessionJwt::Cluster ();

# program is the path of pgbouncer, undef if there is none.
sub program
{
	foreach my $dir (split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/sbin')
	{
		return "$dir/pgbouncer" if -x "$dir/pgbouncer";
	}
	return;
}

# new starts a pooler. Options: pool_mode; users, the roles that may connect; settings, a hash of
# others for pgbouncer.ini. One server connection serves everybody.
sub new
{
	my ($class, $node, %opt) = @_;
	my $dir = PostgreSQL::Test::Utils::tempdir_short();
	my $port = PostgreSQL::Test::Cluster::get_free_port();
	my $host = $node->host;
	my $self = bless { dir => $dir, port => $port }, $class;

	my %settings = (
		pool_mode => $opt{pool_mode} // 'session',
		listen_port => $port,
		unix_socket_dir => $dir,
		auth_type => 'trust',
		auth_file => "$dir/users",
		default_pool_size => 1,
		logfile => "$dir/log",
		%{ $opt{settings} // {} });
	append_to_file("$dir/users", join '', map { qq("$_" ""\n) } @{ $opt{users} });
	append_to_file("$dir/ini", "[databases]\n* = host=$host port=" . $node->port . "\n[pgbouncer]\n"
		  . join('', map { "$_ = $settings{$_}\n" } sort keys %settings));
	$self->{run} =
	  IPC::Run::start([ program(), '-q', "$dir/ini" ], '>', '/dev/null', '2>', '/dev/null');
	for (1 .. 100)
	{
		return $self if -S "$dir/.s.PGSQL.$port";
		sleep 0.05;
	}
	die 'pgbouncer did not start: ' . (-f "$dir/log" ? slurp_file("$dir/log") : 'no log') . "\n";
}

# connection_string is that of SessionJwt::Cluster, by way of the pooler.
sub connection_string
{
	my ($self, %opt) = @_;
	return SessionJwt::Cluster::connection_string($self, %opt);
}

# connstr is for connection_string.
sub connstr
{
	my ($self, $db) = @_;
	return "port=$self->{port} host=$self->{dir} dbname='$db'";
}

sub stop
{
	my ($self) = @_;
	$self->{run}->kill_kill;
	return;
}

1;
