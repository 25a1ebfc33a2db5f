// The user's todos: SQL from the browser, with the user's token. Policies decide about every row, so
// there is no server of the application in between.

import { neon, neonConfig, NeonDbError } from '@neondatabase/serverless';

export type Todo = { id: string; task: string; is_complete: boolean };

neonConfig.fetchEndpoint = import.meta.env.VITE_SQL_ENDPOINT;

export function todosOf(token: string) {
	const sql = neon(import.meta.env.VITE_DATABASE_AUTHENTICATED_URL, {
		authToken: token,
		disableWarningInBrowsers: true,
	});
	return {
		// The filter is optional because of RLS, and lets Postgres use an index.
		list: async () => (await sql`SELECT id, task, is_complete FROM todos
			WHERE user_id = auth.user_id() ORDER BY id`) as Todo[],
		// user_id is not named: its default is auth.user_id().
		add: (task: string) => sql`INSERT INTO todos (task) VALUES (${task})`,
		tick: ({ id, is_complete }: Todo) =>
			sql`UPDATE todos SET is_complete = ${!is_complete} WHERE id = ${id}`,
		remove: ({ id }: Todo) => sql`DELETE FROM todos WHERE id = ${id}`,
	};
}

export type Todos = ReturnType<typeof todosOf>;

// hasExpired tells an error of the extension: log in again, and all is well.
export function hasExpired(error: unknown) {
	return error instanceof NeonDbError && error.code === '23514'
		&& error.message === 'Token used after it has expired';
}

// explain puts an error into words for the person at the page.
export function explain(error: Error) {
	return error instanceof NeonDbError && !error.code
		? 'The database cannot be reached. Is the connection to the network up?'
		: error.message;
}
