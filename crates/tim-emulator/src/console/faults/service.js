// The settings of the emulated app, apart from limits and quirks.

import { api, get } from "/console/api.js";
import { confirm } from "/console/dialog.js";
import { button, el, field, select } from "/console/dom.js";
import { createSwitch } from "/console/faults/switch.js";
import { attempt } from "/console/messages.js";

const ALLOW_TYPES = ["AllowType_Type_AllowAny", "AllowType_Type_NeedConfirm", "AllowType_Type_DenyAny"];

export function service() {
  const feature = createSwitch(
    "Follow feature",
    "If off, the service rejects all follow commands with 30005.",
    (on) => change({ follow_feature: on }),
    { id: "follow-feature" },
  );
  const allow = select({ name: "allow" }, ALLOW_TYPES);
  const size = el("input", { name: "size", type: "number", min: 1 });
  const reset = button("Restore the initial settings", () => restore(), { id: "settings-reset" });
  allow.addEventListener("change", () => change({ default_allow_type: allow.value }));
  size.addEventListener("change", () => change({ friend_page_size: Number(size.value) }));

  function show(settings) {
    feature.show(settings.follow_feature);
    if (document.activeElement !== allow) allow.value = settings.default_allow_type;
    if (document.activeElement !== size) size.value = settings.friend_page_size;
  }

  const change = (settings) =>
    attempt(async () => show(await api("PATCH", "settings", settings)), "Changed the setting.");

  async function restore() {
    const text =
      "Relation limits, quirks and the other settings get their initial values, also the region and the admins.";
    if (!(await confirm("Restore the initial settings?", text, "Restore"))) return;
    await attempt(async () => show(await api("DELETE", "settings")), "Restored the initial settings.");
  }

  const element = el(
    "div",
    {},
    feature.element,
    el(
      "div",
      { class: "fields" },
      field("Default for friend requests", allow, "for users without Tag_Profile_IM_AllowType"),
      field("Page size of friend_get", size, "the number of friends on a page"),
    ),
    el("div", { class: "row" }, reset),
  );
  return { title: "Service", element, refresh: async () => show(await get("settings")) };
}
