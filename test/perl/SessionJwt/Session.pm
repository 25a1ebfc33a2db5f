# A session that stays open, for tests in which the order of statements in several sessions
# matters.
#
#   my $session = SessionJwt::Session->new($node, key => $key, role => 'authenticated');
#   is($session->ok('select auth.user_id()'), 'alice', 'identity');
#   like($session->error('select auth.user_id()'), qr/^23514: /, 'refused');
#   is_deeply($session->readers_not_like(qr/^02000: /), [], 'every reader refuses');
#   $session->quit;
package SessionJwt::Session;

use strict;
use warnings;

use SessionJwt::Cluster qw(connection_string);

# Every function that reads the identity, with arguments.
our @READERS = qw(auth.user_id() auth.uid() auth.session() auth.jwt() auth.organization()
	auth.organization_id() auth.claim('sub') auth.claim_text('sub') auth.has_scope('read')
	auth.role() auth.email() auth.issuer());

# new connects. Options are those of connection_string; connstr is a whole string of one's own;
# token is presented first.
sub new
{
	my ($class, $node, %opt) = @_;
	my $connstr = $opt{connstr} // connection_string($node, %opt);
	my $psql = $node->background_psql($opt{db} // 'postgres', on_error_stop => 0,
		extra_params => [ '-d', $connstr, '-v', 'VERBOSITY=verbose', '-v', 'SHOW_CONTEXT=always' ]);
	my $self = bless { psql => $psql }, $class;
	$self->ok("select from auth.jwt_session_init('$opt{token}')") if defined $opt{token};
	return $self;
}

# run returns what a statement wrote to psql's output and error output.
sub run
{
	my ($self, $statement) = @_;
	my $psql = $self->{psql};
	$psql->{stderr} = '';
	my ($out) = $psql->query($statement);
	return ($out, $psql->{stderr});
}

# ok returns the output of a statement that must succeed.
sub ok
{
	my ($self, $statement) = @_;
	my ($out, $err) = $self->run($statement);
	die "$statement\nfailed: $err\n" if $err =~ /(?:ERROR|FATAL): /;
	return $out;
}

# error returns the report of a statement, "23514: message" and lines of DETAIL, HINT and CONTEXT,
# or "" if it succeeded.
sub error
{
	my ($self, $statement) = @_;
	my (undef, $err) = $self->run($statement);
	return '' unless $err =~ /(?:ERROR|FATAL|PANIC):  (.*)/s;
	return $1;
}

# outcome is the output of a statement, "NULL" in place of nothing, or its error.
sub outcome
{
	my ($self, $statement) = @_;
	my ($out, $err) = $self->run($statement);
	return $1 if $err =~ /(?:ERROR|FATAL|PANIC):  (.*)/s;
	return $out eq '' ? 'NULL' : $out;
}

# readers_not_like calls every reader and returns those whose outcome does not match, with it.
sub readers_not_like
{
	my ($self, $pattern) = @_;
	my @other;
	foreach my $reader (@READERS)
	{
		my $outcome = $self->outcome("select $reader");
		push @other, "$reader: $outcome" unless $outcome =~ $pattern;
	}
	return \@other;
}

# pid is the process ID of the backend.
sub pid
{
	my ($self) = @_;
	return $self->ok('select pg_backend_pid()');
}

sub quit
{
	my ($self) = @_;
	$self->{psql}->quit;
	return;
}

1;
