import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CALL_ERRORS, ERRORS, type ErrorEntry } from '@earshot/base';
import { expect, it } from 'vitest';

const PAGE = fileURLToPath(new URL('../../../docs/errors.md', import.meta.url));
const [BEGIN, END] = ['<!-- errors: begin -->', '<!-- errors: end -->'];

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** One row for each code, in the order of the table, under the part of the code before its dot. */
function tableOf(title: string, entries: readonly (readonly [code: string, entry: ErrorEntry])[]): string {
  const rows = entries.map(
    ([code, { layer, what, next }]) => `| \`${code}\` | ${layer} | ${cell(what)} | ${cell(next)} |`,
  );
  return [`## ${title}`, '', '| code | layer | what | next |', '|---|---|---|---|', ...rows].join('\n');
}

/** With EARSHOT_WRITE_DOCS the page is brought up to date instead. */
it('lists every code as the table has it', () => {
  const page = readFileSync(PAGE, 'utf8');
  const [from, to] = [page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)];
  const others = Object.entries(ERRORS).filter(([code]) => !Object.hasOwn(CALL_ERRORS, code));
  const tables = [tableOf('What a call can meet', Object.entries(CALL_ERRORS)), tableOf('What operators meet', others)];
  const generated = `\n\n${tables.join('\n\n')}\n\n`;
  if (process.env.EARSHOT_WRITE_DOCS !== undefined) {
    writeFileSync(PAGE, page.slice(0, from) + generated + page.slice(to));
    return;
  }
  expect(page.slice(from, to)).toBe(generated);
});
