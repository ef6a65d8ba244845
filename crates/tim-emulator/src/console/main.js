// Opens the view of the address, and keeps the header up to date.

import { get } from "/console/api.js";
import * as calls from "/console/calls/view.js";
import * as data from "/console/data/view.js";
import * as dialog from "/console/dialog.js";
import { byId, el, setText } from "/console/dom.js";
import * as faults from "/console/faults/view.js";
import { number, plural, utc } from "/console/format.js";
import { clear } from "/console/messages.js";
import { every } from "/console/poll.js";
import * as router from "/console/router.js";
import * as state from "/console/state/view.js";
import * as webhooks from "/console/webhooks/view.js";

// Each view has a title, and `open(context)`, which returns a function that is called after each
// change of the query. `context` has the query, the signal that ends with the view, and the
// description of the emulator.
const VIEWS = new Map([
  ["/calls", calls],
  ["/data", data],
  ["/faults", faults],
  ["/webhooks", webhooks],
  ["/state", state],
]);

let about = null;
let open = null;

// Shows the view of the address. A change of the query does not build the view again.
function show() {
  const path = VIEWS.has(router.path()) ? router.path() : "/calls";
  if (open?.path === path) return open.changed(router.query());
  const isFirst = open === null;
  open?.end.abort();
  clear();
  dialog.close();
  const view = VIEWS.get(path);
  const end = new AbortController();
  const root = el("div", { class: "view" });
  byId("main").replaceChildren(root);
  open = { path, end, changed: () => {} };
  open.changed = view.open({ root, query: router.query(), signal: end.signal, about }) ?? open.changed;
  document.title = `${view.title} \u00b7 tim-emulator`;
  for (const anchor of byId("views").children) {
    if (anchor.getAttribute("href") === path) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
  }
  if (!isFirst) {
    scrollTo(0, 0);
    byId("main").focus({ preventScroll: true });
  }
  return undefined;
}

function live(isLive) {
  const label = byId("live");
  label.classList.toggle("on", isLive);
  label.classList.toggle("off", !isLive);
  setText(label, isLive ? "Live" : "Connection lost, trying again");
}

async function header() {
  try {
    const found = await get("");
    // After a restart, the same numbers mean other calls and faults.
    if (about && about.instance !== found.instance) location.reload();
    about = found;
  } catch (error) {
    live(false);
    throw error;
  }
  live(true);
  setText(byId("base-url"), about.base_url);
  setText(byId("app"), String(about.sdkappid));
  setText(byId("admins"), about.admins.join(", "));
  setText(byId("admins-label"), about.admins.length > 1 ? "Admins" : "Admin");
  setText(byId("totals"), about.totals ? totals(about.totals) : "the database is busy");
  const time = await get("time");
  setText(byId("clock"), `${utc(time.now * 1000)} UTC${time.frozen ? ", frozen" : ""}`);
  byId("clock").classList.toggle("warn", time.frozen || time.offset_s !== 0);
}

function totals({ accounts, follows, friends, blocked }) {
  const more = [friends && plural(friends, "friend entry", "friend entries"), blocked && plural(blocked, "block")];
  return [plural(accounts, "user"), plural(follows, "follow"), ...more.filter(Boolean)].join(", ");
}

async function start() {
  for (const [path, view] of VIEWS) byId("views").append(el("a", { href: path }, view.title));
  while (about === null) {
    await header().catch(() => new Promise((done) => setTimeout(done, 1000)));
  }
  router.start(show);
  every(1000, header);
}

start();
