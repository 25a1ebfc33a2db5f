// The driver's protocol: what a request means, and the JSON of results and errors.

import pg from "pg";
import { Refusal } from "./refusal.mjs";

const isolationLevels = new Map([
	["ReadUncommitted", "READ UNCOMMITTED"],
	["ReadCommitted", "READ COMMITTED"],
	["RepeatableRead", "REPEATABLE READ"],
	["Serializable", "SERIALIZABLE"],
]);

const errorFields = ["detail", "hint", "position", "internalPosition", "internalQuery", "severity",
	"where", "table", "column", "schema", "dataType", "constraint", "file", "line", "routine"];

export const batchHeaders = ["Neon-Batch-Isolation-Level", "Neon-Batch-Read-Only",
	"Neon-Batch-Deferrable"];

function isTrue(text) {
	return text?.toLowerCase() === "true";
}

function decode(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		throw new Refusal("the connection string is not percent-encoded correctly");
	}
}

// readTarget takes role and database from the connection string. Its host and password are the
// caller's idea and not used: the page in a browser shows them to everybody.
export function readTarget(connectionString) {
	let url;
	try {
		url = new URL(connectionString);
	} catch {
		throw new Refusal("the header Neon-Connection-String is missing or not a URL");
	}
	if (!["postgres:", "postgresql:"].includes(url.protocol))
		throw new Refusal("the connection string must begin with postgresql://");
	return { role: decode(url.username), database: decode(url.pathname.slice(1)) };
}

// readToken gives null when there is none: the caller is then nobody.
export function readToken(authorization) {
	if (authorization === undefined)
		return null;
	const token = /^Bearer +([^ ]+) *$/i.exec(authorization)?.[1];
	if (token === undefined)
		throw new Refusal("the header Authorization must be: Bearer <token>");
	return token;
}

function readQuery(value, arrayMode, rawText) {
	if (typeof value?.query !== "string")
		throw new Refusal('"query" must be a string');
	if (!Array.isArray(value.params ?? []))
		throw new Refusal('"params" must be an array');
	return {
		text: value.query,
		values: value.params ?? [],
		rowMode: (value.arrayMode ?? arrayMode) ? "array" : undefined,
		types: rawText ? asText : asJson,
		// One statement only, also where there are no parameters.
		queryMode: "extended",
	};
}

const asText = { getTypeParser: () => (text) => text };

// Types whose value JSON has; all others stay text.
const { BOOL, INT2, INT4, OID, FLOAT4, FLOAT8, JSON: PLAIN, JSONB } = pg.types.builtins;
const jsonTypes = new Set([BOOL, INT2, INT4, OID, FLOAT4, FLOAT8, PLAIN, JSONB]);
const asJson = {
	getTypeParser: (id) => jsonTypes.has(id) ? pg.types.getTypeParser(id) : (text) => text,
};

// readRequest gives { begin, queries, isBatch } for a parsed body and the request's headers.
export function readRequest(body, headers) {
	const arrayMode = isTrue(headers["neon-array-mode"]);
	const rawText = isTrue(headers["neon-raw-text-output"]);
	if (!Array.isArray(body?.queries))
		return { begin: "BEGIN", queries: [readQuery(body, arrayMode, rawText)], isBatch: false };
	return {
		begin: beginStatement(headers),
		queries: body.queries.map((query) => readQuery(query, arrayMode, rawText)),
		isBatch: true,
	};
}

function beginStatement(headers) {
	const words = ["BEGIN"];
	const level = headers["neon-batch-isolation-level"];
	if (level !== undefined) {
		if (!isolationLevels.has(level))
			throw new Refusal("unrecognized isolation level");
		words.push("ISOLATION LEVEL", isolationLevels.get(level));
	}
	if (isTrue(headers["neon-batch-read-only"]))
		words.push("READ ONLY");
	if (isTrue(headers["neon-batch-deferrable"]))
		words.push("DEFERRABLE");
	return words.join(" ");
}

export function resultJson(result, query) {
	return {
		command: result.command,
		rowCount: result.rowCount,
		rowAsArray: query.rowMode === "array",
		fields: result.fields.map((field) => ({
			name: field.name,
			dataTypeID: field.dataTypeID,
			tableID: field.tableID,
			columnID: field.columnID,
			dataTypeSize: field.dataTypeSize,
			dataTypeModifier: field.dataTypeModifier,
			format: field.format,
		})),
		rows: result.rows,
	};
}

export function errorJson(error) {
	const json = { message: error.message, code: error.code ?? "" };
	for (const name of errorFields)
		json[name] = error[name] ?? null;
	return json;
}
