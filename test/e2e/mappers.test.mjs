// Mappers and query builders: drizzle, kysely, knex and Prisma, on the guide's table.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { PrismaPg } from "@prisma/adapter-pg";
import { neonConfig } from "@neondatabase/serverless";
import { eq, sql } from "drizzle-orm";
import { drizzle as drizzleNeon } from "drizzle-orm/neon-http";
import { drizzle as drizzlePg } from "drizzle-orm/node-postgres";
import { migrate as applyMigrations } from "drizzle-orm/node-postgres/migrator";
import knexOf from "knex";
import { Kysely, PostgresDialect, sql as kyselySql } from "kysely";
import pg from "pg";
import { asOwner, createDatabase, settings } from "./lib/cluster.mjs";
import { startFront } from "./lib/front.mjs";
import { generatePrisma, importTypeScript, runTool } from "./lib/generated.mjs";
import { ConnectionKey, startupOption } from "./lib/keyed.mjs";
import { assertIsolated } from "./lib/todos.mjs";
import { setUp, subjects } from "./lib/users.mjs";

const byRegistry = "e2e_mappers";
const byKey = "e2e_mappers_key";
const user = "authenticated";
const key = new ConnectionKey();
let schema;
let front;
let tokens;

// The two ways that a token is trusted: what a driver connects with, and who gets which token.
const trusts = {
	"by registry": {
		settings: () => settings(byRegistry, user),
		tokenOf: (name) => tokens[name],
	},
	"by connection key": {
		settings: () => settings(byKey, user, { options: startupOption(key.jwk) }),
		tokenOf: (name) => subjects[name] && key.mint(subjects[name]),
	},
};

async function migrate(database) {
	const out = `.bundle/drizzle-${database}`;
	await runTool("drizzle-kit",
		["generate", "--dialect", "postgresql", "--schema", "guide/schema.ts", "--out", out]);
	await asOwner(database, (owner) => applyMigrations(drizzlePg({ client: owner }),
		{ migrationsFolder: fileURLToPath(new URL(out, import.meta.url)) }));
}

before(async () => {
	({ tokens } = await setUp(byRegistry, { schema: null }));
	await createDatabase(byKey, { schema: null });
	front = await startFront(byRegistry);
	neonConfig.fetchEndpoint = front.endpoint;
});

after(() => front?.stop());

test("drizzle-kit generate, migrate: schema.ts verbatim", async () => {
	await migrate(byRegistry);
	await migrate(byKey);
	schema = await importTypeScript("guide/schema.ts");
	const { rows } = await asOwner(byRegistry, (owner) => owner.query(`
		SELECT policyname, roles::text, qual, with_check FROM pg_policies
		WHERE tablename = 'todos' ORDER BY policyname`));
	const own = "( SELECT (auth.user_id() = todos.user_id))";
	const policy = (action, qual, check) => ({
		policyname: `crud-authenticated-policy-${action}`,
		roles: "{authenticated}",
		qual,
		with_check: check,
	});
	assert.deepEqual(rows, [policy("delete", own, null), policy("insert", null, own),
		policy("select", own, null), policy("update", own, own)]);
});

// Drizzle's calls, the same on both drivers; `as(name, body)` runs them as a user.
function byDrizzle(as) {
	const rowsOf = (result) => result.rowCount;
	return (name) => {
		const { todos } = schema;
		return {
			list: () => as(name, (db) => db.select({ userId: todos.userId, task: todos.task })
				.from(todos).where(eq(todos.userId, sql`auth.user_id()`))),
			add: (task, userId) => as(name, (db) => db.insert(todos).values({ task, userId })),
			change: async (userId) => rowsOf(await as(name, (db) => db.update(todos)
				.set({ isComplete: true }).where(eq(todos.userId, userId)))),
			remove: async (userId) => rowsOf(await as(name, (db) => db.delete(todos)
				.where(eq(todos.userId, userId)))),
		};
	};
}

test("drizzle neon-http through the front", () => assertIsolated(byDrizzle((name, body) => {
	const connection = {
		connectionString: `postgresql://${user}@db.example.com/${byRegistry}`,
		authToken: tokens[name] ?? undefined,
	};
	return body(drizzleNeon({ connection, schema }));
}), subjects));

test("drizzle neon-http: returning, batch, relational query", async () => {
	const db = (name) => drizzleNeon({
		connection: {
			connectionString: `postgresql://${user}@db.example.com/${byRegistry}`,
			authToken: tokens[name],
		},
		schema,
	});
	const { todos } = schema;
	const [added] = await db("alice").insert(todos).values({ task: "x" }).returning();
	assert.equal(added.userId, subjects.alice);
	const her = db("alice");
	const [[changed], all] = await her.batch([
		her.update(todos).set({ task: "y" }).returning(), her.query.todos.findMany()]);
	assert.equal(changed.task, "y");
	assert.deepEqual(all, [changed]);
	assert.equal(await her.$count(todos), 1);
	assert.equal((await db("alice").query.todos.findMany()).length, 1);
	assert.deepEqual(await db("bob").query.todos.findMany(), []);
	await db("alice").delete(todos);
});

for (const [trust, { settings: settingsOf, tokenOf }] of Object.entries(trusts)) {
	test(`drizzle node-postgres, ${trust}`, async (t) => {
		const pool = new pg.Pool({ ...settingsOf(), max: 1 });
		t.after(() => pool.end());
		const db = drizzlePg({ client: pool, schema });
		await assertIsolated(byDrizzle((name, body) => db.transaction(async (transaction) => {
			const token = tokenOf(name);
			if (token)
				await transaction.execute(sql`SELECT auth.jwt_session_init(${token}, true)`);
			return body(transaction);
		})), subjects);
	});

	test(`kysely, ${trust}`, async (t) => {
		const pool = new pg.Pool({ ...settingsOf(), max: 1 });
		const db = new Kysely({ dialect: new PostgresDialect({ pool }) });
		t.after(() => db.destroy());
		await assertIsolated(byKysely(db, tokenOf), subjects);
	});

	test(`knex, ${trust}`, async (t) => {
		const db = knexOf({ client: "pg", connection: settingsOf(), pool: { min: 1, max: 1 } });
		t.after(() => db.destroy());
		await assertIsolated(byKnex(db, tokenOf), subjects);
	});

	test(`Prisma client, ${trust}`, async (t) => {
		const { PrismaClient } = await generatePrisma();
		const prisma = new PrismaClient({ adapter: new PrismaPg({ ...settingsOf(), max: 1 }) });
		t.after(() => prisma.$disconnect());
		await assertIsolated(byPrisma(prisma, tokenOf), subjects);
	});
}

function byKysely(db, tokenOf) {
	return (name) => {
		const as = (body) => db.transaction().execute(async (transaction) => {
			const token = tokenOf(name);
			if (token)
				await kyselySql`SELECT auth.jwt_session_init(${token}, true)`.execute(transaction);
			return body(transaction);
		});
		return {
			list: () => as((tx) => tx.selectFrom("todos").select(["user_id as userId", "task"])
				.where("user_id", "=", kyselySql`auth.user_id()`).execute()),
			add: (task, owner) => as((tx) => tx.insertInto("todos")
				.values({ task, ...(owner !== undefined && { user_id: owner }) }).execute()),
			change: async (owner) => Number((await as((tx) => tx.updateTable("todos")
				.set({ is_complete: true }).where("user_id", "=", owner)
				.executeTakeFirst())).numUpdatedRows),
			remove: async (owner) => Number((await as((tx) => tx.deleteFrom("todos")
				.where("user_id", "=", owner).executeTakeFirst())).numDeletedRows),
		};
	};
}

function byKnex(db, tokenOf) {
	return (name) => {
		const as = (body) => db.transaction(async (transaction) => {
			const token = tokenOf(name);
			if (token)
				await transaction.raw("SELECT auth.jwt_session_init(?, true)", [token]);
			return body(transaction("todos"));
		});
		return {
			list: () => as((todos) => todos.select({ userId: "user_id", task: "task" })
				.whereRaw("user_id = auth.user_id()")),
			add: (task, owner) => as((todos) => todos
				.insert({ task, ...(owner !== undefined && { user_id: owner }) })),
			change: (owner) => as((todos) => todos.where({ user_id: owner })
				.update({ is_complete: true })),
			remove: (owner) => as((todos) => todos.where({ user_id: owner }).delete()),
		};
	};
}

function byPrisma(prisma, tokenOf) {
	return (name) => {
		const as = (body) => prisma.$transaction(async (transaction) => {
			const token = tokenOf(name);
			if (token)
				await transaction.$executeRaw`SELECT auth.jwt_session_init(${token}, true)`;
			return body(transaction.todo);
		});
		return {
			list: () => as((todo) => todo.findMany({ select: { userId: true, task: true } })),
			add: (task, userId) => as((todo) => todo.createMany({ data: [{ task, userId }] })),
			change: async (userId) => (await as((todo) => todo.updateMany(
				{ where: { userId }, data: { isComplete: true } }))).count,
			remove: async (userId) => (await as((todo) => todo.deleteMany(
				{ where: { userId } }))).count,
		};
	};
}
