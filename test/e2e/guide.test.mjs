// The guide's code with the driver of its day, and the driver of today: tokens of a real login, the
// front examples/neon-http, and the guide's tables.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as current from "@neondatabase/serverless";
import * as seed from "neon-010";
import { act, createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { create } from "react-test-renderer";
import { createDatabase, register } from "./lib/cluster.mjs";
import { loadComponent } from "./lib/component.mjs";
import { startFront } from "./lib/front.mjs";
import * as oidcProvider from "./lib/idp/oidc_provider.mjs";
import { assertIsolated, bySql, errorOf } from "./lib/todos.mjs";

const database = "e2e_guide";
const url = `postgresql://authenticated@db.example.com/${database}`;
const subjects = { alice: "auth0|64f0alice", bob: "auth0|64f0bob" };
let provider;
let front;
let tokens;

before(async () => {
	await createDatabase(database);
	provider = await oidcProvider.start();
	await register(database, {
		issuer: provider.issuer,
		jwks: await provider.jwks(),
		audiences: [oidcProvider.audience("RS256")],
	});
	const login = (user) => provider.login(user, { algorithm: "RS256" });
	tokens = { alice: await login(subjects.alice), bob: await login(subjects.bob) };
	front = await startFront(database);
	seed.neonConfig.fetchEndpoint = front.endpoint;
	current.neonConfig.fetchEndpoint = front.endpoint;
});

after(async () => {
	await front?.stop();
	await provider?.stop();
});

// withTodos runs `body` while alice and bob have a task each.
async function withTodos(body) {
	const her = seed.neon(url, { authToken: tokens.alice });
	const his = seed.neon(url, { authToken: tokens.bob });
	await her("INSERT INTO todos (task) VALUES ($1)", ["water the roses"]);
	await his("INSERT INTO todos (task) VALUES ($1)", ["feed the cat"]);
	try {
		await body();
	} finally {
		await her("DELETE FROM todos");
		await his("DELETE FROM todos");
	}
}

test("server-component.tsx verbatim, driver 0.10.4 (Auth0's SDK is stood in for)", async () => {
	const { TodoList } = await loadComponent("server-component.tsx", {
		"@neondatabase/serverless": "neon-010",
		"@auth0/nextjs-auth0": "export const getAccessToken = () => globalThis.e2eAccessToken();",
	});
	process.env.DATABASE_AUTHENTICATED_URL = url;
	const page = async (accessToken) => {
		globalThis.e2eAccessToken = async () => ({ accessToken });
		return renderToStaticMarkup(await TodoList());
	};
	await withTodos(async () => {
		assert.equal(await page(tokens.alice), "<ul><li>water the roses</li></ul>");
		assert.equal(await page(tokens.bob), "<ul><li>feed the cat</li></ul>");
		assert.match((await errorOf(page(undefined))).message, /No access token/);
	});
	assert.equal(await page(tokens.alice), "<ul></ul>");
});

test("client-component.tsx verbatim, driver 0.10.4 (Auth0's SDK is stood in for)", async () => {
	process.env.NEXT_PUBLIC_DATABASE_AUTHENTICATED_URL = url;
	globalThis.IS_REACT_ACT_ENVIRONMENT = true;
	const { TodoList } = await loadComponent("client-component.tsx", {
		"@neondatabase/serverless": "neon-010",
		"@auth0/auth0-react": "export const useAuth0 = () => globalThis.e2eAuth0;",
	});
	await withTodos(async () => {
		for (const [user, expected] of [["alice", ["water the roses"]], ["bob", ["feed the cat"]]]) {
			globalThis.e2eAuth0 = { getAccessTokenSilently: async () => tokens[user] };
			assert.deepEqual(await tasksShown(TodoList), expected);
		}
		// Without a token the component asks for nothing.
		globalThis.e2eAuth0 = { getAccessTokenSilently: async () => undefined };
		assert.deepEqual(await tasksShown(TodoList, 300), []);
	});
});

// tasksShown mounts a component, and waits until it shows something.
async function tasksShown(component, limit = 5000) {
	let renderer;
	await act(() => {
		renderer = create(createElement(component));
	});
	const items = () => renderer.root.findAllByType("li").map((item) => item.children.join(""));
	const end = Date.now() + limit;
	while (items().length === 0 && Date.now() < end)
		await act(() => new Promise((resolve) => setTimeout(resolve, 20)));
	const shown = items();
	await act(() => renderer.unmount());
	return shown;
}

// The ways to run SQL with the drivers: (token, text, values) to { rows, rowCount }.
const full = { fullResults: true };
const ways = {
	"driver 0.10.4: sql(text, values)": (authToken, text, values) =>
		seed.neon(url, { authToken, ...full })(text, values),
	"driver 0.10.4: authToken as a function": (authToken, text, values) =>
		seed.neon(url, { authToken: async () => authToken, ...full })(text, values),
	"driver 0.10.4: transaction": async (authToken, text, values) => {
		const sql = seed.neon(url, { authToken, ...full });
		return (await sql.transaction([sql("SELECT 1"), sql(text, values)]))[1];
	},
	"current driver: sql.query": (authToken, text, values) =>
		current.neon(url, { authToken, ...full }).query(text, values),
	"current driver: sql.query with authToken per query": (authToken, text, values) =>
		current.neon(url, full).query(text, values, { authToken }),
	"current driver: template": (authToken, text, values) => {
		const sql = current.neon(url, { authToken, ...full });
		return sql(templateOf(text), ...values);
	},
	"current driver: transaction": async (authToken, text, values) => {
		const sql = current.neon(url, { authToken, ...full });
		const queries = [sql`SELECT ${1}::int AS one`, sql.query(text, values)];
		return (await sql.transaction(queries, { isolationLevel: "RepeatableRead" }))[1];
	},
};

// templateOf makes the strings of a tagged template out of a text with $1, $2.
function templateOf(text) {
	const strings = text.split(/\$\d/);
	return Object.assign(strings, { raw: strings });
}

for (const [name, query] of Object.entries(ways)) {
	test(name, () => assertIsolated(
		bySql((user, text, values) => query(tokens[user], text, values)), subjects));
}

test("current driver: error of a forged row", async () => {
	const sql = current.neon(url, { authToken: tokens.alice });
	const error = await errorOf(sql`INSERT INTO todos (task, user_id) VALUES ('x', ${subjects.bob})`);
	assert.equal(error.name, "NeonDbError");
	assert.equal(error.code, "42501");
	assert.equal(error.message, 'new row violates row-level security policy for table "todos"');
	assert.equal(error.routine, "ExecWithCheckOptions");
});

test("the role anonymous", async () => {
	const open = `postgresql://anonymous@db.example.com/${database}`;
	await withTodos(async () => {
		for (const authToken of [undefined, tokens.alice])
			assert.deepEqual(await current.neon(open, { authToken })`SELECT * FROM todos`, []);
	});
});
