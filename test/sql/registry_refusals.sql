-- Every way in which a token of a registered issuer is refused: SQLSTATE, message, detail, hint.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set mint :srcdir '/mint.sql'
\i :mint
\set ECHO all
create extension pg_session_jwt;
insert into auth.issuers (issuer, jwks, audiences)
values ('https://idp.example/', :'jwks_idp', '{https://api.example.com}');
insert into auth.issuers (issuer, jwks, algorithms) values ('https://hmac.example/', :'jwks_hmac', '{HS256}');
-- A row without keys (fetched later), and one that is switched off.
insert into auth.issuers (issuer, jwks_uri) values ('https://keyless.example/', 'https://keyless.example/jwks');
insert into auth.issuers (issuer, jwks, enabled) values ('https://other.example/', :'jwks_other', false);
\pset format unaligned
\pset tuples_only on

-- What must be accepted here, or the refusals below would prove nothing.
select pg_temp.verdict(:'tok_idp_alice');
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","sub":"hal","exp":13000000000}'));

-- iss: unknown, absent, of another type, and spelled otherwise. Only equal bytes are equal.
select pg_temp.verdict(:'tok_idp_iss_other');
select pg_temp.verdict(:'tok_idp_no_iss');
select pg_temp.verdict(:'tok_idp_iss_number');
select pg_temp.verdict(:'tok_idp_iss_array');
select pg_temp.verdict(:'tok_idp_iss_no_slash');
select pg_temp.verdict(:'tok_idp_iss_upper');

-- The issuer's row: disabled, without keys.
select pg_temp.verdict(:'tok_other_alice');
select pg_temp.verdict(pg_temp.mint('{"iss":"https://keyless.example/","sub":"a","exp":13000000000}'));

-- aud: absent, foreign, in an array, empty, a longer one, of another type.
select pg_temp.verdict(:'tok_idp_no_aud');
select pg_temp.verdict(:'tok_idp_aud_other');
select pg_temp.verdict(:'tok_idp_aud_array_other');
select pg_temp.verdict(:'tok_idp_aud_empty');
select pg_temp.verdict(:'tok_idp_aud_prefix');
select pg_temp.verdict(:'tok_idp_aud_number');

-- alg: none (in any spelling), absent, unknown, not a string, allowed by no row, unfit for the key.
select pg_temp.verdict(:'tok_idp_none');
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000}', '{"alg":"nOnE","kid":"hmac-1"}'));
select pg_temp.verdict(:'tok_idp_no_alg');
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000}', '{"alg":"ES256K"}'));
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000}', '{"alg":7}'));
select pg_temp.verdict(:'tok_idp_hmac');
select pg_temp.verdict(:'tok_idp_alice_ps256');
update auth.issuers set algorithms = '{ES256,EdDSA}' where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_alice');
update auth.issuers set algorithms = null where issuer = 'https://idp.example/';

-- kid: in no set, that of a key of another type, not a string, absent where several keys fit.
select pg_temp.verdict(:'tok_idp_kid_unknown');
select pg_temp.verdict(:'tok_idp_kid_other');
select pg_temp.verdict(:'tok_idp_kid_number');
update auth.issuers set jwks = :'jwks_idp_overlap' where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_no_kid');
update auth.issuers set jwks = :'jwks_idp' where issuer = 'https://idp.example/';

-- crit and b64 change what the signature means, and no extension is known here.
select pg_temp.verdict(:'tok_idp_crit');
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000}', '{"alg":"HS256","b64":false}'));
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000}', '{"alg":"HS256","b64":false,"crit":["b64"]}'));

-- What is no signed JWT: encrypted, opaque, two parts, four parts, and none at all.
select pg_temp.verdict('a.b.c.d.e');
select pg_temp.verdict('opaque');
select pg_temp.verdict('a.b');
select pg_temp.verdict('a.b.c.d');
select pg_temp.verdict('..');
select pg_temp.attempt('select auth.jwt_session_init('''')');

-- Segments that are no base64url or no JSON object, and members named twice.
select pg_temp.verdict('e30=.e30.AA');
select pg_temp.verdict('W10.e30.AA');
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000}', '{"alg":"HS256","alg":"HS256"}'));
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000}') || '=');
select pg_temp.verdict(replace(pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000}'), '.ey', '.+y'));
select pg_temp.verdict(pg_temp.mint('["iss"]'));
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000} x'));
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000,"exp":1}'));
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000,"sub":"a\u0000b"}'));
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000,"d":' || repeat('[', 5000) || repeat(']', 5000) || '}'));
select pg_temp.verdict(repeat('a', 20000));

-- What jsonb cannot hold is refused with the token, not by a reader later: half a surrogate pair, a
-- number beyond numeric's range.
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000,"x":"\ud83d"}'));
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000,"x":1e200000}'));

-- exp: past, absent, of another type. nbf: to come, of another type.
select pg_temp.verdict(:'tok_idp_expired');
select pg_temp.verdict(:'tok_idp_no_exp');
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","exp":"13000000000"}'));
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","exp":null}'));
select pg_temp.verdict(:'tok_idp_not_yet');
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000,"nbf":"1"}'));

-- Signatures: changed, over another payload, by another key, by a key that the token itself brings
-- or points to, by another issuer's key, of a wrong length.
select pg_temp.verdict(:'tok_idp_tampered');
select pg_temp.verdict(:'tok_idp_tampered_payload');
select pg_temp.verdict(:'tok_idp_wrong_key');
select pg_temp.verdict(:'tok_idp_embedded_jwk');
select pg_temp.verdict(:'tok_idp_jku');
select pg_temp.verdict(:'tok_other_as_idp');
select pg_temp.verdict(left(:'tok_idp_alice', -2));
select pg_temp.verdict(regexp_replace(:'tok_idp_alice', '[^.]*$', ''));

-- required_claims: absent, and of another value.
update auth.issuers set required_claims = '{"token_use": "access"}' where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_token_use');
select pg_temp.verdict(:'tok_idp_alice');
update auth.issuers set required_claims = '{"token_use": "id"}' where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_token_use');

-- The subject of a token is text or absent.
select pg_temp.verdict(:'tok_idp_no_sub');
update auth.issuers set required_claims = null where issuer = 'https://idp.example/';
select pg_temp.verdict(:'tok_idp_no_sub');
select pg_temp.verdict(pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000,"sub":7}'));

-- A refused token raises in every reader, until there is another one or none.
set pg_session_jwt.jwt = :'tok_idp_expired';
select auth.user_id();
select auth.uid();
select auth.session();
select auth.jwt();
select auth.organization();
select auth.organization_id();
select auth.claim('sub');
select auth.claim_text('sub');
select auth.has_scope('openid');
select auth.role();
select auth.email();
select auth.issuer();
reset pg_session_jwt.jwt;
select auth.user_id() is null, auth.session();

-- jwt_session_init of a token that is refused leaves the one before in force.
select auth.jwt_session_init(:'tok_idp_alice');
select auth.jwt_session_init(:'tok_idp_expired');
select auth.user_id();

drop extension pg_session_jwt cascade;
