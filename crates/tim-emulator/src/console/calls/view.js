// The calls, newest first.

import { api, get } from "/console/api.js";
import { empty } from "/console/copy.js";
import { confirm } from "/console/dialog.js";
import { button, el, setText } from "/console/dom.js";
import { filterOf, filters } from "/console/calls/filters.js";
import { announcer } from "/console/calls/news.js";
import { row } from "/console/calls/row.js";
import { watch } from "/console/calls/stream.js";
import { number, plural } from "/console/format.js";
import { attempt, clear as clearMessages } from "/console/messages.js";
import { go, link } from "/console/router.js";

export const title = "Calls";

const PAGE = 100;
// The maximum number of rows of new calls. Older calls are loaded on request.
const MOST = 200;

export function open({ root, query, signal, about }) {
  const list = el("ol", { class: "calls", "aria-label": "Calls" });
  const count = el("span", { class: "muted", id: "calls-count" });
  const news = el("p", { class: "unseen", "aria-live": "polite", id: "calls-news" });
  const none = el("div", { id: "calls-none", hidden: true });
  const older = button("Older calls", () => attempt(loadOlder), { id: "calls-older", hidden: true });
  const pause = button("Pause", () => setPaused(!paused), { id: "calls-pause", "aria-pressed": "false" });
  const clear = button("Clear", () => attempt(clearLog), { id: "calls-clear" });
  const bar = filters(about.commands, query, signal);
  const exports = el("span", { class: "row" });
  const announce = announcer(news, signal);
  let filter = null;
  let waiting = [];
  // Whether calls between the list and `waiting` were dropped.
  let hasGap = false;
  let paused = false;
  let lost = 0;
  let limit = MOST;
  let stream = null;
  let isDrawing = false;

  root.append(
    el("h2", { class: "unseen" }, "Calls"),
    bar.element,
    el("div", { class: "row bar" }, count, el("span", { class: "space" }), pause, exports, clear),
    news,
    list,
    none,
    older,
  );

  // Starts again with another filter.
  function load(filter) {
    waiting = [];
    hasGap = false;
    lost = 0;
    limit = MOST;
    stream?.close();
    stream = watch({
      filter,
      last: PAGE,
      signal,
      all,
      one,
      lost: (calls) => {
        lost += calls;
        draw();
      },
    });
    const link = (format) => `/_emulator/calls/export?${new URLSearchParams({ ...filter, format })}`;
    exports.replaceChildren(
      el("a", { class: "button", href: link("ndjson"), download: "calls.ndjson" }, "Export NDJSON"),
      el("a", { class: "button", href: link("har"), download: "calls.har" }, "Export HAR"),
    );
  }

  function all(calls) {
    // While the list is paused, it stays as it is.
    if (paused && list.childElementCount) return;
    const open = openNumbers();
    list.replaceChildren(...calls.map((call) => item(call, open)).reverse());
    older.hidden = calls.length < PAGE;
    waiting = [];
    hasGap = false;
    draw();
  }

  function one(call) {
    waiting.push(call);
    if (waiting.length > MOST) {
      waiting.shift();
      hasGap = true;
    }
    announce(call);
    // Many calls can arrive between two frames.
    if (isDrawing) return;
    isDrawing = true;
    requestAnimationFrame(() => {
      isDrawing = false;
      draw();
    });
  }

  function draw() {
    if (!paused) {
      if (hasGap) {
        list.replaceChildren();
        limit = MOST;
        older.hidden = false;
        hasGap = false;
      }
      // The replay of a call can be in the list already.
      const fresh = waiting.filter((call) => !find(call.number));
      list.prepend(...fresh.map((call) => item(call)).reverse());
      waiting = [];
      while (list.childElementCount > limit) {
        list.lastElementChild.remove();
        older.hidden = false;
      }
    }
    const rows = list.childElementCount;
    setText(
      count,
      [rows ? plural(rows, "call") : "", lost ? `${number(lost)} not shown: they arrived too fast` : ""]
        .filter(Boolean)
        .join(", "),
    );
    setText(pause, paused && waiting.length ? `Resume (${waiting.length})` : paused ? "Resume" : "Pause");
    none.hidden = rows > 0;
    if (rows === 0) none.replaceChildren(nothing());
  }

  function nothing() {
    if (Object.keys(filter).length) {
      return empty(
        "No call in the log matches these filters.",
        null,
        button("Remove the filters", () => go("/calls")),
      );
    }
    const { base_url, sdkappid, admins } = about;
    const command = `TIM_BASE_URL=${base_url} TIM_SDKAPPID=${sdkappid} TIM_ADMIN=${admins[0]} tim follow add alice bob`;
    return empty(
      "No calls yet. Set the base URL of your client to the address above. Or set TIM_SECRET_KEY, which the emulator " +
        "prints at its start, and run:",
      command,
    );
  }

  async function loadOlder() {
    const last = list.lastElementChild?.dataset.number ?? Number.MAX_SAFE_INTEGER;
    const calls = await get("calls", { ...filter, summary: true, last: PAGE, before: last });
    limit += calls.length;
    // The call of the address can be in the list already.
    list.append(...calls.map((call) => find(call.number) ?? item(call)).reverse());
    older.hidden = calls.length < PAGE;
    draw();
  }

  async function clearLog() {
    const text =
      "This removes all calls from the log, also for clients of the admin API. Users and relations do not change.";
    if (!(await confirm("Clear the log of calls?", text, "Clear"))) return;
    await api("DELETE", "calls");
    load(filter);
  }

  function setPaused(value) {
    paused = value;
    pause.setAttribute("aria-pressed", String(paused));
    draw();
  }

  const openNumbers = () =>
    new Set([...list.querySelectorAll("details[open]")].map((each) => each.parentElement.dataset.number));
  const find = (number) => list.querySelector(`[data-number="${CSS.escape(number)}"]`);
  const item = (call, open) => row(call, { isOpen: open?.has(String(call.number)) });

  // Shows the call of the address above the list, also if it is not among the newest.
  async function showCall(wanted) {
    if (!wanted) return;
    let found = find(wanted);
    if (!found) {
      const call = await attempt(() => {
        if (!/^\d+$/.test(wanted))
          throw new Error(`The call ${JSON.stringify(wanted)} does not exist: a call has a number.`);
        return get(`calls/${wanted}`);
      });
      if (!call) return;
      // The stream can have added the call meanwhile.
      found = find(wanted) ?? item(call);
      if (!found.isConnected) list.prepend(found);
      draw();
    }
    found.querySelector("details").open = true;
    found.querySelector("summary").focus();
    found.scrollIntoView({ block: "start" });
  }

  function changed(query) {
    const wanted = filterOf(query);
    if (JSON.stringify(wanted) !== JSON.stringify(filter)) {
      filter = wanted;
      clearMessages();
      bar.show(filter);
      load(filter);
    }
    if (query.call) stream.ready.then(() => showCall(query.call));
  }

  bar.onChange((filter) => go(link("/calls", filter), { replace: true }));
  changed(query);
  signal.addEventListener("abort", () => stream.close());
  return changed;
}
