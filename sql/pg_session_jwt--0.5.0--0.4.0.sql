\echo Use "ALTER EXTENSION pg_session_jwt UPDATE TO '0.4.0'" to load this file. \quit

-- Takes the readers of the organization claim away.

DROP FUNCTION IF EXISTS auth.organization_id();
DROP FUNCTION IF EXISTS auth.organization();
