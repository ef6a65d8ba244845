// Loads calls, and then follows new ones.

import { get, queryText } from "/console/api.js";
import { problem } from "/console/messages.js";

const PAUSE = 1000;

// Watches the calls of a filter while the page is visible, because a browser has only six
// connections to a server. Calls `all(calls)` at the start and after each gap, `one(call)` for each
// new call, and `lost(count)` for calls that came too fast. `ready` resolves after the first load.
export function watch({ filter, last, signal, all, one, lost }) {
  let source = null;
  let timer = 0;
  // The number of the newest call so far.
  let seen = 0;
  let isReady;
  const ready = new Promise((done) => (isReady = done));

  // Loads the newest calls. If the log still has the calls that were seen, follows it from there.
  async function connect() {
    stop();
    const mine = (source = { close() {} });
    try {
      if (seen && (await has(seen))) {
        if (source === mine) listen(seen);
        return;
      }
      const calls = await get("calls", { ...filter, summary: true, last });
      if (source !== mine || signal.aborted) return;
      all(calls);
      isReady();
      seen = calls.at(-1)?.number ?? 0;
      listen(seen);
    } catch (error) {
      if (source !== mine) return;
      // An invalid filter stays invalid.
      if (error.status !== 400) return again();
      all([]);
      problem(`The filter is invalid: ${error.message}`);
    }
  }

  function listen(after) {
    source = new EventSource(`/_emulator/events${queryText({ ...filter, summary: true, after })}`);
    source.addEventListener("error", again);
    source.addEventListener("call", (event) => {
      const call = JSON.parse(event.data);
      seen = call.number;
      one(call);
    });
    source.addEventListener("lost", (event) => lost(JSON.parse(event.data).calls));
  }

  const has = async (number) => (await get(`calls/${number}`).catch(() => null)) !== null;

  function again() {
    stop();
    timer = setTimeout(connect, PAUSE);
  }

  function stop() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  const visible = () => (document.hidden ? stop() : connect());
  document.addEventListener("visibilitychange", visible, { signal });
  signal.addEventListener("abort", stop);
  visible();
  return {
    ready,
    close: () => {
      document.removeEventListener("visibilitychange", visible);
      stop();
    },
  };
}
