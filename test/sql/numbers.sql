-- Numbers in claims stay what they are.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
\c -reuse-previous=on :conn_ed

-- X 52: no digit is lost, none is added.
SET pg_session_jwt.jwt = :'tok_ed_numbers';
SELECT name, auth.jwt() -> name AS value, jsonb_typeof(auth.jwt() -> name) AS type
FROM unnest(ARRAY['n', 'd', 'e', 'i']) AS name;
SELECT (auth.jwt() ->> 'n')::numeric = 123456789012345678901234567890 AS n,
	(auth.jwt() ->> 'i')::numeric = 18446744073709551615 AS i;
-- Also beyond what a double can hold.
SET pg_session_jwt.jwt = :'tok_ed_payload_huge';
SELECT (auth.jwt() ->> 'n')::numeric = 1e400 AS huge;
-- The largest jti.
SET pg_session_jwt.jwt = :'tok_ed_alice_max';
SELECT auth.jwt() -> 'jti' AS jti;

\c -reuse-previous=on "options=''"
-- The same for unsigned claims.
SELECT set_config('request.jwt.claims', '{"n":123456789012345678901234567890,"d":1.10,"e":1e2}', false);
SELECT auth.jwt();
DROP EXTENSION pg_session_jwt;
