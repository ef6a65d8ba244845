// Puts the parts of the page together, and keeps them up to date.

import { get } from "./api.js";
import * as calls from "./calls.js";
import { byId, plural, setText } from "./dom.js";
import * as faults from "./faults.js";
import * as rateLimit from "./rate_limit.js";
import * as state from "./state.js";
import * as users from "./users.js";

// Calls of these commands change nothing that the page shows.
const READS = /_(get|check|get_info)$/;

// Background work that fails says nothing: the head of the page says that nobody answers, and it is tried again.
const quietly = (work) => work().catch(() => {});

// Does `work` again and again while the page is in view. Work that takes long is done less often, so that the emulator
// is busy with it for a twentieth of the time at most.
async function every(ms, work) {
  for (;;) {
    const began = performance.now();
    if (!document.hidden) await quietly(work);
    const took = performance.now() - began;
    await new Promise((done) => setTimeout(done, Math.max(ms, 20 * took)));
  }
}

function live(on, why) {
  const label = byId("live");
  label.classList.toggle("on", on);
  label.classList.toggle("off", !on);
  setText(label, on ? "Live" : why || "Connection lost, trying again");
}

async function info() {
  const about = await get("");
  setText(byId("base-url"), about.base_url);
  setText(byId("app"), String(about.sdkappid));
  setText(byId("admins"), about.admins.join(", "));
  setText(byId("admins-label"), about.admins.length > 1 ? "Admins" : "Admin");
  setText(byId("totals"), about.totals ? totals(about.totals) : "The database is busy");
  state.showSnapshots(about.snapshots, changed);
  return about;
}

function totals({ accounts, follows, friends, blocked }) {
  const more = [friends && `${friends.toLocaleString("en")} on friend lists`, blocked && `${blocked} blocked`];
  return [plural(accounts, "account"), plural(follows, "follow"), ...more.filter(Boolean)].join(", ");
}

// Everything may be different.
async function changed() {
  await Promise.all([info(), users.refresh(), faults.refresh(), rateLimit.refresh(), state.refreshTime()]);
}

// A call that came in, or null for a list of calls that is new as a whole.
function called(call) {
  if (call) rateLimit.saw(call);
  if (call?.faults.length) quietly(faults.refresh);
  if (!call || !READS.test(call.command ?? "")) quietly(users.refresh);
}

async function start() {
  users.start(quietly);
  state.start(changed, () => calls.reload());
  calls.start(called, live);
  for (let about; !about; ) {
    about = await info().catch(() => new Promise((done) => setTimeout(done, 1000)));
    if (about) faults.start(about.commands);
  }
  quietly(rateLimit.start);
  every(400, rateLimit.refresh);
  every(1000, state.refreshTime);
  every(1000, faults.refresh);
  every(3000, users.refresh);
  every(3000, info);
}

start();
