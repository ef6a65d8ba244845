// Tells screen readers about new calls.

import { outcome } from "/console/calls/outcome.js";
import { plural } from "/console/format.js";

// The minimum time between two announcements, in milliseconds.
const PAUSE = 3000;

// Returns a function that takes each new call. Many calls become one sentence.
export function announcer(element, signal) {
  let calls = 0;
  let failed = 0;
  let last = "";
  let timer = 0;

  function announce() {
    timer = calls ? setTimeout(announce, PAUSE) : 0;
    if (calls) element.textContent = calls === 1 ? last : `${plural(calls, "call")}, ${failed} failed at least in part`;
    calls = failed = 0;
  }

  signal.addEventListener("abort", () => clearTimeout(timer));
  return (call) => {
    const { text, kind } = outcome(call);
    calls += 1;
    failed += kind === "ok" ? 0 : 1;
    last = `${call.command ?? call.path} ${call.user ?? ""}: ${text}`;
    timer ||= setTimeout(announce);
  };
}
