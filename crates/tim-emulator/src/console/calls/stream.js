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
  let isReady;
  const ready = new Promise((done) => (isReady = done));

  async function connect() {
    stop();
    const mine = (source = { close() {} });
    try {
      const calls = await get("calls", { ...filter, summary: true, last });
      if (source !== mine || signal.aborted) return;
      all(calls);
      isReady();
      listen(calls.at(-1)?.number ?? 0);
    } catch (error) {
      if (source !== mine) return;
      // An invalid filter stays invalid.
      if (error.status === 400) problem(error.message);
      else again();
    }
  }

  function listen(after) {
    source = new EventSource(`/_emulator/events${queryText({ ...filter, summary: true, after })}`);
    source.addEventListener("error", again);
    source.addEventListener("call", (event) => one(JSON.parse(event.data)));
    source.addEventListener("lost", (event) => lost(JSON.parse(event.data).calls));
  }

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
  connect();
  return {
    ready,
    close: () => {
      document.removeEventListener("visibilitychange", visible);
      stop();
    },
  };
}
