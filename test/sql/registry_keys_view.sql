-- auth.issuer_keys: the keys of the registry, and which of them verify tokens.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set mint :srcdir '/mint.sql'
\i :mint
\set ECHO all
create extension pg_session_jwt;
create role regress_jwt_reader;
\pset null -

-- Every kind of key.
insert into auth.issuers (issuer, jwks) values ('https://idp.example/', :'jwks_idp_all');
select position, kid, kty, alg, use, bits, crv, usable, reason from auth.issuer_keys order by position;
-- The thumbprint (RFC 7638) is the SHA-256 of the required members in order, computed here once more.
select k.position, k.thumbprint = pg_temp.b64url(sha256(convert_to(case k.kty
	when 'RSA' then format('{"e":"%s","kty":"RSA","n":"%s"}', j ->> 'e', j ->> 'n')
	when 'EC' then format('{"crv":"%s","kty":"EC","x":"%s","y":"%s"}', j ->> 'crv', j ->> 'x', j ->> 'y')
	else format('{"crv":"%s","kty":"OKP","x":"%s"}', j ->> 'crv', j ->> 'x') end, 'UTF8'))) as thumbprint
from auth.issuer_keys as k, auth.issuers as i, jsonb_array_elements(i.jwks -> 'keys') with ordinality as e (j, at)
where e.at = k.position order by k.position;
-- RFC 7638 section 3.1 gives a key and its thumbprint.
update auth.issuers set jwks = '{"kty": "RSA", "kid": "2011-04-29", "alg": "RS256", "e": "AQAB",
	"n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}';
select kid, thumbprint from auth.issuer_keys;

-- Keys that are not used say why; so does one that the row's list leaves out.
set client_min_messages = warning;
update auth.issuers set jwks = jsonb_build_object('keys', (:'jwks_idp_mixed'::jsonb -> 'keys') || (:'jwks_hmac'::jsonb -> 'keys')
	|| jsonb_build_array(:'jwks_idp'::jsonb #> '{keys,1}', :'jwks_idp'::jsonb #> '{keys,0}' || '{"key_ops": ["sign"], "kid": "s"}',
		:'jwks_idp'::jsonb #> '{keys,0}' || '{"alg": "RSA-OAEP"}', '[]'::jsonb)), algorithms = '{RS256}';
select position, kid, kty, alg, use, bits, crv, thumbprint is null as no_thumbprint, usable, reason from auth.issuer_keys order by position;
reset client_min_messages;

-- A secret is described, and not shown: nothing but its hash leaves the table.
update auth.issuers set jwks = :'jwks_hmac', algorithms = '{HS256}';
select kid, kty, alg, bits, crv, usable from auth.issuer_keys;

-- A single JWK is the first of one; a row without keys has none; several issuers stand side by side.
update auth.issuers set jwks = :'jwks_idp'::jsonb #> '{keys,2}', algorithms = null;
insert into auth.issuers (issuer, jwks_uri) values ('https://keyless.example/', 'https://keyless.example/jwks');
insert into auth.issuers (issuer, jwks, enabled) values ('https://other.example/', :'jwks_other', false);
select issuer, position, kid, usable from auth.issuer_keys order by issuer, position;

-- A row whose key set was broken behind the trigger's back is shown too, and its tokens are refused.
alter table auth.issuers disable trigger issuers_row_changed;
update auth.issuers set jwks = :'jwks_idp_private' where issuer = 'https://idp.example/';
alter table auth.issuers enable always trigger issuers_row_changed;
select position, kid, usable, reason from auth.issuer_keys where issuer = 'https://idp.example/';
set pg_session_jwt.jwt = :'tok_idp_alice';
select auth.user_id();
reset pg_session_jwt.jwt;

-- Whoever may read the registry may read the view; the right to the view alone is nothing.
set role regress_jwt_reader;
\set VERBOSITY sqlstate
select count(*) from auth.issuer_keys;
\set VERBOSITY default
reset role;
grant select on auth.issuers to regress_jwt_reader;
set role regress_jwt_reader;
select count(*) from auth.issuer_keys;
reset role;

-- The function behind it looks at any key set, before it is stored as well.
select ordinality, kid, alg, usable, reason from auth.jwks_keys(:'jwks_idp', null);
select ordinality, kid, alg, usable, reason from auth.jwks_keys(:'jwks_idp', '{EdDSA}');
select * from auth.jwks_keys(null, null);
select * from auth.jwks_keys('[]', null);
select * from auth.jwks_keys(:'jwks_idp', '{none}');

drop extension pg_session_jwt cascade;
drop role regress_jwt_reader;
