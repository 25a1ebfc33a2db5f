-- The settings: who may set them, and when.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
CREATE ROLE regress_jwt_user;
\c -reuse-previous=on :conn_ed

-- K 12: names and contexts.
SELECT auth.user_id() IS NULL AS nobody;
SELECT name, context, vartype, coalesce(boot_val, 'null') AS boot_val
FROM pg_settings
WHERE name IN ('pg_session_jwt.jwk', 'pg_session_jwt.jwt', 'pg_session_jwt.audit_log',
	'pg_session_jwt.max_token_size', 'request.jwt.claims')
ORDER BY name COLLATE "C";

-- "request" stays open: PostgREST and others keep settings of their own there.
SET request.method = 'GET';
SHOW request.method;
-- Our own prefix is not: a misspelt name is an error, not a setting without effect.
\set VERBOSITY sqlstate
SET pg_session_jwt.jwks = 'x';

-- An ordinary role sets the token and the claims, and nothing else.
SET ROLE regress_jwt_user;
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
SET request.jwt.claims = '{}';
SET pg_session_jwt.audit_log = on;
SET pg_session_jwt.max_token_size = '1MB';
-- K 13: the key is nobody's to change.
SET pg_session_jwt.jwk = '';
RESET ROLE;
SET pg_session_jwt.jwk = '';
-- X 14: neither for later sessions, once the library is loaded.
ALTER ROLE regress_jwt_user SET pg_session_jwt.jwk = 'x';
\set VERBOSITY default

-- P 22: the right to set claims cannot be taken away.
REVOKE SET ON PARAMETER request.jwt.claims FROM PUBLIC;
SET ROLE regress_jwt_user;
SET request.jwt.claims = '{"sub":"x"}';
RESET ROLE;
-- P 23: the right to switch auditing on can be given.
GRANT SET ON PARAMETER pg_session_jwt.audit_log TO regress_jwt_user;
SET ROLE regress_jwt_user;
SET pg_session_jwt.audit_log = on;
SHOW pg_session_jwt.audit_log;
RESET ROLE;
REVOKE SET ON PARAMETER pg_session_jwt.audit_log FROM regress_jwt_user;
RESET pg_session_jwt.audit_log;

-- The largest token.
SELECT auth.jwt_session_init(:'tok_ed_15k');
SELECT auth.jwt_session_init(:'tok_ed_17k');
SET pg_session_jwt.max_token_size = '32kB';
SELECT auth.jwt_session_init(:'tok_ed_17k');
SELECT auth.user_id();
\set VERBOSITY sqlstate
SET pg_session_jwt.max_token_size = '2MB';
SET pg_session_jwt.max_token_size = 100;
\set VERBOSITY default
-- A token set by hand is measured as well.
SET pg_session_jwt.max_token_size = 256;
SET pg_session_jwt.jwt = :'tok_ed_17k';
SELECT auth.user_id();
RESET pg_session_jwt.max_token_size;

\c -reuse-previous=on "options=''"
DROP ROLE regress_jwt_user;
DROP EXTENSION pg_session_jwt;
