// The identity provider oauth2-mock-server: its tokens by the password grant, over HTTP.

import { OAuth2Server } from "oauth2-mock-server";
import { host } from "../cluster.mjs";
import { shortSeconds } from "./lifetime.mjs";

export const algorithms = ["RS256", "PS256", "ES256", "EdDSA"];

export const audience = "https://api.example.com/todos";

// start runs a server that signs with `algorithm`.
export async function start(algorithm) {
	const server = new OAuth2Server();
	await server.issuer.keys.generate(algorithm);
	await server.start(0, host);
	const { url } = server.issuer;

	async function login(user, { name = "todos" }) {
		server.service.once("beforeTokenSigning", ({ payload }) => {
			payload.sub = user;
			payload.aud = name === "other" ? "https://other.example.com" : audience;
			if (name === "short")
				payload.exp = Math.floor(Date.now() / 1000) + shortSeconds;
		});
		return askForToken(url, user);
	}

	return {
		issuer: url,
		jwks: async () => (await fetch(`${url}/jwks`)).json(),
		login,
		stop: () => server.stop(),
	};
}

async function askForToken(url, username) {
	const form = { grant_type: "password", username, password: "any", scope: "todos" };
	const response = await fetch(`${url}/token`,
		{ method: "POST", body: new URLSearchParams(form) });
	return (await response.json()).access_token;
}
