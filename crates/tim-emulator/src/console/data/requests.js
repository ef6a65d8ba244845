// The friend requests to a user and from it.

import { api, segment, userPath } from "/console/api.js";
import { button, el } from "/console/dom.js";
import { utc } from "/console/format.js";
import { attempt } from "/console/messages.js";
import { link } from "/console/router.js";
import { table } from "/console/table.js";

export function requests({ root, name, refresh }) {
  let shown = "";

  const userCell = (user) => el("th", { scope: "row" }, el("a", { href: link("/data", { user }) }, user));

  function respond(to, from, action) {
    return attempt(async () => {
      await api("POST", userPath(to, `/friend-requests/${segment(from)}`), { action });
      await refresh();
    }, `${to} ${action}ed the request of ${from}.`);
  }

  function row(other, request, to, from) {
    const action = (label, action) =>
      button(label, () => respond(to, from, action), { "aria-label": `${label} the request of ${from}` });
    return el(
      "tr",
      {},
      userCell(other),
      el("td", {}, request.wording),
      el("td", {}, utc(request.at * 1000)),
      el("td", { class: "actions" }, action("Accept", "accept"), action("Reject", "reject")),
    );
  }

  const list = (title, rows, none) =>
    el(
      "section",
      {},
      el("h3", {}, title),
      rows.length ? table(title, ["User", "Message", "Since", ""]).show(rows) : el("p", { class: "empty" }, none),
    );

  return (user) => {
    const now = JSON.stringify([user.friend_requests, user.requests_sent]);
    if (now === shown) return;
    shown = now;
    root.replaceChildren(
      list(
        `Requests to ${name}`,
        user.friend_requests.map((request) => row(request.from, request, name, request.from)),
        `No pending requests to ${name}. A friend_add with ${name} as To_Account makes one if "Friend requests" in ` +
          `the profile of ${name} is AllowType_Type_NeedConfirm.`,
      ),
      list(
        `Requests sent by ${name}`,
        user.requests_sent.map((request) => row(request.to, request, request.to, name)),
        `No pending requests of ${name}.`,
      ),
    );
  };
}
