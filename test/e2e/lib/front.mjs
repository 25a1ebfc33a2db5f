// Starts examples/neon-http as a process of its own.

import { fileURLToPath } from "node:url";
import { startChild } from "./children.mjs";
import { host } from "./cluster.mjs";

const program = fileURLToPath(new URL("../../../examples/neon-http/server.mjs", import.meta.url));
const secondsToStart = 20;

// startFront gives { endpoint, stop }, or throws what the front wrote if it ended instead.
export async function startFront(database, environment = {}) {
	const { child, ended } = startChild(process.execPath, [program], {
		env: {
			...process.env,
			DATABASE_URL: `postgresql://${host}:${process.env.E2E_PORT}/${database}`,
			PORT: "0",
			...environment,
		},
		stdio: ["ignore", "pipe", "pipe"],
	});
	const stop = async () => {
		child.kill("SIGTERM");
		await ended;
	};
	const endpoint = await new Promise((resolve, reject) => {
		let written = "";
		const read = (chunk) => {
			written += chunk;
			const address = /listening on (\S+)/.exec(written)?.[1];
			if (address)
				resolve(address);
		};
		child.stdout.on("data", read);
		child.stderr.on("data", read);
		ended.then(() => reject(new Error(written.trim())));
		setTimeout(() => reject(new Error(`not started: ${written}`)), secondsToStart * 1000).unref();
	}).catch(async (error) => {
		await stop();
		throw error;
	});
	return { endpoint, stop };
}
