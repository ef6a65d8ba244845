// The friend list of a user, and its friend groups.

import { run } from "/console/api.js";
import { addFriends, editFriend } from "/console/data/dialogs.js";
import { pages } from "/console/data/pages.js";
import { confirm } from "/console/dialog.js";
import { button, el, field } from "/console/dom.js";
import { plural, utc } from "/console/format.js";
import { attempt, notice } from "/console/messages.js";
import { quietly } from "/console/poll.js";
import { link } from "/console/router.js";

export function friends({ root, name, signal, refresh }) {
  const groupList = el("ul", { class: "chips", "aria-label": `Friend groups of ${name}` });
  const form = el(
    "form",
    { class: "row", autocomplete: "off", submit },
    field("New group", el("input", { name: "group", required: true, spellcheck: "false" })),
    el("button", { type: "submit" }, "Add group"),
  );
  let groups = [];
  const groupNames = () => groups.map((group) => group.name);

  const list = pages({
    name,
    signal,
    path: "friends",
    label: `friends of ${name}`,
    columns: ["User", "Nickname", "Remark", "Groups", "Source", "Since", "Mutual", ""],
    none: `${name} has no friends. Add one with the button above.`,
    row: (friend) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, el("a", { href: link("/data", { user: friend.user }) }, friend.user)),
        el("td", { class: "nick" }, friend.nick),
        el("td", {}, friend.remark),
        el("td", {}, friend.groups.join(", ")),
        el("td", {}, friend.source),
        el("td", {}, utc(friend.at * 1000)),
        el("td", {}, friend.mutual ? "yes" : "no"),
        el(
          "td",
          { class: "actions" },
          button("Edit", () => editFriend(name, friend, groupNames(), changed), {
            class: "quiet",
            "aria-label": `Edit ${friend.user}`,
          }),
          button("Remove", () => attempt(() => remove(friend)), {
            class: "quiet",
            "aria-label": `Remove ${friend.user}`,
          }),
        ),
      ),
  });

  root.append(
    el(
      "div",
      { class: "row" },
      button("Add friends", () => addFriends(name, groupNames(), changed), { class: "main", id: "add-friends" }),
    ),
    list.element,
    el("section", {}, el("h3", {}, "Groups"), groupList, form),
  );
  attempt(list.reload);

  async function changed() {
    await Promise.all([list.reload(), refresh()]);
  }

  async function remove(friend) {
    const boxes = friend.mutual ? [["both", `also remove ${name} from the friend list of ${friend.user}`]] : [];
    const text = `${friend.user} is removed from the friend list of ${name}.`;
    const ticked = await confirm(`Remove ${friend.user}?`, text, "Remove", boxes);
    if (!ticked) return;
    const type = ticked.includes("both") ? "Delete_Type_Both" : "Delete_Type_Single";
    await run("friend_delete", { From_Account: name, To_Account: [friend.user], DeleteType: type });
    await changed();
    notice(`Removed ${friend.user}.`);
  }

  function submit(event) {
    event.preventDefault();
    attempt(async () => {
      await run("group_add", { From_Account: name, GroupName: [form.group.value] });
      form.reset();
      await refresh();
    }, `Added the group.`);
  }

  async function removeGroup(group) {
    const text = `The group is deleted. Its ${plural(group.friends, "friend")} stay on the friend list.`;
    if (!(await confirm(`Delete the group ${group.name}?`, text, "Delete"))) return;
    await run("group_delete", { From_Account: name, GroupName: [group.name] });
    await changed();
  }

  function drawGroups() {
    const item = (group) =>
      el(
        "li",
        {},
        `${group.name} (${group.friends})`,
        button("\u00d7", () => attempt(() => removeGroup(group)), {
          class: "quiet",
          "aria-label": `Delete the group ${group.name}`,
        }),
      );
    groupList.replaceChildren(...groups.map(item));
  }

  let last = null;
  return (user) => {
    if (JSON.stringify(groups) !== JSON.stringify(user.groups)) {
      groups = user.groups;
      drawGroups();
    }
    if (last !== null && last !== user.friends) quietly(list.reload);
    last = user.friends;
  };
}
