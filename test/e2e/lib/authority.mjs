// A certification authority for the tests, made with the openssl command line.

import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { promisify } from "node:util";
import { host } from "./cluster.mjs";

const run = promisify(execFile);
const makesKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

// makeAuthority gives { file, certificate, issue } of an authority that keeps its files in `folder`.
// issue() gives { cert, key } of a server on loopback.
export async function makeAuthority(folder) {
	const at = (name) => `${folder}/${name}`;
	await mkdir(folder, { recursive: true });
	await run("openssl", ["req", "-x509", ...makesKey, "-days", "2", "-subj", "/CN=test authority",
		"-keyout", at("ca.key"), "-out", at("ca.pem")]);

	async function issue() {
		await writeFile(at("names"), `subjectAltName = IP:${host}\n`);
		await run("openssl", ["req", "-new", ...makesKey, "-subj", "/CN=test server",
			"-keyout", at("key"), "-out", at("request")]);
		await run("openssl", ["x509", "-req", "-days", "2", "-in", at("request"), "-CA", at("ca.pem"),
			"-CAkey", at("ca.key"), "-CAcreateserial", "-extfile", at("names"), "-out", at("cert")]);
		return { cert: await readFile(at("cert")), key: await readFile(at("key")) };
	}

	return { file: at("ca.pem"), certificate: await readFile(at("ca.pem")), issue };
}

// fetchTrusting is fetch() that trusts one authority. Node's own takes none but at the start of the
// process.
export function fetchTrusting(certificate) {
	return (address, { method = "GET", headers = {}, body } = {}) => new Promise((resolve, reject) => {
		const form = body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
		// Without an agent no connection is kept, to a server that may be down the next time.
		const asked = request(address,
			{ method, ca: certificate, agent: false, headers: { ...form, ...headers } });
		asked.once("error", reject);
		asked.once("response", (answer) => readAnswer(answer).then(resolve, reject));
		asked.end(body?.toString());
	});
}

async function readAnswer(answer) {
	const headers = new Headers();
	for (let i = 0; i < answer.rawHeaders.length; i += 2)
		headers.append(answer.rawHeaders[i], answer.rawHeaders[i + 1]);
	const chunks = [];
	for await (const chunk of answer)
		chunks.push(chunk);
	return new Response(Buffer.concat(chunks), { status: answer.statusCode, headers });
}
