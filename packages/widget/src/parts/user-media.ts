import { noChange } from 'lit';
import { AsyncDirective, directive } from 'lit/async-directive.js';
import { type ElementPart, type PartInfo, PartType } from 'lit/directive.js';

/** What the browser draws itself and so lets ask again after a refusal (WICG PEPC, `<usermedia>`). */
interface UserMediaElement extends HTMLElement {
  readonly stream: MediaStream | null;
  setConstraints(constraints: MediaStreamConstraints): void;
}

/** Whether this browser has `<usermedia>`. */
export const offersUserMedia = (): boolean => 'HTMLUserMediaElement' in globalThis;

const isUserMedia = (element: Element): element is UserMediaElement => 'setConstraints' in element;

/** `<usermedia ${allowsMicrophone(run)}>`: `run` once the microphone is allowed, inside the gesture that allowed it. */
class AllowsMicrophone extends AsyncDirective {
  #element: UserMediaElement | undefined;
  #run: () => void = () => undefined;

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error('allowsMicrophone belongs on an element');
  }

  override render(_run: () => void): unknown {
    return noChange;
  }

  override update({ element }: ElementPart, [run]: [run: () => void]): unknown {
    this.#run = run;
    if (this.#element === undefined && isUserMedia(element)) {
      this.#element = element;
      element.setConstraints({ audio: {} });
      element.addEventListener('stream', this.#onStream);
    }
    return noChange;
  }

  protected override disconnected(): void {
    this.#element?.removeEventListener('stream', this.#onStream);
    this.#element = undefined;
  }

  readonly #onStream = (): void => {
    // The call asks for a microphone of its own, with the settings for speech; two would be one too many on phones.
    for (const track of this.#element?.stream?.getTracks() ?? []) track.stop();
    this.#run();
  };
}

export const allowsMicrophone = directive(AllowsMicrophone);
