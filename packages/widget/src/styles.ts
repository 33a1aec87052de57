import { type CSSResult, unsafeCSS } from 'lit';
import call from './styles/call.css?inline';
import keypad from './styles/keypad.css?inline';
import parts from './styles/parts.css?inline';
import theme from './styles/theme.css?inline';
import widget from './styles/widget.css?inline';

/**
 * Sizes follow the font size of the page's root, as the person set it. Where a page bends that to count in tens,
 * `--earshot-rem: 16px` puts it right.
 */
const scalable = (text: string): string =>
  text.replaceAll(/(-?\d*\.?\d+)rem\b/g, 'calc($1 * var(--earshot-rem, 1rem))');

/** Our own text, made into constructed sheets: no policy of a page has to allow them. */
export const styles: CSSResult[] = [theme, call, keypad, parts, widget].map((text) => unsafeCSS(scalable(text)));
