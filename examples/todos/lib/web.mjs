// The page: built by Vite into a temporary folder, and served from there.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { build, preview } from "vite";
import { host } from "./port.mjs";

// startPage builds the page with `settings` as import.meta.env, and serves it at `page`.
export async function startPage({ root, page, settings }) {
	const outDir = await mkdtemp(path.join(tmpdir(), "todos-"));
	const remove = () => rm(outDir, { recursive: true, force: true });
	const define = Object.fromEntries(Object.entries(settings).map(
		([name, value]) => [`import.meta.env.${name}`, JSON.stringify(value)]));
	const common = { root, configFile: false, envDir: false, logLevel: "warn" };
	try {
		await build({ ...common, define, build: { outDir, emptyOutDir: true } });
		const server = await preview({
			...common,
			build: { outDir },
			preview: { host, port: Number(new URL(page).port), strictPort: true },
		});
		const stop = async () => {
			await server.close();
			await remove();
		};
		return { stop };
	} catch (error) {
		await remove();
		throw error;
	}
}
