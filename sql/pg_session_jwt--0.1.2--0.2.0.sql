\echo Use "ALTER EXTENSION pg_session_jwt UPDATE TO '0.2.0'" to load this file. \quit

-- Version 0.2.0 has the SQL objects of 0.1.2.
