// Loads a component of the guide as it stands, with its imports led to other modules.

import { mkdir } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const guide = new URL("../guide/", import.meta.url);
const bundles = new URL("../.bundle/", import.meta.url);

// loadComponent bundles guide/<file>. `modules` maps the imports of the guide to what stands in for
// them: the name of an installed package, or the source of a module.
export async function loadComponent(file, modules) {
	await mkdir(bundles, { recursive: true });
	const outfile = fileURLToPath(new URL(`${file}.mjs`, bundles));
	await build({
		entryPoints: [fileURLToPath(new URL(file, guide))],
		outfile,
		bundle: true,
		platform: "node",
		format: "esm",
		jsx: "automatic",
		packages: "external",
		logLevel: "error",
		plugins: [{
			name: "modules",
			setup(builder) {
				for (const [name, target] of Object.entries(modules)) {
					const filter = new RegExp(`^${name}$`);
					builder.onResolve({ filter }, () => target.includes("export ")
						? { path: name, namespace: "source", pluginData: target }
						: { path: target, external: true });
				}
				builder.onLoad({ filter: /./, namespace: "source" }, ({ pluginData }) => (
					{ contents: pluginData, loader: "js" }));
			},
		}],
	});
	return import(`${pathToFileURL(outfile)}?${Date.now()}`);
}
