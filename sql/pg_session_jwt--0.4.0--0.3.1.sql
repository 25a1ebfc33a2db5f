\echo Use "ALTER EXTENSION pg_session_jwt UPDATE TO '0.3.1'" to load this file. \quit

-- Takes auth.uid() and auth.jwt() away.

DROP FUNCTION IF EXISTS auth.jwt();
DROP FUNCTION IF EXISTS auth.uid();
