// The page of examples/todos in Chromium: two people log in at the provider, and keep their todos
// by SQL from the browser. A picture of each state is put into the folder output.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { asSuperuser } from "./lib/cluster.mjs";
import { openBrowser, startApplication, takePicture } from "./lib/page.mjs";

const database = "e2e_todos";
const passwords = { alice: "wonderland", bob: "builder" };
const tokenSeconds = 4;
let application;
let browser;
let page;
let errors = [];

before(async () => {
	application = await startApplication(database, 600);
	browser = await openBrowser();
	page = browser.pages()[0] ?? await browser.newPage();
	page.setDefaultTimeout(15000);
	page.on("pageerror", (error) => errors.push(error.message));
	page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
});

after(async () => {
	await browser?.close();
	await application?.stop();
});

const button = (name) => page.getByRole("button", { name, exact: true });
const item = (task) => page.getByRole("listitem").filter({ hasText: task });
const tasks = () => page.getByRole("listitem").allInnerTexts();
const settled = () => page.locator("section[aria-busy=false]").waitFor();

async function fillIn(user, password) {
	await page.getByLabel("User name").fill(user);
	await page.getByLabel("Password").fill(password);
	await button("Log in").click();
}

async function logIn(user, action = "Log in") {
	await button(action).click();
	await fillIn(user, passwords[user]);
	await page.getByText(/^Logged in as/).waitFor();
}

async function logOut() {
	await button("Log out").click();
	await button("Log in").waitFor();
}

async function add(task) {
	await page.getByLabel("New todo").fill(task);
	await button("Add").click();
	await item(task).waitFor();
}

// askAnything sends SQL from the page, with the token that the page has: what a person could do there
// who opens the browser's tools.
function askAnything(query) {
	return page.evaluate(async ([endpoint, connection, text]) => {
		const key = Object.keys(sessionStorage).find((name) => name.startsWith("oidc.user:"));
		const token = JSON.parse(sessionStorage.getItem(key)).access_token;
		const response = await fetch(endpoint, {
			method: "POST",
			headers: { "Neon-Connection-String": connection, Authorization: `Bearer ${token}` },
			body: JSON.stringify({ query: text, params: [] }),
		});
		return response.json();
	}, [application.endpoint, `postgresql://authenticated@localhost/${database}`, query]);
}

// rows is what the table has, whoever it is for.
async function rows() {
	const result = await asSuperuser(database, (client) => client.query(
		"SELECT user_id, task, is_complete FROM todos ORDER BY id"));
	return result.rows.map((row) => [row.user_id, row.task, row.is_complete]);
}

test("the example has the guide's schema and grants", async () => {
	const example = new URL("../../examples/todos/", import.meta.url);
	const guide = new URL("guide/", import.meta.url);
	for (const [copy, original] of [["page/schema.ts", "schema.ts"], ["grants.sql", "roles.sql"]]) {
		assert.equal(await readFile(new URL(copy, example), "utf8"),
			await readFile(new URL(original, guide), "utf8"));
	}
});

test("log in with code and PKCE, after a wrong password", async () => {
	await page.goto(application.address);
	await button("Log in").waitFor();
	await takePicture(page, "1-logged-out");
	const asking = page.waitForRequest((request) => /\/auth\?/.test(request.url()));
	await button("Log in").click();
	const asked = new URL((await asking).url()).searchParams;
	assert.equal(asked.get("response_type"), "code");
	assert.equal(asked.get("code_challenge_method"), "S256");
	await fillIn("alice", "a wrong one");
	await page.getByRole("alert").waitFor();
	await takePicture(page, "2-login-refused");
	// Chromium writes the status 401 of the form to the console.
	errors = errors.filter((text) => !/status of 401/.test(text));
	await fillIn("alice", passwords.alice);
	await page.getByText("Logged in as Alice").waitFor();
	await page.getByText("Nothing to do yet").waitFor();
	assert.equal(page.url(), application.address, "no code is left in the address");
	await takePicture(page, "3-empty");
});

test("add, tick, delete", async () => {
	for (const task of ["Water the roses", "Buy tea", "Write to the Queen"])
		await add(task);
	await page.getByText("3 of 3 to do").waitFor();
	await item("Buy tea").getByRole("checkbox").click();
	await page.getByText("2 of 3 to do").waitFor();
	await takePicture(page, "4-todos");
	await button("Delete Write to the Queen").click();
	await page.getByText("1 of 2 to do").waitFor();
	await item("Buy tea").getByRole("checkbox").click();
	await page.getByText("2 of 2 to do").waitFor();
	await item("Buy tea").getByRole("checkbox").click();
	await page.getByText("1 of 2 to do").waitFor();
	assert.deepEqual(await rows(), [["alice", "Water the roses", false], ["alice", "Buy tea", true]]);
});

test("a reload keeps the session", async () => {
	await page.reload();
	await page.getByText("1 of 2 to do").waitFor();
	assert.ok(await item("Buy tea").getByRole("checkbox").isChecked());
});

test("bob sees none of alice's, and alice none of bob's", async () => {
	await logOut();
	await logIn("bob");
	await page.getByText("Logged in as Bob").waitFor();
	await page.getByText("Nothing to do yet").waitFor();
	assert.deepEqual(await tasks(), []);
	await add("Mend the fence");
	await settled();
	assert.equal((await tasks()).length, 1);
	await takePicture(page, "5-bob");
	// The page asks for the user's own rows; the policies give no others to those who ask for all.
	assert.deepEqual((await askAnything("SELECT user_id FROM todos")).rows, [{ user_id: "bob" }]);
	assert.equal((await askAnything("DELETE FROM todos WHERE user_id = 'alice'")).rowCount, 0);
	const forged = "INSERT INTO todos (user_id, task) VALUES ('alice', 'forged')";
	assert.equal((await askAnything(forged)).code, "42501");
	errors = errors.filter((text) => !/status of 400/.test(text));
	await logOut();
	await logIn("alice");
	await page.getByText("1 of 2 to do").waitFor();
	const seen = (await tasks()).join();
	assert.match(seen, /Water the roses/);
	assert.doesNotMatch(seen, /Mend the fence/);
	assert.deepEqual((await rows()).map(([user]) => user), ["alice", "alice", "bob"]);
});

test("loading, and errors of the network, are shown", async () => {
	const loading = page.getByRole("status", { name: "Loading todos" });
	let open;
	const gate = new Promise((resolve) => {
		open = resolve;
	});
	await page.route(application.endpoint, async (route) => {
		await gate;
		await route.continue();
	});
	await page.reload();
	await loading.waitFor();
	await takePicture(page, "6-loading");
	open();
	await page.getByText("1 of 2 to do").waitFor();

	await page.unroute(application.endpoint);
	await page.route(application.endpoint, (route) => route.abort());
	await page.getByLabel("New todo").fill("Lost on the way");
	await button("Add").click();
	await page.getByText("The database cannot be reached").waitFor();
	assert.equal((await tasks()).length, 2, "the list stays");
	assert.equal(await page.getByLabel("New todo").inputValue(), "Lost on the way");
	await takePicture(page, "7-error");
	await page.reload();
	await page.getByText("The todos could not be read").waitFor();
	await takePicture(page, "8-error-at-first");
	await page.unroute(application.endpoint);
	await button("Try again").click();
	await page.getByText("1 of 2 to do").waitFor();
	errors = errors.filter((text) => !/net::ERR_FAILED/.test(text));
});

test("an error of the database is shown", async () => {
	await asSuperuser(database, (client) => client.query("REVOKE DELETE ON todos FROM authenticated"));
	await button("Delete Buy tea").click();
	await page.getByText("permission denied for table todos").waitFor();
	await asSuperuser(database, (client) => client.query("GRANT DELETE ON todos TO authenticated"));
	errors = errors.filter((text) => !/status of 400/.test(text));
	await button("Try again").click();
	await page.getByRole("alert").waitFor({ state: "detached" });
});

test("a small window, and dark colours", async () => {
	const usual = page.viewportSize();
	await page.emulateMedia({ colorScheme: "dark" });
	await page.setViewportSize({ width: 360, height: 640 });
	await takePicture(page, "9-small-dark");
	const [wide, window] = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]");
	assert.ok(wide <= window, `${wide} pixels in a window of ${window}`);
	await page.emulateMedia({ colorScheme: "light" });
	await page.setViewportSize(usual);
});

test("nothing went wrong in the page", () => {
	assert.deepEqual(errors, []);
});

test("an expired token shows the expired session", async (t) => {
	const short = await startApplication(`${database}_short`, tokenSeconds);
	t.after(short.stop);
	await page.goto(short.address);
	await logIn("alice");
	await add("Before it is too late");
	await new Promise((resolve) => setTimeout(resolve, tokenSeconds * 1000));
	await page.getByLabel("New todo").fill("Too late");
	await button("Add").click();
	await page.getByText("Your session has expired").waitFor();
	assert.deepEqual(await tasks(), []);
	await takePicture(page, "10-expired");
	// The provider still knows who it is, and gives a new token without a form.
	await button("Log in again").click();
	await item("Before it is too late").waitFor();
	assert.equal((await tasks()).length, 1, "nothing was added with the expired token");
});
