// Key sets by URL: oidc-provider over https, with a certificate of an authority of the tests' own.
// Nothing but its address is in the registry; the database finds the keys and follows them.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, test } from "node:test";
import { fetchTrusting, makeAuthority } from "./lib/authority.mjs";
import { asOwner, asSuperuser, changeConf, connect, createDatabase, restartCluster, startCluster,
	waitUntil, withClient } from "./lib/cluster.mjs";
import { start } from "./lib/idp/oidc_https.mjs";
import { audience, makeKey } from "./lib/idp/oidc_provider.mjs";
import { assertIsolated, assertRefused, bySql, userId, withToken } from "./lib/todos.mjs";

const work = `${process.env.E2E_FOLDER}/fetch`;
const algorithm = "RS256";
const discoveryPath = "/.well-known/openid-configuration";
const users = ["alice", "bob"];
const unknownKey = /^JWT names a key that its issuer does not have$/;
let stopCluster;
let authority;
let stranger;
let keys;
let provider;

before(async () => {
	authority = await makeAuthority(`${work}/authority`);
	stranger = await makeAuthority(`${work}/stranger`);
	stopCluster = await startCluster(work,
		{ conf: { "pg_session_jwt.fetch": "any", "pg_session_jwt.fetch_ca_file": authority.file } });
	keys = await Promise.all(["first", "second", "third"].map((kid) => makeKey(algorithm, kid)));
});

after(() => stopCluster?.());

// Each row has a provider of its own, and so an issuer of its own.
beforeEach(async () => {
	provider = await start(authority, [keys[0]]);
});

// withIssuer makes a database with nothing but the issuer's address in its registry.
async function withIssuer(t, database, columns = {}) {
	t.after(provider.stop);
	await createDatabase(database);
	const tokens = { alice: await login("alice"), bob: await login("bob"), nobody: null };
	const row = { issuer: provider.issuer, audiences: [audience(algorithm)], ...columns };
	await asOwner(database, (client) => client.query(
		`INSERT INTO auth.issuers (${Object.keys(row)}) VALUES (${
			Object.keys(row).map((_, i) => `$${i + 1}`)})`, Object.values(row)));
	return tokens;
}

function login(user) {
	return provider.login(`auth0|${user}`, { algorithm });
}

function kidOf(token) {
	return JSON.parse(Buffer.from(token.split(".")[0], "base64url")).kid;
}

function asApplication(database, body) {
	return withClient(database, "authenticated", body);
}

// assertAccepted asks in a new session.
async function assertAccepted(database, token, user) {
	assert.equal(await asApplication(database, (client) => userId(client, token)), `auth0|${user}`);
}

function assertTokenRefused(database, token, message) {
	return asApplication(database,
		(client) => assertRefused(userId(client, token), "23514", message));
}

function assertRowsIsolated(database, tokens) {
	return asApplication(database, (client) => assertIsolated(bySql((user, text, values) =>
		withToken(client, tokens[user], () => client.query(text, values))),
	{ alice: "auth0|alice", bob: "auth0|bob" }));
}

async function statusOf(database) {
	const { rows } = await asOwner(database, (client) => client.query(`
		SELECT issuer, source, key_count::int AS keys, fetched_at, last_error AS error,
			COALESCE(last_error_at < fetched_at, true) AS fine, consecutive_failures AS failures
		FROM auth.issuer_status`));
	assert.equal(rows.length, 1);
	return rows[0];
}

// assertFetched is about the last fetch; the status has an error from before it, if there was one.
async function assertFetched(database, source, { count = 1, earlierError = null } = {}) {
	const { fetched_at: fetchedAt, ...status } = await statusOf(database);
	assert.deepEqual(status, { issuer: provider.issuer, source, keys: count, error: earlierError,
		fine: true, failures: 0 });
	assert.ok(Math.abs(Date.now() - fetchedAt) < 60000, `fetched at ${fetchedAt}`);
}

async function refresh(database) {
	const { rows } = await asOwner(database, (client) => client.query(
		"SELECT auth.refresh_issuer($1) AS done", [provider.issuer]));
	return rows[0].done;
}

// countFetches tells how often the key set was asked for.
function countFetches() {
	return provider.count(new URL(provider.jwksUri).pathname);
}

// countLines counts the log's lines of level LOG about the provider that begin with `text`.
async function countLines(text) {
	const log = await readFile(`${work}/server.log`, "utf8");
	return log.split("\n").filter((line) => line.includes("LOG:  ")
		&& line.split("LOG:  ")[1].startsWith(`${text} "${provider.issuer}"`)).length;
}

// passThirtySeconds spares the tests the time for which an unknown kid causes no second fetch.
function passThirtySeconds(database) {
	return asSuperuser(database, (client) => client.query(
		"UPDATE auth.issuer_fetches SET attempted_at = attempted_at - interval '31 seconds'"));
}

test("discovery: only the issuer is given", async (t) => {
	const tokens = await withIssuer(t, "e2e_fetch_discovery");
	await assertAccepted("e2e_fetch_discovery", tokens.alice, "alice");
	await assertRowsIsolated("e2e_fetch_discovery", tokens);
	await assertFetched("e2e_fetch_discovery", "discovery");
	assert.equal(countFetches(), 1);
	assert.equal(await countLines("keys of issuer"), 1);
});

test("jwks_uri: no discovery", async (t) => {
	const configured = provider.count(discoveryPath);
	const tokens = await withIssuer(t, "e2e_fetch_uri", { jwks_uri: provider.jwksUri });
	await assertAccepted("e2e_fetch_uri", tokens.alice, "alice");
	await assertRowsIsolated("e2e_fetch_uri", tokens);
	await assertFetched("e2e_fetch_uri", "jwks_uri");
	assert.equal(countFetches(), 1);
	assert.equal(provider.count(discoveryPath), configured);
	assert.equal(await countLines("keys of issuer"), 1);
});

test("rotation: an unknown kid causes one fetch, a removed key is refused", async (t) => {
	const database = "e2e_fetch_rotation";
	const first = await withIssuer(t, database);
	await assertAccepted(database, first.alice, "alice");
	const session = await connect(database, "authenticated");
	t.after(() => session.end());
	await session.query("SELECT auth.jwt_session_init($1)", [first.bob]);
	await passThirtySeconds(database);

	provider.publish([keys[1], keys[0]]);
	const second = { alice: await login("alice"), bob: await login("bob"), nobody: null };
	assert.deepEqual([kidOf(first.alice), kidOf(second.alice)], ["first", "second"]);
	await Promise.all(users.map((user) => assertAccepted(database, second[user], user)));
	assert.equal(countFetches(), 2, "fetches, new key");
	await assertFetched(database, "discovery", { count: 2 });
	await assertAccepted(database, first.alice, "alice");
	await assertRowsIsolated(database, second);

	// Nothing tells the database that a key is gone until it fetches again.
	provider.publish([keys[1]]);
	assert.equal(await refresh(database), true);
	assert.equal(countFetches(), 3, "fetches, removed key");
	await assertTokenRefused(database, first.alice, unknownKey);
	await assertRefused(session.query("SELECT auth.user_id()"), "23514", unknownKey);
	await assertAccepted(database, second.alice, "alice");

	// A third key so soon: the limit of 30 seconds is in the way, and refresh_issuer is not bound by it.
	provider.publish([keys[2], keys[1]]);
	const third = await login("alice");
	await assertTokenRefused(database, third, unknownKey);
	assert.equal(countFetches(), 3, "fetches within 30 seconds");
	assert.equal(await refresh(database), true);
	await assertAccepted(database, third, "alice");
	assert.equal(countFetches(), 4, "fetches in all");
	assert.equal(await countLines("keys of issuer"), 4);
});

test("wrong authority: refused, visible, and no harm to keys that are there", async (t) => {
	const [early, late] = ["e2e_fetch_before", "e2e_fetch_wrong"];
	await withIssuer(t, early);
	t.after(() => changeConf({ "pg_session_jwt.fetch_ca_file": authority.file }));
	const certificate = /unable to get local issuer certificate|self.signed certificate/;
	await waitUntil("the keys are there", async () => (await statusOf(early)).keys === 1);
	await changeConf({ "pg_session_jwt.fetch_ca_file": stranger.file });
	const fetched = countFetches();

	const tokens = await withIssuer(t, late);
	for (const user of users)
		await assertTokenRefused(late, tokens[user], /^JWT issuer has no keys$/);
	const status = await statusOf(late);
	assert.match(status.error, certificate);
	assert.deepEqual([status.keys, status.fetched_at, status.failures > 0], [0, null, true]);
	assert.equal(await countLines("could not fetch the keys of issuer"), 1);
	assert.equal(await refresh(late), false);
	assert.equal(await countLines("could not fetch the keys of issuer"), 1, "lines, second failure");

	assert.equal(await refresh(early), false);
	assert.match((await statusOf(early)).error, certificate);
	await assertAccepted(early, tokens.alice, "alice");
	assert.equal(countFetches(), fetched, "requests behind a certificate that is not trusted");

	// The authority was all that was wrong.
	await changeConf({ "pg_session_jwt.fetch_ca_file": authority.file });
	assert.equal(await refresh(late), true);
	await assertRowsIsolated(late, tokens);
	await assertFetched(late, "discovery", { earlierError: status.error });
});

test("provider down: stored keys go on verifying, also after a crash", async (t) => {
	const database = "e2e_fetch_down";
	const tokens = await withIssuer(t, database);
	await assertAccepted(database, tokens.alice, "alice");
	await provider.stop();
	await assert.rejects(fetchTrusting(authority.certificate)(provider.jwksUri), /ECONNREFUSED/);
	assert.equal(await refresh(database), false);
	const status = await statusOf(database);
	assert.match(status.error, /^Failed to connect|Could not connect|Couldn't connect/);
	assert.deepEqual([status.keys, status.failures], [1, 1]);
	assert.equal(await countLines("could not fetch the keys of issuer"), 1);
	await assertRowsIsolated(database, tokens);
	await restartCluster();
	await assertRowsIsolated(database, tokens);

	await provider.listen();
	assert.equal(await refresh(database), true);
	await assertFetched(database, "discovery", { earlierError: status.error });
});
