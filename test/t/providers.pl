# Every block of docs/providers.md runs as it is written, and then accepts a token of that provider's
# shape, lets its policies find the right rows, and refuses what is meant for others.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension sql try_sql);
use SessionJwt::Provider qw(providers);
use SessionJwt::Token qw(compact_json hmac_key load_key);

my $keys = "$FindBin::Bin/../vectors/keys";
my %FILE = (RS256 => 'idp_rsa_1', ES256 => 'idp_ec_1', ES384 => 'idp_es384_1', EdDSA => 'idp_ed_1');

my $page = slurp_file("$FindBin::Bin/../../docs/providers.md");
my %block = $page =~ /^<!-- test: (\w+(?: policy)?) -->\n```sql\n(.*?)^```$/msg;
my $fences = () = $page =~ /^```sql$/mg;
is(scalar keys %block, $fences, 'every SQL block of the page has a name of its own');

my $node = new_node('main');
create_extension($node);
sql($node, "$block{table} grant select on documents to authenticated");

# The key set that the provider would publish.
sub key_set
{
	my ($provider, $key) = @_;
	my %jwk = %{ $key->jwk };
	my $set = $provider->{set} // '';
	delete @jwk{qw(alg use)} if $set eq 'no_alg';
	my @keys = (\%jwk);
	unshift @keys, { %jwk, kid => 'enc', use => 'enc', alg => 'RSA-OAEP' } if $set eq 'enc';
	# A certificate member as old tenants publish it: base64url of hexadecimal digits, or worse.
	unshift @keys, { %jwk, kid => 'older', x5t => 'NOT A THUMBPRINT' } if $set eq 'x5t';
	return compact_json({ keys => \@keys });
}

# A token of the provider, with other claims laid over its own; undef removes one.
sub token
{
	my ($provider, $key, %other) = @_;
	my %claims = (%{ $provider->{claims} }, exp => time + 300, %other);
	delete @claims{ grep { !defined $other{$_} } keys %other };
	return $key->sign(\%claims);
}

sub user_of
{
	my ($token) = @_;
	return sql($node, 'select auth.user_id()', role => 'authenticated', token => $token);
}

# The page's INSERT, with the key set in place of the fetched one.
sub insert
{
	my ($provider, $set) = @_;
	my $block = $block{ $provider->{name} };
	my $command = "curl -fsS $provider->{url}";
	ok($block =~ s/^\\set jwks `\Q$command\E`$/\\set jwks '$set'/m, "$provider->{name}: fetches its key set");
	return $block;
}

sub refused
{
	my ($provider, $what, $token, $message) = @_;
	my ($status, undef, $err) = try_sql($node, 'select 1', role => 'authenticated', token => $token);
	like($err, qr/ERROR:  23514: \Q$message\E$/m, "$provider->{name}: $what");
	return;
}

# One row is the user's, one the organisation's, one somebody else's.
sub rows_seen
{
	my ($provider, $token) = @_;
	sql($node, "truncate documents; insert into documents values (1, '$provider->{user}', 'none'),"
		  . " (2, 'none', '$provider->{org}'), (3, 'none', 'none'), (4, null, null)");
	return sql($node, q{select string_agg(id::text, ',' order by id) from documents},
		role => 'authenticated', token => $token);
}

sub check_reads
{
	my ($provider, $token) = @_;
	my @expressions = sort keys %{ $provider->{reads} };
	my @answers = split /\n/, sql($node, join("\n", map { "select $_;" } @expressions),
		role => 'authenticated', token => $token);
	is_deeply(\@answers, [ map { $provider->{reads}{$_} } @expressions ], "$provider->{name}: claims");
	return;
}

foreach my $provider (providers())
{
	my $name = $provider->{name};
	my $alg = $provider->{alg} // 'RS256';
	my $key = load_key("$keys/$FILE{$alg}.pem", alg => $alg, kid => $provider->{kid});
	my $token = token($provider, $key);
	sql($node, insert($provider, key_set($provider, $key)));
	sql($node, $block{"$name policy"});

	is(user_of($token), $provider->{user}, "$name: user");
	is(user_of(token($provider, $key, %{ $provider->{also} })),
		$provider->{user}, "$name: user of its other issuer")
	  if $provider->{also};
	check_reads($provider, $token);
	is(rows_seen($provider, $token), '1,2', "$name: policies");
	foreach my $case ([ foreign => 'foreign audience' ], [ tenant => 'another tenant' ],
		[ also_refused => 'another token' ])
	{
		my ($claims, $message) = @{ $provider->{ $case->[0] } // next };
		refused($provider, $case->[1], token($provider, $key, %$claims), $message);
	}

	sql($node, 'delete from auth.issuers');
	sql($node, "drop policy $_ on documents") for $block{"$name policy"} =~ /^CREATE POLICY (\w+)/mg;
	delete @block{ $name, "$name policy" };
}

# The block for shared secrets runs with its own command, which turns the secret into a key.
my $secret = 'a secret of 64 characters: public, for tests, worthless for others';
$ENV{JWT_SECRET} = $secret;
sql($node, $block{secret});
my $hmac = hmac_key($secret, alg => 'HS256');
my %claims = (iss => 'https://REF.supabase.co/auth/v1', sub => 'sam', aud => 'authenticated', exp => time + 300);
is(user_of($hmac->sign(\%claims)), 'sam', 'shared secret: user');
refused({ name => 'shared secret' }, 'another secret',
	hmac_key("$secret!", alg => 'HS256')->sign(\%claims), 'invalid JWT signature');
sql($node, 'delete from auth.issuers');

# New keys take the place of old ones, and a fetch that failed leaves the row as it was.
my ($first, $second) =
  map { load_key("$keys/$_.pem", alg => 'RS256', kid => $_) } qw(idp_rsa_1 idp_rsa_2);
my $iss = 'https://TENANT.auth0.com/';
my $old = $first->sign({ iss => $iss, sub => 'rita', exp => time + 300 });
my $new = $second->sign({ iss => $iss, sub => 'rita', exp => time + 300 });
my ($old_set, $new_set) = map { compact_json({ keys => [ $_->jwk ] }) } $first, $second;
sql($node, "insert into auth.issuers (issuer, jwks) values ('$iss', '$old_set')");
my (undef, undef, $failed) = try_sql($node, "\\set jwks `false`\n$block{refresh}");
like($failed, qr/ERROR:  22P02: /, 'a key set that was not fetched is refused');
is(user_of($old), 'rita', 'the old key is still there');
sql($node, "\\set jwks '$new_set'\n$block{refresh}");
is(user_of($new), 'rita', 'the new key is taken');
refused({ name => 'refresh' }, 'the old key', $old, 'JWT names a key that its issuer does not have');

delete @block{qw(table secret refresh)};
is_deeply([ sort keys %block ], [], 'no block is left out');

done_testing();
