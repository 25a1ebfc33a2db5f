// The identity provider Better Auth with its plugin jwt: sign-up by e-mail, token over HTTP.

import { createServer } from "node:http";
import { randomBytes } from "node:crypto";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { jwt } from "better-auth/plugins";
import { freePort, host } from "../cluster.mjs";
import { shortSeconds } from "./lifetime.mjs";

export const algorithms = ["EdDSA", "ES256", "RS256", "PS256"];

export const audience = "https://api.example.com/todos";

const password = "correct horse battery staple";

function keyPair(alg) {
	return alg === "EdDSA" ? { alg, crv: "Ed25519" } : { alg };
}

// A name in the user's profile decides on the token, for login() has no other way in.
function definePayload({ user }) {
	const payload = { email: user.email };
	if (user.name === "other")
		payload.aud = "https://other.example.com";
	if (user.name === "short")
		payload.exp = Math.floor(Date.now() / 1000) + shortSeconds;
	return payload;
}

// start runs one server that signs with `algorithm`; sub is the identifier it gives to a user, so
// login() is asked by a name that has nothing to do with it.
export async function start(algorithm) {
	const port = await freePort();
	const baseURL = `http://${host}:${port}`;
	const auth = betterAuth({
		baseURL,
		secret: randomBytes(32).toString("hex"),
		database: memoryAdapter({ user: [], session: [], account: [], verification: [], jwks: [] }),
		emailAndPassword: { enabled: true },
		rateLimit: { enabled: false },
		telemetry: { enabled: false },
		logger: { level: "error" },
		plugins: [jwt({
			jwks: { keyPairConfig: keyPair(algorithm) },
			jwt: { audience, definePayload, expirationTime: "10m" },
		})],
	});
	const server = createServer(toNodeHandler(auth));
	await new Promise((resolve) => server.listen(port, host, resolve));

	return {
		issuer: baseURL,
		jwks: async () => (await fetch(`${baseURL}/api/auth/jwks`)).json(),
		login: (user, { name = "todos" }) => login(baseURL, user, name),
		stop: () => new Promise((resolve) => {
			server.close(resolve);
			server.closeAllConnections();
		}),
	};
}

async function login(baseURL, user, name) {
	const email = `${user.replace(/\W/g, "-")}-${name}@example.com`;
	let response = await post(`${baseURL}/api/auth/sign-in/email`, { email, password }, baseURL);
	if (!response.ok)
		response = await post(`${baseURL}/api/auth/sign-up/email`, { email, password, name }, baseURL);
	if (!response.ok)
		throw new Error(`sign-up answered ${response.status}: ${await response.text()}`);
	const cookie = response.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
	const answer = await fetch(`${baseURL}/api/auth/token`, { headers: { cookie } });
	return (await answer.json()).token;
}

function post(address, body, origin) {
	return fetch(address, {
		method: "POST",
		headers: { "content-type": "application/json", origin },
		body: JSON.stringify(body),
	});
}
