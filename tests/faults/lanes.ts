/** Runs jobs, at most `atOnce` at a time, in their order; gives what they came to in the same order. */
export async function inLanes<Job, Outcome>(
  jobs: readonly Job[],
  atOnce: number,
  run: (job: Job, index: number) => Promise<Outcome>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (;;) {
      const index = next;
      next += 1;
      const job = jobs[index];
      if (job === undefined) return;
      outcomes[index] = await run(job, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, jobs.length) }, lane));
  return outcomes;
}
