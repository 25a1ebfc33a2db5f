// What the identity provider shows to a person: the form for logging in.

const maxFormBytes = 4096;

const style = `
	:root { color-scheme: light dark; --paper: #fff; --ground: #f3f4f6; --ink: #1f2937;
		--soft: #6b7280; --line: #d1d5db; --accent: #1d4ed8; --alarm: #b42318; }
	@media (prefers-color-scheme: dark) { :root { --paper: #1c2230; --ground: #12161f;
		--ink: #e5e7eb; --soft: #9ca3af; --line: #3a4356; --accent: #7da2ff; --alarm: #ff9c92; } }
	body { margin: 0; min-height: 100vh; display: grid; place-items: center;
		background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
	form { box-sizing: border-box; width: min(22rem, 92vw); padding: 2rem; border-radius: 12px;
		background: var(--paper); border: 1px solid var(--line); }
	h1 { margin: 0; font-size: 1.3rem; }
	p { margin: .25rem 0 0; color: var(--soft); font-size: .9rem; }
	label { display: block; margin-top: 1rem; font-weight: 600; font-size: .9rem; }
	input { box-sizing: border-box; width: 100%; margin-top: .3rem; padding: .55rem .7rem; font: inherit;
		color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: 8px; }
	button { width: 100%; margin: 1.4rem 0 1rem; padding: .6rem; font: inherit; font-weight: 600;
		color: var(--paper); background: var(--accent); border: 0; border-radius: 8px; cursor: pointer; }
	input:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
	.alarm { color: var(--alarm); font-weight: 600; }
	code { font-size: .95em; }`;

// Nothing that a person has typed is put into the page, so there is nothing to escape.
function form(users, wrong) {
	const known = [...users].map(([login, { password }]) =>
		`<br><code>${login}</code> with password <code>${password}</code>`).join("");
	return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Log in</title>
<style>${style}</style>
<form method="post">
	<h1>Log in</h1>
	<p>This is the identity provider of the example.</p>
	${wrong ? '<p class="alarm" role="alert">There is no such user with this password.</p>' : ""}
	<label>User name<input name="login" autocomplete="username" autofocus required></label>
	<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
	<button>Log in</button>
	<p>Known here:${known}</p>
</form>
</html>`;
}

async function readForm(request) {
	let text = "";
	for await (const chunk of request.setEncoding("utf8")) {
		text += chunk;
		if (text.length > maxFormBytes)
			throw new Error("the form is too large");
	}
	return new URLSearchParams(text);
}

function show(response, status, page) {
	response.writeHead(status, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
	response.end(page);
}

// showLogin answers requests for /login/: the form, and what is sent with it.
export async function showLogin({ provider, users, request, response }) {
	try {
		// Fails if this browser has not begun to log in.
		await provider.interactionDetails(request, response);
		if (request.method !== "POST")
			return show(response, 200, form(users, false));
		const fields = await readForm(request);
		const accountId = fields.get("login");
		if (!accountId || users.get(accountId)?.password !== fields.get("password"))
			return show(response, 401, form(users, true));
		return await provider.interactionFinished(request, response, { login: { accountId } },
			{ mergeWithLastSubmission: false });
	} catch (error) {
		console.error(error);
		return show(response, 400, "Please go back to the application and log in from there.");
	}
}

// showLogout ends the provider's session without a question: the person has just pressed "Log out".
export function showLogout(context, form) {
	context.body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>Logging out</title>
${form}
<script>
	const form = document.forms[0];
	const answer = { type: "hidden", name: "logout", value: "yes" };
	form.append(Object.assign(document.createElement("input"), answer));
	form.submit();
</script>
</html>`;
}
