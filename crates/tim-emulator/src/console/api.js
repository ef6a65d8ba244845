// The admin API. No request of it takes a key, and no answer holds one.

// The JSON of an answer; an error says what the emulator said.
export async function api(method, path, body) {
  const text = typeof body === "string" ? body : body && JSON.stringify(body);
  let answer;
  try {
    answer = await fetch(`/_emulator/${path}`, { method, body: text, cache: "no-store" });
  } catch {
    throw new Error("The emulator does not answer. Is it still running?");
  }
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const error = new Error(value.error ?? `The emulator answered with HTTP status ${answer.status}.`);
    throw Object.assign(error, { refused: true });
  }
  return value;
}

export const get = (path) => api("GET", path);

// Watches calls, for as long as the page is open and in view: a browser keeps only six connections to one server, and a
// page that nobody sees needs none. `handlers` are `all(calls)` at the start and after each gap, `one(call)`,
// `lost(count)` and `live(bool, why)`. Returns a function that begins anew.
export function watch(handlers, last) {
  const PAUSE = 1000;
  let source = null;
  let timer = 0;

  async function connect() {
    stop();
    const mine = (source = { close() {} });
    try {
      const calls = await get(`calls?last=${last}`);
      if (source !== mine) return;
      handlers.all(calls);
      open(calls.at(-1)?.number ?? 0);
    } catch (error) {
      if (source === mine) again(error);
    }
  }

  function open(after) {
    source = new EventSource(`/_emulator/events?after=${after}`);
    source.addEventListener("open", () => handlers.live(true));
    source.addEventListener("error", () => again(null));
    source.addEventListener("call", (event) => handlers.one(JSON.parse(event.data)));
    source.addEventListener("lost", (event) => handlers.lost(JSON.parse(event.data).calls));
  }

  function again(error) {
    stop();
    handlers.live(false, error?.refused && error.message);
    timer = setTimeout(connect, PAUSE);
  }

  function stop() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : connect()));
  connect();
  return connect;
}
