import { noChange } from 'lit';
import { AsyncDirective, directive } from 'lit/async-directive.js';
import { type ElementPart, type PartInfo, PartType } from 'lit/directive.js';

/**
 * What the browser draws itself, and by which it asks again after a refusal (WICG PEPC). `<microphone>` says what it is
 * for; `<usermedia>`, which came first, offers the camera as well in some versions.
 */
export type AskingElement = 'microphone' | 'usermedia';

interface PermissionElement extends HTMLElement {
  /** Of `<microphone>`. */
  readonly track?: MediaStreamTrack | null;
  /** Of `<usermedia>`. */
  readonly stream?: MediaStream | null;
  setConstraints(constraints: MediaStreamConstraints): void;
}

/** Undefined in browsers that have neither. */
export function askingElement(): AskingElement | undefined {
  if ('HTMLMicrophoneElement' in globalThis) return 'microphone';
  return 'HTMLUserMediaElement' in globalThis ? 'usermedia' : undefined;
}

const asks = (element: Element): element is PermissionElement => 'setConstraints' in element;

/** `<microphone ${onAllowed(run)}>`: `run` once the microphone is allowed, inside the gesture that allowed it. */
class OnAllowed extends AsyncDirective {
  #element: PermissionElement | undefined;
  #run: () => void = () => undefined;

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error('onAllowed belongs on an element');
  }

  override render(_run: () => void): unknown {
    return noChange;
  }

  override update({ element }: ElementPart, [run]: [run: () => void]): unknown {
    this.#run = run;
    if (this.#element === undefined && asks(element)) {
      this.#element = element;
      element.setConstraints({ audio: {} });
      for (const type of ['track', 'stream']) element.addEventListener(type, this.#onAllowed);
    }
    return noChange;
  }

  protected override disconnected(): void {
    for (const type of ['track', 'stream']) this.#element?.removeEventListener(type, this.#onAllowed);
    this.#element = undefined;
  }

  readonly #onAllowed = (): void => {
    const { track, stream } = this.#element ?? {};
    // The call asks for a microphone of its own, with the settings for speech; two would be one too many on phones.
    for (const each of [track, ...(stream?.getTracks() ?? [])]) each?.stop();
    this.#run();
  };
}

export const onAllowed = directive(OnAllowed);
