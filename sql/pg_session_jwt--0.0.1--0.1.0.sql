\echo Use "ALTER EXTENSION pg_session_jwt UPDATE TO '0.1.0'" to load this file. \quit

-- Makes the functions of 0.1.0 out of those of 0.0.1.

CREATE OR REPLACE FUNCTION auth.init() RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'init_wrapper';

-- The argument has another name in 0.0.1, and OR REPLACE cannot rename it.
DROP FUNCTION auth.jwt_session_init(text);

CREATE FUNCTION auth.jwt_session_init(jwt text) RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jwt_session_init_wrapper';

CREATE OR REPLACE FUNCTION auth.session() RETURNS jsonb
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'session_wrapper';
