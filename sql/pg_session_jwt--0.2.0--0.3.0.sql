\echo Use "ALTER EXTENSION pg_session_jwt UPDATE TO '0.3.0'" to load this file. \quit

-- Version 0.3.0 has the SQL objects of 0.2.0.
