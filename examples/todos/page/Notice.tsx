import type { ReactNode } from 'react';

type Props = {
	kind: 'welcome' | 'expired' | 'error';
	title: string;
	action: string;
	onAction: () => void;
	children: ReactNode;
};

// Notice says why there is no list, and what can be done about it.
export function Notice({ kind, title, action, onAction, children }: Props) {
	return (
		<section className={`notice ${kind}`} role={kind === 'welcome' ? undefined : 'alert'}>
			<h2>{title}</h2>
			<p>{children}</p>
			<button className="main" onClick={onAction}>
				{action}
			</button>
		</section>
	);
}
