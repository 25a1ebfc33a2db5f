"""Runs SQL with psycopg 3 for the tests; lib/client.mjs has the protocol."""

import re
import sys

import psycopg

import lines


def connect(host, port, database, user, jwk):
    options = "-c pg_session_jwt.jwk=" + re.sub(r"([\\\s])", r"\\\1", jwk) if jwk else ""
    return psycopg.connect(host=host, port=port, dbname=database, user=user, options=options)


def run(connection, token, text, values):
    with connection.transaction():
        if token is not None:
            connection.execute("SELECT auth.jwt_session_init(%s, true)", [token])
        cursor = connection.execute(re.sub(r"\$\d", "%s", text), values)
        return cursor.rowcount, cursor.fetchall() if cursor.description else []


def main():
    with connect(*lines.read(sys.stdin.readline())) as connection:
        for line in sys.stdin:
            token, text, *values = lines.read(line)
            try:
                lines.answer(*run(connection, token, text, values))
            except psycopg.Error as error:
                lines.refuse(error.sqlstate, str(error))


main()
