// A throw-away PostgreSQL cluster on loopback, and what the tests do with it.
//
// run.mjs starts one for all test files, which run in processes of their own and find it by the
// environment (E2E_PORT, E2E_SOCKETS). Roles are those that the guide's platform makes.

import { execFile } from "node:child_process";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import net from "node:net";
import { promisify } from "node:util";
import pg from "pg";

const run = promisify(execFile);
const guide = new URL("../guide/", import.meta.url);

export const host = "127.0.0.1";

// freePort asks the system for a port that nobody listens on.
export async function freePort() {
	const server = net.createServer();
	await new Promise((resolve) => server.listen(0, host, resolve));
	const { port } = server.address();
	await new Promise((resolve) => server.close(resolve));
	return port;
}

// startCluster makes a cluster in `folder` and starts it; its path must be short (socket names).
// Without `roles` it has none but the superuser. `conf` is more for its configuration file.
export async function startCluster(folder, { roles = true, conf = {} } = {}) {
	const data = `${folder}/data`;
	const sockets = `${folder}/s`;
	await mkdir(sockets, { recursive: true });
	await run("initdb", ["-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"]);
	const port = await freePort();
	await addConf(data, {
		port,
		listen_addresses: host,
		unix_socket_directories: sockets,
		fsync: "off",
		max_connections: 60,
		// Providers are on loopback.
		"pg_session_jwt.fetch": "any",
		...conf,
	});
	await run("pg_ctl", ["start", "-D", data, "-w", "-t", "60", "-l", `${folder}/server.log`]);
	process.env.E2E_PORT = String(port);
	process.env.E2E_SOCKETS = sockets;
	process.env.E2E_FOLDER = folder;
	if (roles)
		await createRoles();
	return () => run("pg_ctl", ["stop", "-D", data, "-m", "immediate", "-w"]);
}

function addConf(data, conf) {
	const lines = Object.entries(conf).map(([name, value]) => `${name} = '${value}'\n`);
	return appendFile(`${data}/postgresql.conf`, lines.join(""));
}

// changeConf adds to the configuration file of the cluster, and returns when new processes go by it
// and none of the fetcher's goes by what it was.
export async function changeConf(conf) {
	const data = `${process.env.E2E_FOLDER}/data`;
	await addConf(data, conf);
	await run("pg_ctl", ["reload", "-D", data]);
	await waitUntil("the server has read its configuration file", () => asSuperuser("postgres",
		async (client) => {
			const { rows } = await client.query(`SELECT current_setting(name, true) AS value
				FROM unnest($1::text[]) AS name`, [Object.keys(conf)]);
			const { rowCount } = await client.query(`SELECT FROM pg_stat_activity
				WHERE backend_type = 'pg_session_jwt fetcher'`);
			const values = Object.values(conf);
			return rowCount === 0 && rows.every(({ value }, i) => value === values[i]);
		}));
}

// waitUntil asks `isSo` again and again, for ten seconds at most.
export async function waitUntil(what, isSo) {
	const end = Date.now() + 10000;
	while (!await isSo()) {
		if (Date.now() > end)
			throw new Error(`waited in vain: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

// restartCluster stops the cluster as a power cut would, and starts it.
export function restartCluster() {
	const folder = process.env.E2E_FOLDER;
	return run("pg_ctl", ["restart", "-D", `${folder}/data`, "-m", "immediate", "-w",
		"-l", `${folder}/server.log`]);
}

async function createRoles() {
	await asSuperuser("postgres", (client) => client.query(`
		CREATE ROLE neondb_owner LOGIN CREATEDB CREATEROLE;
		CREATE ROLE authenticated LOGIN;
		CREATE ROLE anonymous LOGIN;
		CREATE ROLE authenticator LOGIN NOINHERIT;
		GRANT authenticated, anonymous TO authenticator;`));
}

// settings for a client of `database` as `user`; `more` goes to node-postgres as it is.
export function settings(database, user, more = {}) {
	return { host, port: Number(process.env.E2E_PORT), database, user, ...more };
}

export async function connect(database, user, more) {
	const client = new pg.Client(settings(database, user, more));
	await client.connect();
	return client;
}

// withClient connects, calls `body` with the client, and disconnects whatever happens.
export async function withClient(database, user, body, more) {
	const client = await connect(database, user, more);
	try {
		return await body(client);
	} finally {
		await client.end();
	}
}

export function asSuperuser(database, body) {
	return withClient(database, "postgres", body);
}

export function asOwner(database, body) {
	return withClient(database, "neondb_owner", body);
}

// createDatabase follows the guide: a database of an owner that is no superuser, the extension
// (step 3), the grants (step 4) and, unless another schema is asked for, its tab "SQL".
export async function createDatabase(name, { schema = "schema.sql" } = {}) {
	await asSuperuser("postgres", async (client) => {
		await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
		await client.query(`CREATE DATABASE ${name} OWNER neondb_owner`);
	});
	// From PostgreSQL 15 on, only the owner of the database may create in its schema public.
	await asOwner(name, async (client) => {
		await client.query("CREATE EXTENSION IF NOT EXISTS pg_session_jwt;");
		await client.query(await readFile(new URL("roles.sql", guide), "utf8"));
		if (schema)
			await client.query(await readFile(new URL(schema, guide), "utf8"));
	});
	return name;
}

// register stores an identity provider's key set by a plain INSERT, as its owner would.
export function register(database, { issuer, jwks, audiences, leeway = 60 }) {
	return asOwner(database, (client) => client.query(
		"INSERT INTO auth.issuers (issuer, jwks, audiences, leeway) VALUES ($1, $2, $3, $4)",
		[issuer, JSON.stringify(jwks), audiences, leeway]));
}
