export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

const COMPACT_FORMS: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  n: 'identity-info',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
  y: 'identity',
};

/** The key of a header: lower case, compact forms (RFC 3261 section 7.3.3 and the IANA registry) written out. */
export function headerKey(name: string): string {
  const lower = name.toLowerCase();
  return Object.hasOwn(COMPACT_FORMS, lower) ? (COMPACT_FORMS[lower] ?? lower) : lower;
}

const SPECIAL_CASE: Readonly<Record<string, string>> = {
  'call-id': 'Call-ID',
  cseq: 'CSeq',
  'www-authenticate': 'WWW-Authenticate',
  'mime-version': 'MIME-Version',
  'sip-etag': 'SIP-ETag',
  'sip-if-match': 'SIP-If-Match',
  'session-id': 'Session-ID',
  rack: 'RAck',
  rseq: 'RSeq',
};

/** How a header is printed: `call-id` and `i` become `Call-ID`. */
export function headerName(name: string): string {
  const key = headerKey(name);
  const special = Object.hasOwn(SPECIAL_CASE, key) ? SPECIAL_CASE[key] : undefined;
  return special ?? key.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}

/** Splits a comma-separated value; commas inside quotes and angle brackets belong to their item. */
export function splitList(value: string): string[] {
  const items: string[] = [];
  let start = 0;
  let quoted = false;
  let angle = false;
  for (let at = 0; at < value.length; at += 1) {
    const char = value.charAt(at);
    if (quoted) {
      if (char === '\\') at += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '<') angle = true;
    else if (char === '>') angle = false;
    else if (char === ',' && !angle) {
      items.push(value.slice(start, at).trim());
      start = at + 1;
    }
  }
  items.push(value.slice(start).trim());
  return items.filter((item) => item !== '');
}

/** An immutable list of header fields in their order, found without regard to case or compact form. */
export class Headers {
  static readonly EMPTY = new Headers([]);
  readonly fields: readonly HeaderField[];

  constructor(fields: readonly HeaderField[]) {
    this.fields = fields;
  }

  static of(record: Readonly<Record<string, string>>): Headers {
    return new Headers(Object.entries(record).map(([name, value]) => ({ name: headerName(name), value })));
  }

  /** The first value, as it stands in its line. */
  get(name: string): string | undefined {
    const key = headerKey(name);
    return this.fields.find((field) => headerKey(field.name) === key)?.value;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Every value, line by line. */
  all(name: string): string[] {
    const key = headerKey(name);
    return this.fields.filter((field) => headerKey(field.name) === key).map((field) => field.value);
  }

  /** Every item of a header whose values are lists, such as Route or Supported. */
  list(name: string): string[] {
    return this.all(name).flatMap(splitList);
  }

  with(name: string, value: string): Headers {
    return new Headers([...this.fields, { name: headerName(name), value }]);
  }

  concat(other: Headers): Headers {
    return other.fields.length === 0 ? this : new Headers([...this.fields, ...other.fields]);
  }
}
