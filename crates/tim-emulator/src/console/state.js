// The clock, snapshots, import and reset.

import { api, get } from "./api.js";
import { attempt, byId, confirm, el, plural, setText, utc } from "./dom.js";

const freeze = byId("time-freeze");
let names = "";

export async function refreshTime() {
  showTime(await get("time"));
}

function showTime({ now, offset_s, frozen }) {
  setText(byId("clock"), `${utc(now * 1000)} UTC${frozen ? ", frozen" : ""}`);
  byId("clock").classList.toggle("warn", frozen || offset_s !== 0);
  setText(byId("time-offset"), offset_s ? `${span(Math.abs(offset_s))} ${offset_s > 0 ? "ahead" : "behind"}` : "real");
  freeze.setAttribute("aria-pressed", String(frozen));
  setText(freeze, frozen ? "Go on" : "Freeze");
}

function span(seconds) {
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (seconds >= size) return plural(+(seconds / size).toFixed(1), unit);
  }
  return plural(seconds, "second");
}

// Keeps the list as it is while its names are.
export function showSnapshots(snapshots, changed) {
  const now = JSON.stringify(snapshots);
  if (now === names) return;
  names = now;
  byId("snapshots").replaceChildren(...snapshots.map((name) => snapshot(name, changed)));
}

function snapshot(name, changed) {
  const path = `snapshots/${encodeURIComponent(name)}`;
  const restore = async () => {
    const text = "All users, profiles, follows, friends and blocks become what they were. The snapshot stays.";
    if (await confirm(`Go back to ${name}?`, text, "Go back")) act(() => api("POST", `${path}/restore`), changed);
  };
  const forget = async () => {
    if (await confirm(`Forget ${name}?`, "The snapshot is gone then; the state stays as it is.", "Forget")) {
      act(() => api("DELETE", path), changed);
    }
  };
  return el(
    "li",
    {},
    el("span", { class: "what" }, name),
    el("button", { type: "button", "aria-label": `Go back to ${name}`, click: restore }, "Go back"),
    el("button", { type: "button", class: "quiet", "aria-label": `Forget ${name}`, click: forget }, "\u00d7"),
  );
}

async function act(action, changed) {
  await attempt(async () => {
    await action();
    await changed();
  });
}

// `changed` is called after everything may be different, `forgotten` when the calls are.
export function start(changed, forgotten) {
  const time = (body) => attempt(async () => showTime(await api("POST", "time", body)));
  freeze.addEventListener("click", () => time({ frozen: freeze.getAttribute("aria-pressed") !== "true" }));
  byId("time-reset").addEventListener("click", () => time({ reset: true }));
  for (const button of document.querySelectorAll("[data-advance]")) {
    button.addEventListener("click", () => time({ advance_s: Number(button.dataset.advance) }));
  }

  const snapshotForm = byId("snapshot-form");
  snapshotForm.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = snapshotForm.elements.name.value;
    act(async () => {
      const taken = (await get("snapshots")).map((snapshot) => snapshot.name);
      const text = "There is a snapshot of this name. It becomes what the state is now.";
      if (taken.includes(name) && !(await confirm(`Replace ${name}?`, text, "Replace"))) return;
      await api("PUT", `snapshots/${encodeURIComponent(name)}`);
      snapshotForm.reset();
    }, changed);
  });

  const importForm = byId("import-form");
  importForm.addEventListener("submit", (event) => {
    event.preventDefault();
    act(async () => {
      await api("POST", "import", importForm.lines.value);
      importForm.reset();
    }, changed);
  });

  byId("reset").addEventListener("click", async () => {
    const parts = await confirm("Reset the emulator?", "What is ticked begins anew. Snapshots stay.", "Reset", [
      ["state", "state: all users but the admins, and all relations"],
      ["faults", "faults"],
      ["calls", "recorded calls"],
      ["time", "time"],
      ["rate_limit", "what is used of the rate limit"],
    ]);
    if (!parts?.length) return;
    await act(() => api("POST", "reset", Object.fromEntries(parts.map((part) => [part, true]))), changed);
    if (parts.includes("calls")) forgotten();
  });
}
