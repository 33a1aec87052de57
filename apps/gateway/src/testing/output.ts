import { vi } from 'vitest';

/** What a command writes. Ends with `vi.restoreAllMocks()`. */
export interface Output {
  out: string;
  errors: string;
}

/** Keeps what is written to both standard streams from now on, instead of writing it. */
export function captureOutput(): Output {
  const output: Output = { out: '', errors: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output.out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    output.errors += String(text);
    return true;
  });
  return output;
}
