-- Writing rows of auth.issuers, good and bad: what is refused, and with which words.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set mint :srcdir '/mint.sql'
\i :mint
\set ECHO all
create extension pg_session_jwt;
\pset format unaligned
\pset tuples_only on

-- A row with the key set given, and perhaps a list of algorithms; gone again at once.
create function pg_temp.try(jwks jsonb, algorithms text[] default null) returns text
language plpgsql as $$
declare
	answer text := pg_temp.attempt(format('insert into auth.issuers (issuer, jwks, algorithms) values (%L, %L, %L)',
		'https://try.example/', jwks, algorithms));
begin
	delete from auth.issuers where issuer = 'https://try.example/';
	return answer;
end
$$;
-- The RSA key of the set with other members laid over it.
create function pg_temp.rsa(jwks jsonb, members jsonb) returns jsonb
language sql as $$ select jsonb_build_object('keys', jsonb_build_array(jwks #> '{keys,0}' || members)) $$;

-- Good: a set, a single JWK, keys without kid, alg and use, five kinds of key, no keys yet.
select pg_temp.try(:'jwks_idp');
select pg_temp.try(:'jwks_idp'::jsonb #> '{keys,1}');
select pg_temp.try(:'jwks_idp_bare');
select pg_temp.try(:'jwks_idp_all');
select pg_temp.try(null);

-- Keys that cannot verify are skipped one by one, each with a NOTICE: an encryption key, an unknown
-- kty; then key_ops, another use, a malformed x5t, a curve and an alg that are not supported.
select pg_temp.try(:'jwks_idp_mixed');
select pg_temp.try(jsonb_build_object('keys', jsonb_build_array(
	:'jwks_idp'::jsonb #> '{keys,0}' || '{"key_ops": ["sign"]}',
	:'jwks_idp'::jsonb #> '{keys,0}' || '{"use": "enc"}',
	:'jwks_idp'::jsonb #> '{keys,0}' || '{"x5t": "not a thumbprint"}',
	:'jwks_idp'::jsonb #> '{keys,0}' || '{"x5c": "MIIB"}',
	'{"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}'::jsonb,
	:'jwks_idp'::jsonb #> '{keys,0}' || '{"alg": "RSA-OAEP"}',
	:'jwks_idp'::jsonb #> '{keys,0}' || '{"alg": "ES256"}',
	:'jwks_idp'::jsonb #> '{keys,2}')));
-- An HMAC key beside others, where "algorithms" names no HMAC, is one of them; so is a key that
-- the row's list leaves out.
select pg_temp.try(jsonb_build_object('keys', :'jwks_idp_rsa'::jsonb -> 'keys' || (:'jwks_hmac'::jsonb -> 'keys')));
select pg_temp.try(:'jwks_idp', '{ES256}');

-- No key is left: an error, after the reasons of each key of a set.
select pg_temp.try(:'jwks_idp_unusable');
select pg_temp.try(:'jwks_empty');
select pg_temp.try(:'jwks_idp_rsa', '{ES256}');
select pg_temp.try(:'jwks_idp_rsa'::jsonb #> '{keys,0}', '{ES256}');
select pg_temp.try(:'jwks_hmac');
select pg_temp.try(:'jwks_hmac'::jsonb #> '{keys,0}');
select pg_temp.try('{"kty": "XYZ"}');

-- No key set at all.
select pg_temp.try('"https://idp.example/jwks"');
select pg_temp.try('[]');
select pg_temp.try('null');
select pg_temp.try('{}');
select pg_temp.try('{"keys": {}}');
select pg_temp.try('{"keys": [1]}');
select pg_temp.try(jsonb_build_object('keys', (select jsonb_agg(:'jwks_idp'::jsonb #> '{keys,2}') from generate_series(1, 100))));
select pg_temp.try(jsonb_build_object('keys', (select jsonb_agg(:'jwks_idp'::jsonb #> '{keys,2}') from generate_series(1, 101))));

-- Private keys, also as the last of a good set, and whatever else is wrong with them.
select pg_temp.try(:'jwks_idp_private');
select pg_temp.try(:'jwks_idp_private'::jsonb #> '{keys,0}');
select pg_temp.try(jsonb_build_object('keys', :'jwks_idp'::jsonb -> 'keys' || '[{"kty": "OKP", "use": "enc", "d": "AA"}]'));

-- RSA: a modulus of 1024 bits, of 8200, of 8192; an even exponent, 1, 3; members that are missing
-- or no base64url.
select pg_temp.try(:'jwk_rsa_1024');
select pg_temp.try(pg_temp.rsa(:'jwks_idp', jsonb_build_object('n', repeat('_', 1366) || '8')));
select pg_temp.try(pg_temp.rsa(:'jwks_idp', jsonb_build_object('n', repeat('_', 1365) || 'w')));
select pg_temp.try(pg_temp.rsa(:'jwks_idp', '{"e": "AQAA"}'));
select pg_temp.try(pg_temp.rsa(:'jwks_idp', '{"e": "AQ"}'));
select pg_temp.try(pg_temp.rsa(:'jwks_idp', '{"e": "Aw"}'));
select pg_temp.try(pg_temp.rsa(:'jwks_idp', '{"e": "AQAB="}'));
select pg_temp.try(pg_temp.rsa(:'jwks_idp', '{"n": null}'));
select pg_temp.try((:'jwks_idp'::jsonb #> '{keys,0}') - 'e');

-- Curves: a point that is not on it, a short coordinate, a small-order Ed25519 point, a short x.
select pg_temp.try(jsonb_set(:'jwks_idp', '{keys,1,y}', :'jwks_idp'::jsonb #> '{keys,1,x}'));
select pg_temp.try(jsonb_set(:'jwks_idp', '{keys,1,x}', '"AAAA"'));
select pg_temp.try(:'jwk_small_order');
select pg_temp.try(:'jwk_short');
select pg_temp.try(jsonb_set(:'jwks_idp', '{keys,2,kid}', '7'));

-- HMAC: a secret must be as long as the hash; of a longer list the hashes that it is long enough
-- for are left.
select pg_temp.try(:'jwks_hmac', '{HS256}');
select pg_temp.try('{"kty": "oct", "k": "c2hvcnQ"}', '{HS256}');
select pg_temp.try(jsonb_build_object('kty', 'oct', 'k', repeat('A', 43)), '{HS256}');
select pg_temp.try(jsonb_build_object('kty', 'oct', 'k', repeat('A', 43)), '{HS512}');
select pg_temp.try(jsonb_build_object('keys', jsonb_build_array(jsonb_build_object('kty', 'oct', 'k', repeat('A', 43)))), '{HS512}');
select pg_temp.try(:'jwks_hmac', '{HS512}');
select pg_temp.try(jsonb_build_object('kty', 'oct', 'alg', 'HS512', 'k', repeat('A', 43)), '{HS512}');
select pg_temp.try(jsonb_build_object('kty', 'oct', 'k', repeat('A', 43)), '{HS256,HS512}');

-- Algorithms: every name there is, and names that are none.
select pg_temp.try(:'jwks_idp_all', '{EdDSA,Ed25519,RS256,RS384,RS512,PS256,PS384,PS512,ES256,ES384,ES512,HS256,HS384,HS512}');
select pg_temp.try(:'jwks_idp', '{RS256,none}');
select pg_temp.try(:'jwks_idp', '{rs256}');
select pg_temp.try(:'jwks_idp', '{ES256K}');

-- CHECK constraints say the rest. Texts of the server's own are not shown.
create function pg_temp.constraint_of(columns jsonb) returns text
language plpgsql as $$
declare name text;
begin
	insert into auth.issuers select (jsonb_populate_record(null::auth.issuers,
		'{"issuer": "https://try.example/", "audience_claim": "aud", "subject_claim": ["sub"], "leeway": 60, "enabled": true}' || columns)).*;
	delete from auth.issuers where issuer = 'https://try.example/';
	return 'ok';
exception when integrity_constraint_violation then
	get stacked diagnostics name = constraint_name;
	return sqlstate || ' ' || name;
end
$$;
select v || ': ' || pg_temp.constraint_of(v::jsonb) from (values
	('{"comment": "nothing else"}'),
	('{"issuer": ""}'), ('{"issuer": null}'),
	('{"audience_claim": ""}'), ('{"audience_claim": null}'),
	('{"required_claims": []}'), ('{"required_claims": "x"}'), ('{"required_claims": {}}'),
	('{"leeway": -1}'), ('{"leeway": 0}'), ('{"leeway": 600}'), ('{"leeway": 601}'), ('{"leeway": null}'),
	('{"audiences": []}'), ('{"audiences": ["a", null]}'), ('{"audiences": [["a"], ["b"]]}'), ('{"audiences": ["a", "b"]}'),
	('{"algorithms": []}'), ('{"algorithms": ["RS256", null]}'), ('{"algorithms": ["RS256"]}'),
	('{"subject_claim": []}'), ('{"subject_claim": [null]}'), ('{"subject_claim": null}'), ('{"subject_claim": ["a", "b"]}'),
	('{"enabled": null}')) as t (v);
select count(*) from auth.issuers;

-- UPDATE, COPY and INSERT ... ON CONFLICT are judged like INSERT.
insert into auth.issuers (issuer, jwks) values ('https://idp.example/', :'jwks_idp');
update auth.issuers set jwks = :'jwks_empty';
update auth.issuers set algorithms = '{HS256}';
insert into auth.issuers (issuer, jwks) values ('https://idp.example/', :'jwks_idp_private')
on conflict (issuer) do update set jwks = excluded.jwks;
insert into auth.issuers (issuer, jwks) values ('https://idp.example/', :'jwks_idp_rotated')
on conflict (issuer) do update set jwks = excluded.jwks;
\set VERBOSITY sqlstate
copy auth.issuers (issuer, jwks) from stdin;
https://copied.example/	{"keys": []}
\.
\set VERBOSITY default
select issuer, jwks = :'jwks_idp_rotated', algorithms, audience_claim, subject_claim, leeway, enabled from auth.issuers;
-- The primary key knows issuers by their bytes: these are two.
insert into auth.issuers (issuer, jwks) values ('https://IDP.example/', :'jwks_idp_rsa');
select count(*) from auth.issuers;

drop extension pg_session_jwt cascade;
