// What the front refuses by itself. Errors of Postgres are passed on as they are.

export class Refusal extends Error {
	// `status` 400 is what the driver turns into an error with fields; others are for people.
	constructor(message, { status = 400, code = "" } = {}) {
		super(message);
		this.status = status;
		this.code = code;
	}
}
