// The HTTP front for the driver, examples/neon-http, as a process of its own.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../neon-http/server.mjs", import.meta.url));

export async function startFront({ database, page }) {
	const { PGHOST, PGPORT } = process.env;
	const child = spawn(process.execPath, [program], {
		env: {
			...process.env,
			DATABASE_URL: `postgresql://${PGHOST}:${PGPORT}/${database}`,
			ROLES: "authenticated,anonymous",
			ALLOW_ORIGIN: new URL(page).origin,
			PORT: "0",
		},
		stdio: ["ignore", "pipe", "inherit"],
	});
	const ended = new Promise((resolve) => child.once("close", resolve));
	const endpoint = await new Promise((resolve, reject) => {
		let written = "";
		child.stdout.setEncoding("utf8").on("data", (chunk) => {
			written += chunk;
			const address = /^listening on (\S+)\n/m.exec(written)?.[1];
			if (address)
				resolve(address);
		});
		child.once("error", reject);
		ended.then(() => reject(new Error("the front did not start")));
	});
	const stop = () => {
		child.kill("SIGTERM");
		return ended;
	};
	return { endpoint, stop };
}
