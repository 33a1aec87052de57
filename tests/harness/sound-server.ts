import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from './peers.js';
import { type Program, startProgram, temporaryFolder, until } from './process.js';

export interface SoundServer {
  /** What a program needs to find it. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A private PulseAudio that plays into nothing at the right speed: Firefox runs no AudioContext without one. */
export async function startSoundServer(): Promise<SoundServer> {
  const folder = temporaryFolder('pulse');
  const socket = join(folder.path, 'native');
  const env = { HOME: folder.path, XDG_RUNTIME_DIR: folder.path, PULSE_RUNTIME_PATH: folder.path };
  const program: Program = startProgram(
    programPath('pulseaudio'),
    [
      '-n',
      '--daemonize=no',
      '--exit-idle-time=-1',
      '--disable-shm=yes',
      '--load=module-null-sink',
      `--load=module-native-protocol-unix auth-anonymous=1 socket=${socket}`,
    ],
    { env: { ...process.env, ...env } },
  );
  const stop = async (): Promise<void> => {
    await program.stop();
    folder.remove();
  };
  try {
    await until('the sound server', () => (existsSync(socket) ? true : undefined), 5000);
  } catch (error) {
    await stop();
    throw new Error(`pulseaudio did not start: ${program.output()}`, { cause: error });
  }
  return { env: { PULSE_SERVER: `unix:${socket}` }, stop };
}
