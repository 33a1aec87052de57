import { cpus, release } from 'node:os';

/** One figure beside its aim. */
export interface Bar {
  readonly name: string;
  /** Undefined when there was nothing to compare with. */
  readonly value: number | undefined;
  readonly unit: string;
  readonly aim: number;
  readonly ok: boolean;
}

/** What every benchmark prints as JSON. */
export interface BenchReport<Name extends string, Result> {
  readonly name: Name;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly results: readonly Result[];
  readonly bars: readonly Bar[];
  readonly notes: readonly string[];
}

/** What the figures depend on; `peers`: the versions of what was compared or driven. */
export const machineWith = (peers: Readonly<Record<string, string>>): Readonly<Record<string, string | number>> => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  kernel: release(),
  node: process.versions.node,
  ...peers,
});

export const rounded = (value: number): number => Math.round(value * 1000) / 1000;

/** A report for people: the machine, the lines of the benchmark's own table, its bars and notes. */
export function printWith({ machine, bars, notes }: BenchReport<string, unknown>, table: readonly string[]): string {
  const facts = Object.entries(machine)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
  const met = bars.map(
    ({ name, value, unit, aim, ok }) =>
      `${ok ? 'met   ' : 'missed'}  ${value ?? 'no figure'} ${unit}, aim ${aim}: ${name}`,
  );
  return [facts, '', ...table, '', ...met, ...notes].join('\n');
}
