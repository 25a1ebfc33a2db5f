// The page of examples/todos, and a headless Chromium to use it with.

import { mkdir, mkdtemp } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { startChild } from "./children.mjs";
import { host } from "./cluster.mjs";

const program = fileURLToPath(new URL("../../../examples/todos/start.mjs", import.meta.url));
const output = fileURLToPath(new URL("../output/", import.meta.url));
const secondsToStart = 60;

// startApplication starts everything of examples/todos but the server; { address, endpoint, stop }.
export async function startApplication(database, tokenSeconds) {
	const { child, ended } = startChild(process.execPath, [program], {
		env: {
			...process.env,
			PGHOST: host,
			PGPORT: process.env.E2E_PORT,
			PGUSER: "postgres",
			DATABASE: database,
			TOKEN_SECONDS: String(tokenSeconds),
		},
		stdio: ["ignore", "pipe", "pipe"],
	});
	let written = "";
	const stop = async () => {
		child.kill("SIGTERM");
		await ended;
	};
	const address = await new Promise((resolve, reject) => {
		const read = (chunk) => {
			written += chunk;
			const found = /^open (\S+)$/m.exec(written)?.[1];
			if (found)
				resolve(found);
		};
		child.stdout.on("data", read);
		child.stderr.on("data", read);
		ended.then(() => reject(new Error(written.trim())));
		setTimeout(() => reject(new Error(`not started: ${written}`)), secondsToStart * 1000).unref();
	}).catch(async (error) => {
		await stop();
		throw error;
	});
	return { address, endpoint: /^front for SQL: +(\S+)$/m.exec(written)[1], stop };
}

// openBrowser starts Chromium with an empty profile.
export async function openBrowser() {
	const profile = await mkdtemp(path.join(process.env.E2E_FOLDER, "profile-"));
	return chromium.launchPersistentContext(profile, {
		executablePath: "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking"],
		viewport: { width: 900, height: 640 },
		timeout: 60000,
	});
}

export async function takePicture(page, name) {
	await mkdir(output, { recursive: true });
	await page.screenshot({ path: `${output}${name}.png` });
}
