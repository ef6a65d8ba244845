// The profile of a user as a form.

import { run } from "/console/api.js";
import { button, el, field, select } from "/console/dom.js";
import { attempt } from "/console/messages.js";

const CUSTOM = "Tag_Profile_Custom_";
const NUMBER = { type: "number", min: 0, max: 4294967295 };

// The documented fields: tag, label, hint, and the choices or the attributes of the control.
const FIELDS = [
  ["Tag_Profile_IM_Nick", "Nickname", "up to 500 bytes", {}],
  ["Tag_Profile_IM_Image", "Picture", "a URL, up to 500 bytes", {}],
  ["Tag_Profile_IM_Gender", "Gender", "", ["Gender_Type_Unknown", "Gender_Type_Female", "Gender_Type_Male"]],
  ["Tag_Profile_IM_BirthDay", "Birthday", "a number such as 20190419", NUMBER],
  ["Tag_Profile_IM_Location", "Location", "up to 16 bytes", {}],
  ["Tag_Profile_IM_SelfSignature", "Signature text", "up to 500 bytes", {}],
  [
    "Tag_Profile_IM_AllowType",
    "Friend requests",
    "who can add this user as a friend",
    ["AllowType_Type_AllowAny", "AllowType_Type_NeedConfirm", "AllowType_Type_DenyAny"],
  ],
  [
    "Tag_Profile_IM_AdminForbidType",
    "Ban on friend requests",
    "whether the user can send friend requests",
    ["AdminForbid_Type_None", "AdminForbid_Type_SendOut"],
  ],
  ["Tag_Profile_IM_Language", "Language", "a number that the app defines", NUMBER],
  ["Tag_Profile_IM_MsgSettings", "Message settings", "1: the user receives no messages", NUMBER],
  ["Tag_Profile_IM_Level", "Level", "a number that the app defines", NUMBER],
  ["Tag_Profile_IM_Role", "Role", "a number that the app defines", NUMBER],
];

export function profile({ root, name, refresh }) {
  const grid = el("div", { class: "fields" });
  const save = el("button", { type: "submit", class: "main", id: "profile-save" }, "Save");
  const custom = el("input", { maxlength: 8, spellcheck: "false", id: "custom-name" });
  const add = button("Add custom field", () => {
    if (custom.value) addField(CUSTOM + custom.value, "").focus();
    custom.value = "";
  });
  custom.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add.click();
  });
  const controls = new Map();
  // The values that the form showed last. A value that the user edits is not overwritten.
  const shown = new Map();

  root.append(
    el(
      "form",
      { class: "profile", autocomplete: "off", submit },
      grid,
      el("div", { class: "row" }, save),
      el("div", { class: "row" }, field("New custom field", custom, `${CUSTOM}\u2026, up to 8 letters`), add),
    ),
  );
  for (const [tag, label, hint, kind] of FIELDS) {
    const attributes = { name: tag, spellcheck: "false" };
    const control = Array.isArray(kind)
      ? select(attributes, [["", "not set"], ...kind])
      : el("input", { ...attributes, ...kind });
    place(tag, label, hint, control);
  }

  function place(tag, label, hint, control) {
    controls.set(tag, control);
    shown.set(tag, "");
    grid.append(field(label, control, hint));
  }

  function addField(tag, value) {
    if (!controls.has(tag)) {
      const control = el("input", { name: tag, ...(typeof value === "number" ? NUMBER : {}) });
      place(tag, tag, tag.startsWith(CUSTOM) ? "custom field, up to 500 bytes" : "not documented", control);
    }
    return controls.get(tag);
  }

  function submit(event) {
    event.preventDefault();
    const changed = [...controls].filter(([tag, control]) => control.value !== shown.get(tag));
    const value = (control) => (control.type === "number" ? Number(control.value) : control.value);
    attempt(async () => {
      if (changed.length === 0) throw new Error("Nothing to save: change a field first.");
      const isRemoved = ([, control]) => control.value === "" && (control.type === "number" || control.options);
      const removed = changed.find(isRemoved);
      if (removed) throw new Error(`The service cannot remove ${removed[0]}: enter another value.`);
      const ProfileItem = changed.map(([Tag, control]) => ({ Tag, Value: value(control) }));
      const sent = changed.map(([tag, control]) => [tag, control.value]);
      await run("portrait_set", { From_Account: name, ProfileItem });
      for (const [tag, text] of sent) shown.set(tag, text);
      await refresh();
    }, `Saved the profile of ${name}.`);
  }

  function show(tag, text) {
    const control = controls.get(tag);
    if (control.options && ![...control.options].some((option) => option.value === text)) {
      control.append(el("option", { value: text }, text || "not set"));
    }
    if (control.value !== shown.get(tag)) return;
    control.value = text;
    shown.set(tag, text);
    // A field that is set cannot be unset.
    if (text) control.querySelector("option[value='']")?.remove();
  }

  return (user) => {
    for (const [tag, value] of Object.entries(user.profile)) addField(tag, value);
    for (const tag of controls.keys()) show(tag, String(user.profile[tag] ?? ""));
  };
}
