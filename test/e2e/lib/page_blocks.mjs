// The blocks of a page in Markdown that a test runs: each has a comment before it, which says how.
//
//	<!-- test: KIND ARGUMENT... -->

const fence = /^```/gm;
const marked = /^<!-- test: (.+) -->\n```\w+\n([^]*?)^```$/gm;

// readBlocks gives { kind, options, text, line }, in order, and fails if a block is not marked.
export function readBlocks(page) {
	const blocks = [...page.matchAll(marked)].map(({ 1: mark, 2: text, index }) => {
		const [kind, ...options] = mark.split(" ");
		return { kind, options, text, line: page.slice(0, index).split("\n").length + 1 };
	});
	const fences = page.match(fence).length / 2;
	if (fences !== blocks.length)
		throw new Error(`${fences} blocks, and ${blocks.length} of them are marked`);
	return blocks;
}

// withoutEnds drops spaces at the ends of lines, and empty lines around the text.
export function withoutEnds(text) {
	return text.split("\n").map((line) => line.trimEnd()).join("\n").trim();
}
