// One dialog at a time: a confirmation, or a form.

import { byId, button, check, el } from "/console/dom.js";

const dialog = byId("dialog");
let cancel = () => {};

// Opens a dialog with a form. `save` gets the form after it is submitted; the dialog stays open if
// it throws. Resolves to true if the form was saved, and to false if it was cancelled.
export function openForm(title, body, { save, label = "Save", danger = false }) {
  const error = el("p", { class: "problem", role: "alert", hidden: true });
  const submit = el("button", { type: "submit", class: danger ? "danger" : "main" }, label);
  const buttons = el(
    "div",
    { class: "row end" },
    button("Cancel", () => dialog.close()),
    submit,
  );
  const form = el(
    "form",
    { autocomplete: "off" },
    el("h2", { id: "dialog-title" }, title),
    ...[body].flat(),
    error,
    buttons,
  );
  cancel();
  dialog.replaceChildren(form);
  dialog.showModal();
  return new Promise((resolve) => {
    cancel = () => resolve(false);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      submit.disabled = true;
      error.hidden = true;
      try {
        await save?.(form);
        resolve(true);
        // Another dialog can be open by now.
        if (dialog.contains(form)) dialog.close();
      } catch (failure) {
        error.textContent = failure.message;
        error.hidden = false;
      }
      submit.disabled = false;
    });
  });
}

// Asks before something is lost. A box has a name, a text, and optionally false if it is not
// ticked at first. Resolves to the names of the ticked boxes, or to null.
export async function confirm(title, text, label, boxes = []) {
  let ticked = null;
  const choices = boxes.map(([name, about, checked = true]) => check(about, { name, checked }));
  const save = (form) => (ticked = [...form.querySelectorAll("input:checked")].map((input) => input.name));
  const body = [el("p", {}, text), choices.length > 0 && el("div", { class: "choices" }, ...choices)];
  return (await openForm(title, body.filter(Boolean), { save, label, danger: true })) ? ticked : null;
}

// The event comes later: another dialog can be open by then.
dialog.addEventListener("close", () => dialog.open || cancel());

// Closes the dialog, as Cancel does.
export const close = () => dialog.close();
