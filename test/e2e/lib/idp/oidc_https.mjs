// The identity provider oidc-provider over https, as a database sees one: its keys change, and
// sometimes it is down.

import { createServer } from "node:https";
import { Provider } from "oidc-provider";
import { customFetch } from "openid-client";
import { fetchTrusting } from "../authority.mjs";
import { freePort, host } from "../cluster.mjs";
import { configuration, discover, login } from "./oidc_provider.mjs";

// start runs a provider with these private keys and a certificate of `authority`. publish(keys) has
// it go on with others; count(path) tells how often a path was asked for.
export async function start(authority, keys) {
	const port = await freePort();
	const issuer = `https://${host}:${port}`;
	const certificate = await authority.issue();
	const paths = [];
	let handler;
	let server;

	function publish(current) {
		const provider = new Provider(issuer, configuration(current));
		provider.on("server_error", (_, error) => console.error(error));
		handler = provider.callback();
	}

	async function listen() {
		server = createServer(certificate, (request, response) => {
			paths.push(request.url);
			handler(request, response);
		});
		await new Promise((resolve) => server.listen(port, host, resolve));
	}

	const stop = () => new Promise((resolve) => {
		server.close(resolve);
		server.closeAllConnections();
	});

	publish(keys);
	await listen();
	const discovered = await discover(issuer,
		{ [customFetch]: fetchTrusting(authority.certificate) });
	return {
		issuer,
		jwksUri: discovered.serverMetadata().jwks_uri,
		login: (user, options) => login(discovered, user, options),
		count: (path) => paths.filter((other) => other === path).length,
		publish,
		listen,
		stop,
	};
}
