-- Tokens of registered issuers that must be accepted: every algorithm, kid or none, audiences,
-- subjects, times.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set mint :srcdir '/mint.sql'
\i :mint
\set ECHO all
create extension pg_session_jwt;
insert into auth.issuers (issuer, jwks, audiences)
values ('https://idp.example/', :'jwks_idp_all', '{https://api.example.com}');
insert into auth.issuers (issuer, jwks, algorithms)
values ('https://hmac.example/', :'jwks_hmac'::jsonb #- '{keys,0,alg}', '{HS256,HS384,HS512}');
\pset format unaligned
\pset tuples_only on

-- Every algorithm. idp-rsa-1 says that it is for RS256, so for the others its alg goes.
select pg_temp.verdict(:'tok_idp_alice'), pg_temp.verdict(:'tok_idp_alice_es256'), pg_temp.verdict(:'tok_idp_alice_es384'),
	pg_temp.verdict(:'tok_idp_alice_es512'), pg_temp.verdict(:'tok_idp_alice_eddsa'), pg_temp.verdict(:'tok_idp_alice_ed25519');
update auth.issuers set jwks = jwks #- '{keys,0,alg}' where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_alice'), pg_temp.verdict(:'tok_idp_alice_rs384'), pg_temp.verdict(:'tok_idp_alice_rs512'),
	pg_temp.verdict(:'tok_idp_alice_ps256'), pg_temp.verdict(:'tok_idp_alice_ps384'), pg_temp.verdict(:'tok_idp_alice_ps512');
select alg, pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","sub":"hal","exp":13000000000}',
	format('{"alg":"%s","kid":"hmac-1"}', alg)))
from unnest(array['HS256', 'HS384', 'HS512']) as alg;

-- A list of algorithms that has the token's. EdDSA and Ed25519 are two names of one algorithm, but
-- the row's list is taken at its word.
update auth.issuers set algorithms = '{RS512,Ed25519}' where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_alice_rs512'), pg_temp.verdict(:'tok_idp_alice_ed25519');
select pg_temp.verdict(:'tok_idp_alice_eddsa');
update auth.issuers set algorithms = null where issuer = 'https://idp.example/';

-- typ at+jwt (RFC 9068).
select pg_temp.verdict(:'tok_idp_at_jwt');

-- No kid: fine with one key that fits. So is a key set without kid, alg and use, for a token without
-- kid; a kid that no key has is refused there, too.
select pg_temp.verdict(:'tok_idp_no_kid');
update auth.issuers set jwks = :'jwks_idp_bare' where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_no_kid');
select pg_temp.verdict(:'tok_idp_alice');
update auth.issuers set jwks = :'jwks_idp_bare'::jsonb #> '{keys,0}' where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_no_kid');

-- Two keys with one kid are tried in turn, whichever comes first; of five, the first four are.
create function pg_temp.twins(jwks jsonb, places integer[]) returns jsonb
language sql as $$
	select jsonb_build_object('keys', jsonb_agg(jwks #> array['keys', place::text] || '{"kid": "idp-rsa-2"}' order by at))
	from unnest(places) with ordinality as t (place, at)
$$;
update auth.issuers set jwks = pg_temp.twins(:'jwks_idp_overlap', '{0,1}') where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_alice_2');
update auth.issuers set jwks = pg_temp.twins(:'jwks_idp_overlap', '{1,0}') where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_alice_2');
update auth.issuers set jwks = pg_temp.twins(:'jwks_idp_overlap', '{0,0,0,1}') where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_alice_2');
update auth.issuers set jwks = pg_temp.twins(:'jwks_idp_overlap', '{0,0,0,0,1}') where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_alice_2');
update auth.issuers set jwks = :'jwks_idp_mixed' where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_alice');
update auth.issuers set jwks = :'jwks_idp' where issuer = 'https://idp.example/';

-- Audiences: one of several in the token, one of several in the row, none asked for, another claim.
select pg_temp.verdict(:'tok_idp_aud_array');
update auth.issuers set audiences = '{https://a.example,https://api.example.com}' where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_alice');
update auth.issuers set audiences = null where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_no_aud'), pg_temp.verdict(:'tok_idp_aud_other'), pg_temp.verdict(:'tok_idp_aud_number');
update auth.issuers set audiences = '{todos-app}', audience_claim = 'client_id' where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_client_id');
select pg_temp.verdict(:'tok_idp_alice');
update auth.issuers set audience_claim = 'azp' where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_client_id'), pg_temp.verdict(:'tok_idp_alice');
update auth.issuers set audiences = '{another-app}' where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_alice');
update auth.issuers set audiences = null where issuer = 'https://idp.example/';

-- Subjects: as Auth0 writes them, elsewhere, deep inside, absent.
select pg_temp.verdict(:'tok_idp_auth0');
set pg_session_jwt.jwt = :'tok_idp_uuid';
select auth.uid();
reset pg_session_jwt.jwt;
update auth.issuers set subject_claim = '{oid}' where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_oid'), pg_temp.verdict(:'tok_idp_alice');
update auth.issuers set subject_claim = '{https://app.example/user,id}' where issuer = 'https://hmac.example/';
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","sub":"x","exp":13000000000,"https://app.example/user":{"id":"deep"}}'));
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","sub":"x","exp":13000000000,"https://app.example/user":"deep"}'));
update auth.issuers set subject_claim = default where issuer = 'https://hmac.example/';

-- Times: a token may have expired, or be used early, by less than the leeway.
create function pg_temp.timed(claim text, seconds integer) returns text
language sql as $$
	select pg_temp.mint(('{"iss":"https://hmac.example/","sub":"hal","exp":13000000000}'::jsonb
		|| jsonb_build_object(claim, floor(extract(epoch from statement_timestamp()))::bigint + seconds))::text)
$$;
-- Only the SQLSTATE and message: the detail names the moment.
create function pg_temp.gist(verdict text) returns text
language sql as $$ select split_part(verdict, e'\n', 1) $$;
select leeway, pg_temp.gist(pg_temp.verdict(pg_temp.timed('exp', -30))), pg_temp.gist(pg_temp.verdict(pg_temp.timed('exp', -90))),
	pg_temp.gist(pg_temp.verdict(pg_temp.timed('nbf', 30))), pg_temp.gist(pg_temp.verdict(pg_temp.timed('nbf', 90)))
from auth.issuers where issuer = 'https://hmac.example/';
update auth.issuers set leeway = 600 where issuer = 'https://hmac.example/';
select pg_temp.gist(pg_temp.verdict(pg_temp.timed('exp', -550))), pg_temp.gist(pg_temp.verdict(pg_temp.timed('exp', -600))),
	pg_temp.gist(pg_temp.verdict(pg_temp.timed('nbf', 550))), pg_temp.gist(pg_temp.verdict(pg_temp.timed('nbf', 650)));
update auth.issuers set leeway = 0 where issuer = 'https://hmac.example/';
select pg_temp.gist(pg_temp.verdict(pg_temp.timed('exp', 30))), pg_temp.gist(pg_temp.verdict(pg_temp.timed('exp', 0))),
	pg_temp.gist(pg_temp.verdict(pg_temp.timed('nbf', 0))), pg_temp.gist(pg_temp.verdict(pg_temp.timed('nbf', 30)));

-- A NumericDate may have a fraction or an exponent (RFC 7519 section 2). iat and jti are not judged.
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","sub":"f","exp":13000000000.75,"nbf":1000000000.5}'));
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","sub":"e","exp":1.3e10}'));
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","sub":"i","exp":13000000000,"iat":12000000000,"jti":{}}'));
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","sub":"j","exp":13000000000,"jti":0}'));

drop extension pg_session_jwt cascade;
