-- Views over a protected table. The identity is the session's, whosever rights a view has.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
CREATE ROLE regress_jwt_owner;
CREATE ROLE regress_jwt_user;
CREATE TABLE notes (user_id text, note text);
INSERT INTO notes VALUES ('alice', 'a'), ('bob', 'b');
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (user_id = (SELECT auth.user_id()));
GRANT SELECT ON notes TO regress_jwt_owner;
CREATE SCHEMA regress_jwt AUTHORIZATION regress_jwt_owner;
GRANT USAGE ON SCHEMA regress_jwt TO regress_jwt_user;
SET ROLE regress_jwt_owner;
-- With the owner's rights, who is subject to the policy; with the reader's; and one that asks itself.
CREATE VIEW regress_jwt.as_owner AS SELECT * FROM notes;
CREATE VIEW regress_jwt.as_invoker WITH (security_invoker = true) AS SELECT * FROM notes;
CREATE VIEW regress_jwt.me WITH (security_barrier = true) AS SELECT auth.user_id() AS me, auth.jwt() ->> 'sub' AS sub;
GRANT SELECT ON regress_jwt.as_owner, regress_jwt.as_invoker, regress_jwt.me TO regress_jwt_user;
RESET ROLE;
-- With a superuser's rights nothing is hidden: PostgreSQL's rule, not ours.
CREATE VIEW regress_jwt.as_superuser AS SELECT * FROM notes;
GRANT SELECT ON regress_jwt.as_superuser TO regress_jwt_user;

\c -reuse-previous=on :conn_rsa
SET ROLE regress_jwt_user;
SET pg_session_jwt.jwt = :'tok_rsa_alice';
TABLE regress_jwt.as_owner;
TABLE regress_jwt.me;
-- The invoker has no right to the table.
TABLE regress_jwt.as_invoker;
SELECT count(*) FROM regress_jwt.as_superuser;
RESET ROLE;
GRANT SELECT ON notes TO regress_jwt_user;
SET ROLE regress_jwt_user;
TABLE regress_jwt.as_invoker;
SET pg_session_jwt.jwt = :'tok_rsa_bob';
TABLE regress_jwt.as_owner;
TABLE regress_jwt.as_invoker;
TABLE regress_jwt.me;
SET pg_session_jwt.jwt = :'tok_rsa_expired';
TABLE regress_jwt.as_owner;
TABLE regress_jwt.as_invoker;
RESET pg_session_jwt.jwt;
TABLE regress_jwt.as_owner;
TABLE regress_jwt.as_invoker;

-- A materialized view holds the rows of whoever filled it; it must not be given away.
RESET ROLE;
SET pg_session_jwt.jwt = :'tok_rsa_bob';
CREATE MATERIALIZED VIEW regress_jwt.filled AS SELECT auth.user_id() AS filled_by;
SET pg_session_jwt.jwt = :'tok_rsa_alice';
TABLE regress_jwt.filled;
REFRESH MATERIALIZED VIEW regress_jwt.filled;
TABLE regress_jwt.filled;

\c -reuse-previous=on "options=''"
\set VERBOSITY terse
DROP SCHEMA regress_jwt CASCADE;
\set VERBOSITY default
DROP TABLE notes;
DROP ROLE regress_jwt_owner, regress_jwt_user;
DROP EXTENSION pg_session_jwt;
