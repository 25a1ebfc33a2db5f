-- What the registry suites share, made in pg_temp so that nothing is left behind. A suite includes
-- it after fixtures.sql, while ECHO is none:
--
--	\set mint :srcdir '/mint.sql'
--	\i :mint
--
-- pg_temp.mint(claims, header)   a token of the key set jwks_hmac (kid hmac-1), signed in SQL by the
--	definition of HMAC (RFC 2104) with the server's own SHA-2: no code in common with the module.
--	Both arguments are raw JSON text. header names HS256, HS384 or HS512; any other algorithm is
--	signed as HS256, for tokens that lie.
-- pg_temp.verdict(token)         auth.user_id() for that token, or the refusal: SQLSTATE, message,
--	detail and hint. The session's own token is left as it was.
-- pg_temp.attempt(statement)     'ok', or the error of the statement in the same form.
create function pg_temp.b64url(bytes bytea) returns text
language sql immutable as $$
	select rtrim(translate(encode(bytes, 'base64'), e'+/\n', '-_'), '=')
$$;

create function pg_temp.hash(algorithm text, input bytea) returns bytea
language sql immutable as $$
	select case algorithm when 'HS384' then sha384(input) when 'HS512' then sha512(input)
		else sha256(input) end
$$;

create function pg_temp.hmac(algorithm text, secret bytea, input bytea) returns bytea
language plpgsql immutable as $$
declare
	block integer := case when algorithm in ('HS384', 'HS512') then 128 else 64 end;
	inner_pad bytea := decode(repeat('36', block), 'hex');
	outer_pad bytea := decode(repeat('5c', block), 'hex');
begin
	for i in 0 .. length(secret) - 1 loop
		inner_pad := set_byte(inner_pad, i, get_byte(secret, i) # 54);
		outer_pad := set_byte(outer_pad, i, get_byte(secret, i) # 92);
	end loop;
	return pg_temp.hash(algorithm, outer_pad || pg_temp.hash(algorithm, inner_pad || input));
end
$$;

create function pg_temp.mint(claims text, header text default '{"alg":"HS256","kid":"hmac-1"}')
returns text
language sql immutable as $$
	select input || '.' || pg_temp.b64url(pg_temp.hmac(header::json ->> 'alg',
		'test secret, public, of 64 bytes: never use it for anything else', convert_to(input, 'UTF8')))
	from (select pg_temp.b64url(convert_to(header, 'UTF8')) || '.'
		|| pg_temp.b64url(convert_to(claims, 'UTF8')) as input) as part
$$;

create function pg_temp.complaint(state text, message text, detail text, hint text) returns text
language sql immutable as $$
	select state || ' ' || message || coalesce(e'\n\tDETAIL: ' || nullif(detail, ''), '')
		|| coalesce(e'\n\tHINT: ' || nullif(hint, ''), '')
$$;

create function pg_temp.verdict(token text) returns text
language plpgsql as $$
declare
	answer text;
	message text;
	detail text;
	hint text;
	before text := coalesce(current_setting('pg_session_jwt.jwt', true), '');
begin
	perform set_config('pg_session_jwt.jwt', token, false);
	answer := coalesce('accepted: ' || auth.user_id(), 'accepted: NULL');
	perform set_config('pg_session_jwt.jwt', before, false);
	return answer;
exception when others then
	get stacked diagnostics message = message_text, detail = pg_exception_detail,
		hint = pg_exception_hint;
	return pg_temp.complaint(sqlstate, message, detail, hint);
end
$$;

create function pg_temp.attempt(statement text) returns text
language plpgsql as $$
declare
	message text;
	detail text;
	hint text;
begin
	execute statement;
	return 'ok';
exception when others then
	get stacked diagnostics message = message_text, detail = pg_exception_detail,
		hint = pg_exception_hint;
	return pg_temp.complaint(sqlstate, message, detail, hint);
end
$$;
