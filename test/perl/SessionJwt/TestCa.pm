# A certification authority for tests, made with the openssl command line in a temporary folder.
#
#   my $ca = SessionJwt::TestCa->new;
#   my ($cert, $key) = $ca->issue('good', names => 'DNS:localhost,IP:127.0.0.1');
#   set_conf($node, 'pg_session_jwt.fetch_ca_file', $ca->file);
package SessionJwt::TestCa;

use strict;
use warnings;

use File::Temp ();

# new makes the authority's key and certificate.
sub new
{
	my ($class) = @_;
	my $self = bless { dir => File::Temp->newdir, serial => 0 }, $class;
	chmod 0755, $self->{dir}->dirname;
	$self->_openssl(qw(genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out), $self->_path('ca.key'));
	$self->_openssl(qw(req -x509 -days 2 -subj /CN=test-authority -key), $self->_path('ca.key'),
		'-out', $self->file);
	return $self;
}

# file is the authority's certificate.
sub file { return $_[0]->_path('ca.pem'); }

# issue returns the files of a new certificate and its key. names is the subjectAltName; from and to
# are its validity, in the form of openssl ca (YYMMDDHHMMSSZ).
sub issue
{
	my ($self, $name, %opt) = @_;
	my ($key, $request, $cert) = map { $self->_path("$name.$_") } qw(key csr pem);
	$self->_openssl(qw(genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out), $key);
	$self->_openssl(qw(req -new -subj /CN=test-server -key), $key, '-out', $request);
	$self->_write("$name.cnf", <<"END");
[ca]
default_ca = test
[test]
database = ${\ $self->_path('index') }
new_certs_dir = ${\ $self->{dir}->dirname }
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[server]
subjectAltName = $opt{names}
END
	$self->_write('index', '') unless -e $self->_path('index');
	$self->_openssl(qw(ca -batch -notext -config), $self->_path("$name.cnf"), '-cert', $self->file,
		'-keyfile', $self->_path('ca.key'), '-startdate', $opt{from} // '200101000000Z',
		'-enddate', $opt{to} // '491231000000Z', qw(-extensions server -in), $request, '-out', $cert);
	return ($cert, $key);
}

sub _path { return $_[0]{dir}->dirname . "/$_[1]"; }

sub _write
{
	my ($self, $name, $text) = @_;
	open my $fh, '>', $self->_path($name) or die "could not write $name: $!\n";
	print {$fh} $text;
	close $fh;
	return;
}

sub _openssl
{
	my ($self, @args) = @_;
	my $log = $self->_path('log');
	my $pid = fork // die "could not fork: $!\n";
	if ($pid == 0)
	{
		open STDOUT, '>', $log;
		open STDERR, '>&', \*STDOUT;
		exec 'openssl', @args;
		exit 127;
	}
	waitpid $pid, 0;
	return if $? == 0;
	open my $fh, '<', $log or die "openssl $args[0] failed\n";
	local $/ = undef;
	die "openssl $args[0] failed: " . <$fh> . "\n";
}

1;
