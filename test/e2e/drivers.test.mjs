// Drivers, by registry and by a connection key in the startup packet: compact JSON, and JSON with
// spaces, quotes and a backslash.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import postgres from "postgres";
import { startClient } from "./lib/client.mjs";
import { connect, createDatabase, host } from "./lib/cluster.mjs";
import { ConnectionKey, startupOption } from "./lib/keyed.mjs";
import { assertIsolated, bySql, withToken } from "./lib/todos.mjs";
import { setUp, subjects } from "./lib/users.mjs";

const run = promisify(execFile);
const clients = fileURLToPath(new URL("clients/", import.meta.url));
const withIssuer = "e2e_drivers";
const withoutIssuer = "e2e_keyed";
const user = "authenticated";
let tokens;

before(async () => {
	({ tokens } = await setUp(withIssuer));
	await createDatabase(withoutIssuer);
});

// Each opens a connection and gives { run(token, text, values), stop }.

async function nodePostgres({ database, jwk }) {
	const options = jwk && startupOption(jwk);
	const client = await connect(database, user, { options });
	return {
		run: (token, text, values) => withToken(client, token, () => client.query(text, values)),
		stop: () => client.end(),
	};
}

function postgresJs(connectionOf) {
	return async ({ database, jwk }) => {
		const sql = postgres({
			host,
			port: Number(process.env.E2E_PORT),
			database,
			user,
			max: 1,
			connection: jwk ? connectionOf(jwk) : {},
		});
		return {
			run: (token, text, values) => sql.begin(async (transaction) => {
				if (token !== null)
					await transaction`SELECT auth.jwt_session_init(${token}, true)`;
				const rows = await transaction.unsafe(text, values);
				return { rows: [...rows], rowCount: rows.count };
			}),
			stop: () => sql.end(),
		};
	};
}

function program(command, environment) {
	return async ({ database, jwk }) => startClient(command, { database, user, jwk, environment });
}

const python = "/usr/bin/python3";
const goPackage = "/usr/share/gocode/src/github.com/jackc/pgx/v4";
const jar = "/usr/share/java/postgresql.jar";
const folder = process.env.E2E_FOLDER;

const drivers = {
	"node-postgres, key in options": nodePostgres,
	"postgres.js, key in options": postgresJs((jwk) => ({ options: startupOption(jwk) })),
	"postgres.js, key as a parameter": postgresJs((jwk) => ({ "pg_session_jwt.jwk": jwk })),
	"psycopg 3, key in options": program([python, `${clients}psycopg_client.py`]),
	"asyncpg, key as a parameter": program([python, `${clients}asyncpg_client.py`]),
	"pgx, key as a parameter": program([`${folder}/pgx_client`]),
	"pgjdbc, key in options": program(["java", "-cp", `${jar}:${folder}/java`, "JdbcClient"]),
};

// What a platform has no package of is named in the output, and not counted.
const lacking = {
	pgx: existsSync(goPackage) ? undefined : `there is no ${goPackage}`,
	pgjdbc: existsSync(jar) ? undefined : `there is no ${jar}`,
};

function skipOf(name) {
	return { skip: lacking[name.split(",")[0]] };
}

async function checkDriver(open, { database, jwk, tokenOf }) {
	const connection = await open({ database, jwk });
	try {
		await assertIsolated(bySql((name, text, values) =>
			connection.run(tokenOf(name), text, values)), subjects);
	} finally {
		await connection.stop();
	}
}

// Debian has pgx's source where a build without modules looks for it.
test("pgx: build the client", skipOf("pgx"), () => run("go",
	["build", "-o", `${folder}/pgx_client`, `${clients}pgx_client.go`], {
		env: {
			...process.env,
			GO111MODULE: "off",
			GOPATH: "/usr/share/gocode",
			GOCACHE: `${folder}/go`,
			GOTELEMETRY: "off",
			CGO_ENABLED: "0",
		},
	}));

test("pgjdbc: build the client", skipOf("pgjdbc"), async () => {
	await mkdir(`${folder}/java`);
	await run("javac", ["-d", `${folder}/java`, `${clients}JdbcClient.java`]);
});

for (const [name, open] of Object.entries(drivers)) {
	test(`${name}: by registry`, skipOf(name), () => checkDriver(open,
		{ database: withIssuer, tokenOf: (who) => tokens[who] }));
	for (const form of ["jwk", "awkwardJwk"]) {
		const title = form === "jwk" ? "compact JSON" : "spaces, quotes, backslash";
		test(`${name}: by connection key, ${title}`, skipOf(name), () => {
			const key = new ConnectionKey();
			const tokenOf = (who) => who === "nobody" ? null : key.mint(subjects[who]);
			return checkDriver(open, { database: withoutIssuer, jwk: key[form], tokenOf });
		});
	}
}
