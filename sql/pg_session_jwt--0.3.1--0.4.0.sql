\echo Use "ALTER EXTENSION pg_session_jwt UPDATE TO '0.4.0'" to load this file. \quit

-- Adds the user's id as a uuid, and the claims under the name that other platforms use.

CREATE FUNCTION auth.uid() RETURNS uuid
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'uid_wrapper';

CREATE FUNCTION auth.jwt() RETURNS jsonb
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jwt_wrapper';
