// An HTTP front for the driver @neondatabase/serverless. See README.md.

import { readConfig } from "./lib/config.mjs";
import { Database } from "./lib/database.mjs";
import { createFront } from "./lib/http.mjs";

let database;
let server;

async function start() {
	const config = readConfig(process.env);
	database = new Database(config);
	await database.checkRoles();
	server = createFront(config, database);
	await new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen(config.port, config.host, resolve);
	});
	console.log(`listening on http://${config.host}:${server.address().port}/sql`);
}

async function stop() {
	server?.close();
	server?.closeAllConnections();
	await database?.end();
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
	process.once(signal, stop);

try {
	await start();
} catch (error) {
	console.error(`neon-http: ${error.message}`);
	process.exitCode = 1;
	await stop();
}
