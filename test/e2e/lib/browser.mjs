// A browser for login forms: follows redirects, keeps cookies, fills in HTML forms.

const maxSteps = 20;

export class Browser {
	#cookies = new Map();
	#send;

	// send is what stands in for fetch.
	constructor(send = fetch) {
		this.#send = send;
	}

	// visit goes to `address` and on, filling in each form that `answer(fields)` has values for,
	// until a redirect leads to an address that starts with `target`; it returns that address.
	async visit(address, target, answer) {
		let request = [address, {}];
		for (let step = 0; step < maxSteps; step++) {
			const [current, init] = request;
			const response = await this.#fetch(current, init);
			const location = response.headers.get("location");
			if (location) {
				const next = new URL(location, current);
				if (next.href.startsWith(target))
					return next;
				request = [next, {}];
				continue;
			}
			const page = await response.text();
			if (!response.ok)
				throw new Error(`${current} answered ${response.status}: ${page.slice(0, 300)}`);
			request = fillIn(page, current, answer);
		}
		throw new Error(`no end after ${maxSteps} pages and redirects`);
	}

	async #fetch(address, init) {
		const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
		const response = await this.#send(address, { ...init, redirect: "manual", headers: { cookie } });
		for (const line of response.headers.getSetCookie()) {
			const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
			this.#cookies.set(name, value);
		}
		return response;
	}
}

function fillIn(page, current, answer) {
	const form = /<form[^>]*action="([^"]+)"[^>]*>(.*?)<\/form>/s.exec(page);
	if (!form)
		throw new Error(`no form on ${current}`);
	const fields = {};
	for (const [input] of form[2].matchAll(/<input[^>]*>/g)) {
		const name = /name="([^"]*)"/.exec(input)?.[1];
		if (name)
			fields[name] = /value="([^"]*)"/.exec(input)?.[1] ?? "";
	}
	const body = new URLSearchParams({ ...fields, ...answer(fields) });
	return [new URL(form[1], current), { method: "POST", body }];
}
