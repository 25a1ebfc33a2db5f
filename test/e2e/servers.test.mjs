// Servers that put an API before the database: PostGraphile, and PostgREST's transaction. There is no
// package of PostgREST to be run, so its statements are sent in its place.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import pg from "pg";
import { postgraphile } from "postgraphile";
import { connect, createDatabase, host, settings } from "./lib/cluster.mjs";
import { ConnectionKey, startupOption } from "./lib/keyed.mjs";
import { assertIsolated, bySql, errorOf } from "./lib/todos.mjs";
import { setUp, subjects } from "./lib/users.mjs";

const byRegistry = "e2e_servers";
const byKey = "e2e_servers_key";
const byClaims = "e2e_servers_claims";
let tokens;

before(async () => {
	({ tokens } = await setUp(byRegistry));
	await createDatabase(byKey);
	await createDatabase(byClaims);
});

// startPostGraphile logs in as authenticator; the token goes where its settings go, in each
// transaction. The role comes last, as it says.
async function startPostGraphile(database, { options, tokenOf }) {
	const pool = new pg.Pool({ ...settings(database, "authenticator", { options }), max: 1 });
	const handler = postgraphile(pool, "public", {
		disableDefaultMutations: false,
		ignoreRBAC: true,
		extendedErrors: ["errcode"],
		disableQueryLog: true,
		pgSettings: ({ headers }) => ({
			"pg_session_jwt.jwt": tokenOf(headers["x-user"]) ?? "",
			role: "authenticated",
		}),
	});
	const server = createServer(handler);
	await new Promise((resolve) => server.listen(0, host, resolve));
	const address = `http://${host}:${server.address().port}/graphql`;

	async function query(user, text, variables) {
		const response = await fetch(address, {
			method: "POST",
			headers: { "content-type": "application/json", "x-user": user },
			body: JSON.stringify({ query: text, variables }),
		});
		const { data, errors } = await response.json();
		if (errors)
			throw Object.assign(new Error(errors[0].message), { code: errors[0].errcode });
		return data;
	}

	return {
		query,
		stop: async () => {
			await new Promise((resolve) => {
				server.close(resolve);
				server.closeAllConnections();
			});
			await pool.end();
		},
	};
}

function byGraphql(query) {
	return (user) => {
		const nodes = async () => (await query(user,
			"{ allTodos { nodes { id userId task } } }")).allTodos.nodes;
		// A mutation needs an id, and another's rows are not to be found by one: so 0 rows.
		const each = async (owner, text) => {
			const own = (await nodes()).filter(({ userId }) => userId === owner);
			for (const { id } of own)
				await query(user, text, { id });
			return own.length;
		};
		return {
			list: async () => (await nodes()).map(({ userId, task }) => ({ userId, task })),
			add: (task, userId) => query(user, `mutation ($todo: TodoInput!) {
				createTodo(input: { todo: $todo }) { todo { userId } } }`, { todo: { task, userId } }),
			change: (owner) => each(owner, `mutation ($id: BigInt!) {
				updateTodoById(input: { id: $id, todoPatch: { isComplete: true } }) { todo { id } } }`),
			remove: (owner) => each(owner, `mutation ($id: BigInt!) {
				deleteTodoById(input: { id: $id }) { todo { id } } }`),
		};
	};
}

const graphTrusts = {
	"by registry": () => ({ database: byRegistry, tokenOf: (user) => tokens[user] }),
	"by connection key": () => {
		const key = new ConnectionKey();
		const tokenOf = (user) => subjects[user] && key.mint(subjects[user]);
		return { database: byKey, tokenOf, options: startupOption(key.jwk) };
	},
};

for (const [trust, choose] of Object.entries(graphTrusts)) {
	test(`PostGraphile, ${trust}`, async (t) => {
		const { database, ...more } = choose();
		const server = await startPostGraphile(database, more);
		t.after(server.stop);
		await assertIsolated(byGraphql(server.query), subjects);
		// By id, too, bob does not reach what alice has.
		await server.query("alice",
			'mutation { createTodo(input: { todo: { task: "x" } }) { clientMutationId } }');
		const { allTodos } = await server.query("alice", "{ allTodos { nodes { id } } }");
		const [{ id }] = allTodos.nodes;
		const remove = `mutation ($id: BigInt!) {
			deleteTodoById(input: { id: $id }) { clientMutationId } }`;
		const refused = await errorOf(server.query("bob", remove, { id }));
		assert.match(refused.message, /No values were deleted/);
		await server.query("alice", remove, { id });
	});
}

// postgrest sends what PostgREST sends for a request: one statement that sets everything, the role
// before the claims, then the main query.
async function postgrest(client, { claims, settings: more = {}, readOnly = false }, text, values) {
	const parameters = {
		search_path: "public",
		role: claims?.role ?? "anonymous",
		"request.jwt.claims": JSON.stringify(claims ?? { role: "anonymous" }),
		"request.method": readOnly ? "GET" : "POST",
		"request.path": "/todos",
		"request.headers": JSON.stringify({ host: "localhost" }),
		"request.cookies": "{}",
		...more,
	};
	const calls = Object.keys(parameters)
		.map((_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, true)`);
	await client.query(`BEGIN ISOLATION LEVEL READ COMMITTED ${readOnly ? "READ ONLY" : "READ WRITE"}`);
	try {
		await client.query(`select ${calls.join(", ")}`, Object.entries(parameters).flat());
		const result = await client.query(text, values);
		await client.query("COMMIT");
		return result;
	} catch (error) {
		await client.query("ROLLBACK");
		throw error;
	}
}

function claimsOf(user) {
	return subjects[user] ? { sub: subjects[user], role: "authenticated" } : null;
}

test("PostgREST's transaction (emulated), unsigned claims", async (t) => {
	const client = await connect(byClaims, "authenticator");
	t.after(() => client.end());
	await assertIsolated(bySql((user, text, values) => postgrest(client,
		{ claims: claimsOf(user), readOnly: text.startsWith("SELECT") }, text, values)), subjects);
});

test("PostgREST's transaction (emulated), token verified by registry", async (t) => {
	const client = await connect(byRegistry, "authenticator");
	t.after(() => client.end());
	await assertIsolated(bySql((user, text, values) => postgrest(client, {
		claims: claimsOf(user),
		settings: { "pg_session_jwt.jwt": tokens[user] ?? "" },
	}, text, values)), subjects);
	// The claims that a client can set are nothing where an issuer is registered.
	const { rows } = await postgrest(client, { claims: claimsOf("alice") },
		"SELECT auth.user_id() AS id, (SELECT count(*) FROM todos)::int AS seen");
	assert.deepEqual(rows, [{ id: null, seen: 0 }]);
});

test("Neon's Data API (emulated): key, token and claims at once", async (t) => {
	const key = new ConnectionKey();
	const client = await connect(byKey, "authenticator", { options: startupOption(key.jwk) });
	t.after(() => client.end());
	await client.query("select auth.init();");
	await assertIsolated(bySql(async (user, text, values) => {
		if (subjects[user])
			await client.query(`select auth.jwt_session_init('${key.mint(subjects[user])}')`);
		try {
			// The claims lie: the verified token has to win.
			const claims = { sub: subjects[user === "alice" ? "bob" : "alice"], role: "authenticated" };
			return await postgrest(client, { claims }, text, values);
		} finally {
			await client.query("RESET ALL");
		}
	}), subjects);
});
