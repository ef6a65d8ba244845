// The calls as they come in, newest first, each with its request and its answer.

import { api, watch } from "./api.js";
import { attempt, byId, confirm, el, json, plural } from "./dom.js";

// So many are shown; older ones are in the record of the emulator.
const MOST = 200;
// How often people who listen to the page hear of new calls, in milliseconds.
const NEWS_PAUSE = 3000;

const list = byId("calls-list");
const filter = byId("calls-filter");
const pause = byId("calls-pause");

let waiting = [];
let drawing = false;
let seen = 0;
let lost = 0;
let unheard = { calls: 0, bad: 0, last: "" };
let newsTimer = 0;

// Asks for the record anew.
export let reload = null;

// Shows calls from now on; `tell` hears of each new one, `live` whether the stream is there.
export function start(tell, live) {
  const all = (records) => {
    waiting = [];
    lost = 0;
    const calls = records.map(readable);
    list.replaceChildren(...calls.map(row).reverse());
    seen = calls.at(-1)?.number ?? 0;
    count();
    tell(null);
  };
  const one = (record) => {
    const call = readable(record);
    seen = call.number;
    waiting.push(call);
    if (waiting.length > MOST) waiting.shift();
    soon();
    news(call);
    tell(call);
  };
  const missed = (calls) => {
    lost += calls;
    count();
  };
  reload = watch({ all, one, lost: missed, live }, MOST);
}

// Many calls may come between two pictures.
function soon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    if (!paused()) draw();
    count();
  });
}

function draw() {
  list.prepend(...waiting.map(row).reverse());
  waiting = [];
  while (list.childElementCount > MOST) list.lastElementChild.remove();
}

function count() {
  const rows = [...list.children];
  const shown = rows.filter((item) => !item.hidden).length;
  const parts = [seen ? `${shown} of ${seen.toLocaleString("en")}` : ""];
  if (lost) parts.push(`${lost} came too fast to show`);
  byId("calls-count").textContent = parts.filter(Boolean).join(", ");
  byId("calls-none").hidden = rows.length > 0;
  pause.textContent = paused() && waiting.length ? `Resume (${waiting.length})` : paused() ? "Resume" : "Pause";
}

const paused = () => pause.getAttribute("aria-pressed") === "true";

// A record with its bodies as JSON, and its target in parts.
function readable(record) {
  const { method, target } = record.request;
  const [path] = target.split("?");
  const pairs = [...new URLSearchParams(target.slice(path.length))];
  const query = Object.fromEntries(pairs.filter(([key]) => key.toLowerCase() !== "usersig"));
  return { ...record, method, path, query, request: body(record.request), response: body(record.response) };
}

function body(message) {
  const text = message?.body ?? message?.body_base64;
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function row(call) {
  const { text, kind } = outcome(call);
  const why = (call.code && call.response?.ErrorInfo) || null;
  const who = [call.user, targets(call.request)].filter(Boolean).join(" \u2192 ");
  const summary = el(
    "summary",
    {},
    el("span", { class: "number" }, String(call.number)),
    el("time", {}, clock(call.at_ms)),
    el("span", { class: "command" }, call.command ?? `${call.method} ${call.path}`),
    el("span", { class: "who", title: [who, why].filter(Boolean).join(": ") }, who, why && el("small", {}, why)),
    el("span", { class: `code ${kind}` }, text),
    el("span", { class: "took" }, took(call.duration_us)),
  );
  const details = el("details", {}, summary);
  details.addEventListener("toggle", () => details.childElementCount > 1 || details.append(inside(call)));
  const words = [call.command, call.path, call.user, call.code, call.status, text];
  const item = el("li", {}, details);
  item.dataset.words = words.join(" ").toLowerCase();
  item.hidden = !fits(item);
  return item;
}

function inside(call) {
  const query = Object.entries(call.query).map(([key, value]) => `${key}=${value}`);
  const faults = call.faults.length ? `Hit by ${plural(call.faults.length, "fault")}: ${call.faults.join(", ")}. ` : "";
  const status = call.status === null ? "closed without an answer" : `HTTP ${call.status}`;
  return el(
    "div",
    { class: "inside" },
    el("p", {}, `${faults}${call.method} ${call.path} as ${query.join(", ")}`),
    el("div", {}, el("h3", {}, "Request"), json(call.request)),
    el("div", {}, el("h3", {}, `Response, ${status}`), json(call.response)),
  );
}

// What came of a call, in a word.
function outcome(call) {
  if (call.status === null) return { text: "closed", kind: "bad" };
  if (call.code === null) return { text: `HTTP ${call.status}`, kind: call.status < 400 ? "part" : "bad" };
  if (call.code !== 0) return { text: String(call.code), kind: "bad" };
  const items = Object.values(call.response ?? {}).filter(Array.isArray).flat();
  const refused = items.filter((item) => item?.ResultCode);
  if (refused.length) return { text: `${refused.length}/${items.length} refused`, kind: "part" };
  return { text: "0 OK", kind: "ok" };
}

// The users that a request is about: in a list, or in the items of one.
function targets(request) {
  const MOST_NAMES = 3;
  if (!request || typeof request !== "object") return "";
  const named = [request.To_Account ?? Object.values(request).filter(Array.isArray)].flat(2);
  const names = named.map((item) => item?.To_Account ?? item).filter((name) => typeof name === "string");
  const more = names.length > MOST_NAMES ? ` +${names.length - MOST_NAMES}` : "";
  return names.slice(0, MOST_NAMES).join(", ") + more;
}

function clock(ms) {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString().slice(11, 23);
}

function took(us) {
  if (us < 10_000) return `${(us / 1000).toFixed(1)} ms`;
  return us < 10_000_000 ? `${Math.round(us / 1000)} ms` : `${Math.round(us / 1e6)} s`;
}

function fits(item) {
  const words = filter.value.toLowerCase().split(/\s+/);
  return words.every((word) => item.dataset.words.includes(word));
}

// One sentence now and then, not one for each of a thousand calls.
function news(call) {
  const { text, kind } = outcome(call);
  unheard.calls += 1;
  unheard.bad += kind === "ok" ? 0 : 1;
  unheard.last = `${call.command ?? call.path} ${call.user ?? ""}: ${text}`;
  newsTimer ||= setTimeout(tellNews);
}

function tellNews() {
  const { calls, bad, last } = unheard;
  newsTimer = calls ? setTimeout(tellNews, NEWS_PAUSE) : 0;
  if (calls) byId("calls-news").textContent = calls === 1 ? last : `${plural(calls, "call")}, ${bad} not fully done`;
  unheard = { calls: 0, bad: 0, last: "" };
}

filter.addEventListener("input", () => {
  for (const item of list.children) item.hidden = !fits(item);
  count();
});

pause.addEventListener("click", () => {
  pause.setAttribute("aria-pressed", String(!paused()));
  if (!paused()) draw();
  count();
});

byId("calls-clear").addEventListener("click", async () => {
  const text = "The emulator forgets what it recorded, also for programs that read it. What the calls did stays.";
  if (!(await confirm("Clear the record of calls?", text, "Clear"))) return;
  await attempt(async () => {
    await api("DELETE", "calls");
    waiting = [];
    list.replaceChildren();
    count();
  });
});
