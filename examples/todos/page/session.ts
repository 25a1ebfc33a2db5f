// Who is logged in: authorization code and PKCE at the identity provider.

import { UserManager } from 'oidc-client-ts';

export type Session = { name: string; token: string };

const page = `${location.origin}/`;

const manager = new UserManager({
	authority: import.meta.env.VITE_ISSUER,
	client_id: 'todos',
	redirect_uri: page,
	post_logout_redirect_uri: page,
	scope: 'openid profile todos',
	// The API that the access token is for; without it the provider's token would be opaque.
	resource: import.meta.env.VITE_AUDIENCE,
	automaticSilentRenew: false,
});

// findSession ends a login that has just come back from the provider, or else gives the session that
// this tab has. Whether its token is still good is left to the database to say.
export async function findSession(): Promise<Session | null> {
	const answer = new URLSearchParams(location.search);
	if (answer.has('state')) {
		const back = location.href;
		history.replaceState(null, '', page);
		if (answer.has('code') || answer.has('error'))
			await manager.signinCallback(back);
		else
			await manager.signoutCallback(back);
	}
	const user = await manager.getUser();
	return user && { name: user.profile.name ?? user.profile.sub, token: user.access_token };
}

export function logIn() {
	return manager.signinRedirect();
}

export function logOut() {
	return manager.signoutRedirect();
}
