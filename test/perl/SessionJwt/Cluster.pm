# A thin layer over PostgreSQL::Test::Cluster for the TAP tests.
#
#   my $node = new_node('main', preload => 'shared', conf => ['log_statement = all']);
#   create_extension($node);
#   my $out = sql($node, 'select auth.user_id()', key => $key, role => 'authenticated',
#       token => $token);
#   is_deeply([ token_pieces_in_log($node, $token) ], [], 'no piece of the token in the log');
package SessionJwt::Cluster;

use strict;
use warnings;

use Exporter qw(import);

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT_OK = qw(new_node create_extension set_conf key_option connection_string sql try_sql
	token_pieces pieces_in token_pieces_in_log log_position log_since forced_parallel);

# new_node makes and starts a cluster. Options: preload, 'shared' or 'session', loads the library
# that way; conf, lines for postgresql.conf; start => 0 leaves it stopped; init, a list of
# arguments for init (allows_streaming => 1).
sub new_node
{
	my ($name, %opt) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(@{ $opt{init} // [] });
	# The test framework logs every statement; here the log shows what a server logs by itself.
	my @conf = ('log_statement = none', @{ $opt{conf} // [] });
	push @conf, "$opt{preload}_preload_libraries = 'pg_session_jwt'" if $opt{preload};
	$node->append_conf('postgresql.conf', join "\n", @conf, '');
	$node->start unless defined $opt{start} && !$opt{start};
	return $node;
}

# create_extension installs the extension and the roles that the tests use.
sub create_extension
{
	my ($node, %opt) = @_;
	my $version = $opt{version} ? "VERSION '$opt{version}'" : '';
	$node->safe_psql($opt{db} // 'postgres', <<"END");
create extension pg_session_jwt $version;
create role authenticated login;
create role anonymous login;
grant usage on schema auth to authenticated, anonymous;
END
	return;
}

# set_conf gives a setting a new value in postgresql.conf, or takes it out (undef).
sub set_conf
{
	my ($node, $name, $value) = @_;
	$node->adjust_conf('postgresql.conf', $name, undef);
	$node->append_conf('postgresql.conf', "$name = '" . $value =~ s/'/''/gr . "'\n")
	  if defined $value;
	return;
}

# key_option returns the value of the startup option "options" that sets the connection key. The
# server splits it at spaces, so these and backslashes are escaped with a backslash.
sub key_option
{
	my ($key) = @_;
	my $jwk = ref $key ? $key->jwk_json(bare => 1) : $key;
	return '-c pg_session_jwt.jwk=' . $jwk =~ s/([\\\s])/\\$1/gr;
}

# connection_string returns a connection string. Options: db, role (a login role, the default is
# the superuser), key (a key object or JWK text), set (a hash of other settings for the startup
# packet).
sub connection_string
{
	my ($node, %opt) = @_;
	my @options;
	push @options, key_option($opt{key}) if defined $opt{key};
	my $set = $opt{set} // {};
	push @options, map { "-c $_=" . $set->{$_} =~ s/([\\\s])/\\$1/gr } sort keys %$set;
	my $string = $node->connstr($opt{db} // 'postgres');
	$string .= ' user=' . _quote($opt{role}) if defined $opt{role};
	$string .= ' options=' . _quote(join ' ', @options) if @options;
	return $string;
}

sub _quote
{
	my ($value) = @_;
	return "'" . $value =~ s/([\\'])/\\$1/gr . "'";
}

# try_sql runs statements in one session and returns (exit status, output, errors). Beside the
# options of connection_string: token, presented first with jwt_session_init; verbosity, psql's
# (default: verbose, for the SQLSTATE). It goes on after an error only with on_error => 0.
sub try_sql
{
	my ($node, $statements, %opt) = @_;
	my @script = ('\set VERBOSITY ' . ($opt{verbosity} // 'verbose'), '\set SHOW_CONTEXT never');
	push @script, '\set ON_ERROR_STOP 1' unless defined $opt{on_error} && !$opt{on_error};
	push @script, '\o /dev/null', "select auth.jwt_session_init('$opt{token}');", '\o'
	  if defined $opt{token};
	my ($status, $out, $err) = $node->psql($opt{db} // 'postgres', join("\n", @script, $statements),
		connstr => connection_string($node, %opt), on_error_stop => 0, on_error_die => 0);
	return ($status, $out, $err);
}

# sql is try_sql for statements that must succeed; it returns their output.
sub sql
{
	my ($node, $statements, %opt) = @_;
	my ($status, $out, $err) = try_sql($node, $statements, %opt);
	die "statement failed: $err\n" if $status != 0 || $err =~ /^psql:.*ERROR/m;
	return $out;
}

# token_pieces returns every run of 16 characters of a token's three segments that says something:
# those of the header are left out where $opt{header} is 0, for it is the same in every token.
sub token_pieces
{
	my ($token, %opt) = @_;
	my ($header, @rest) = split /\./, $token;
	my @segment = (defined $opt{header} && !$opt{header}) ? @rest : ($header, @rest);
	my %piece;
	foreach my $segment (@segment)
	{
		$piece{ substr $segment, $_, 16 } = 1 for 0 .. length($segment) - 16;
	}
	my @pieces = sort keys %piece;
	return @pieces;
}

# pieces_in returns the pieces of the tokens, or of other base64url values, that stand in a text.
sub pieces_in
{
	my ($text, @tokens) = @_;
	my %piece = map { $_ => 1 } map { token_pieces($_) } @tokens;
	my %seen;
	while ($text =~ /([A-Za-z0-9_-]{16,})/g)
	{
		my $run = $1;
		foreach my $at (0 .. length($run) - 16)
		{
			my $part = substr $run, $at, 16;
			$seen{$part} = 1 if $piece{$part};
		}
	}
	my @pieces = sort keys %seen;
	return @pieces;
}

# token_pieces_in_log returns the pieces of the tokens that stand in the server's log, which
# must be none.
sub token_pieces_in_log
{
	my ($node, @tokens) = @_;
	return pieces_in(slurp_file($node->logfile), @tokens);
}

# forced_parallel names the setting that makes every plan parallel that can be.
sub forced_parallel
{
	my ($node) = @_;
	return $node->pg_version >= 16 ? 'debug_parallel_query' : 'force_parallel_mode';
}

# log_position and log_since read what the server logged from a moment on.
sub log_position
{
	my ($node) = @_;
	return -s $node->logfile;
}

sub log_since
{
	my ($node, $position) = @_;
	return slurp_file($node->logfile, $position);
}

1;
