"""Runs SQL with asyncpg for the tests; lib/client.mjs has the protocol."""

import asyncio
import sys

import asyncpg

import lines


async def connect(host, port, database, user, jwk):
    settings = {"pg_session_jwt.jwk": jwk} if jwk else {}
    return await asyncpg.connect(
        host=host, port=int(port), database=database, user=user, server_settings=settings
    )


async def run(connection, token, text, values):
    async with connection.transaction():
        if token is not None:
            await connection.execute("SELECT auth.jwt_session_init($1, true)", token)
        # A prepared statement, which stays in the connection's cache.
        statement = await connection.prepare(text)
        rows = await statement.fetch(*values)
        count = statement.get_statusmsg().split()[-1]
        return count, [tuple(row) for row in rows]


async def main():
    connection = await connect(*lines.read(sys.stdin.readline()))
    for line in sys.stdin:
        token, text, *values = lines.read(line)
        try:
            lines.answer(*await run(connection, token, text, values))
        except asyncpg.PostgresError as error:
            lines.refuse(error.sqlstate, str(error))
    await connection.close()


asyncio.run(main())
