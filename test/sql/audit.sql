-- The audit log: who switches it on, and its lines as the client sees them at level LOG.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
CREATE ROLE regress_jwt_user;
CREATE ROLE regress_jwt_auditor;
\c -reuse-previous=on :conn_ed
SELECT auth.user_id() IS NULL AS nobody;
-- F 71: any way of saying yes.
SET pg_session_jwt.audit_log = 'on';
SET pg_session_jwt.audit_log = 'ON';
SET pg_session_jwt.audit_log = '1';
SET pg_session_jwt.audit_log = 'true';
SHOW pg_session_jwt.audit_log;
\set VERBOSITY sqlstate
SET pg_session_jwt.audit_log = 'maybe';
-- Nobody audited switches it off.
SET ROLE regress_jwt_user;
SET pg_session_jwt.audit_log = off;
SELECT set_config('pg_session_jwt.audit_log', 'off', true);
RESET ROLE;
\set VERBOSITY default
GRANT SET ON PARAMETER pg_session_jwt.audit_log TO regress_jwt_auditor;
SET ROLE regress_jwt_auditor;
SET pg_session_jwt.audit_log = off;
SET pg_session_jwt.audit_log = on;
RESET ROLE;

-- F 72: one line for an identity taken into use, not one for each row or call.
SET client_min_messages = log;
SET ROLE regress_jwt_user;
SELECT auth.jwt_session_init(:'tok_ed_claims');
SELECT count(auth.user_id()), count(auth.jwt()) FROM generate_series(1, 100);
SELECT auth.user_id();
-- K 74: values cannot break the line. (The second claim is an array.)
SET pg_session_jwt.jwt = :'tok_ed_injection';
SELECT auth.uid() IS NULL AS none;
-- Absent claims.
SET pg_session_jwt.jwt = :'tok_ed_sub_none';
SELECT auth.user_id() IS NULL AS none;
-- F 72: refusals, with their reason.
SELECT auth.jwt_session_init(:'tok_ed_tampered');
SELECT auth.jwt_session_init(:'tok_ed_expired');
SELECT auth.jwt_session_init(:'tok_opaque');
SELECT auth.jwt_session_init(:'tok_ed_17k');
SET pg_session_jwt.jwt = :'tok_ed_alg_none';
SELECT auth.user_id();
SET pg_session_jwt.jwt = :'tok_ed_sub_uuid';
SELECT auth.uid();
-- An identity that a rollback brings back is not new.
BEGIN;
SET pg_session_jwt.jwt = :'tok_ed_nbf_past';
SELECT auth.user_id();
ROLLBACK;
SELECT auth.uid();
-- Nobody: nothing to say.
RESET pg_session_jwt.jwt;
SELECT auth.user_id() IS NULL AS nobody;
RESET ROLE;

-- F 73: unsigned claims.
\c -reuse-previous=on "options=''"
SELECT auth.user_id() IS NULL AS nobody;
SET pg_session_jwt.audit_log = on;
SET client_min_messages = log;
SET request.jwt.claims = '{"sub":"alice\nLOG: forged","aud":["a"]}';
SELECT char_length(auth.user_id()) FROM generate_series(1, 2);
SET request.jwt.claims = '[]';
SELECT auth.user_id() IS NULL AS nobody;
-- K 59: none at all, or no JSON, is not logged.
SET request.jwt.claims = 'no json';
SELECT auth.user_id() IS NULL AS nobody;
RESET request.jwt.claims;
SELECT auth.user_id() IS NULL AS nobody;
-- Off again.
RESET pg_session_jwt.audit_log;
SET request.jwt.claims = '{"sub":"bob"}';
SELECT auth.user_id();
RESET client_min_messages;
DROP OWNED BY regress_jwt_auditor;
DROP ROLE regress_jwt_user, regress_jwt_auditor;
DROP EXTENSION pg_session_jwt;
