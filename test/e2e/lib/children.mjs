// Programs that the tests start, ended with the test file whatever happens.

import { spawn } from "node:child_process";

const running = new Set();

process.once("exit", () => {
	for (const child of running)
		child.kill("SIGKILL");
});

// startChild is spawn(), and `ended` beside it: a promise for the program's end, or for its failure
// to start.
export function startChild(command, options, settings) {
	const child = spawn(command, options, settings);
	running.add(child);
	const ended = new Promise((resolve) => {
		child.once("close", () => resolve());
		child.once("error", (error) => resolve(error));
	}).finally(() => running.delete(child));
	return { child, ended };
}
