// A bar with the use of a limit.

import { el, setText } from "/console/dom.js";
import { number } from "/console/format.js";

// How long the highest number stays marked, in milliseconds.
const PEAK = 10_000;

// Creates a bar. `hasPeak` marks the highest recent number.
export function gauge(label, { hasPeak = false } = {}) {
  const bar = el("span", { class: "fill" });
  const mark = el("span", { class: "peak", hidden: true });
  const text = el("span", { class: "used" });
  const meter = el("div", { role: "meter", "aria-label": label, "aria-valuemin": 0, "aria-valuenow": 0 }, bar, mark);
  const element = el("div", { class: "gauge" }, el("span", {}, label), text, meter);
  let peak = { used: 0, at: 0 };

  // A limit of null means any number.
  function show(used, limit, note = "") {
    const now = performance.now();
    if (used >= peak.used || now - peak.at > PEAK) peak = { used, at: now };
    const most = Math.max(1, limit ?? peak.used);
    const share = (count) => `${Math.min(100, (100 * count) / most)}%`;
    bar.style.setProperty("inline-size", limit === null ? "0" : share(used));
    mark.style.setProperty("inset-inline-start", share(peak.used));
    mark.hidden = !hasPeak || peak.used === 0 || limit === null;
    meter.classList.toggle("high", limit !== null && (hasPeak ? peak.used : used) >= limit);
    meter.setAttribute("aria-valuenow", used);
    meter.setAttribute("aria-valuemax", most);
    const parts = [limit === null ? `${number(used)}, no limit` : `${number(used)} of ${number(limit)}`, note];
    if (hasPeak && peak.used > used) parts.push(`highest ${number(peak.used)}`);
    setText(text, parts.filter(Boolean).join(", "));
  }

  return { element, show };
}
