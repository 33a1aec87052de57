import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { programPath } from './peers.js';
import { type Program, startProgram, temporaryFolder, until } from './process.js';

const run = promisify(execFile);

export interface SoundServer {
  /** What a program needs to find it. */
  readonly env: Readonly<Record<string, string>>;
  /** A microphone is plugged in that picks up this tone (Hz), and nothing else. */
  plug(name: string, frequencyHz: number): Promise<void>;
  /** Pulled out, whoever uses it. */
  unplug(name: string): Promise<void>;
  /** What the system prefers from now on. */
  prefer(name: string): Promise<void>;
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
  const server = { PULSE_SERVER: `unix:${socket}` };
  const control = async (...args: readonly string[]): Promise<string> =>
    (await run(programPath('pactl'), args, { env: { ...process.env, ...env, ...server } })).stdout.trim();
  const modules = new Map<string, string>();
  return {
    env: server,
    stop,
    plug: async (name, frequencyHz) => {
      const load = (module: string, ...args: readonly string[]) => control('load-module', module, ...args);
      // A tone by itself comes in blocks of two seconds; what a sink plays comes as steadily as from a device.
      await load('module-null-sink', `sink_name=${name}-air`);
      await load('module-sine', `sink=${name}-air`, `frequency=${frequencyHz}`);
      const description = `source_properties=device.description=${name}`;
      modules.set(
        name,
        await load('module-remap-source', `master=${name}-air.monitor`, `source_name=${name}`, description),
      );
    },
    unplug: async (name) => void (await control('unload-module', modules.get(name) ?? '')),
    prefer: async (name) => void (await control('set-default-source', name)),
  };
}
