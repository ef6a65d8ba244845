// Making and finding elements. What comes from the server only ever becomes text.

export const byId = (id) => document.getElementById(id);

// An element: functions are listeners, `true` is a bare attribute, and what is null or false is left out.
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// Sets a text only where it differs, so that a selection in it stays.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// JSON in several lines, its keys, texts and numbers marked.
export function json(value) {
  const MOST = 20000;
  const all = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const text = all.length > MOST ? all.slice(0, MOST) : all;
  const pre = el("pre", { tabindex: "0" });
  const token = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/g;
  let end = 0;
  for (const found of typeof value === "string" ? [] : text.matchAll(token)) {
    const kind = found[2] ? "key" : found[1] ? "text" : "digits";
    pre.append(text.slice(end, found.index), el("span", { class: kind }, found[1] ?? found[0]));
    end = found.index + (found[1] ?? found[0]).length;
  }
  pre.append(text.slice(end));
  if (all.length > MOST) pre.append(el("em", {}, `\n... ${all.length - MOST} characters more`));
  return pre;
}

const dialog = byId("confirm");
// Takes the answer to the question that is open.
let answer = () => {};

// Asks before something is lost. Resolves to the names of the boxes that are ticked, or to null.
export function confirm(title, text, yes, boxes = []) {
  byId("confirm-title").textContent = title;
  byId("confirm-text").textContent = text;
  byId("confirm-yes").textContent = yes;
  const box = ([name, label]) =>
    el("label", { class: "check" }, el("input", { type: "checkbox", name, checked: true }), ` ${label}`);
  byId("confirm-choices").replaceChildren(...boxes.map(box));
  answer(null);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => (answer = resolve));
}

dialog.addEventListener("close", () => {
  // The event comes later: another question may be open by now, and this is not its answer.
  if (dialog.open) return;
  const ticked = [...dialog.querySelectorAll("input:checked")].map((input) => input.name);
  answer(dialog.returnValue === "yes" ? ticked : null);
});

// Says what went wrong with what a person did, until they do the next thing.
export async function attempt(action) {
  const problem = byId("problem");
  problem.hidden = true;
  try {
    return await action();
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
    return undefined;
  }
}

export const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

// 2026-01-31 12:00:00 of unix milliseconds, in UTC.
export function utc(ms) {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms / 1000} s` : date.toISOString().replace("T", " ").replace(/\..*/, "");
}
