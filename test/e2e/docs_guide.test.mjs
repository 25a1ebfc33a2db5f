// docs/guide.md: every block of it runs, in order, as it stands but for the names in `standIns`.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { asSuperuser, freePort, host, startCluster, withClient } from "./lib/cluster.mjs";
import * as jose from "./lib/idp/jose.mjs";
import { readBlocks, withoutEnds } from "./lib/page_blocks.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const work = `${process.env.E2E_FOLDER}/guide`;
const folder = `${work}/application`;
const blocks = readBlocks(await readFile(`${root}docs/guide.md`, "utf8"));
const subject = "auth0|64f0a1c";
const secondsPerBlock = 240;
const environment = { ...process.env, MAKEFLAGS: "-j2" };
const stops = [];
let standIns;
let last;

// The provider of the page: its discovery document and its key set, on loopback.
async function startProvider() {
	let provider;
	const server = createServer(async (request, response) => {
		const jwksUri = `${provider.issuer}.well-known/jwks.json`;
		const answers = {
			"/.well-known/openid-configuration": { issuer: provider.issuer, jwks_uri: jwksUri },
			"/.well-known/jwks.json": await provider.jwks(),
		};
		const answer = answers[request.url];
		response.writeHead(answer ? 200 : 404, { "content-type": "application/json" });
		response.end(JSON.stringify(answer ?? {}));
	});
	const port = await freePort();
	provider = await jose.start({ issuer: `http://${host}:${port}/`, only: ["RS256"] });
	await new Promise((resolve) => server.listen(port, host, resolve));
	stops.push(() => new Promise((resolve) => {
		server.close(resolve);
		server.closeAllConnections();
	}));
	return provider;
}

before(async () => {
	await mkdir(folder, { recursive: true });
	stops.push(await startCluster(work, { roles: false }));
	const provider = await startProvider();
	const packages = [`${root}node_modules`, `${root}test/e2e/node_modules`].find(existsSync);
	await symlink(packages, `${folder}/node_modules`);
	for (const part of ["Makefile", "pg_session_jwt.control", "script", "sql", "src"])
		await cp(`${root}${part}`, `${work}/tree/${part}`, { recursive: true });
	standIns = [
		["https://TENANT.auth0.com/", provider.issuer],
		["localhost:5432", `${host}:${process.env.E2E_PORT}`],
		["4444", String(await freePort())],
		["ACCESS-TOKEN", await provider.login(subject)],
		["sudo make install", `make install DESTDIR=${work}/installed`],
		["sudo systemctl restart postgresql", `pg_ctl restart -s -w -D ${work}/data -l ${work}/server.log`],
	];
});

after(async () => {
	for (const stop of stops.reverse())
		await stop();
});

function standIn(text) {
	return standIns.reduce((result, [name, value]) => result.replaceAll(name, value), text);
}

// run gives { status, out, err } of a program; it may not take for ever.
async function run(command, options, input = "", cwd = folder) {
	const child = spawn(command, options, { cwd, env: environment, timeout: secondsPerBlock * 1000 });
	const result = { out: "", err: "" };
	child.stdout.setEncoding("utf8").on("data", (text) => result.out += text);
	child.stderr.setEncoding("utf8").on("data", (text) => result.err += text);
	child.stdin.on("error", () => {}); // a program that reads nothing may be gone by now
	child.stdin.end(input);
	result.status = await new Promise((resolve, reject) => {
		child.once("error", reject);
		child.once("close", resolve);
	});
	return result;
}

// The lockfile of these tests has installed the packages: that they are there is what is left to ask.
async function withoutInstalling(text, place) {
	const lines = [];
	for (const line of text.split("\n")) {
		if (!/^npm install\b/.test(line)) {
			lines.push(line);
			continue;
		}
		const named = line.split(" ").slice(2);
		const wanted = named.length ? named
			: Object.keys(JSON.parse(await readFile(`${place}/package.json`, "utf8")).dependencies);
		for (const name of wanted)
			assert.ok(existsSync(`${folder}/node_modules/${name}/package.json`), `no package ${name}`);
	}
	return lines.join("\n");
}

// Variables that a block exports are there for the next ones, as in a person's shell.
async function runShell(text, place) {
	const script = `set -e\n${await withoutInstalling(text, place)}\nenv -0 >${work}/environment`;
	const result = await run("bash", ["-c", script], "", place);
	if (result.status === 0) {
		for (const pair of (await readFile(`${work}/environment`, "utf8")).split("\0").filter(Boolean)) {
			const [, name, value] = /^([^=]+)=([^]*)$/.exec(pair);
			environment[name] = value;
		}
	}
	return result;
}

function runSql(text, user, database) {
	const url = `postgresql://${user}@${host}:${process.env.E2E_PORT}/${database}`;
	return run("psql", ["-X", "-v", "ON_ERROR_STOP=1", "-d", url], text);
}

// The table is made twice, by SQL and by Drizzle: that needs a database of its own.
async function runDrizzle(text) {
	await asSuperuser("postgres", (client) => client.query("CREATE DATABASE todos_drizzle OWNER todos_owner"));
	await withClient("todos_drizzle", "todos_owner", (client) => client.query(
		"CREATE EXTENSION pg_session_jwt; SELECT auth.create_app_roles()"));
	const result = await runShell(text.replaceAll("/todos\n", "/todos_drizzle\n"), folder);
	const { rows } = await withClient("todos_drizzle", "todos_owner", (client) => client.query(
		"SELECT cmd FROM pg_policies WHERE tablename = 'todos' ORDER BY cmd"));
	assert.deepEqual(rows.map(({ cmd }) => cmd), ["DELETE", "INSERT", "SELECT", "UPDATE"], result.err);
	return result;
}

// startServer runs a block that does not end by itself, until it says that it listens.
async function startServer(text, place) {
	const script = await withoutInstalling(text, place);
	const child = spawn("bash", ["-c", script], { cwd: place, env: environment, detached: true });
	const ended = new Promise((resolve) => child.once("close", resolve));
	const end = () => {
		try {
			process.kill(-child.pid, "SIGTERM");
		} catch {
			// It has ended already.
		}
	};
	process.once("exit", end);
	stops.push(async () => {
		end();
		await ended;
	});
	let written = "";
	const listening = new Promise((resolve) => {
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding("utf8").on("data", (chunk) => {
				written += chunk;
				if (/listening on/.test(written))
					resolve(true);
			});
		}
		ended.then(() => resolve(false));
		setTimeout(() => resolve(false), 20000).unref();
	});
	assert.ok(await listening, written);
}

async function runBlock({ kind, options, text: original }, next) {
	const text = standIn(original);
	switch (kind) {
	case "output":
		assert.equal(withoutEnds(last.out), withoutEnds(text));
		return;
	case "error":
		assert.equal(withoutEnds(last.err), withoutEnds(text));
		return;
	case "file":
		await writeFile(`${folder}/${options[0]}`, text);
		return;
	case "start":
		await startServer(text, `${root}${options[0]}`);
		return;
	case "sql":
		last = await runSql(text, ...options);
		break;
	case "shell":
		last = options[0] === "drizzle" ? await runDrizzle(text)
			: await runShell(text, options[0] === "tree" ? `${work}/tree` : folder);
		break;
	default:
		assert.fail(`no such kind of block: ${kind}`);
	}
	assert.equal(last.status === 0, next?.kind !== "error", last.err || last.out);
}

for (const [index, block] of blocks.entries()) {
	const first = block.text.trim().split("\n")[0].slice(0, 60);
	test(`line ${block.line}, ${block.kind}: ${first}`, () => runBlock(block, blocks[index + 1]));
}

test("make install has put the extension's files there", async () => {
	const { out } = await run("find", [`${work}/installed`, "-type", "f", "-name", "pg_session_jwt*"]);
	for (const name of ["pg_session_jwt.so", "pg_session_jwt.control", "pg_session_jwt--1.0.0.sql"])
		assert.match(out, new RegExp(`/${name.replaceAll(".", "\\.")}$`, "m"));
});

test("the library is preloaded, and the table made by Drizzle is the user's, too", async () => {
	const libraries = await asSuperuser("todos", (client) => client.query("SHOW shared_preload_libraries"));
	assert.equal(libraries.rows[0].shared_preload_libraries, "pg_session_jwt");
	const { rows } = await asSuperuser("todos_drizzle", (client) => client.query(
		"SELECT column_default FROM information_schema.columns WHERE column_name = 'user_id'"));
	assert.equal(rows[0].column_default, "auth.user_id()");
});
