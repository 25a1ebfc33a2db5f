\echo Use "ALTER EXTENSION pg_session_jwt UPDATE TO '0.1.1'" to load this file. \quit

-- Lets the planner evaluate the readers once per statement and run them in parallel workers.

CREATE OR REPLACE FUNCTION auth.user_id() RETURNS text
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'user_id_wrapper';

CREATE OR REPLACE FUNCTION auth.session() RETURNS jsonb
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'session_wrapper';
