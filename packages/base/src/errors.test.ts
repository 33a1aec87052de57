import { describe, expect, it } from 'vitest';
import { describeFault, ERRORS, fault, isErrorCode, RETIRED_CODES } from './errors.js';

describe('the error table', () => {
  it('names codes as area.reason and says what and what next as sentences', () => {
    for (const [code, { what, next }] of Object.entries(ERRORS)) {
      expect(code).toMatch(/^[a-z]+\.[a-z_]+$/);
      expect(what, code).toMatch(/^[A-Z].*\.$/);
      expect(next, code).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('never brings a retired code back', () => {
    for (const code of RETIRED_CODES) expect(isErrorCode(code)).toBe(false);
  });

  it('puts code, place, reason and next step into one line', () => {
    expect(describeFault(fault('config.invalid', 'a port is 0 to 65535', 'http.port'))).toBe(
      'config.invalid: The configuration has mistakes. (http.port: a port is 0 to 65535) Each one is listed with its path and what is allowed.',
    );
  });
});
