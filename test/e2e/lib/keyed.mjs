// Tokens for a connection key: what a gateway that speaks the 0.5.0 protocol sends.

import { generateKeyPairSync, sign } from "node:crypto";

// The header that such a gateway sends, byte for byte.
const header = Buffer.from('{"alg":"EdDSA"}').toString("base64url");

export class ConnectionKey {
	#privateKey;
	#jti = 0;

	// jwk is the public half, in the compact form that goes into the startup packet.
	constructor() {
		const { publicKey, privateKey } = generateKeyPairSync("ed25519");
		this.#privateKey = privateKey;
		const { x } = publicKey.export({ format: "jwk" });
		this.jwk = JSON.stringify({ kty: "OKP", crv: "Ed25519", x });
	}

	// awkwardJwk is the same key as JSON with spaces, a quote and a backslash in it.
	get awkwardJwk() {
		const { kty, crv, x } = JSON.parse(this.jwk);
		const note = JSON.stringify('a "quoted" \\ note, it\'s odd');
		return `{ "note": ${note},\t"kty": "${kty}", "crv": "${crv}",  "x": "${x}" }`;
	}

	// mint signs a token with the next jti.
	mint(sub, claims = {}) {
		const exp = Math.floor(Date.now() / 1000) + 300;
		const payload = Buffer.from(JSON.stringify({ sub, exp, ...claims, jti: ++this.#jti }));
		const signed = `${header}.${payload.toString("base64url")}`;
		return `${signed}.${sign(null, Buffer.from(signed), this.#privateKey).toString("base64url")}`;
	}
}

// startupOption escapes a key as the server's option parser undoes it: a backslash before each
// backslash and each white space, and nothing else.
export function startupOption(jwk) {
	return `-c pg_session_jwt.jwk=${jwk.replace(/[\\\s]/g, "\\$&")}`;
}
