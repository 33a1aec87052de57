/** Does something again and again, one after the other: what takes long makes no queue. Keeps no process alive. */
export function pollEvery(ms: number, task: () => Promise<void>): () => void {
  let isBusy = false;
  const run = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    try {
      await task();
    } finally {
      isBusy = false;
    }
  };
  const timer = setInterval(() => void run(), ms);
  timer.unref();
  return () => clearInterval(timer);
}
