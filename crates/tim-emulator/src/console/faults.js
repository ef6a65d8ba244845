// Faults as switches. The emulator knows those that are on; the page also remembers those that were.

import { api, get } from "./api.js";
import { attempt, byId, el, plural, setText } from "./dom.js";

// What a new user may want to try.
const READY_MADE = [
  { code: 60007, next: 3 },
  { code: 30006, share: 0.1 },
  { status: 502, next: 1 },
  { hang_up: true, applied: true, next: 1 },
  { latency_ms: 500, jitter_ms: 500 },
];

const form = byId("fault-form");
const list = byId("faults-list");
// By what they do: those that do the same are one switch.
const rows = new Map();

export async function refresh() {
  const faults = await get("faults");
  const on = new Map();
  for (const { id, hits, ...fault } of faults) {
    const key = keyOf(fault);
    const same = on.get(key) ?? { fault, ids: [], hits: 0 };
    on.set(key, { fault, ids: [...same.ids, id], hits: same.hits + hits });
  }
  for (const [key, { fault }] of on) if (!rows.has(key)) addRow(key, fault);
  for (const [key, row] of rows) row.show(on.get(key) ?? { ids: [], hits: 0 });
  setText(byId("faults-count"), faults.length ? `${faults.length} on` : "all off");
  byId("faults-off").disabled = faults.length === 0;
}

const keyOf = (fault) => JSON.stringify(Object.entries(fault).sort());

function addRow(key, fault) {
  const id = `fault-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const label = el("label", { for: id }, ...describe(fault));
  const hits = el("span", { class: "muted" });
  const button = el("button", { type: "button", role: "switch", id, class: "switch" });
  const forget = el("button", { type: "button", class: "quiet", "aria-label": "Remove this fault" }, "\u00d7");
  const item = el("li", {}, button, label, hits, forget);
  let ids = [];

  button.addEventListener("click", () =>
    act(() => (ids.length ? switchOff(ids) : api("POST", "faults", fault))),
  );
  forget.addEventListener("click", () =>
    act(async () => {
      await switchOff(ids);
      rows.delete(key);
      item.remove();
    }),
  );
  const show = (now) => {
    ids = now.ids;
    button.setAttribute("aria-checked", String(ids.length > 0));
    item.classList.toggle("on", ids.length > 0);
    setText(hits, ids.length ? plural(now.hits, "hit") : "");
  };
  rows.set(key, { show });
  list.append(item);
}

// One that was used up meanwhile is off already.
const switchOff = (ids) => Promise.all(ids.map((id) => api("DELETE", `faults/${id}`).catch(() => {})));

async function act(action) {
  await attempt(async () => {
    await action();
    await refresh();
  });
}

// What it does, and in smaller letters to which calls.
function describe(fault) {
  const wait = fault.jitter_ms ? `${fault.latency_ms} to ${fault.latency_ms + fault.jitter_ms}` : fault.latency_ms;
  const what = [
    fault.code !== undefined && `Code ${fault.code}`,
    fault.item_code !== undefined && `Code ${fault.item_code} for a target`,
    fault.latency_ms !== undefined && `Waits ${wait} ms`,
    fault.hang_up && "Closes the connection",
    fault.status !== undefined && `HTTP ${fault.status}`,
    fault.truncate !== undefined && `Answer ends after ${plural(fault.truncate, "byte")}`,
    fault.slow_ms !== undefined && `A byte each ${fault.slow_ms} ms`,
    fault.content_type !== undefined && `Content-Type ${fault.content_type}`,
  ].find(Boolean);
  const things = fault.item_code === undefined ? "call" : "target";
  const some = fault.share && `${+(fault.share * 100).toFixed(2)} % of ${things}s`;
  const calls = [
    fault.next ? `next ${plural(fault.next, things)}` : (some ?? `every ${things}`),
    fault.command && `of ${fault.command}`,
    fault.user && `by ${fault.user}`,
    fault.target && `about ${fault.target}`,
  ];
  const which = [
    calls.filter(Boolean).join(" "),
    fault.next && some,
    fault.lasting_ms && `for ${fault.lasting_ms / 1000} s`,
    fault.applied && "done all the same",
    fault.info && `"${fault.info}"`,
  ].filter(Boolean);
  return [what, el("small", {}, which.join(", "))];
}

// The fields that go with the chosen effect.
function showFields() {
  for (const label of form.querySelectorAll("[data-for]")) {
    label.hidden = !label.dataset.for.split(" ").includes(form.effect.value);
  }
}

function read() {
  const effect = form.effect.value;
  const fault = {};
  const number = (key, from = key, times = 1) => {
    const field = form.elements[from];
    if (!field.closest("label").hidden && field.value !== "") fault[key] = +(Number(field.value) * times).toPrecision(12);
  };
  const text = (key) => {
    const field = form.elements[key];
    if (!field.closest("label").hidden && field.value !== "") fault[key] = field.value;
  };
  if (effect === "hang_up") fault.hang_up = true;
  else if (effect === "content_type") fault.content_type = form.content_type.value;
  else number(effect, effect === "item_code" ? "code" : effect);
  ["jitter_ms", "next"].forEach((key) => number(key));
  number("share", "percent", 0.01);
  number("lasting_ms", "seconds", 1000);
  ["info", "command", "user", "target"].forEach(text);
  if (!form.applied.closest("label").hidden && form.applied.checked) fault.applied = true;
  return fault;
}

export function start(commands) {
  form.command.append(...commands.map((name) => el("option", { value: name }, name)));
  form.effect.addEventListener("change", showFields);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(() => api("POST", "faults", read()));
  });
  byId("faults-off").addEventListener("click", () => act(() => api("DELETE", "faults")));
  for (const fault of READY_MADE) addRow(keyOf(fault), fault);
  showFields();
}
