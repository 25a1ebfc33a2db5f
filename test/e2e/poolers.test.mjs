// PgBouncer with one server connection, which alice, bob and nobody share.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { connect, withClient } from "./lib/cluster.mjs";
import { startPgBouncer } from "./lib/pgbouncer.mjs";
import { assertIsolated, bySql, withToken } from "./lib/todos.mjs";
import { setUp, subjects } from "./lib/users.mjs";

const database = "e2e_poolers";
const rounds = 1000;
const mine = "SELECT pg_backend_pid() AS pid, auth.user_id() AS id, " +
	"(SELECT string_agg(user_id, ',') FROM todos) AS owners";
let tokens;

before(async () => {
	({ tokens } = await setUp(database));
	await withClient(database, "authenticated", async (client) => {
		for (const user of ["alice", "bob"])
			await addTask(client, user);
	});
});

function addTask(client, user) {
	return withToken(client, tokens[user],
		() => client.query("INSERT INTO todos (task) VALUES ('x')"));
}

function userOf(round) {
	return ["alice", "bob", "alice", "bob", "nobody"][round % 5];
}

// Who asks sees the rows of one owner: their own.
function assertOwn(rows, user, round) {
	const [{ id, owners }] = rows;
	assert.deepEqual({ id, owners }, { id: subjects[user], owners: subjects[user] },
		`round ${round}, ${user}`);
}

test(`transaction mode, ${rounds} rounds on one backend with a prepared statement`, async (t) => {
	const pooler = await startPgBouncer(database, {
		mode: "transaction",
		// Prepared on the server connection, so that all clients share its plan.
		connectQuery: `SET plan_cache_mode = force_generic_plan; PREPARE mine AS ${mine}`,
	});
	const clients = {};
	t.after(async () => {
		await Promise.all(Object.values(clients).map((client) => client.end()));
		await pooler.stop();
	});
	for (const user of ["alice", "bob", "nobody"])
		clients[user] = await connect(database, "authenticated", { port: pooler.port });
	const backends = new Set();
	for (let round = 0; round < rounds; round++) {
		const user = userOf(round);
		const { rows } = await withToken(clients[user], tokens[user],
			() => clients[user].query("EXECUTE mine"));
		assertOwn(rows, user, round);
		backends.add(rows[0].pid);
	}
	assert.equal(backends.size, 1, "server connections");
	// A token for one transaction is gone after it, for the next client and for its own.
	for (const client of Object.values(clients)) {
		const { rows } = await client.query("EXECUTE mine");
		assertOwn(rows, "nobody", "after");
	}
});

test("transaction mode, isolation", async (t) => {
	const pooler = await startPgBouncer(database, { mode: "transaction" });
	t.after(pooler.stop);
	await withClient(database, "authenticated", (client) => withEmptyTable(client, () =>
		assertIsolated(bySql((user, text, values) => withClient(database, "authenticated",
			(own) => withToken(own, tokens[user], () => own.query(text, values)),
			{ port: pooler.port })), subjects)));
});

// withEmptyTable takes alice's and bob's tasks away for a while.
async function withEmptyTable(client, body) {
	for (const user of ["alice", "bob"])
		await withToken(client, tokens[user], () => client.query("DELETE FROM todos"));
	await body();
	for (const user of ["alice", "bob"])
		await addTask(client, user);
}

test(`session mode, ${rounds} clients on one backend with prepared statements`, async (t) => {
	const pooler = await startPgBouncer(database, { mode: "session" });
	t.after(pooler.stop);
	const backends = new Set();
	for (let round = 0; round < rounds; round++) {
		const user = userOf(round);
		await withClient(database, "authenticated", async (client) => {
			// For the session: the pooler's DISCARD ALL has to take it away.
			if (tokens[user])
				await client.query("SELECT auth.jwt_session_init($1)", [tokens[user]]);
			for (let again = 0; again < 2; again++) {
				const { rows } = await client.query({ name: "mine", text: mine });
				assertOwn(rows, user, round);
				backends.add(rows[0].pid);
			}
		}, { port: pooler.port });
	}
	assert.equal(backends.size, 1, "server connections");
});
