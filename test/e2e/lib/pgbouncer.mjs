// A PgBouncer of its own before the cluster, with one server connection.

import { mkdtemp, writeFile } from "node:fs/promises";
import net from "node:net";
import { startChild } from "./children.mjs";
import { freePort, host } from "./cluster.mjs";

const secondsToStart = 10;

// startPgBouncer serves `database` in the pool mode given. `connectQuery` runs once on each server
// connection.
export async function startPgBouncer(database, { mode, connectQuery }) {
	const folder = await mkdtemp(`${process.env.E2E_FOLDER}/pgbouncer-`);
	const port = await freePort();
	const target = [`host=${host}`, `port=${process.env.E2E_PORT}`, `dbname=${database}`];
	if (connectQuery)
		target.push(`connect_query='${connectQuery.replaceAll("'", "''")}'`);
	await writeFile(`${folder}/users.txt`, '"authenticated" ""\n');
	await writeFile(`${folder}/pgbouncer.ini`, `
[databases]
${database} = ${target.join(" ")}
[pgbouncer]
listen_addr = ${host}
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${folder}/users.txt
pool_mode = ${mode}
default_pool_size = 1
max_client_conn = 20
`);
	const { child, ended } = startChild("pgbouncer", [`${folder}/pgbouncer.ini`],
		{ stdio: ["ignore", "ignore", "pipe"] });
	let log = "";
	child.stderr.on("data", (chunk) => {
		log += chunk;
	});
	let failure;
	ended.then((error) => {
		failure = `pgbouncer ended: ${error?.message ?? log}`;
	});
	await waitForPort(port, () => failure);
	return {
		port,
		stop: async () => {
			child.kill("SIGKILL");
			await ended;
		},
	};
}

async function waitForPort(port, failure) {
	const end = Date.now() + secondsToStart * 1000;
	while (Date.now() < end) {
		const isOpen = await new Promise((resolve) => {
			const socket = net.connect(port, host);
			socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
			socket.once("connect", () => socket.destroy());
		});
		if (isOpen)
			return;
		if (failure())
			throw new Error(failure());
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	throw new Error("pgbouncer did not start");
}
