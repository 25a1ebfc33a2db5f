// One line per row: a row is a test at the top level of a file, its subtests are its checks.

import path from "node:path";

const linesOfLog = 15;

export class Report {
	passed = 0;
	failed = 0;
	#inner = [];
	#notes = [];

	// add takes an event of node:test. A row's checks come before the row itself.
	add({ name, nesting, details, file, skip }, passed) {
		if (nesting > 0) {
			if (!passed)
				this.#inner.push([name, details.error]);
			return;
		}
		const group = path.basename(file ?? name, ".test.mjs");
		const isFile = path.isAbsolute(name) || name.endsWith(".test.mjs");
		if (isFile && passed)
			return;
		const seconds = (details.duration_ms / 1000).toFixed(1);
		const mark = skip !== undefined ? "not run" : passed ? "ok" : "FAILED";
		const title = isFile ? "the file" : name;
		console.log(`${mark.padEnd(8)}${group.padEnd(14)}${title}  (${seconds} s)`);
		if (skip !== undefined) {
			console.log(`        ${skip}`);
		} else if (passed) {
			this.passed++;
		} else {
			this.failed++;
			this.#explain(details.error);
		}
		this.#inner = [];
	}

	// note keeps what a test file wrote, for the case that something fails.
	note(message) {
		this.#notes.push(...message.split("\n").filter(Boolean));
	}

	#explain(error) {
		const [check, inner] = this.#inner[0] ?? ["", error];
		const cause = inner?.cause ?? inner;
		const text = String(cause?.message ?? cause).split("\n").filter(Boolean).slice(0, 12);
		console.log(`        ${check ? `${check}: ` : ""}${text.join("\n        ")}`);
		const place = String(cause?.stack ?? "").split("\n").find((line) => /e2e\/.*mjs:/.test(line)
			&& !line.includes("node_modules"));
		if (place)
			console.log(`       ${place.trimStart().replace(/^at/, " at")}`);
	}

	showEnd(log) {
		const show = (title, lines) => {
			console.log(`--- ${title}`);
			for (const line of lines.slice(-linesOfLog))
				console.log(`    ${line}`);
		};
		show("end of what the tests wrote", this.#notes);
		show("end of the server's log", log.split("\n").filter(Boolean));
	}

	// finish prints the total line, and returns the exit status.
	finish() {
		console.log(`${this.passed} passed, ${this.failed} failed`);
		return this.failed === 0 && this.passed > 0 ? 0 : 1;
	}
}
