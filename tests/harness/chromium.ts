import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { watchFramedPeerConnections, watchPeerConnections } from './page-audio.js';
import { programPath } from './peers.js';
import { temporaryFolder } from './process.js';
import { sine } from './tones.js';
import { type Pcm, writeWav } from './wav.js';

export interface ChromiumOptions {
  /** The tone (Hz) or the sound the microphone picks up, silence, a device that fails to start, or no device at all. */
  readonly microphone?: number | Pcm | 'silent' | 'failing' | 'none';
  /** `asked`: there is a question, and nobody to answer it. */
  readonly permission?: 'granted' | 'denied' | 'asked';
  /** The page's own RTCPeerConnection is left alone, so that the SDK makes its connections as it does for everybody. */
  readonly untouched?: boolean;
  readonly args?: readonly string[];
  /** On top of this process's own, for a sound server for example. */
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of the system's: a program that runs it elsewhere, e.g. in a network namespace. */
  readonly executablePath?: string;
}

export interface Chromium {
  readonly context: BrowserContext;
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

export const CHROMIUM_ARGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const MICROPHONE_SECONDS = 10;

/** What gives Chromium this microphone; files go into `folder`. */
export function deviceArgs(microphone: NonNullable<ChromiumOptions['microphone']>, folder: string): readonly string[] {
  if (microphone === 'none') return [];
  if (microphone === 'failing') return ['--use-fake-device-for-media-stream', '--fail-audio-stream-creation'];
  const file = join(folder, 'microphone.wav');
  writeWav(file, typeof microphone === 'object' ? microphone : toneOf(microphone));
  return ['--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${file}`];
}

function toneOf(microphone: number | 'silent'): Pcm {
  const [frequencyHz, amplitude] = microphone === 'silent' ? [0, 0] : [microphone, 0.5];
  return sine({ frequencyHz, amplitude, seconds: MICROPHONE_SECONDS, bursts: true });
}

const PERMISSION_ARGS = {
  granted: ['--use-fake-ui-for-media-stream'],
  denied: ['--deny-permission-prompts'],
  asked: [],
} as const;

/** The system's Chromium with a profile of its own, both gone after `close`. */
export async function launchChromium(options: ChromiumOptions = {}): Promise<Chromium> {
  const {
    microphone = 440,
    permission = 'granted',
    args = [],
    env = {},
    executablePath = programPath('chromium'),
  } = options;
  const folder = temporaryFolder('chromium');
  const context = await chromium
    .launchPersistentContext(join(folder.path, 'profile'), {
      executablePath,
      headless: true,
      args: [...CHROMIUM_ARGS, ...PERMISSION_ARGS[permission], ...deviceArgs(microphone, folder.path), ...args],
      env: { ...process.env, ...env },
      handleSIGINT: false,
      handleSIGTERM: false,
    })
    .catch((error: unknown) => {
      folder.remove();
      throw error;
    });
  await context.addInitScript(options.untouched === true ? watchFramedPeerConnections : watchPeerConnections);
  return {
    context,
    newPage: () => context.newPage(),
    async close() {
      await context.close();
      folder.remove();
    },
  };
}
