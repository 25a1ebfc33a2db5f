# README.md: every block of SQL in it runs, as it stands but for the token and the provider's address,
# and does what the page says. So do the statements within its text, and its tables are those of the
# server. docs/key_sets.md and docs/performance.md likewise.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension sql try_sql log_position log_since);
use SessionJwt::HttpServer;
use SessionJwt::Page;
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks);

my $root = "$FindBin::Bin/../..";
my $readme = SessionJwt::Page->new("$root/README.md");
my $key_sets = SessionJwt::Page->new("$root/docs/key_sets.md");

# A provider that publishes what OpenID discovery asks for.
sub provider
{
	my ($key) = @_;
	my $server = SessionJwt::HttpServer->new;
	my ($issuer, $jwks) = ($server->url('/'), $server->url('/.well-known/jwks.json'));
	$server->route('/.well-known/openid-configuration',
		body => qq({"issuer":"$issuer","jwks_uri":"$jwks"}));
	$server->route('/.well-known/jwks.json', body => jwks($key));
	return ($server, $issuer);
}

my $key = make_key('RS256', kid => 'k1');
my ($server, $issuer) = provider($key);
my ($other_server, $other_issuer) = provider($key);
my $aud = 'https://api.example.com';
my %token = map { $_ => $key->sign({ iss => $issuer, sub => "auth0|$_", aud => [$aud],
			exp => time + 600 }) } qw(alice bob);

# stand_in puts the address of that provider, and a token, in place of those on the page.
sub stand_in
{
	my ($text, $token) = @_;
	$text =~ s{https://TENANT\.us\.auth0\.com/}{$issuer}g;
	$text =~ s{https://issuer\.example\.com/}{$other_issuer}g;
	$text =~ s/eyJ[\w.]+\.\.\./$token/g if $token;
	return $text;
}

# with_parameter sends a statement's $1 as a parameter.
sub with_parameter
{
	my ($text, $token) = @_;
	$text =~ s{^(.*)\$1(.*?);( *--.*)?$}{
		"prepare with_token(text) as $1\$1$2;$3\nexecute with_token('$token');\ndeallocate with_token;"
	}meg;
	return $text;
}

my $node = new_node('main', conf => [ 'pg_session_jwt.fetch = any' ]);
$node->safe_psql('postgres', 'create database todos; create database keys;
	create role owner login createrole; create database owned owner owner;
	create database keyed');

# The first block: all there is to do.
my $first = $readme->block('sql', qr/^CREATE POLICY/m);
my ($as_owner, $as_user) = $first =~ /\A(.*?)^(SET ROLE.*)\z/ms;
is(sql($node, stand_in($as_owner), db => 'todos'), '', 'the first block runs');
$node->safe_psql('todos', "insert into todos (user_id, task)
	values ('auth0|alice', 'buy tea'), ('auth0|bob', 'call Alice')");
foreach my $who (qw(alice bob))
{
	my $task = $who eq 'alice' ? 'buy tea' : 'call Alice';
	like(sql($node, stand_in($as_user, $token{$who}), db => 'todos'),
		qr/\A\s*\d\|auth0\|$who\|$task\z/, "$who sees the own rows, and no others");
}
my $forged = make_key('RS256', kid => 'k1', fresh => 1)->sign({ iss => $issuer, sub => 'auth0|alice',
	aud => $aud, exp => time + 600 });
like((try_sql($node, stand_in($as_user, $forged), db => 'todos'))[2],
	qr/23514: +invalid JWT signature/, 'a forged token is refused');
$node->safe_psql('todos', 'alter role authenticated login');
is(sql($node, "insert into todos (task) values ('write') returning user_id", db => 'todos',
		role => 'authenticated', token => $token{alice}), 'auth0|alice', 'the default is the user');

# The extension by itself, made by the owner of a database; an issuer, and what became of it.
is(sql($node, $readme->block('sql', qr/\ACREATE EXTENSION[^\n]*\n\z/), db => 'owned', role => 'owner'),
	'', 'the owner of a database makes the extension');
my ($insert, $select) = split /\n(?=SELECT)/, stand_in($readme->block('sql', qr/issuer_status/));
sql($node, $insert, db => 'owned', role => 'owner');
ok($node->poll_query_until('owned', 'select key_count = 1 from auth.issuer_status'), 'keys are fetched');
like(sql($node, $select, db => 'owned', role => 'owner'), qr/\Q$other_issuer\E\|discovery\|/,
	'auth.issuer_status shows where they are from');

# Presenting a token: all forms, each with what the page says of how long it lasts.
my $session = SessionJwt::Session->new($node, db => 'todos', role => 'authenticated');
my $rows = "1|auth0|alice|buy tea\n3|auth0|alice|write";
my $who = 'select auth.user_id()';
my $transaction = with_parameter($readme->block('sql', qr/\ABEGIN;/), $token{alice});
is($session->ok($transaction) =~ s/^\n+//r, $rows, 'a transaction with its token');
is($session->outcome($who), 'NULL', 'and the identity ends with it');

my $present = with_parameter($readme->block('sql', qr/\ASELECT auth\.jwt_session_init\(\$1\);\n\z/),
	$token{alice});
foreach my $end ('RESET pg_session_jwt.jwt', 'DISCARD ALL')
{
	ok((grep { $_ eq $end } $readme->spans(qr/./)), "the page names $end");
	$session->ok($present);
	is($session->ok($who), 'auth0|alice', 'a token for the connection');
	$session->ok($end);
	is($session->outcome($who), 'NULL', "until $end");
}

my ($local, $set) = split /\n/, $readme->block('sql', qr/\ASELECT set_config/);
$session->ok("begin;\n" . with_parameter($local, $token{alice}));
is($session->ok("$who;\ncommit"), 'auth0|alice', 'set_config for the transaction');
is($session->outcome($who), 'NULL', 'and not for longer');
$session->ok(stand_in($set, $token{bob}));
is($session->ok($who), 'auth0|bob', 'SET for the session');
$session->quit;

# What is typed into a shell.
sub shell
{
	my ($command, $db, $role) = @_;
	local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => $db, PGUSER => $role);
	my $out = `$command -XAtc '$who' 2>&1`;
	chomp $out;
	return $out;
}
my @commands = $readme->spans(qr/^PGOPTIONS=/);
is(scalar @commands, 2, 'two commands for a shell');
is(shell(stand_in($commands[1 - ($commands[0] =~ /\.jwt=/)], $token{alice}), 'todos', 'authenticated'),
	'auth0|alice', 'a token when connecting');
my $gateway = make_key('EdDSA');
my ($with_key) = grep { /\.jwk=/ } @commands;
$with_key =~ s/"x":"\.\.\."/'"x":"' . $gateway->jwk->{x} . '"'/e or die "$with_key\n";
$node->safe_psql('keyed', 'create extension pg_session_jwt');
my $gateway_token = $gateway->sign({ sub => 'auth0|carol', jti => 1, exp => time + 600 });
is(shell("$with_key -c \"set pg_session_jwt.jwt = '$gateway_token'\"", 'keyed', 'authenticated'),
	"SET\nauth0|carol", 'a key when connecting');

# The audit log, line by line.
my ($audit) = $readme->blocks('');
my $position = log_position($node);
my $audited = "load 'pg_session_jwt'; set pg_session_jwt.audit_log = on;";
sql($node, "$audited select auth.jwt_session_init('$token{alice}')", db => 'todos');
try_sql($node, "$audited select auth.jwt_session_init('$forged')", db => 'todos');
my @logged = log_since($node, $position) =~ /(LOG:  JWT (?:accepted|refused).*)/g;
is_deeply(\@logged, [ split /\n/, stand_in($audit) ], 'the audit log has the lines of the page');

# Statements in the text that are whole.
my @whole = grep { !/\.\.\./ } $readme->spans(qr/^(?:SELECT|SHOW|ALTER EXTENSION|CREATE)\b.*[^,]$/);
cmp_ok(scalar @whole, '>=', 5, 'statements in the text: ' . @whole);
$node->safe_psql('keys', "create extension pg_session_jwt version '0.5.0'");
# The way from an old version comes first, and the way back last.
my $order = sub { return $_[0] =~ /UPDATE;/ ? 0 : $_[0] =~ /UPDATE TO/ ? 2 : 1 };
foreach my $statement (sort { $order->($a) <=> $order->($b) } @whole)
{
	my ($status, undef, $err) = try_sql($node, "load 'pg_session_jwt';\n$statement", db => 'keys');
	is($err, '', $statement);
}
like($node->safe_psql('keys', "select extversion from pg_extension where extname = 'pg_session_jwt'"),
	qr/\A0\.5\.0\z/, 'ALTER EXTENSION went back');
my ($back) = grep { /UPDATE TO/ } @whole;
like((try_sql($node, $back, db => 'todos'))[2], qr/ERROR/, 'which is refused while there are issuers');

# Tables: settings, functions, columns.
my %context = (anyone => 'user', 'configuration file' => 'sighup', 'superuser, or by' => 'superuser',
	'whoever opens the connection' => 'backend');
my %setting = map { $_->[0] => $_ } map { [ split /\|/ ] } split /\n/, $node->safe_psql('postgres',
	"load 'pg_session_jwt'; select name, boot_val, context, current_setting(name) from pg_settings
	where name ~ '^(pg_session_jwt|request)\\.'");
my %documented;
foreach my $row ($readme->table('| Name | Default | Set by |'))
{
	my ($name, $default, $by) = @$row;
	$name =~ tr/`//d;
	$documented{$name} = 1;
	my ($wanted) = $default =~ /`(.*)`/;
	my (undef, $boot, $is, $shown) = @{ $setting{$name} // [] };
	my $value = $name =~ /\.fetch$/ ? $boot : $name =~ /audit_log/ ? 'off' : $shown // '';
	is($value, $wanted // '', "default of $name") if $name !~ /fetch_ca_file/;
	my ($context) = grep { index($by, $_) == 0 } keys %context;
	is($is, $context{$context}, "who sets $name");
}
is_deeply([ sort keys %documented ], [ sort keys %setting ], 'all settings are there, and no others');

my @functions = map { $_->[0] =~ /`(\w+)\(/g } $readme->table('| Function | Returns |');
my ($more) = $readme->text =~ /^Since 1\.0\.0:\n\n(.*?)\n\n/ms;
push @functions, map { /`(\w+)\(/g } map { (split /\|/)[1] } split /\n/, $more;
my %named = map { $_ => 1 } @functions;
is(join(' ', sort keys %named), $node->safe_psql('todos', "select string_agg(distinct proname, ' '
	order by proname) from pg_proc where pronamespace = 'auth'::regnamespace
	and prorettype <> 'trigger'::regtype"), 'all functions are there, and no others');
my @columns = map { $_->[0] =~ tr/`//dr } $readme->table('| Column | Default |');
is(join(' ', sort @columns), $node->safe_psql('todos', "select string_agg(attname, ' ' order by attname)
	from pg_attribute where attrelid = 'auth.issuers'::regclass and attnum > 0 and not attisdropped"),
	'all columns are there, and no others');
is_deeply([ $readme->unused('sql') ], [], 'README.md: every block was run');

# docs/key_sets.md: two ways to name a provider, which are told apart in what is shown.
my @ways = grep { /INSERT/ } split /\n\n/, $key_sets->block('sql', qr/INSERT/);
my $status = $key_sets->block('sql', qr/\ASELECT issuer, source/);
$node->safe_psql('keys', 'alter extension pg_session_jwt update');
foreach my $source (qw(discovery jwks_uri))
{
	$node->safe_psql('keys', 'delete from auth.issuers');
	sql($node, stand_in(shift @ways), db => 'keys');
	ok($node->poll_query_until('keys', 'select key_count = 1 from auth.issuer_status'),
		"$source: keys are fetched");
	like(sql($node, $status, db => 'keys'), qr/\A\Q$issuer\E\|$source\|1\|[^|]+\|[^|]+\|\z/,
		"$source: and auth.issuer_status says so");
}
my ($off) = $key_sets->spans(qr/^ALTER SYSTEM/);
sql($node, $off, db => 'keys');
is_deeply([ scalar @ways, $key_sets->unused('sql') ], [0], 'docs/key_sets.md: every block was run');

# docs/performance.md: policies, the transaction for poolers, and plans. These are the ones that
# test/sql/plans.sql gets; a line may stand beside the policy that it is of.
my $performance = SessionJwt::Page->new("$root/docs/performance.md");
my @policies = split /\n/, $performance->block('sql', qr/\AUSING/);
$node->safe_psql('todos', 'create table docs (org_id text); alter table docs enable row level security;
	insert into docs values (\'o1\'), (\'o2\'); grant select on docs to authenticated');
my $scoped = $key->sign({ iss => $issuer, sub => 'auth0|alice', aud => $aud, exp => time + 600,
	scope => 'read write', org => { id => 'o1' } });
my %sees = (has_scope => [ 2, 0 ], org_id => [ 1, 0 ]);
foreach my $policy (@policies)
{
	my ($kind) = grep { $policy =~ /\b$_\b/ } sort keys %sees;
	sql($node, "drop policy if exists p on docs; create policy p on docs $policy;", db => 'todos');
	my @seen = map { sql($node, 'select count(*) from docs', db => 'todos', role => 'authenticated',
			token => $_) } $scoped, $token{alice};
	is_deeply(\@seen, delete $sees{$kind}, "as a policy: $policy");
}
is(keys %sees, 0, 'both were there');
$session = SessionJwt::Session->new($node, db => 'todos', role => 'authenticated');
is($session->ok(with_parameter($performance->block('sql', qr/\ABEGIN;/), $token{alice})) =~ s/^\n+//r,
	$rows, 'the transaction for a pooler');
is($session->outcome($who), 'NULL', 'ends with its identity');
$session->quit;
my $plans = slurp_file("$root/expected/plans.out");
my @lines = map { split /\n/ } $performance->blocks('');
my @shown = map { /(?:^|\s{2})((?:->|Index|Seq|Filter|Subplans).*)$/ ? $1 : () } @lines;
cmp_ok(scalar @shown, '>=', 30, 'lines of plans: ' . @shown);
is_deeply([ grep { index($plans, $_) < 0 } @shown ], [], 'the plans are those of the test');
is_deeply([ $performance->unused('sql') ], [], 'docs/performance.md: every block was run');
$node->stop;

done_testing();
