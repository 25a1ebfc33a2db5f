// Code that tools generate from a schema, and commands that the tests run.

import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const here = fileURLToPath(new URL("..", import.meta.url));
const bundles = path.join(here, ".bundle");

// tool gives the path of a package's program.
function tool(name) {
	const folder = require.resolve.paths(name).find((place) => existsSync(`${place}/.bin/${name}`));
	if (!folder)
		throw new Error(`the program ${name} is not installed`);
	return `${folder}/.bin/${name}`;
}

// runTool runs a package's program in the tests' folder.
export async function runTool(name, options, environment = {}) {
	const settings = { cwd: here, env: { ...process.env, ...environment } };
	return run(process.execPath, [tool(name), ...options], settings);
}

// importTypeScript compiles a file in TypeScript and imports it.
export async function importTypeScript(file) {
	const outfile = path.join(bundles, `${path.basename(file, ".ts")}.mjs`);
	await build({
		entryPoints: [path.join(here, file)],
		outfile,
		bundle: true,
		platform: "node",
		format: "esm",
		packages: "external",
		logLevel: "error",
	});
	return import(pathToFileURL(outfile));
}

// generatePrisma makes Prisma's client from prisma/todo.prisma, and imports it. Its schema engine,
// a program that is downloaded apart, is not used by `generate`; naming any stops the download.
export async function generatePrisma() {
	const folder = path.join(bundles, "prisma");
	await mkdir(folder, { recursive: true });
	await copyFile(path.join(here, "prisma/todo.prisma"), path.join(folder, "todo.prisma"));
	await runTool("prisma", ["generate", "--schema", path.join(folder, "todo.prisma")],
		{ PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: "1" });
	return importTypeScript(".bundle/prisma/generated/client.ts");
}
