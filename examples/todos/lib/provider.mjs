// The identity provider: oidc-provider with two users, one client and one API.

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";
import { showLogin, showLogout } from "./login.mjs";
import { freePort, host, listen } from "./port.mjs";

// The API that access tokens are for. Without one a provider gives out opaque tokens, which nobody
// but itself can verify.
export const audience = "https://api.example.com/todos";

const clientId = "todos";
const hour = 3600;

const users = new Map([
	["alice", { name: "Alice", password: "wonderland" }],
	["bob", { name: "Bob", password: "builder" }],
]);

// The first key signs. The second is published before it is used, as a provider does that is about
// to change keys.
async function makeKeys() {
	return Promise.all(["key-1", "key-2"].map(async (kid) => {
		const { privateKey } = await generateKeyPair("RS256", { extractable: true });
		return { ...(await exportJWK(privateKey)), kid, alg: "RS256", use: "sig" };
	}));
}

// The one client is this example's own page, so nobody is asked for consent.
async function grantEverything({ oidc }) {
	const { Grant } = oidc.provider;
	const known = oidc.session.grantIdFor(clientId);
	if (known)
		return Grant.find(known);
	const grant = new Grant({ clientId, accountId: oidc.session.accountId });
	grant.addOIDCScope("openid profile");
	grant.addResourceScope(audience, "todos");
	await grant.save();
	return grant;
}

function configuration({ page, tokenSeconds, keys }) {
	return {
		jwks: { keys },
		clients: [{
			client_id: clientId,
			redirect_uris: [page],
			post_logout_redirect_uris: [page],
			response_types: ["code"],
			grant_types: ["authorization_code"],
			token_endpoint_auth_method: "none",
		}],
		clientBasedCORS: () => true,
		cookies: { keys: [randomBytes(16).toString("hex")] },
		claims: { openid: ["sub"], profile: ["name"] },
		// Without user info in the ID token the page would have to ask for the name.
		conformIdTokenClaims: false,
		findAccount: (_, id) => users.has(id) && {
			accountId: id,
			claims: () => ({ sub: id, name: users.get(id).name }),
		},
		interactions: { url: (_, { uid }) => `/login/${uid}` },
		loadExistingGrant: grantEverything,
		pkce: { required: () => true },
		scopes: ["openid"],
		ttl: { AuthorizationCode: 60, Grant: hour, IdToken: hour, Interaction: hour, Session: hour },
		features: {
			devInteractions: { enabled: false },
			resourceIndicators: {
				enabled: true,
				useGrantedResource: () => true,
				getResourceServerInfo: () => ({
					scope: "todos",
					audience,
					accessTokenFormat: "jwt",
					accessTokenTTL: tokenSeconds,
					jwt: { sign: { alg: "RS256" } },
				}),
			},
			rpInitiatedLogout: { enabled: true, logoutSource: showLogout },
		},
	};
}

// startProvider gives { issuer, stop }. `page` is the address of the application.
export async function startProvider({ page, tokenSeconds }) {
	const port = await freePort();
	const issuer = `http://${host}:${port}`;
	const keys = await makeKeys();
	const provider = new Provider(issuer, configuration({ page, tokenSeconds, keys }));
	provider.on("server_error", (_, error) => console.error(error));
	const answer = provider.callback();
	const server = createServer((request, response) => {
		if (!request.url.startsWith("/login/"))
			return answer(request, response);
		return showLogin({ provider, users, request, response });
	});
	return { issuer, stop: await listen(server, port) };
}
