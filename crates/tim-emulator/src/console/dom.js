// Creates and finds elements. Data from the server only becomes text.

export const byId = (id) => document.getElementById(id);

// Creates an element. An attribute that is a function is an event listener, `true` is an attribute
// without a value, and null and false are left out. Children that are null, false or empty are left
// out.
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
  const isThere = (child) => child !== null && child !== undefined && child !== false && child !== "";
  node.append(...children.flat().filter(isThere));
  return node;
}

export function button(label, click, attributes = {}) {
  return el("button", { type: "button", click, ...attributes }, label);
}

// Creates a label with its control. `hint` explains the value below the control.
export function field(label, control, hint, attributes = {}) {
  const id = hint && `hint-${++hints}`;
  if (hint) control.setAttribute("aria-describedby", id);
  return el(
    "div",
    { class: "field", ...attributes },
    el("label", {}, el("span", {}, label), control),
    hint && el("small", { id }, hint),
  );
}

let hints = 0;

export function select(attributes, options, value) {
  const option = (each) => {
    const [name, label] = Array.isArray(each) ? each : [each, each];
    return el("option", { value: name, selected: name === value }, label);
  };
  return el("select", attributes, ...options.map(option));
}

export function check(label, attributes = {}) {
  return el("label", { class: "check" }, el("input", { type: "checkbox", ...attributes }), ` ${label}`);
}

// Changes a text only if it differs, so that a selection in it stays.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
