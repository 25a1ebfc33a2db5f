// Runs the tests: one cluster for all of them, one line per row, the count in the end.
//
//	node run.mjs [FILE...]      FILE is the name of a test file, with or without .test.mjs

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { run } from "node:test";
import { fileURLToPath } from "node:url";
import { startCluster } from "./lib/cluster.mjs";
import { Report } from "./lib/report.mjs";

const folder = path.dirname(fileURLToPath(import.meta.url));
const secondsPerFile = 300;

async function chooseFiles(names) {
	const all = (await readdir(folder)).filter((name) => name.endsWith(".test.mjs")).sort();
	const wanted = names.map((name) => `${name.replace(/\.test\.mjs$/, "")}.test.mjs`);
	const unknown = wanted.find((name) => !all.includes(name));
	if (unknown)
		throw new Error(`no test file ${unknown}; there are ${all.join(", ")}`);
	return (wanted.length ? wanted : all).map((name) => path.join(folder, name));
}

async function runFiles(files, report) {
	const timeout = secondsPerFile * 1000;
	const events = run({ files, concurrency: 1, timeout });
	events.on("test:pass", (event) => report.add(event, true));
	events.on("test:fail", (event) => report.add(event, false));
	events.on("test:stderr", ({ message }) => report.note(message));
	events.on("test:stdout", ({ message }) => report.note(message));
	// The stream ends only when it is read.
	for await (const _ of events);
}

const files = await chooseFiles(process.argv.slice(2));
const work = await mkdtemp(path.join(tmpdir(), "e2e-"));
const report = new Report();
let stop;

async function cleanUp() {
	await stop?.().catch((error) => console.error(error.message));
	await rm(work, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

for (const [signal, number] of [["SIGINT", 2], ["SIGTERM", 15], ["SIGHUP", 1]]) {
	process.once(signal, async () => {
		await cleanUp();
		process.exit(128 + number);
	});
}

try {
	stop = await startCluster(work);
	await runFiles(files, report);
	if (report.failed)
		report.showEnd(await readFile(`${work}/server.log`, "utf8"));
} finally {
	await cleanUp();
}
process.exitCode = report.finish();
