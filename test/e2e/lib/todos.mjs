// The guide's application as SQL, and what "isolated" means for it.

import assert from "node:assert/strict";

// errorOf gives what `promise` was rejected with, and fails if it was not.
export async function errorOf(promise) {
	try {
		await promise;
	} catch (error) {
		return error;
	}
	throw new assert.AssertionError({ message: "expected an error, and there was none" });
}

// assertRefused waits for an error with one of the SQLSTATEs, and perhaps a message.
export async function assertRefused(promise, codes, message) {
	const error = await errorOf(promise);
	assert.ok([codes].flat().includes(error.code), `${error.code}: ${error.message}`);
	if (message)
		assert.match(error.message, message);
}

// withToken runs `body` in a transaction that carries the token; null is "nobody".
export async function withToken(client, token, body) {
	await client.query("BEGIN");
	try {
		if (token !== null)
			await client.query("SELECT auth.jwt_session_init($1, true)", [token]);
		const result = await body(client);
		await client.query("COMMIT");
		return result;
	} catch (error) {
		await client.query("ROLLBACK");
		throw error;
	}
}

export async function userId(client, token) {
	const { rows } = await withToken(client, token, () => client.query("SELECT auth.user_id() AS id"));
	return rows[0].id;
}

// assertIsolated asks everything of a row that the tests promise. `as(user)` gives what that user
// can do, through the client under test: list() gives [{ userId, task }], add(task, userId?) and
// change(owner) and remove(owner), which give the number of rows they touched.
export async function assertIsolated(as, subjects = { alice: "alice", bob: "bob" }) {
	const { alice, bob } = subjects;
	const [her, his, nobody] = [as("alice"), as("bob"), as("nobody")];
	await her.add("alice's task");
	await his.add("bob's task");
	assert.deepEqual(await her.list(), [{ userId: alice, task: "alice's task" }], "alice's list");
	assert.deepEqual(await his.list(), [{ userId: bob, task: "bob's task" }], "bob's list");
	assert.deepEqual(await nobody.list(), [], "nobody's list");
	await assertForgeryRefused(her.add("forged", bob), "alice for bob");
	await assertForgeryRefused(his.add("forged", alice), "bob for alice");
	await assertForgeryRefused(nobody.add("forged", alice), "nobody for alice");
	assert.equal(await her.change(bob), 0, "alice changes bob's");
	assert.equal(await his.remove(alice), 0, "bob removes alice's");
	assert.equal(await nobody.remove(alice), 0, "nobody removes alice's");
	assert.equal(await her.change(alice), 1, "alice changes hers");
	assert.deepEqual(await his.list(), [{ userId: bob, task: "bob's task" }], "bob's list, again");
	assert.equal(await her.remove(alice), 1, "alice removes hers");
	assert.equal(await his.remove(bob), 1, "bob removes his");
}

// bySql makes what assertIsolated asks for out of a client that runs SQL: query(user, text, values)
// gives { rows, rowCount }.
export function bySql(query) {
	return (user) => ({
		list: async () => (await query(user,
			'SELECT user_id AS "userId", task FROM todos WHERE user_id = auth.user_id()', [])).rows,
		add: (task, owner) => owner === undefined
			? query(user, "INSERT INTO todos (task) VALUES ($1)", [task])
			: query(user, "INSERT INTO todos (task, user_id) VALUES ($1, $2)", [task, owner]),
		change: async (owner) => (await query(user,
			"UPDATE todos SET is_complete = true WHERE user_id = $1", [owner])).rowCount,
		remove: async (owner) => (await query(user,
			"DELETE FROM todos WHERE user_id = $1", [owner])).rowCount,
	});
}

// Drivers and mappers wrap a database's error; the innermost one has its SQLSTATE.
async function assertForgeryRefused(promise, who) {
	let error = await errorOf(promise);
	const seen = [];
	for (; error; error = error.cause) {
		// Prisma has the database's error among its details.
		const code = error.meta?.driverAdapterError?.cause?.originalCode ?? error.code;
		seen.push(`${code ?? "-"}: ${error.message}`);
		if (code === "42501")
			return;
	}
	assert.fail(`${who}: expected 42501, got ${seen.join(" / ")}`);
}
