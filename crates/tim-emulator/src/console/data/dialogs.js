// Dialogs that create users and relations.

import { run } from "/console/api.js";
import { confirm, openForm } from "/console/dialog.js";
import { check, el, field, select } from "/console/dom.js";
import { notice } from "/console/messages.js";
import { go, link } from "/console/router.js";

const text = (name, attributes = {}) => el("input", { name, autocomplete: "off", spellcheck: "false", ...attributes });

// The code of a target that has to accept the friend request first.
const REQUEST_SENT = 30539;

// Returns the user ids of a field, which are separated by commas.
export const ids = (value) =>
  value
    .split(",")
    .map((id) => id.trim())
    .filter(Boolean);

export async function createUser(created) {
  const body = [
    field("User id", text("user", { required: true, maxlength: 32 }), "1 to 32 bytes"),
    field("Nickname", text("nick"), "optional, up to 500 bytes"),
    field("URL of the picture", text("face"), "optional, up to 500 bytes"),
  ];
  let user = "";
  const save = async (form) => {
    user = form.user.value;
    const [Nick, FaceUrl] = [form.nick.value, form.face.value];
    await run("account_import", { UserID: user, ...(Nick && { Nick }), ...(FaceUrl && { FaceUrl }) });
  };
  if (!(await openForm("New user", body, { save, label: "Create" }))) return;
  await created(user);
  notice(`Created ${user}.`);
  go(link("/data", { user }));
}

// Deletes an account after a confirmation. Resolves to whether it was deleted.
export async function deleteAccount(user, about) {
  const isAdmin = about.admins.includes(user) ? "This user is an admin of the app. " : "";
  const text = `${isAdmin}This deletes the account, its profile and all its relations (account_delete).`;
  if (!(await confirm(`Delete ${user}?`, text, "Delete"))) return false;
  await run("account_delete", { DeleteItem: [{ UserID: user }] });
  return true;
}

export async function addFollow(done) {
  const body = [
    field("Follower", text("from", { required: true }), "the user who follows"),
    field("Followed users", text("to", { required: true }), "one id, or several with commas"),
    check("Follow each other", { name: "back" }),
  ];
  const save = async ({ from, to, back }) => follow(from.value, ids(to.value), back.checked);
  if (!(await openForm("New follow", body, { save, label: "Add" }))) return;
  notice("Added the follow.");
  await done();
}

// Lets a user follow others, and lets them follow back.
export async function follow(from, to, isMutual) {
  const add = (user, others) =>
    run("follow_add", { From_Account: user, FollowItem: others.map((To_Account) => ({ To_Account })) });
  await add(from, to);
  if (!isMutual) return;
  for (const other of to) await add(other, [from]);
}

export async function addFriends(user, groups, done) {
  const body = [
    field("Friends", text("to", { required: true }), "one id, or several with commas"),
    field("Remark", text("remark"), "the name that this user gives the friend; up to 96 bytes"),
    field("Group", text("group", { list: "group-names" }), "up to 30 bytes; a new group is created"),
    el("datalist", { id: "group-names" }, ...groups.map((name) => el("option", { value: name }))),
    field(
      "Source",
      text("source", { value: "AddSource_Type_Console", required: true }),
      "AddSource_Type_ and up to 8 letters",
    ),
    field(
      "Lists",
      select({ name: "type" }, [
        ["Add_Type_Both", "both friend lists"],
        ["Add_Type_Single", "only the list of this user"],
      ]),
    ),
    check("Send a friend request if a profile requires confirmation", { name: "ask" }),
    field("Message of the request", text("wording"), "optional, up to 256 bytes"),
  ];
  let result = "";
  const save = async (form) => {
    const shared = {
      AddSource: form.source.value,
      ...(form.remark.value && { Remark: form.remark.value }),
      ...(form.group.value && { GroupName: form.group.value }),
      ...(form.wording.value && { AddWording: form.wording.value }),
    };
    const AddFriendItem = ids(form.to.value).map((To_Account) => ({ To_Account, ...shared }));
    const ForceAddFlags = form.ask.checked ? 0 : 1;
    const body = { From_Account: user, AddFriendItem, AddType: form.type.value, ForceAddFlags };
    const { ResultItem } = await run("friend_add", body, REQUEST_SENT).finally(done);
    const sent = ResultItem.filter((item) => item.ResultCode === REQUEST_SENT).map((item) => item.To_Account);
    result = sent.length ? `Sent a friend request to ${sent.join(", ")}.` : "Added the friends.";
  };
  if (await openForm(`Add friends of ${user}`, body, { save, label: "Add" })) notice(result);
}

export async function editFriend(user, friend, groups, done) {
  const chosen = new Set(friend.groups);
  const names = [...new Set([...groups, ...friend.groups])];
  const body = [
    field("Remark", text("remark", { value: friend.remark }), "up to 96 bytes"),
    names.length > 0 &&
      el(
        "fieldset",
        {},
        el("legend", {}, "Groups"),
        ...names.map((name) => check(name, { name: "group", value: name, checked: chosen.has(name) })),
      ),
    field(
      "Custom fields",
      el("textarea", { name: "custom", rows: 4, spellcheck: "false" }, JSON.stringify(friend.custom ?? {}, null, 2)),
      'a JSON object such as {"Tag_SNS_Custom_Test": "value"}',
    ),
  ].filter(Boolean);
  const save = async (form) => {
    const group = [...form.querySelectorAll("[name=group]:checked")].map((box) => box.value);
    const items = [
      ["Tag_SNS_IM_Remark", form.remark.value],
      ["Tag_SNS_IM_Group", group],
      ...Object.entries(parseObject(form.custom.value)),
    ];
    const SnsItem = items.map(([Tag, Value]) => ({ Tag, Value }));
    await run("friend_update", { From_Account: user, UpdateItem: [{ To_Account: friend.user, SnsItem }] });
  };
  if (await openForm(`Edit ${friend.user} on the friend list of ${user}`, body, { save })) {
    await done();
    notice(`Saved ${friend.user}.`);
  }
}

function parseObject(text) {
  let value;
  try {
    value = JSON.parse(text || "{}");
  } catch (error) {
    throw new Error(`The custom fields are not JSON: ${error.message}`);
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new Error("The custom fields must be a JSON object.");
  return value;
}
