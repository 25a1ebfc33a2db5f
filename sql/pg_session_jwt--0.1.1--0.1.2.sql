\echo Use "ALTER EXTENSION pg_session_jwt UPDATE TO '0.1.2'" to load this file. \quit

-- Version 0.1.2 has the SQL objects of 0.1.1.
