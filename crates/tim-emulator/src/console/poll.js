// Work that repeats while the page is visible.

// The maximum pause after slow work, in milliseconds.
const MOST = 10_000;

// Runs `work` now and then every `ms` until the signal aborts. Slow work runs less often, so that
// it takes at most a twentieth of the time of the emulator. An error is ignored: the header shows
// that the emulator does not respond.
export async function every(ms, work, signal) {
  while (!signal?.aborted) {
    const start = performance.now();
    if (!document.hidden) await quietly(work);
    const pause = Math.max(ms, Math.min(20 * (performance.now() - start), MOST));
    await new Promise((done) => {
      const timer = setTimeout(done, pause);
      signal?.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
    });
  }
}

export const quietly = async (work) => {
  try {
    return await work();
  } catch {
    return undefined;
  }
};

// Returns a function that runs `work` once after calls have stopped for `ms`. Nothing runs after
// the signal aborts.
export function debounce(ms, signal, work) {
  let timer = 0;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, ms);
  };
}

// Returns a function that runs `work`. While it runs, further calls cause one more run.
export function single(work) {
  let running = null;
  let again = false;
  const loop = async () => {
    do {
      again = false;
      await work();
    } while (again);
  };
  return () => {
    again = running !== null;
    running ??= loop().finally(() => (running = null));
    return running;
  };
}
