// The view and its query, in the address of the page.

import { queryText } from "/console/api.js";

let changed = () => {};

export const path = () => (location.pathname === "/" ? "/calls" : location.pathname);
export const query = () => Object.fromEntries(new URLSearchParams(location.search));
export const link = (path, query) => path + queryText(query);

// Opens an address. `replace` keeps the length of the history, for example while somebody types.
export function go(href, { replace = false } = {}) {
  if (href === location.pathname + location.search) return;
  if (replace) history.replaceState(null, "", href);
  else history.pushState(null, "", href);
  changed();
}

// Changes keys of the query of the current view.
export function setQuery(changes, options) {
  go(link(location.pathname, { ...query(), ...changes }), options);
}

// Calls `listener` after each change of the address. Links of the page change the address without a
// new load.
export function start(listener) {
  changed = listener;
  addEventListener("popstate", listener);
  document.addEventListener("click", (event) => {
    const anchor = event.target.closest?.("a[href]");
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    const href = anchor?.getAttribute("href");
    if (!isPlain || !href?.startsWith("/") || href.startsWith("/_emulator/") || anchor.hasAttribute("download")) return;
    event.preventDefault();
    go(href);
  });
  changed();
}
