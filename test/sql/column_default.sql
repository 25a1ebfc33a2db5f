-- Columns whose default is the user. Connection key: Ed25519.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
CREATE ROLE regress_jwt_user;
CREATE TABLE log (
	who text DEFAULT (auth.user_id()),
	who_uuid uuid DEFAULT auth.uid(),
	org text DEFAULT (auth.organization() ->> 'slg'),
	token_id bigint DEFAULT ((auth.jwt() ->> 'jti')::bigint),
	what text
);
GRANT SELECT, INSERT ON log TO regress_jwt_user;
\pset null (null)
-- The default as a dump writes it.
SELECT attname, pg_get_expr(adbin, adrelid) FROM pg_attrdef
JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum WHERE adrelid = 'log'::regclass ORDER BY attnum;

\c -reuse-previous=on :conn_ed
SET ROLE regress_jwt_user;
INSERT INTO log (what) VALUES ('nobody');
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
INSERT INTO log (what) VALUES ('one'), ('two');
INSERT INTO log (what) SELECT 'many' FROM generate_series(1, 3);
COPY log (what) FROM stdin;
copied
\.
SET pg_session_jwt.jwt = :'tok_ed_sub_uuid';
INSERT INTO log (what) VALUES ('uuid');
SET pg_session_jwt.jwt = :'tok_ed_org_uuid';
INSERT INTO log (what) VALUES ('organization');
-- A column that was named keeps what it was given.
INSERT INTO log (who, what) VALUES ('system', 'named');
-- A token that is refused stops the INSERT.
SET pg_session_jwt.jwt = :'tok_ed_tampered';
INSERT INTO log (what) VALUES ('forged');
RESET pg_session_jwt.jwt;
TABLE log;

-- A prepared INSERT takes the user of its execution, not of its preparation.
SET plan_cache_mode = force_generic_plan;
PREPARE note AS INSERT INTO log (what) VALUES ($1) RETURNING who, what;
EXECUTE note('prepared by nobody');
\c -reuse-previous=on :conn_ed
SET plan_cache_mode = force_generic_plan;
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
PREPARE note AS INSERT INTO log (what) VALUES ($1) RETURNING who, what;
EXECUTE note('first');
SET pg_session_jwt.jwt = :'tok_ed_bob_2';
EXECUTE note('second');

\c -reuse-previous=on "options=''"
DROP TABLE log;
DROP ROLE regress_jwt_user;
DROP EXTENSION pg_session_jwt;
