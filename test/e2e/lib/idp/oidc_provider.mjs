// The identity provider oidc-provider, and a login at it with openid-client: code and PKCE,
// through the forms that it shows to a person.

import { randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";
import * as client from "openid-client";
import { Browser } from "../browser.mjs";
import { freePort, host } from "../cluster.mjs";
import { shortSeconds } from "./lifetime.mjs";

export const algorithms = ["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"];

const redirectUri = "http://127.0.0.1:1/callback";
const clientId = "todos";

// A resource is this address and an algorithm, so that one provider signs with all of them.
const resourceBase = "https://api.example.com/";

export function audience(algorithm, name = "todos") {
	return `${resourceBase}${name}/${algorithm}`;
}

// makeKey makes a private key to sign with.
export async function makeKey(alg, kid) {
	const { privateKey } = await generateKeyPair(alg, { extractable: true });
	return { ...(await exportJWK(privateKey)), alg, use: "sig", kid };
}

async function makeKeys() {
	const keys = [];
	for (const alg of algorithms)
		keys.push(await makeKey(alg, `${alg}-1`));
	return keys;
}

// configuration makes a provider of them; of keys for one algorithm it signs with the first.
export function configuration(keys) {
	return {
		jwks: { keys },
		clients: [{
			client_id: clientId,
			redirect_uris: [redirectUri],
			response_types: ["code"],
			grant_types: ["authorization_code"],
			token_endpoint_auth_method: "none",
			application_type: "native",
		}],
		cookies: { keys: [randomBytes(16).toString("hex")] },
		pkce: { required: () => true },
		findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
		ttl: { Session: 600, Grant: 600, Interaction: 600, AuthorizationCode: 60, IdToken: 600 },
		features: {
			devInteractions: { enabled: true },
			resourceIndicators: {
				enabled: true,
				getResourceServerInfo: (_, resource) => ({
					scope: "todos:read todos:write",
					audience: resource,
					accessTokenFormat: "jwt",
					accessTokenTTL: resource.includes("/short/") ? shortSeconds : 600,
					jwt: { sign: { alg: resource.split("/").at(-1) } },
				}),
			},
		},
	};
}

// start runs a provider. Its login(user, { algorithm, name }) gives an access token; one without
// an algorithm asks for no resource, and gets an opaque token.
export async function start() {
	const port = await freePort();
	const issuer = `http://${host}:${port}`;
	const provider = new Provider(issuer, configuration(await makeKeys()));
	provider.on("server_error", (_, error) => console.error(error));
	const server = await new Promise((resolve) => {
		const listening = provider.listen(port, host, () => resolve(listening));
	});
	const discovered = await discover(issuer, { execute: [client.allowInsecureRequests] });
	return {
		issuer,
		jwks: async () => (await fetch(discovered.serverMetadata().jwks_uri)).json(),
		login: (user, options) => login(discovered, user, options),
		stop: () => new Promise((resolve) => {
			server.close(resolve);
			server.closeAllConnections();
		}),
	};
}

// discover is how an application begins.
export function discover(issuer, options) {
	return client.discovery(new URL(issuer), clientId, undefined, client.None(), options);
}

// login gives an access token.
export async function login(discovered, user, { algorithm, name } = {}) {
	const wanted = algorithm ? { resource: audience(algorithm, name) } : {};
	const pkceCodeVerifier = client.randomPKCECodeVerifier();
	const state = client.randomState();
	const start = client.buildAuthorizationUrl(discovered, {
		redirect_uri: redirectUri,
		scope: "openid todos:read todos:write",
		...wanted,
		state,
		code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
		code_challenge_method: "S256",
	});
	const answers = { login: { login: user, password: "any" }, consent: {} };
	const back = await new Browser(discovered[client.customFetch])
		.visit(start, redirectUri, ({ prompt }) => answers[prompt]);
	const tokens = await client.authorizationCodeGrant(discovered, back,
		{ pkceCodeVerifier, expectedState: state }, wanted);
	return tokens.access_token;
}
