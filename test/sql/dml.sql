-- Every way to write under row-level security, as two users of one table.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
CREATE ROLE regress_jwt_user;
GRANT pg_read_server_files TO regress_jwt_user;
CREATE TABLE notes (user_id text NOT NULL DEFAULT (auth.user_id()), id int PRIMARY KEY, note text);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes TO regress_jwt_user
USING (user_id = (SELECT auth.user_id())) WITH CHECK (user_id = (SELECT auth.user_id()));
GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO regress_jwt_user;
INSERT INTO notes VALUES ('alice', 1, 'a'), ('alice', 2, 'b'), ('bob', 3, 'c');

\c -reuse-previous=on :conn_rsa
SET ROLE regress_jwt_user;
SET pg_session_jwt.jwt = :'tok_rsa_alice';
-- INSERT: the default is the user; another's name is refused.
INSERT INTO notes (id, note) VALUES (4, 'd') RETURNING *;
INSERT INTO notes VALUES (DEFAULT, 5, 'e') RETURNING *;
INSERT INTO notes VALUES ('bob', 6, 'forged');
INSERT INTO notes SELECT 'bob', 6, 'forged';
-- UPDATE: her own rows, and they stay hers.
UPDATE notes SET note = upper(note) RETURNING id, note;
UPDATE notes SET note = 'x' WHERE id = 3;
UPDATE notes SET user_id = 'bob' WHERE id = 1;
-- DELETE.
DELETE FROM notes WHERE id IN (2, 3) RETURNING id;
-- ON CONFLICT: with a row of her own; with one she cannot see.
INSERT INTO notes (id, note) VALUES (1, 'again') ON CONFLICT (id) DO UPDATE SET note = excluded.note RETURNING id, note;
INSERT INTO notes (id, note) VALUES (3, 'taken') ON CONFLICT (id) DO UPDATE SET note = excluded.note;
INSERT INTO notes (id, note) VALUES (3, 'taken') ON CONFLICT (id) DO NOTHING;
-- MERGE: matches her rows only.
MERGE INTO notes USING (VALUES (1, 'm'), (7, 'n')) AS v (id, note) ON notes.id = v.id
WHEN MATCHED THEN UPDATE SET note = v.note
WHEN NOT MATCHED THEN INSERT (id, note) VALUES (v.id, v.note);
MERGE INTO notes USING (VALUES (8)) AS v (id) ON notes.id = v.id
WHEN NOT MATCHED THEN INSERT (user_id, id) VALUES ('bob', v.id);
MERGE INTO notes USING (VALUES (1)) AS v (id) ON notes.id = v.id
WHEN MATCHED THEN UPDATE SET user_id = 'bob';
MERGE INTO notes USING (VALUES (5)) AS v (id) ON notes.id = v.id WHEN MATCHED THEN DELETE;
-- COPY: out, her rows; in, PostgreSQL does not do it under row-level security.
COPY notes (id, note) TO stdout;
\set VERBOSITY sqlstate
COPY notes (id, note) FROM '/dev/null';
\set VERBOSITY default
TABLE notes ORDER BY id;

-- Bob in the same session.
SET pg_session_jwt.jwt = :'tok_rsa_bob';
COPY notes (id, note) TO stdout;
UPDATE notes SET note = 'mine' RETURNING *;
DELETE FROM notes WHERE id <> 3;
-- Nobody.
RESET pg_session_jwt.jwt;
UPDATE notes SET note = 'nobody' RETURNING *;
DELETE FROM notes;
INSERT INTO notes (id) VALUES (9);
-- With a token that is refused nothing is read or written.
SET pg_session_jwt.jwt = :'tok_rsa_wrong_key';
INSERT INTO notes (id) VALUES (9);
UPDATE notes SET note = 'forged';
DELETE FROM notes;
COPY notes TO stdout;

RESET ROLE;
RESET pg_session_jwt.jwt;
TABLE notes ORDER BY id;
\c -reuse-previous=on "options=''"
DROP TABLE notes;
DROP ROLE regress_jwt_user;
DROP EXTENSION pg_session_jwt;
