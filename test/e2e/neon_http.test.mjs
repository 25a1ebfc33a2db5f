// The front examples/neon-http: protocol, limits, and that callers share nothing but connections.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startFront } from "./lib/front.mjs";
import { errorOf } from "./lib/todos.mjs";
import { setUp, subjects } from "./lib/users.mjs";

const database = "e2e_front";
let front;
let tokens;

before(async () => {
	({ tokens } = await setUp(database));
	front = await startFront(database,
		{ POOL_SIZE: "1", REQUEST_MS: "1500", POOL_WAIT_MS: "1000", MAX_RESPONSE_BYTES: "2000000" });
});

after(() => front?.stop());

function post(body, { user = "nobody", headers = {}, role = "authenticated" } = {}) {
	return fetch(front.endpoint, {
		method: "POST",
		headers: {
			"Neon-Connection-String": `postgresql://${role}@db.example.com/${database}`,
			"Neon-Raw-Text-Output": "true",
			"Neon-Array-Mode": "true",
			...(tokens[user] && { Authorization: `Bearer ${tokens[user]}` }),
			...headers,
		},
		body: typeof body === "string" ? body : JSON.stringify(body),
	});
}

async function value(query, options) {
	const answer = await post({ query, params: [] }, options);
	const json = await answer.json();
	assert.equal(answer.status, 200, json.message);
	return json.rows[0][0];
}

test("a single query", async () => {
	const field = { tableID: 0, columnID: 0, dataTypeModifier: -1, format: "text" };
	const answer = await post({ query: "SELECT $1::int AS a, NULL AS b", params: ["1"] });
	assert.equal(answer.headers.get("access-control-allow-origin"), "*");
	assert.deepEqual(await answer.json(), {
		command: "SELECT",
		rowCount: 1,
		rowAsArray: true,
		fields: [
			{ ...field, name: "a", dataTypeID: 23, dataTypeSize: 4 },
			{ ...field, name: "b", dataTypeID: 25, dataTypeSize: -1 },
		],
		rows: [["1", null]],
	});
});

test("output modes", async () => {
	const body = { query: "SELECT 1 AS a, 2::int8 AS b, '{\"x\": [1]}'::jsonb AS c, true AS d" };
	const text = await (await post(body)).json();
	assert.deepEqual(text.rows, [["1", "2", '{"x": [1]}', "t"]]);
	const plain = { "Neon-Raw-Text-Output": "false", "Neon-Array-Mode": "false" };
	const json = await (await post(body, { headers: plain })).json();
	assert.deepEqual(json.rows, [{ a: 1, b: "2", c: { x: [1] }, d: true }]);
	assert.equal(json.rowAsArray, false);
});

test("raw JSON as parameters", async () => {
	const query = "SELECT $1::int, $2::bool, $3::jsonb, $4::text[], $5::text";
	const params = [1, true, { a: [1] }, ["x", 'q"', null], null];
	const { rows } = await (await post({ query, params })).json();
	assert.deepEqual(rows, [["1", "t", '{"a": [1]}', '{x,"q\\"",NULL}', null]]);
});

test("a batch is one transaction with its isolation level", async () => {
	const headers = {
		"Neon-Batch-Isolation-Level": "Serializable",
		"Neon-Batch-Read-Only": "true",
		"Neon-Batch-Deferrable": "true",
	};
	const queries = ["transaction_isolation", "transaction_read_only", "transaction_deferrable"]
		.map((name) => ({ query: `SHOW ${name}`, params: [] }));
	const answer = await post({ queries }, { headers });
	const { results } = await answer.json();
	assert.deepEqual(results.map(({ rows }) => rows[0][0]), ["serializable", "on", "on"]);
	assert.equal(answer.headers.get("neon-batch-isolation-level"), "Serializable");

	const failing = [{ query: "INSERT INTO todos (task) VALUES ('lost')" }, { query: "SELECT 1/0" }];
	assert.equal((await post({ queries: failing }, { user: "alice" })).status, 400);
	assert.equal(await value("SELECT count(*) FROM todos", { user: "alice" }), "0");
});

test("errors", async () => {
	const answer = await post({ query: "SELECT * FROM missing", params: [] });
	assert.equal(answer.status, 400);
	assert.equal(answer.headers.get("access-control-allow-origin"), "*");
	const json = await answer.json();
	assert.equal(json.code, "42P01");
	assert.equal(json.message, 'relation "missing" does not exist');
	assert.equal(json.position, "15");
	assert.equal(json.detail, null);
	const refused = await (await post({ query: "SELECT 1" },
		{ headers: { Authorization: `Bearer ${tokens.alice.slice(0, -4)}AAAA` } })).json();
	assert.equal(refused.code, "23514");
	assert.equal(refused.message, "invalid JWT signature");
});

test("requests that are refused by the front", async () => {
	const refusals = [
		[{ body: "{" }, 400, "the body is not JSON"],
		[{ body: {} }, 400, '"query" must be a string'],
		[{ body: { query: "SELECT 1", params: {} } }, 400, '"params" must be an array'],
		[{ role: "postgres" }, 400, 'role "postgres" is not served here'],
		[{ role: "authenticat%" }, 400, "the connection string is not percent-encoded correctly"],
		[{ headers: { Authorization: "Basic YTpi" } }, 400,
			"the header Authorization must be: Bearer <token>"],
		[{ headers: { "Neon-Connection-String": `postgresql://authenticated@h/postgres` } }, 400,
			'database "postgres" is not served here'],
		[{ headers: { "Neon-Connection-String": "mysql://authenticated@h/x" } }, 400,
			"the connection string must begin with postgresql://"],
		[{ body: { queries: [] }, headers: { "Neon-Batch-Isolation-Level": "x; DROP" } }, 400,
			"unrecognized isolation level"],
		[{ body: " ".repeat(1024 * 1024 + 1) }, 413, "the request is too large"],
	];
	for (const [{ body = { query: "SELECT 1" }, ...options }, status, message] of refusals) {
		const answer = await post(body, options);
		const json = await answer.json();
		assert.deepEqual([answer.status, json.message], [status, message]);
	}
});

test("one statement only", async () => {
	const answer = await post({ query: "SELECT 1; SELECT 2" });
	assert.equal((await answer.json()).code, "42601");
});

test("limits on time and size", async () => {
	const long = post({ query: "SELECT pg_sleep(30)" });
	const waiting = post({ query: "SELECT 1" });
	assert.equal((await waiting).status, 503);
	const json = await (await long).json();
	assert.deepEqual([json.code, json.message], ["57014", "the request took too long"]);
	const large = await post({ query: "SELECT repeat('x', 2000001)" });
	assert.equal(large.status, 507);
	assert.equal(await value("SELECT 1"), "1");
});

test("preflight of a browser", async () => {
	const answer = await fetch(front.endpoint, {
		method: "OPTIONS",
		headers: { Origin: "http://localhost:5173", "Access-Control-Request-Method": "POST" },
	});
	assert.equal(answer.status, 200);
	assert.equal(answer.headers.get("access-control-allow-origin"), "*");
	const allowed = answer.headers.get("access-control-allow-headers").split(", ");
	for (const name of ["Authorization", "Neon-Connection-String", "Neon-Raw-Text-Output",
		"Neon-Array-Mode", "Neon-Batch-Isolation-Level", "Neon-Batch-Read-Only",
		"Neon-Batch-Deferrable"])
		assert.ok(allowed.includes(name), name);
	assert.equal((await fetch(front.endpoint)).status, 405);
	assert.equal((await fetch(new URL("/", front.endpoint))).status, 404);
});

test("callers on one connection share nothing", async () => {
	const leave = [
		{ query: `SET SESSION pg_session_jwt.jwt = '${tokens.alice}'` },
		{ query: "SET SESSION search_path = pg_temp" },
		{ query: "CREATE TEMP TABLE left_over AS SELECT auth.user_id() AS id" },
	];
	const answer = await post({ queries: leave }, { user: "alice" });
	assert.equal(answer.status, 200);
	assert.equal(await value("SELECT auth.user_id()"), null);
	assert.equal(await value("SELECT to_regclass('left_over')"), null);
	assert.equal(await value("SELECT count(*) FROM todos", { user: "bob" }), "0");
	const backends = new Set();
	for (let i = 0; i < 100; i++) {
		const user = ["alice", "bob", "nobody"][i % 3];
		assert.equal(await value("SELECT auth.user_id()", { user }), subjects[user]);
		backends.add(await value("SELECT pg_backend_pid()", { user }));
	}
	assert.equal(backends.size, 1);
});

test("roles that row-level security does not bind", async () => {
	const { message } = await errorOf(startFront(database, { ROLES: "authenticated,postgres" }));
	assert.match(message, /role "postgres" is, or can become, postgres/);
});
