/** Keeps the screen on until the returned function is called; where that cannot be, nothing happens. */
export function holdScreen(): () => void {
  const { wakeLock } = navigator as Partial<Navigator>;
  let sentinel: WakeLockSentinel | undefined;
  let wanted = true;
  const ask = async (): Promise<void> => {
    // Browsers take it away from a page that is hidden, and refuse it to one.
    if (!wanted || document.visibilityState === 'hidden') return;
    const given = await wakeLock?.request('screen').catch(() => undefined);
    if (wanted) sentinel = given ?? sentinel;
    else void given?.release();
  };
  document.addEventListener('visibilitychange', ask);
  void ask();
  return () => {
    wanted = false;
    document.removeEventListener('visibilitychange', ask);
    void sentinel?.release();
  };
}
