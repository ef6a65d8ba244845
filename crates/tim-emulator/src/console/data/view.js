// The users, and everything about one user.

import { el } from "/console/dom.js";
import { userPage } from "/console/data/user.js";
import { userList } from "/console/data/users.js";

export const title = "Data";

export function open({ root, query, signal, about }) {
  let shown = null;

  // The list and the page of a user have parts of their own, which end when the other one opens.
  function changed(query) {
    const key = query.user === undefined ? "list" : `user ${query.user}`;
    if (shown?.key !== key) {
      shown?.end.abort();
      const end = new AbortController();
      signal.addEventListener("abort", () => end.abort(), { signal: end.signal });
      const part = el("div", { class: "part" });
      root.replaceChildren(part);
      const context = { root: part, signal: end.signal, about };
      const update = query.user === undefined ? userList(context, query) : userPage(context, query.user);
      shown = { key, end, update };
    }
    shown.update(query);
  }

  changed(query);
  return changed;
}
