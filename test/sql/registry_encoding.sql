-- A database in another encoding: tokens and key sets are UTF-8, rows and results are the database's.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set mint :srcdir '/mint.sql'
\i :mint
\set ECHO all
create database regress_jwt_latin1 template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C';
select current_database() as home \gset
\c regress_jwt_latin1
set client_encoding = 'UTF8';
\set ECHO none
\i :mint
\set ECHO all
create extension pg_session_jwt;
\pset format unaligned
\pset tuples_only on
-- u-umlaut is one byte here and two in UTF-8: in the issuer, an audience, the subject, claims.
insert into auth.issuers (issuer, jwks, algorithms, audiences, subject_claim)
values ('https://' || chr(252) || '.example/', :'jwks_hmac', '{HS256}', array['api-' || chr(252)], array['id-' || chr(252)]);
-- The payload is written with escapes: \u00fc is the umlaut, \u20ac is not in LATIN1.
select pg_temp.mint('{"iss":"https://\u00fc.example/","aud":"api-\u00fc","exp":13000000000,"id-\u00fc":"J\u00fcrgen","n\u00fc":{"m":"\u00fc"},"scope":"read:\u00fc"}') as tok \gset
set pg_session_jwt.jwt = :'tok';
select auth.user_id() = 'J' || chr(252) || 'rgen', length(auth.user_id()), auth.issuer() = 'https://' || chr(252) || '.example/',
	auth.claim_text('n' || chr(252), 'm') = chr(252), auth.has_scope('read:' || chr(252)), auth.has_scope('read:u'),
	auth.session() ->> ('id-' || chr(252)) = auth.user_id();
-- The same as raw bytes of UTF-8.
select pg_temp.mint(convert_from(convert_to('{"iss":"https://' || chr(252) || '.example/","aud":"api-' || chr(252) || '","exp":13000000000,"id-'
	|| chr(252) || '":"raw"}', 'LATIN1'), 'LATIN1')) as tok \gset
set pg_session_jwt.jwt = :'tok';
select auth.user_id();
-- Another letter is another issuer and another audience.
select pg_temp.verdict(pg_temp.mint('{"iss":"https://\u00e4.example/","aud":"api-\u00fc","exp":13000000000}'));
select pg_temp.verdict(pg_temp.mint('{"iss":"https://\u20ac.example/","aud":"api-\u00fc","exp":13000000000}'));
select pg_temp.verdict(pg_temp.mint('{"iss":"https://\u00fc.example/","aud":"api-\u20ac","exp":13000000000}'));
-- Claims that the database cannot hold are an error, not a question mark: in every reader, whichever
-- claim it is.
select pg_temp.verdict(pg_temp.mint('{"iss":"https://\u00fc.example/","aud":"api-\u00fc","exp":13000000000,"id-\u00fc":"\u20ac"}'));
select pg_temp.mint('{"iss":"https://\u00fc.example/","aud":"api-\u00fc","exp":13000000000,"id-\u00fc":"x","price":"1 \u20ac"}') as tok \gset
set pg_session_jwt.jwt = :'tok';
select auth.session();
select auth.claim('sub');
select auth.user_id();
drop extension pg_session_jwt cascade;
\c :home
drop database regress_jwt_latin1;
