/**
 * Resolves with the first value of `probe` that is neither undefined nor false; rejects after `boundMs` with what was
 * awaited and the last error of the probe. The only way a test waits.
 */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  boundMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + boundMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${boundMs} ms in vain: ${what}`, { cause: lastError });
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
