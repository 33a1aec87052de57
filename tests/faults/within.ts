import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Chromium, type ChromiumOptions, launchChromium } from '../harness/chromium.js';
import { programPath } from '../harness/peers.js';
import { temporaryFolder, until } from '../harness/process.js';
import type { Namespace } from '../networks/namespace.js';
import { Admin } from './admin.js';

const BRIDGE = fileURLToPath(new URL('./tools/admin-bridge.mjs', import.meta.url));

/** A browser inside a network namespace, driven from outside. `defer` takes what undoes it. */
export async function launchWithin(
  namespace: Namespace,
  options: ChromiumOptions,
  defer: (undo: () => unknown) => void,
): Promise<Chromium> {
  const folder = temporaryFolder('browser-within');
  defer(() => folder.remove());
  const path = join(folder.path, 'chromium');
  const [command, args] = namespace.within(programPath('chromium'), []);
  writeFileSync(path, `#!/bin/sh\nexec ${[command, ...args].join(' ')} "$@"\n`);
  chmodSync(path, 0o755);
  const browser = await launchChromium({ ...options, executablePath: path });
  defer(() => browser.close());
  return browser;
}

/** The admin listener of a gateway inside a network namespace. */
export async function adminWithin(
  namespace: Namespace,
  port: number,
  defer: (undo: () => unknown) => void,
): Promise<Admin> {
  const folder = temporaryFolder('admin');
  defer(() => folder.remove());
  const socketPath = join(folder.path, 'socket');
  const bridge = namespace.start(process.execPath, [BRIDGE, socketPath, String(port)]);
  defer(() => bridge.stop());
  await until('the way to the admin listener', () => (bridge.output().includes('ready') ? true : undefined));
  return new Admin({ socketPath });
}
