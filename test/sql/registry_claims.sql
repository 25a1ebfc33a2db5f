-- auth.claim and its kin on every type of JSON value, and wherever the path comes from.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set mint :srcdir '/mint.sql'
\i :mint
\set ECHO all
create extension pg_session_jwt;
insert into auth.issuers (issuer, jwks, algorithms) values ('https://hmac.example/', :'jwks_hmac', '{HS256}');
\set claims '{"iss":"https://hmac.example/","sub":"hal","exp":13000000000,"text":"a","empty":"","uni":"\\u00fc\\ud83d\\ude00","int":7,"big":123456789012345678901234567890,"dec":1.10,"exp10":1e2,"yes":true,"no":false,"nil":null,"list":["a",1,null],"none":[],"obj":{"a":{"b":{"c":"deep"}},"0":"zero"},"void":{},"https://app.example/roles":["admin"],"urn:zitadel:iam:org:id":"org-1","a.b":"dotted","a":{"b":"nested"},"":"unnamed","role":"authenticated","email":"hal@example.com","o":{"id":"1a2b3c4d-5e6f-4a1b-8c2d-0123456789ab","slg":"acme"}}'
select pg_temp.mint(:'claims') as token \gset
set pg_session_jwt.jwt = :'token';
\pset format unaligned
\pset tuples_only on
\pset null NULL

-- Every type: claim gives the JSON value, claim_text a string's text and NULL for all others.
select name, auth.claim(name), auth.claim_text(name) from unnest(array['sub', 'text', 'empty', 'int', 'big', 'dec',
	'exp10', 'yes', 'no', 'nil', 'list', 'none', 'obj', 'void', 'absent', '', 'Sub', 'su', 'subb']) as name;
-- Escapes are resolved; as bytes, whatever the client's encoding.
select encode(convert_to(auth.claim_text('uni'), 'UTF8'), 'hex');
-- JSON null is a value: not the same as no claim.
select auth.claim('nil') is null, auth.claim('absent') is null, jsonb_typeof(auth.claim('nil'));

-- Paths: names are taken as they are, with dots, colons and slashes; they go through objects only.
select auth.claim('obj', 'a', 'b', 'c'), auth.claim_text('obj', 'a', 'b', 'c'), auth.claim('obj', 'a', 'b');
select auth.claim('https://app.example/roles'), auth.claim_text('urn:zitadel:iam:org:id'), auth.claim_text('a.b'), auth.claim_text('a', 'b');
select auth.claim('obj', '0'), auth.claim('list', '0'), auth.claim('text', 'a'), auth.claim('nil', 'a'), auth.claim('obj', 'a', 'x', 'c');
select auth.claim('https://app.example/roles') ? 'admin', auth.claim('https://app.example/roles') @> '["member"]';

-- Odd paths are no error: NULL, an empty one, NULL in it, two dimensions, other bounds.
select auth.claim(variadic null), auth.claim_text(variadic null), auth.has_scope(null);
select auth.claim(variadic '{}'), auth.claim_text(variadic '{}');
select auth.claim(null), auth.claim('obj', null), auth.claim_text(null, 'sub');
select auth.claim(variadic '{{obj,a}}'), auth.claim_text(variadic '{{sub}}'), auth.claim(variadic '[5:6]={obj,0}');

-- role, email, issuer: text, else NULL.
select auth.role(), auth.email(), auth.issuer(), auth.organization_id(), auth.organization() ->> 'slg';
select pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000,"role":["a"],"email":null}') as other \gset
set pg_session_jwt.jwt = :'other';
select auth.role(), auth.email(), auth.issuer(), auth.user_id(), auth.organization();

-- Scopes, in scope or scp, as a string or an array. Whole words only.
create function pg_temp.scopes(claims text, scopes text[]) returns text
language plpgsql as $$
declare answer text := '';
begin
	perform set_config('pg_session_jwt.jwt', pg_temp.mint(format('{"iss":"https://hmac.example/","exp":13000000000,%s}', claims)), true);
	for i in 1 .. cardinality(scopes) loop
		answer := answer || case when auth.has_scope(scopes[i]) then 't' else 'f' end;
	end loop;
	return answer;
end
$$;
select claims, pg_temp.scopes(claims, array['read', 'write', 'rea', 'read:todos', 'READ', '', ' ', 'read write', 'x'])
from unnest(array['"scope":"read"', '"scope":"openid read write"', '"scope":" read  write "', '"scope":"read:todos"',
	'"scp":"write read"', '"scp":["read","write"]', '"scope":["read write"]', '"scope":[]', '"scope":""', '"scope":7', '"scope":{"read":1}',
	'"scope":null', '"scope":["READ",7,null,["read"]]', '"scope":"write","scp":["read"]', '"sub":"read"']) as claims;
-- The same names from a column and from a loop's variable, whose value changes from call to call.
begin;
select set_config('pg_session_jwt.jwt', pg_temp.mint('{"iss":"https://hmac.example/","exp":13000000000,"scope":"a c"}'), true) is null;
select s, auth.has_scope(s) from unnest(array['a', 'b', 'c', null]) as s;
do $$
declare
	word text;
	path text[];
begin
	foreach word in array array['a', 'b', 'c', 'd'] loop
		raise notice '% %', word, auth.has_scope(word);
	end loop;
	foreach word in array array['scope', 'iss', 'nothing'] loop
		path := array[word];
		raise notice '% % %', word, auth.claim_text(variadic path), auth.claim(word);
	end loop;
end
$$;
rollback;

-- A prepared statement, with custom plans and with a generic one, under two tokens in turn.
prepare reading(text, text[]) as select auth.claim_text($1), auth.claim(variadic $2), auth.has_scope($1), auth.claim_text('sub');
set plan_cache_mode = force_custom_plan;
set pg_session_jwt.jwt = :'token';
execute reading('sub', '{obj,a}');
set plan_cache_mode = force_generic_plan;
execute reading('sub', '{obj,a}');
execute reading('text', '{int}');
set pg_session_jwt.jwt = :'other';
execute reading('iss', '{exp}');
set pg_session_jwt.jwt = :'token';
execute reading('text', '{exp}');
reset plan_cache_mode;
deallocate reading;

-- More different paths in one query than an identity keeps values of, in one row and over rows; twice,
-- so that kept and unkept values are both read again.
select '{"iss":"https://hmac.example/","exp":13000000000,' || string_agg(format('"c%s":{"t":"v%s"}', i, i), ',') || '}' as many
from generate_series(1, 200) as i \gset
select pg_temp.mint(:'many') as many \gset
set pg_session_jwt.jwt = :'many';
select 'select ' || string_agg(format('auth.claim_text(''c%s'', ''t'') = ''v%s'' and auth.claim(''c%s'') ->> ''t'' = ''v%s''', i, i, i, i), ' and ')
	|| ' as all_right from generate_series(1, 3)' as query
from generate_series(1, 200) as i \gset
:query;
:query;
select count(*) from generate_series(1, 200) as i where auth.claim_text('c' || i, 't') = 'v' || i;

-- The same answers in parallel workers. The rows make the plan parallel; each worker reads for itself.
create table rows_of_many (n integer, claim text) with (parallel_workers = 2);
insert into rows_of_many select n, 'c' || (n % 200 + 1) from generate_series(1, 20000) as n;
set parallel_setup_cost = 0;
set parallel_tuple_cost = 0;
set min_parallel_table_scan_size = 0;
set parallel_leader_participation = off;
select count(*), count(*) filter (where auth.claim_text(claim, 't') = 'v' || (n % 200 + 1)),
	count(*) filter (where auth.claim_text('c7', 't') = 'v7'), count(*) filter (where auth.has_scope('x')) from rows_of_many;
reset parallel_setup_cost;
reset parallel_tuple_cost;
reset min_parallel_table_scan_size;
reset parallel_leader_participation;
drop table rows_of_many;

-- Values outlive the token they came from for as long as the query that reads them.
set pg_session_jwt.jwt = :'token';
begin;
declare reader cursor for select auth.claim('obj'), auth.claim_text('sub'), n from generate_series(1, 2) as n;
fetch reader;
set local pg_session_jwt.jwt = :'many';
fetch reader;
commit;

-- No token: NULL everywhere, false for scopes.
reset pg_session_jwt.jwt;
select auth.claim('sub'), auth.claim_text('sub'), auth.has_scope('read'), auth.role(), auth.email(), auth.issuer();

drop extension pg_session_jwt cascade;
