import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Every file below a folder, but for folders of these names. */
export function* sources(folder, skipped = []) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) yield path;
    else if (!skipped.includes(entry.name)) yield* sources(path, skipped);
  }
}
