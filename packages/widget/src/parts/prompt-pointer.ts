import { noChange } from 'lit';
import { Directive, directive, type ElementPart, type PartInfo, PartType } from 'lit/directive.js';

/** Shows its element above everything else of the page while `shown`. It is a popover, so that no parent clips it. */
class ShownOnTop extends Directive {
  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error('shownOnTop belongs on an element');
  }

  override render(_shown: boolean): unknown {
    return noChange;
  }

  override update({ element }: ElementPart, [shown]: [shown: boolean]): unknown {
    // After this turn: the element is not in the document before.
    queueMicrotask(() => {
      if (!(element instanceof HTMLElement) || !element.isConnected || !('popover' in element)) return;
      if (element.matches(':popover-open') !== shown) element.togglePopover(shown);
    });
    return noChange;
  }
}

export const shownOnTop = directive(ShownOnTop);
