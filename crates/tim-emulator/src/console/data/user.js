// The page of one user: its profile, relations, status and follow graph.

import { get, run, userPath } from "/console/api.js";
import { empty } from "/console/copy.js";
import { blocks } from "/console/data/blocks.js";
import { deleteAccount } from "/console/data/dialogs.js";
import { follows } from "/console/data/follows.js";
import { friends } from "/console/data/friends.js";
import { graphTab } from "/console/data/graph_tab.js";
import { profile } from "/console/data/profile.js";
import { requests } from "/console/data/requests.js";
import { status } from "/console/data/status.js";
import { button, el, setText } from "/console/dom.js";
import { number } from "/console/format.js";
import { attempt, notice, problem } from "/console/messages.js";
import { every } from "/console/poll.js";
import { go, link } from "/console/router.js";

// The tabs: the label, the counter, and a function that builds the tab. It returns a function that
// shows the user in the tab, and is called again after each change.
const TABS = {
  profile: ["Profile", null, profile],
  following: ["Following", (user) => user.following, (context) => follows(context, "following")],
  followers: ["Followers", (user) => user.followers, (context) => follows(context, "followers")],
  friends: ["Friends", (user) => user.friends, friends],
  requests: ["Requests", (user) => user.friend_requests.length + user.requests_sent.length, requests],
  blocks: ["Blocks", (user) => user.blocked, blocks],
  status: ["Status", (user) => Object.keys(user.logins).length, status],
  graph: ["Graph", null, graphTab],
};

export function userPage({ root, signal, about }, name) {
  const nick = el("span", { class: "muted", id: "user-nick" });
  const tabs = el("nav", { class: "tabs", "aria-label": `Parts of ${name}` });
  const box = el("div", { class: "tab" });
  const remove = button("Delete user", () => attempt(deleteUser), { class: "danger" });
  const none = el("div", { class: "tab", hidden: true });
  let tab = null;

  root.append(
    el(
      "div",
      { class: "row bar" },
      el("a", { href: "/data" }, "\u2190 All users"),
      el("h2", { id: "user-title" }, name),
      nick,
      el("span", { class: "space" }),
      remove,
    ),
    none,
    tabs,
    box,
  );
  const links = Object.entries(TABS).map(([key, [label]]) => {
    const count = el("span", { class: "count" });
    return {
      key,
      count,
      anchor: el("a", { href: link("/data", { user: name, tab: key === "profile" ? "" : key }) }, label, " ", count),
    };
  });
  tabs.append(...links.map(({ anchor }) => anchor));

  async function refresh() {
    let user;
    try {
      user = await get(userPath(name));
    } catch (error) {
      if (error.status === 404 && !signal.aborted) missing();
      throw error;
    }
    if (signal.aborted) return;
    for (const part of [tabs, box, remove]) part.hidden = false;
    none.hidden = true;
    setText(nick, [user.nick, user.kicked_at && "kicked"].filter(Boolean).join(", "));
    for (const { key, count } of links) setText(count, TABS[key][1] ? number(TABS[key][1](user)) : "");
    tab?.show(user);
  }

  // Shows that the user does not exist, or does not exist any more.
  function missing() {
    if (!none.hidden) return;
    for (const part of [tabs, box, remove]) part.hidden = true;
    none.hidden = false;
    none.replaceChildren(
      empty(`The user ${JSON.stringify(name)} does not exist.`, null, button("Create this user", create)),
    );
  }

  const create = () =>
    attempt(async () => {
      await run("account_import", { UserID: name });
      await refresh();
    }, `Created ${name}.`);

  async function deleteUser() {
    if (!(await deleteAccount(name, about))) return;
    go("/data");
    notice(`Deleted ${name}.`);
  }

  function changed(query) {
    const key = Object.hasOwn(TABS, query.tab ?? "") ? query.tab : "profile";
    if (tab?.key === key) return;
    tab?.end.abort();
    const end = new AbortController();
    signal.addEventListener("abort", () => end.abort(), { signal: end.signal });
    box.replaceChildren();
    for (const each of links) {
      if (each.key === key) each.anchor.setAttribute("aria-current", "page");
      else each.anchor.removeAttribute("aria-current");
    }
    tab = { key, end, show: TABS[key][2]({ root: box, name, signal: end.signal, refresh }) };
    refresh().catch((error) => error.status === 404 || problem(error.message));
  }

  every(2000, refresh, signal);
  return changed;
}
