import { parseSdp } from '@earshot/calls';
import type { AudioSection } from '@earshot/telemetry';

/** A description passes by several times: in its message, its repetitions, and as what a leg agrees on. */
const REMEMBERED = 64;
const MOST_CODECS = 16;
const TELEPHONE_EVENT = 'telephone-event';

/** Reads what descriptions say about sound. One for all calls: it remembers the newest. */
export class AudioSections {
  readonly #known = new Map<string, AudioSection | undefined>();

  /** Undefined where there is no audio section, or the text is no description. */
  read(sdp: string): AudioSection | undefined {
    if (this.#known.has(sdp)) return this.#known.get(sdp);
    const section = readAudio(sdp);
    this.#known.set(sdp, section);
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    return section;
  }
}

function readAudio(sdp: string): AudioSection | undefined {
  const description = parseSdp(sdp);
  if (!description.ok) return undefined;
  const audio = description.value.sections.find((section) => section.kind === 'audio');
  if (audio === undefined) return undefined;
  const { direction, formats, address, port, setup, ptimeMs } = audio;
  const names = formats.map(({ name }) => name);
  const isPlain = audio.fingerprints.length === 0;
  return {
    direction,
    codecs: [...new Set(names.filter((name) => name.toLowerCase() !== TELEPHONE_EVENT))].slice(0, MOST_CODECS),
    telephoneEvents: names.some((name) => name.toLowerCase() === TELEPHONE_EVENT),
    // Where a browser's media goes to is decided by ICE; its m= line says 0.0.0.0:9 or the like.
    ...(isPlain && address !== undefined ? { address, port } : {}),
    ...(setup === undefined ? {} : { setup }),
    ...(ptimeMs === undefined ? {} : { packetMs: ptimeMs }),
  };
}
