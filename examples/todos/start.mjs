// Starts the application against a PostgreSQL server that has the extension, and prints where it is.
// `run` starts such a server first.
//
// From the environment: PGHOST, PGPORT and PGUSER (a superuser, who makes roles and the database),
// DATABASE (neondb), and TOKEN_SECONDS (600), for how long a token is good.

import { fileURLToPath } from "node:url";
import { setUpDatabase } from "./lib/database.mjs";
import { startFront } from "./lib/front.mjs";
import { freePort, host } from "./lib/port.mjs";
import { audience, startProvider } from "./lib/provider.mjs";
import { startPage } from "./lib/web.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
const database = process.env.DATABASE ?? "neondb";
const tokenSeconds = Number(process.env.TOKEN_SECONDS ?? 600);

// What was started, in order; it is ended from the last to the first.
const started = [];
let ending;

async function start() {
	const page = `http://${host}:${await freePort()}/`;
	const provider = await startProvider({ page, tokenSeconds });
	started.push(provider);
	await setUpDatabase({ folder, database, issuer: provider.issuer, audience });
	const front = await startFront({ database, page });
	started.push(front);
	started.push(await startPage({
		root: `${folder}page`,
		page,
		// The browser gets to know no more than these.
		settings: {
			VITE_ISSUER: provider.issuer,
			VITE_AUDIENCE: audience,
			VITE_SQL_ENDPOINT: front.endpoint,
			VITE_DATABASE_AUTHENTICATED_URL: `postgresql://authenticated@${host}/${database}`,
		},
	}));
	console.log(`identity provider: ${provider.issuer}`);
	console.log(`front for SQL:     ${front.endpoint}`);
	console.log(`open ${page}`);
}

function stop() {
	ending ??= (async () => {
		for (const part of started.reverse())
			await part.stop();
	})();
	return ending;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
	process.once(signal, async () => {
		await stop();
		process.exit(0);
	});
}

try {
	await start();
} catch (error) {
	console.error(error);
	await stop();
	process.exit(1);
}
