// The database, set up as the guide says: by an owner who is no superuser.

import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import pg from "pg";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const owner = "neondb_owner";

// Only these three commands need a superuser: neither the owner nor the page's roles are one.
const createRole = (role, attributes) => `
	DO $$ BEGIN
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN
			CREATE ROLE ${role} LOGIN ${attributes};
		END IF;
	END $$`;

// setUpDatabase makes the database, and ends with the one INSERT that names the provider. `folder`
// is that of drizzle.config.ts.
export async function setUpDatabase({ folder, database, issuer, audience }) {
	await withClient({ database: "postgres" }, async (client) => {
		await client.query(createRole(owner, "CREATEDB CREATEROLE"));
		await client.query(createRole("authenticated", ""));
		await client.query(createRole("anonymous", ""));
		await client.query(`CREATE DATABASE ${database} OWNER ${owner}`);
	});
	await withClient({ database, user: owner }, async (client) => {
		await client.query("CREATE EXTENSION IF NOT EXISTS pg_session_jwt");
		await client.query(await readFile(`${folder}grants.sql`, "utf8"));
	});
	const { PGHOST, PGPORT } = process.env;
	const url = `postgresql://${owner}@${PGHOST}:${PGPORT}/${database}`;
	await drizzleKit(folder, "generate", url);
	await drizzleKit(folder, "migrate", url);
	// There is one clock here, so none needs to be given leeway. The keys are found by discovery.
	await withClient({ database, user: owner }, async (client) => {
		await client.query(
			"INSERT INTO auth.issuers (issuer, audiences, leeway) VALUES ($1, $2, 0)",
			[issuer, [audience]]);
		await client.query("SELECT auth.refresh_issuer($1)", [issuer]);
	});
}

async function withClient(settings, body) {
	const client = new pg.Client(settings);
	await client.connect();
	try {
		await body(client);
	} finally {
		await client.end();
	}
}

async function drizzleKit(folder, command, url) {
	const program = require.resolve.paths("drizzle-kit").map((place) => `${place}/.bin/drizzle-kit`)
		.find(existsSync);
	await run(process.execPath, [program, command], {
		cwd: folder,
		env: { ...process.env, DATABASE_URL: url },
	});
}
