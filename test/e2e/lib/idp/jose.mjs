// An identity provider of a few lines on jose: every algorithm, and any claim a test wants.

import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { shortSeconds } from "./lifetime.mjs";

export const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
	"ES256", "ES384", "ES512", "EdDSA", "Ed25519"];

export const audience = "https://api.example.com/todos";

// start makes a key per algorithm. login(user, { algorithm, name, claims }) signs a token.
export async function start({ issuer = "https://issuer.example.com/", only = algorithms } = {}) {
	const pairs = new Map();
	const keys = [];
	for (const alg of only) {
		const pair = await generateKeyPair(alg, { extractable: true });
		pairs.set(alg, pair.privateKey);
		keys.push({ ...(await exportJWK(pair.publicKey)), kid: alg, use: "sig" });
	}

	function login(user, { algorithm = only[0], name = "todos", claims = {} } = {}) {
		return new SignJWT({ sub: user, role: "authenticated", ...claims })
			.setProtectedHeader({ alg: algorithm, kid: algorithm })
			.setIssuer(issuer)
			.setAudience(name === "other" ? "https://other.example.com" : audience)
			.setIssuedAt()
			.setExpirationTime(name === "short" ? `${shortSeconds}s` : "10m")
			.sign(pairs.get(algorithm));
	}

	return { issuer, jwks: async () => ({ keys }), login, stop: async () => {} };
}

// makeKey gives the public half of a key that no provider has.
export async function makeKey(kid) {
	const { publicKey } = await generateKeyPair("ES256");
	return { ...(await exportJWK(publicKey)), kid };
}
