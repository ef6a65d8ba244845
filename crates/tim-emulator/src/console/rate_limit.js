// Calls of the current second against the rate limit, by command.

import { api, get } from "./api.js";
import { attempt, byId, el, setText } from "./dom.js";

// How long the highest number stays marked, in milliseconds.
const PEAK = 10_000;

const DAY = "calls of this day";

const gauges = new Map();
const box = byId("rate-limit-gauges");
const form = byId("rate-limit-form");

// When calls came, by command: what is counted where no rateLimit counts.
const recent = new Map();

// Hears of each call.
export function saw(call) {
  if (!call.command) return;
  const times = recent.get(call.command) ?? [];
  times.push(performance.now());
  recent.set(call.command, times);
}

export async function refresh() {
  show(await get("rate-limit"));
}

function show(rateLimit) {
  const limit = rateLimit.calls_per_second;
  const window = rateLimit.window === "sliding" ? "sliding second" : "fixed second";
  setText(byId("rate-limit-limit"), limit === null ? "any number of calls" : `${limit} calls a ${window}`);
  const seen = seenInLastSecond();
  const used = limit === null ? seen : rateLimit.used_this_second;
  for (const command of Object.keys(used)) if (!gauges.has(command)) add(command);
  for (const [command, gauge] of gauges) if (command !== DAY) gauge.show(used[command] ?? 0, limit);
  if (rateLimit.calls_per_day !== null) {
    if (!gauges.has(DAY)) add(DAY);
    gauges.get(DAY).show(rateLimit.used_this_day, rateLimit.calls_per_day);
  } else {
    gauges.get(DAY)?.remove();
    gauges.delete(DAY);
  }
}

function seenInLastSecond() {
  const since = performance.now() - 1000;
  for (const [command, times] of recent) recent.set(command, times.filter((at) => at > since));
  return Object.fromEntries([...recent].map(([command, times]) => [command, times.length]));
}

function add(command) {
  const bar = el("span", { class: "fill" });
  const mark = el("span", { class: "peak" });
  const text = el("span", { class: "used" });
  const meter = el("div", { role: "meter", "aria-label": command, "aria-valuemin": 0 }, bar, mark);
  const gauge = el("div", { class: "gauge" }, el("span", {}, command), text, meter);
  box.append(gauge);
  let peak = { used: 0, at: 0 };
  const show = (used, limit) => {
    const now = performance.now();
    if (used >= peak.used || now - peak.at > PEAK) peak = { used, at: now };
    const most = Math.max(limit ?? 0, limit === null ? Math.max(10, peak.used) : 1);
    bar.style.setProperty("inline-size", `${Math.min(100, (100 * used) / most)}%`);
    mark.style.setProperty("inset-inline-start", `${Math.min(100, (100 * peak.used) / most)}%`);
    mark.hidden = peak.used === 0;
    meter.classList.toggle("high", limit !== null && peak.used >= limit);
    meter.setAttribute("aria-valuenow", used);
    meter.setAttribute("aria-valuemax", most);
    const of = limit === null ? `${used} in a second` : `${used} of ${limit.toLocaleString("en")}`;
    setText(text, peak.used > used ? `${of}, peak ${peak.used}` : of);
  };
  gauges.set(command, { show, remove: () => gauge.remove() });
}

const numberOrNull = (field) => (field.value === "" ? null : Number(field.value));

export async function start() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      const calls_per_second = numberOrNull(form.calls_per_second);
      const limits = { calls_per_second, calls_per_day: numberOrNull(form.calls_per_day) };
      show(await api("PUT", "rate-limit", { ...limits, window: form.window.value }));
    });
  });
  const rateLimit = await get("rate-limit");
  form.calls_per_second.value = rateLimit.calls_per_second ?? "";
  form.calls_per_day.value = rateLimit.calls_per_day ?? "";
  form.window.value = rateLimit.window ?? "fixed";
}
