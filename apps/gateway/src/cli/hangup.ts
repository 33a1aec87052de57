import { closeSync, openSync } from 'node:fs';

/**
 * At SIGHUP reads files again, as services do. From a terminal that was closed the signal means what it meant first: the
 * process ends, rather than to go on where nobody sees it.
 */
export function onHangup(reload: () => void): void {
  const hear = (): void => {
    if (!process.stdout.isTTY || hasTerminal()) {
      reload();
      return;
    }
    process.off('SIGHUP', hear);
    process.kill(process.pid, 'SIGHUP');
  };
  process.on('SIGHUP', hear);
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
