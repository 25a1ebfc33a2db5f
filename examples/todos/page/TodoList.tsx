import { useCallback, useEffect, useMemo, useState, type FormEvent } from 'react';
import { Notice } from './Notice';
import { explain, hasExpired, todosOf, type Todo } from './todos';

type Props = { token: string; onLogIn: () => void };

export function TodoList({ token, onLogIn }: Props) {
	const database = useMemo(() => todosOf(token), [token]);
	const [todos, setTodos] = useState<Todo[]>();
	const [problem, setProblem] = useState<Error>();
	const [busy, setBusy] = useState(true);

	// Runs a change, and shows what the database has afterwards.
	const update = useCallback(
		async (change?: () => Promise<unknown>) => {
			setBusy(true);
			try {
				await change?.();
				setTodos(await database.list());
				setProblem(undefined);
				return true;
			} catch (error) {
				setProblem(error as Error);
				return false;
			} finally {
				setBusy(false);
			}
		},
		[database],
	);

	useEffect(() => {
		update();
	}, [update]);

	if (problem && hasExpired(problem)) {
		return (
			<Notice kind="expired" title="Your session has expired" action="Log in again" onAction={onLogIn}>
				The database does not accept your token any more. Your todos are safe.
			</Notice>
		);
	}
	if (problem && !todos) {
		return (
			<Notice kind="error" title="The todos could not be read" action="Try again"
				onAction={() => update()}>
				{explain(problem)}
			</Notice>
		);
	}
	return (
		<section className="card" aria-busy={busy}>
			<NewTodo onAdd={(task) => update(() => database.add(task))} disabled={!todos} />
			{problem && (
				<p className="alarm" role="alert">
					<span>{explain(problem)}</span>
					<button onClick={() => update()}>Try again</button>
				</p>
			)}
			{!todos ? (
				<Loading />
			) : todos.length === 0 ? (
				<p className="empty">Nothing to do yet. Add your first todo above.</p>
			) : (
				<>
					<ul>
						{todos.map((todo) => (
							<Item key={todo.id} todo={todo} onTick={() => update(() => database.tick(todo))}
								onRemove={() => update(() => database.remove(todo))} />
						))}
					</ul>
					<p className="count">{countOpen(todos)}</p>
				</>
			)}
		</section>
	);
}

function countOpen(todos: Todo[]) {
	const open = todos.filter((todo) => !todo.is_complete).length;
	return open === 0 ? 'All done' : `${open} of ${todos.length} to do`;
}

function NewTodo({ onAdd, disabled }: { onAdd: (task: string) => Promise<boolean>; disabled: boolean }) {
	const [task, setTask] = useState('');

	async function submit(event: FormEvent) {
		event.preventDefault();
		const text = task.trim();
		// What was typed stays there if it could not be added.
		if (text && (await onAdd(text)))
			setTask('');
	}

	return (
		<form onSubmit={submit}>
			<input aria-label="New todo" placeholder="What is to be done?" value={task} disabled={disabled}
				onChange={(event) => setTask(event.target.value)} />
			<button className="main" disabled={disabled || !task.trim()}>
				Add
			</button>
		</form>
	);
}

function Item({ todo, onTick, onRemove }: { todo: Todo; onTick: () => void; onRemove: () => void }) {
	return (
		<li className={todo.is_complete ? 'done' : ''}>
			<label>
				<input type="checkbox" checked={todo.is_complete} onChange={onTick} />
				<span>{todo.task}</span>
			</label>
			<button className="remove" aria-label={`Delete ${todo.task}`} title="Delete" onClick={onRemove}>
				&times;
			</button>
		</li>
	);
}

function Loading() {
	return (
		<div className="loading" role="status" aria-label="Loading todos">
			<span /> <span /> <span />
		</div>
	);
}
