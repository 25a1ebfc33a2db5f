// What a gateway of Neon's does with the extension: the statements of its compute node, and the
// protocol of 0.5.0 with a key for each connection.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { asOwner, asSuperuser, connect, createDatabase, withClient } from "./lib/cluster.mjs";
import { ConnectionKey, startupOption } from "./lib/keyed.mjs";
import { assertIsolated, assertRefused, bySql } from "./lib/todos.mjs";

const database = "e2e_gateway";
const subjects = { alice: "auth0|64f0alice", bob: "auth0|64f0bob" };

// What the gateway sends when a connection goes back to its pool: plans are kept.
const reset = "ROLLBACK; CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; DEALLOCATE ALL; " +
	"UNLISTEN *; SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES;";

// The gateway's pool: each connection has a key of its own, and so a jti of its own.
const pool = [];
let turn = 0;

before(async () => {
	await createDatabase(database);
	for (let i = 0; i < 2; i++) {
		const key = new ConnectionKey();
		const client = await connect(database, "authenticated", { options: startupOption(key.jwk) });
		pool.push({ client, key });
		await client.query("select auth.init();");
	}
});

after(() => Promise.all(pool.map(({ client }) => client.end())));

// The token goes into the text of the statement, as the gateway sends it.
function initStatement(key, user) {
	return `select auth.jwt_session_init('${key.mint(subjects[user])}')`;
}

// request is one HTTP request: token outside a transaction, the caller's SQL, the reset. It takes
// the connections in turn, two requests each.
async function request(user, text, values) {
	const { client, key } = pool[Math.floor(turn++ / 2) % pool.length];
	try {
		if (subjects[user] !== undefined)
			await client.query(initStatement(key, user));
		return await client.query({ text, values, queryMode: "extended" });
	} finally {
		await client.query(reset);
	}
}

test("compute node (its statements): the extension at 0.3.1, made and updated", async () => {
	const own = "e2e_compute";
	await createDatabase(own, { schema: null });
	const version = async (admin) => (await admin.query(
		"SELECT extversion FROM pg_extension WHERE extname = 'pg_session_jwt'")).rows[0].extversion;
	await asSuperuser(own, async (admin) => {
		await admin.query('ALTER EXTENSION "pg_session_jwt" UPDATE TO "0.3.1"');
		assert.equal(await version(admin), "0.3.1");
		await admin.query('DROP EXTENSION "pg_session_jwt"');
		await admin.query(
			'CREATE EXTENSION IF NOT EXISTS "pg_session_jwt" WITH SCHEMA public VERSION "0.3.1"');
		assert.equal(await version(admin), "0.3.1");
		await admin.query('GRANT USAGE ON SCHEMA "auth" TO "authenticated"');
		await admin.query("CREATE TABLE todos (id int GENERATED ALWAYS AS IDENTITY, task text, " +
			"user_id text NOT NULL DEFAULT auth.user_id(), is_complete bool)");
		await admin.query("GRANT ALL ON todos TO authenticated");
		await admin.query("ALTER TABLE todos ENABLE ROW LEVEL SECURITY");
		await admin.query("CREATE POLICY own ON todos TO authenticated " +
			"USING (auth.user_id() = user_id) WITH CHECK (auth.user_id() = user_id)");
	});
	const computeKey = new ConnectionKey();
	await withClient(own, "authenticated", async (session) => {
		await session.query("select auth.init();");
		await assertIsolated(bySql(async (user, text, values) => {
			if (user !== "nobody")
				await session.query(initStatement(computeKey, user));
			try {
				return await session.query(text, values);
			} finally {
				await session.query(reset);
			}
		}), subjects);
	}, { options: startupOption(computeKey.jwk) });
	// The databases that the compute node has brought to 0.3.1 can go on to the newest version.
	await asSuperuser(own, async (admin) => {
		await admin.query("ALTER EXTENSION pg_session_jwt UPDATE");
		assert.equal(await version(admin), "1.0.0");
	});
});

test("gateway of 0.5.0 (emulated): users on two connections",
	() => assertIsolated(bySql(request), subjects));

test("gateway of 0.5.0 (emulated): cached plans across users, 1,000 requests", async () => {
	const add = "INSERT INTO todos (task) VALUES ($1)";
	await request("alice", add, ["hers"]);
	await request("bob", add, ["his"]);
	// Unnamed statements, a plpgsql function whose plan is kept, and a generic plan.
	await asOwner(database, (owner) => owner.query(`
		CREATE FUNCTION my_tasks() RETURNS text LANGUAGE plpgsql STABLE AS $$
		BEGIN
			RETURN (SELECT string_agg(task, ',') FROM todos WHERE user_id = auth.user_id());
		END $$`));
	const expected = { alice: "hers", bob: "his", nobody: null };
	for (let i = 0; i < 1000; i++) {
		const user = ["alice", "bob", "nobody", "bob", "alice"][i % 5];
		const { rows } = await request(user, "SELECT my_tasks() AS tasks, auth.user_id() AS id", []);
		assert.deepEqual(rows, [{ tasks: expected[user], id: subjects[user] ?? null }], `request ${i}`);
	}
});

test("gateway of 0.5.0 (emulated): the reset clears the token, and neither key nor order", async () => {
	const [{ client, key }, other] = pool;
	const old = key.mint(subjects.alice);
	await client.query("select auth.jwt_session_init($1)", [key.mint(subjects.bob)]);
	await client.query(reset);
	await assertRefused(client.query("select auth.jwt_session_init($1)", [old]), "23514",
		/^Token ID must be strictly monotonically increasing\.$/);
	await client.query(reset);
	const { rows } = await client.query("SELECT auth.user_id() AS id, auth.session() AS session");
	assert.deepEqual(rows, [{ id: null, session: null }]);
	const foreign = other.key.mint(subjects.alice);
	await assertRefused(client.query("select auth.jwt_session_init($1)", [foreign]), "23514",
		/^invalid JWT signature$/);
	await client.query(reset);
});

test("gateway of 0.5.0 (emulated): statements that Neon's own test of the extension makes", async () => {
	const [{ client, key }] = pool;
	await assertRefused(client.query("select auth.jwt_session_init('INVALID-JWT')"), "42804",
		/^invalid JWT encoding$/);
	await client.query(reset);
	const expired = key.mint("user123", { exp: 1742564432 });
	await assertRefused(client.query("select auth.jwt_session_init($1)", [expired]), "23514",
		/^Token used after it has expired$/);
	await client.query(reset);
	const valid = key.mint("user123", { exp: 4896164252 });
	await client.query("select auth.jwt_session_init($1)", [valid]);
	const { rows } = await client.query("select auth.user_id() AS id, auth.session()->>'exp' AS exp");
	assert.deepEqual(rows, [{ id: "user123", exp: "4896164252" }]);
	await client.query(reset);
});
