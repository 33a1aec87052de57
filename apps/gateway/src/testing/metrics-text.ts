/** A sample of the text format of metrics: `name{label="value"} 1`. */
const SAMPLE = /^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (\S+)$/i;
const LABEL = /([a-z_]\w*)="((?:[^"\\]|\\.)*)",?/giy;

/** Reads the text format 0.0.4; throws at the first line that does not follow it. */
export function readMetrics(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  const typed = new Set<string>();
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const [, type] = /^# TYPE (\S+) (?:counter|gauge|histogram)$/.exec(line) ?? [];
    if (type !== undefined) {
      if (typed.has(type)) throw new Error(`${type} twice`);
      typed.add(type);
      continue;
    }
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (name === undefined || value === undefined || !/^(?:[-+]?Inf|NaN|-?[\d.e+-]+)$/.test(value)) {
      throw new Error(`no sample: ${line}`);
    }
    const rest = labels.replace(LABEL, '');
    if (rest !== '') throw new Error(`bad labels: ${line}`);
    const family = name.replace(/_(?:bucket|sum|count)$/, '');
    if (!typed.has(name) && !typed.has(family)) throw new Error(`no type: ${line}`);
    const key = labels === '' ? name : `${name}{${labels}}`;
    if (samples.has(key)) throw new Error(`${key} twice`);
    samples.set(key, Number(value));
  }
  return samples;
}
