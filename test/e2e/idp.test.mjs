// Tokens of identity providers that nobody here wrote: stored by one INSERT, then accepted, and
// refused where they must be.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { asOwner, connect, createDatabase, register } from "./lib/cluster.mjs";
import * as betterAuth from "./lib/idp/better_auth.mjs";
import * as jose from "./lib/idp/jose.mjs";
import { shortSeconds } from "./lib/idp/lifetime.mjs";
import * as mockServer from "./lib/idp/mock_server.mjs";
import * as oidcProvider from "./lib/idp/oidc_provider.mjs";
import { assertIsolated, assertRefused, bySql, errorOf, userId, withToken } from "./lib/todos.mjs";

const database = "e2e_idp";
let client;

before(async () => {
	await createDatabase(database);
	client = await connect(database, "authenticated");
});

after(() => client?.end());

function claimsOf(token) {
	return JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
}

function kidOf(token) {
	return JSON.parse(Buffer.from(token.split(".")[0], "base64url")).kid;
}

// changed runs `body` while a column of the issuer has another value.
async function changed(issuer, column, value, body) {
	const set = (to) => asOwner(database, (owner) => owner.query(
		`UPDATE auth.issuers SET ${column} = $2 WHERE issuer = $1`, [issuer, to]));
	const before = await asOwner(database, (owner) => owner.query(
		`SELECT ${column}::text AS value FROM auth.issuers WHERE issuer = $1`, [issuer]));
	await set(value);
	try {
		await body();
	} finally {
		await set(before.rows[0].value);
	}
}

function asUser(tokens) {
	return bySql((user, text, values) => withToken(client, tokens[user],
		() => client.query(text, values)));
}

// Every single character of the token is changed once, and each result is refused.
async function assertEachByteCounts(token) {
	for (let i = 0; i < token.length; i++) {
		const other = token[i] === "A" ? "B" : "A";
		const forged = token.slice(0, i) + other + token.slice(i + 1);
		await assertRefused(userId(client, forged), ["23514", "42804"]);
	}
}

async function assertChangedSubject(token) {
	const [header, , signature] = token.split(".");
	const claims = claimsOf(token);
	claims.sub = `${claims.sub.slice(0, -1)}!`;
	const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
	await assertRefused(userId(client, `${header}.${payload}.${signature}`), "23514",
		/^invalid JWT signature$/);
}

async function assertKeyRemoved(provider, token) {
	const { keys } = await provider.jwks();
	const rest = keys.filter(({ kid }) => kid !== kidOf(token));
	assert.equal(rest.length, keys.length - 1);
	if (rest.length === 0)
		rest.push(await jose.makeKey("another"));
	await changed(provider.issuer, "jwks", JSON.stringify({ keys: rest }), () => assertRefused(
		userId(client, token), "23514", /^JWT names a key that its issuer does not have$/));
}

async function assertExpires(provider, login) {
	await changed(provider.issuer, "leeway", 0, async () => {
		const token = await login("auth0|alice", "short");
		const { sub, exp } = claimsOf(token);
		assert.equal(await userId(client, token), sub);
		const left = exp * 1000 - Date.now();
		assert.ok(left <= (shortSeconds + 1) * 1000, `${left} ms left of a short token`);
		await new Promise((resolve) => setTimeout(resolve, Math.max(left, 0) + 50));
		await assertRefused(userId(client, token), "23514", /^Token used after it has expired$/);
	});
}

// checkAlgorithm is one row: all that issue 3 asks of a provider's tokens of one algorithm.
async function checkAlgorithm(t, provider, algorithm) {
	const login = (user, name) => provider.login(user, { algorithm, name });
	const [alice, bob] = [await login("auth0|alice"), await login("auth0|bob")];
	const subjects = { alice: claimsOf(alice).sub, bob: claimsOf(bob).sub };
	assert.equal(JSON.parse(Buffer.from(alice.split(".")[0], "base64url")).alg, algorithm);

	await t.test("accepted", async () => {
		assert.equal(await userId(client, alice), subjects.alice);
		assert.equal(await userId(client, bob), subjects.bob);
		assert.equal(await userId(client, null), null);
	});
	await t.test("isolated", () => assertIsolated(asUser({ alice, bob, nobody: null }), subjects));
	await t.test("changed byte", async () => {
		await assertChangedSubject(alice);
		await assertEachByteCounts(alice);
	});
	await t.test("foreign audience", async () => {
		const foreign = /^JWT is meant for another audience$/;
		await assertRefused(userId(client, await login("auth0|alice", "other")), "23514", foreign);
		await changed(provider.issuer, "audiences", ["https://third.example.com"],
			() => assertRefused(userId(client, alice), "23514", foreign));
	});
	await t.test("removed key", () => assertKeyRemoved(provider, alice));
	await t.test("disabled", () => changed(provider.issuer, "enabled", false,
		() => assertRefused(userId(client, alice), "23514", /^JWT issuer is disabled$/)));
	await t.test("expiry", () => assertExpires(provider, login));
	await t.test("accepted again", async () => {
		assert.equal(await userId(client, alice), subjects.alice);
	});
}

// checkProvider makes a row for each algorithm of a running provider.
function checkProvider(name, algorithms, start, audiencesOf) {
	let provider;
	test(`${name}: key set with ${algorithms.join(", ")}`, async () => {
		provider = await start();
		// A server that makes its first key with its first token has an empty set until then.
		await provider.login("auth0|warm", { algorithm: algorithms[0] });
		const audiences = [...new Set(algorithms.flatMap(audiencesOf))];
		await register(database, { issuer: provider.issuer, jwks: await provider.jwks(), audiences });
	});
	for (const algorithm of algorithms)
		test(`${name}: ${algorithm}`, (t) => checkAlgorithm(t, provider, algorithm));
	after(() => provider?.stop());
}

checkProvider("oidc-provider", oidcProvider.algorithms, oidcProvider.start,
	(algorithm) => [oidcProvider.audience(algorithm), oidcProvider.audience(algorithm, "short")]);
test("oidc-provider: opaque token of a login without an audience", async (t) => {
	const provider = await oidcProvider.start();
	t.after(provider.stop);
	const token = await provider.login("auth0|alice");
	assert.match(token, /^[\w-]+$/);
	const error = await errorOf(userId(client, token));
	assert.equal(error.code, "42804");
	assert.match(error.detail, /opaque token, not a signed JWT/);
	assert.match(error.hint, /audience/);
});

for (const algorithm of mockServer.algorithms) {
	checkProvider("oauth2-mock-server", [algorithm], () => mockServer.start(algorithm),
		() => mockServer.audience);
}
for (const algorithm of betterAuth.algorithms) {
	checkProvider("better-auth", [algorithm], () => betterAuth.start(algorithm),
		() => betterAuth.audience);
}
checkProvider("jose", jose.algorithms, jose.start, () => jose.audience);
