import { useEffect, useState } from 'react';
import { findSession, logIn, logOut, type Session } from './session';
import { Notice } from './Notice';
import { TodoList } from './TodoList';

// Begun once and here: what the provider has sent can be used one time only.
const finding = findSession();

export function App() {
	const [session, setSession] = useState<Session | null>();
	const [problem, setProblem] = useState<Error>();

	useEffect(() => {
		finding.then(setSession, setProblem);
	}, []);

	return (
		<>
			<header>
				<h1>Todos</h1>
				{session && (
					<p className="who">
						<span>
							Logged in as <strong>{session.name}</strong>
						</span>
						<button onClick={() => logOut().catch(setProblem)}>Log out</button>
					</p>
				)}
			</header>
			<main>
				{problem ? (
					<Notice kind="error" title="Login did not work" action="Try again"
						onAction={() => logIn().catch(setProblem)}>
						{problem.message}
					</Notice>
				) : session ? (
					<TodoList token={session.token} onLogIn={() => logIn().catch(setProblem)} />
				) : session === null ? (
					<Notice kind="welcome" title="Your own list" action="Log in"
						onAction={() => logIn().catch(setProblem)}>
						Log in to see your todos. Nobody else can see them: Postgres checks who you are
						for every row.
					</Notice>
				) : (
					<p className="waiting" role="status">One moment</p>
				)}
			</main>
			<footer>
				This page speaks SQL to Postgres with your token. Row-level security and pg_session_jwt
				decide which rows are yours.
			</footer>
		</>
	);
}
