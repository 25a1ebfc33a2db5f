// Settings, from the environment.

function number(environment, name, fallback) {
	const text = environment[name] ?? String(fallback);
	if (!/^\d+$/.test(text))
		throw new Error(`${name} must be a whole number, not "${text}"`);
	return Number(text);
}

function list(text) {
	return text.split(",").map((part) => part.trim()).filter(Boolean);
}

// readConfig takes the server and its databases from DATABASE_URL. The role in it is not used:
// callers name theirs, and it must be one of ROLES.
export function readConfig(environment) {
	const url = new URL(environment.DATABASE_URL ?? "postgresql://localhost/postgres");
	const database = decodeURIComponent(url.pathname.slice(1));
	return {
		postgres: {
			host: url.searchParams.get("host") ?? (url.hostname || "localhost"),
			port: Number(url.port || 5432),
			ssl: ["require", "verify-ca", "verify-full"].includes(url.searchParams.get("sslmode")),
		},
		databases: list(environment.DATABASES ?? database),
		roles: list(environment.ROLES ?? "authenticated,anonymous"),
		host: environment.HOST ?? "127.0.0.1",
		port: number(environment, "PORT", 4444),
		origin: environment.ALLOW_ORIGIN ?? "*",
		poolSize: number(environment, "POOL_SIZE", 10),
		poolWaitMs: number(environment, "POOL_WAIT_MS", 5000),
		requestMs: number(environment, "REQUEST_MS", 30000),
		maxRequestBytes: number(environment, "MAX_REQUEST_BYTES", 1024 * 1024),
		maxResponseBytes: number(environment, "MAX_RESPONSE_BYTES", 10 * 1024 * 1024),
	};
}
