// Ports on loopback.

import net from "node:net";

export const host = "127.0.0.1";

// freePort asks the system for a port that nobody listens on.
export async function freePort() {
	const server = net.createServer();
	await new Promise((resolve) => server.listen(0, host, resolve));
	const { port } = server.address();
	await new Promise((resolve) => server.close(resolve));
	return port;
}

// listen gives a function that ends the server, with the connections it still has.
export async function listen(server, port) {
	await new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, host, resolve);
	});
	return () => new Promise((resolve) => {
		server.close(resolve);
		server.closeAllConnections();
	});
}
