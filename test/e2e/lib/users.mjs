// The users of the rows: alice and bob with a token each, and nobody without one.

import { createDatabase, register } from "./cluster.mjs";
import * as jose from "./idp/jose.mjs";

// Subjects in the shape of an often used provider.
export const subjects = { alice: "auth0|64f0alice", bob: "auth0|64f0bob", nobody: null };

// setUp makes the guide's database with one issuer, and gives its users' tokens.
export async function setUp(database, options) {
	const provider = await jose.start({ only: ["RS256"] });
	await createDatabase(database, options);
	await register(database, {
		issuer: provider.issuer,
		jwks: await provider.jwks(),
		audiences: [jose.audience],
	});
	const tokens = {
		alice: await provider.login(subjects.alice),
		bob: await provider.login(subjects.bob),
		nobody: null,
	};
	return { provider, tokens };
}
