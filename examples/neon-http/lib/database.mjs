// Connections to Postgres: a pool for each role and database, used for one transaction at a time.
//
// A connection is made as the role itself, for what SET ROLE gives, the caller's SQL could reset.

import pg from "pg";
import { resultJson } from "./protocol.mjs";
import { Refusal } from "./refusal.mjs";

const exemptRole = `
	SELECT rolname FROM pg_catalog.pg_roles
	WHERE (rolsuper OR rolbypassrls) AND pg_catalog.pg_has_role(current_user, oid, 'MEMBER')
	LIMIT 1`;

export class Database {
	#config;
	#pools = new Map();

	constructor(config) {
		this.#config = config;
	}

	// checkRoles refuses to serve a role to which row-level security does not apply.
	async checkRoles() {
		for (const database of this.#config.databases) {
			for (const role of this.#config.roles) {
				const { rows } = await this.#pool({ role, database }).query(exemptRole);
				if (rows.length)
					throw new Error(`role "${role}" is, or can become, ${rows[0].rolname}, ` +
						"to which row-level security does not apply");
			}
		}
	}

	// run executes the queries in one transaction that carries the caller's token.
	async run(target, token, { begin, queries }) {
		this.#check(target);
		const client = await this.#checkout(target);
		const timer = this.#limit(client, target);
		try {
			const results = await runQueries(client, begin, token, queries);
			await client.query("COMMIT");
			giveBack(client);
			return results;
		} catch (error) {
			client.release(true);
			throw timer.expired ? new Refusal("the request took too long", { code: "57014" }) : error;
		} finally {
			clearTimeout(timer.handle);
		}
	}

	async end() {
		await Promise.all([...this.#pools.values()].map((pool) => pool.end()));
	}

	#check({ role, database }) {
		if (!this.#config.roles.includes(role))
			throw new Refusal(`role "${role}" is not served here`, { code: "28000" });
		if (!this.#config.databases.includes(database))
			throw new Refusal(`database "${database}" is not served here`, { code: "3D000" });
	}

	#settings({ role, database }) {
		return { ...this.#config.postgres, user: role, database };
	}

	#pool(target) {
		const name = JSON.stringify([target.role, target.database]);
		let pool = this.#pools.get(name);
		if (!pool) {
			pool = new pg.Pool({
				...this.#settings(target),
				max: this.#config.poolSize,
				connectionTimeoutMillis: this.#config.poolWaitMs,
			});
			// A connection that is lost while idle; the pool makes another.
			pool.on("error", (error) => console.error(`idle connection: ${error.message}`));
			this.#pools.set(name, pool);
		}
		return pool;
	}

	async #checkout(target) {
		try {
			return await this.#pool(target).connect();
		} catch (error) {
			if (error instanceof pg.DatabaseError)
				throw error;
			throw new Refusal(`no connection to the database: ${error.message}`, { status: 503 });
		}
	}

	// The caller's SQL could change statement_timeout, so the limit is kept from outside: a role
	// may end its own backends.
	#limit(client, target) {
		const timer = { expired: false };
		timer.handle = setTimeout(async () => {
			timer.expired = true;
			const other = new pg.Client(this.#settings(target));
			try {
				await other.connect();
				await other.query("SELECT pg_catalog.pg_terminate_backend($1)", [client.processID]);
			} catch (error) {
				console.error(`could not end a request: ${error.message}`);
			} finally {
				await other.end().catch(() => {});
			}
		}, this.#config.requestMs);
		return timer;
	}
}

async function runQueries(client, begin, token, queries) {
	await client.query(begin);
	if (token !== null)
		await client.query("SELECT auth.jwt_session_init($1, true)", [token]);
	const results = [];
	for (const query of queries)
		results.push(resultJson(await client.query(query), query));
	return results;
}

// giveBack returns a connection to its pool. What one caller has set, prepared or locked is nothing
// to the next one. The caller's answer does not wait for it, nor depend on it.
async function giveBack(client) {
	try {
		await client.query("DISCARD ALL");
		client.release();
	} catch (error) {
		client.release(true);
		console.error(`could not reset a connection: ${error.message}`);
	}
}
