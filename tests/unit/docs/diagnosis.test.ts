import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { catalogueMarkdown } from '@earshot/diagnosis';
import { expect, it } from 'vitest';

const PAGE = fileURLToPath(new URL('../../../docs/diagnosis.md', import.meta.url));
const [BEGIN, END] = ['<!-- catalogue: begin -->', '<!-- catalogue: end -->'];

/** With EARSHOT_WRITE_DOCS the page is brought up to date instead. */
it('lists every verdict as the catalogue has it', () => {
  const page = readFileSync(PAGE, 'utf8');
  const [from, to] = [page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)];
  const table = `\n\n${catalogueMarkdown().trim()}\n\n`;
  if (process.env.EARSHOT_WRITE_DOCS !== undefined) writeFileSync(PAGE, page.slice(0, from) + table + page.slice(to));
  else expect(page.slice(from, to)).toBe(table);
});
