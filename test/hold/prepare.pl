# prepare.pl FOLDER: mints the tokens of script/hold, and writes the tables and issuers they are for.
# FOLDER/tokens has a line for each token: class, user, key, token (see client.cpp); FOLDER/setup.sql
# and FOLDER/changes.sql are SQL, of the latter one line for each state of the second issuer.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use SessionJwt::Token qw(make_key jwks unsigned tamper replace_payload b64url);

my ($folder) = @ARGV;
die "usage: prepare.pl FOLDER\n" unless $folder && -d $folder;

my $users = 40;
my $hours = time + 7200;
my ($steady, $changing) = ('https://steady.example/', 'https://changing.example/');
my @steady = map { make_key($_, kid => "steady-$_") } qw(RS256 ES256 EdDSA);
my @changing = map { make_key('ES256', kid => "changing-$_") } 1, 2;
my $foreign = make_key('RS256', kid => 'steady-RS256', fresh => 1);

open my $tokens, '>', "$folder/tokens" or die "could not write tokens: $!\n";

# put writes a line. What is not text of a token stays one word.
sub put
{
	my ($class, $user, $key, $token) = @_;
	print {$tokens} join("\t", $class, $user, $key, $token), "\n";
	return;
}

sub claims
{
	my ($iss, $user, %more) = @_;
	return { iss => $iss, sub => $user, aud => 'app', exp => $hours, %more };
}

foreach my $number (1 .. $users)
{
	my $user = "user-$number";
	my $key = $steady[ $number % @steady ];
	my $good = $key->sign(claims($steady, $user));
	put('valid', $user, 0, $good);
	put('valid', $user, 0, $steady[ ($number + 1) % @steady ]->sign(claims($steady, $user)));
	put('changing', $user, $_, $changing[ $_ - 1 ]->sign(claims($changing, $user))) for 1, 2;
	put('expired', $user, 0, $key->sign(claims($steady, $user, exp => time - 3600)));
	put('forged', $user, 0, $foreign->sign(claims($steady, $user)));
	put('tampered', $user, 0, tamper($good));
	put('swapped', $user, 0, replace_payload($good, claims($steady, 'user-1', n => $number)));
	put('unsigned', $user, 0, unsigned(claims($steady, $user)));
	put('audience', $user, 0, $key->sign(claims($steady, $user, aud => 'other')));
	put('stranger', $user, 0, $key->sign(claims("https://nobody-$number.example/", $user)));
	put('truncated', $user, 0, substr $good, 0, int(length($good) * $number / ($users + 1)));
	my $payload = '{"iss":"' . $steady . '","aud":"app","sub":"' . $user . '","exp":' . $hours;
	my $depth = 200 * $number;
	put('nested', $user, 0,
		$key->sign("$payload,\"n\":" . '[' x $depth . ']' x $depth . '}')) if $number <= 10;
	put('oversized', $user, 0, $key->sign("$payload,\"n\":\"" . 'x' x (15000 * $number) . '"}'))
	  if $number <= 10;
	put('random', $user, 0, join '', map { chr(33 + int rand 90) } 1 .. 20 * $number);
}
close $tokens or die "could not write tokens: $!\n";

open my $setup, '>', "$folder/setup.sql" or die "could not write setup.sql: $!\n";
print {$setup} <<"END";
create extension pg_session_jwt;
create role app login;
create table todos (id serial primary key, user_id text not null, task text not null);
insert into todos (user_id, task)
select 'user-' || u, 'task ' || t from generate_series(1, $users) as u, generate_series(1, 5) as t;
create index on todos (user_id);
alter table todos enable row level security;
create policy own on todos using (user_id = auth.user_id());
grant select on todos to app;
insert into auth.issuers (issuer, jwks, audiences) values
	('$steady', '${\ jwks(@steady)}', '{app}');
END
close $setup or die "could not write setup.sql: $!\n";

# A state is: keys that are good, then the statement that leads to it from any other.
open my $changes, '>', "$folder/changes.sql" or die "could not write changes.sql: $!\n";
my $upsert = sub {
	my ($enabled, @keys) = @_;
	return "insert into auth.issuers (issuer, jwks, audiences, enabled) values ('$changing', '"
	  . jwks(@keys) . "', '{app}', $enabled) on conflict (issuer) do update set jwks = excluded.jwks,"
	  . ' enabled = excluded.enabled';
};
print {$changes} "$_\n" for "1\t" . $upsert->('true', $changing[0]),
  "12\t" . $upsert->('true', @changing),
  "2\t" . $upsert->('true', $changing[1]),
  "-\t" . $upsert->('false', @changing),
  "-\tdelete from auth.issuers where issuer = '$changing'";
close $changes or die "could not write changes.sql: $!\n";
