// Copies text to the clipboard.

import { button, el } from "/console/dom.js";
import { openForm } from "/console/dialog.js";
import { notice } from "/console/messages.js";

// Browsers have a clipboard only for pages on localhost or with HTTPS. Elsewhere a dialog shows the
// text to copy.
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    notice(`Copied ${what}.`);
  } catch {
    const area = el("textarea", { rows: 10, readonly: true, "aria-label": what }, text);
    const opened = openForm(`Copy ${what}`, area, { label: "Close" });
    area.select();
    await opened;
  }
}

// Creates a command line with a button that copies it.
export function commandLine(text) {
  return el(
    "div",
    { class: "command-line" },
    el("code", {}, text),
    button("Copy", () => copy(text, "the command"), { "aria-label": `Copy the command ${text}` }),
  );
}

// Creates the text of a view without data: what to do next, and a command that does it.
export function empty(text, command, ...more) {
  return el("div", { class: "empty" }, el("p", {}, text), command && commandLine(command), ...more);
}
