// The HTTP side: one path, POST for queries and OPTIONS for browsers.

import { createServer } from "node:http";
import pg from "pg";
import { batchHeaders, errorJson, readRequest, readTarget, readToken } from "./protocol.mjs";
import { Refusal } from "./refusal.mjs";

const allowHeaders = ["Authorization", "Content-Type", "Neon-Connection-String",
	"Neon-Raw-Text-Output", "Neon-Array-Mode", "Neon-Pool-Opt-In", ...batchHeaders].join(", ");

export function createFront(config, database) {
	const server = createServer((request, response) => {
		handle(request, response, config, database).catch((error) => {
			console.error(error);
			response.destroy();
		});
	});
	server.requestTimeout = config.requestMs;
	return server;
}

async function handle(request, response, config, database) {
	response.setHeader("Access-Control-Allow-Origin", config.origin);
	response.setHeader("Cache-Control", "no-store");
	if (request.url.split("?")[0] !== "/sql")
		return send(response, 404, { message: "not found; the path is /sql" });
	if (request.method === "OPTIONS")
		return preflight(response);
	if (request.method !== "POST") {
		response.setHeader("Allow", "POST, OPTIONS");
		return send(response, 405, { message: "use POST" });
	}
	try {
		const answer = await runRequest(request, response, config, database);
		const text = JSON.stringify(answer);
		if (Buffer.byteLength(text) > config.maxResponseBytes)
			throw new Refusal("the result is too large", { status: 507 });
		sendText(response, 200, text);
	} catch (error) {
		send(response, statusOf(error), errorJson(error));
	}
}

// An error of Postgres is the caller's: status 400 makes the driver read its fields.
function statusOf(error) {
	if (error instanceof pg.DatabaseError)
		return 400;
	if (error instanceof Refusal)
		return error.status;
	console.error(error);
	return 500;
}

async function runRequest(request, response, config, database) {
	const { headers } = request;
	const target = readTarget(headers["neon-connection-string"]);
	const token = readToken(headers.authorization);
	const parsed = readRequest(await readJson(request, config.maxRequestBytes), headers);
	const results = await database.run(target, token, parsed);
	if (!parsed.isBatch)
		return results[0];
	for (const name of batchHeaders) {
		if (headers[name.toLowerCase()] !== undefined)
			response.setHeader(name, headers[name.toLowerCase()]);
	}
	return { results };
}

async function readJson(request, limit) {
	const chunks = [];
	let size = 0;
	for await (const chunk of request) {
		size += chunk.length;
		if (size > limit)
			throw new Refusal("the request is too large", { status: 413 });
		chunks.push(chunk);
	}
	try {
		return JSON.parse(Buffer.concat(chunks).toString("utf8"));
	} catch {
		throw new Refusal("the body is not JSON");
	}
}

function preflight(response) {
	response.setHeader("Access-Control-Allow-Methods", "POST, OPTIONS");
	response.setHeader("Access-Control-Allow-Headers", allowHeaders);
	response.setHeader("Access-Control-Max-Age", "86400");
	response.writeHead(200).end();
}

function send(response, status, value) {
	sendText(response, status, JSON.stringify(value));
}

function sendText(response, status, text) {
	// A body that was not read to its end leaves the connection unusable.
	if (status === 413)
		response.setHeader("Connection", "close");
	response.writeHead(status, { "Content-Type": "application/json" }).end(text);
}
