// Programs in other languages that run SQL with the driver of theirs (test/e2e/clients).
//
// A message is a line of fields: "-" is null, anything else "=" and base64. The first line says where
// to connect: host, port, database, user, key. Each one after it is a request: token, SQL, values.
// The answer is "ok", the number of rows, cells; or "error", SQLSTATE, message.

import { createInterface } from "node:readline";
import { startChild } from "./children.mjs";
import { host } from "./cluster.mjs";

function encode(fields) {
	const words = fields.map((field) => field === null || field === undefined ? "-"
		: `=${Buffer.from(String(field)).toString("base64")}`);
	return `${words.join(" ")}\n`;
}

function decode(line) {
	return line.split(" ").map((field) => field === "-" ? null
		: Buffer.from(field.slice(1), "base64").toString());
}

// startClient runs `command` and gives { run(token, text, values), stop }.
export function startClient(command, { database, user, jwk = null, environment = {} }) {
	const { child, ended } = startChild(command[0], command.slice(1), {
		env: { ...process.env, ...environment },
		stdio: ["pipe", "pipe", "pipe"],
	});
	let written = "";
	child.stderr.on("data", (chunk) => {
		written += chunk;
	});
	child.stdin.on("error", () => {});
	child.stdin.write(encode([host, process.env.E2E_PORT, database, user, jwk]));
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

	async function run(token, text, values) {
		child.stdin.write(encode([token, text, ...values]));
		const { value, done } = await lines.next();
		if (done) {
			const error = await ended;
			throw new Error(`the client ended: ${error?.message ?? written.trim()}`);
		}
		const [kind, ...rest] = decode(value);
		if (kind === "error")
			throw Object.assign(new Error(rest[1]), { code: rest[0] });
		return { rowCount: Number(rest[0]), rows: pairs(rest.slice(1)) };
	}

	return {
		run,
		stop: async () => {
			child.stdin.end();
			await ended;
		},
	};
}

// The rows' queries give two columns.
function pairs(cells) {
	const rows = [];
	for (let i = 0; i < cells.length; i += 2)
		rows.push({ userId: cells[i], task: cells[i + 1] });
	return rows;
}
