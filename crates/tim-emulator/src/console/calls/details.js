// One call as it was on the wire, and what can be done with it.

import { api, get } from "/console/api.js";
import { copy } from "/console/copy.js";
import { button, el } from "/console/dom.js";
import { curl } from "/console/calls/curl.js";
import { outcome } from "/console/calls/outcome.js";
import { took, utc } from "/console/format.js";
import { json, parse } from "/console/json.js";
import { attempt, notice } from "/console/messages.js";
import { link, setQuery } from "/console/router.js";

// Creates the details of the call with this number.
export function details(number) {
  const box = el("div", { class: "inside" }, el("p", { class: "muted" }, "Loading"));
  const show = async () => {
    try {
      box.replaceChildren(...parts(await get(`calls/${number}`)));
    } catch (error) {
      box.replaceChildren(el("p", { class: "problem" }, error.message));
    }
  };
  show();
  return box;
}

function parts(call) {
  const { request, response } = call;
  const status = response ? `Response, HTTP ${response.status}` : "No response: the connection was closed";
  const pretty = el(
    "div",
    { class: "columns" },
    el("section", {}, el("h3", {}, "Request"), json(body(request), "Body of the request")),
    el("section", {}, el("h3", {}, status), response && json(body(response), "Body of the response")),
  );
  const wire = el(
    "div",
    { class: "columns", hidden: true },
    el("section", {}, el("h3", {}, "Request"), json(asSent(request), "Request on the wire")),
    el("section", {}, el("h3", {}, status), response && json(asSent(response), "Response on the wire")),
  );
  const toggle = button(
    "Raw HTTP",
    () => {
      wire.hidden = !wire.hidden;
      pretty.hidden = !wire.hidden;
      toggle.setAttribute("aria-pressed", String(!wire.hidden));
    },
    { "aria-pressed": "false" },
  );
  const actions = el(
    "div",
    { class: "row" },
    button("Replay", () => replay(call), { class: "main" }),
    toggle,
    button("Copy as curl", () => copyCurl(call)),
    button("Copy as JSON", () => copy(JSON.stringify(call, null, 2), "the call as JSON")),
    el("a", { class: "button", href: link("/calls", { call: call.number }) }, "Link to this call"),
  );
  return [why(call), facts(call), actions, pretty, wire];
}

async function copyCurl(call) {
  const admin = split(call.request).query.get("identifier") ?? "administrator";
  await copy(curl(call), "the call as a curl command");
  notice(`Copied the call. Set USERSIG before you run it: export USERSIG=$(tim usersig sign --user ${admin})`);
}

// Explains why a call failed: the text of the service, and the meaning of its code.
function why(call) {
  const box = el("div", { class: "why" });
  const codes = [...new Set([call.code, ...call.item_codes])].filter((code) => code !== null && code !== 0).slice(0, 5);
  const info = call.response && parse(body(call.response))?.ErrorInfo;
  if (call.status === null) box.append(el("p", {}, "The connection was closed without a response."));
  if (info && call.code) box.append(el("p", {}, el("strong", {}, `${call.code}: `), info));
  for (const code of codes) explain(code, call, box);
  if (call.faults.length) {
    const links = call.faults.flatMap((id) => [el("a", { href: link("/faults", { fault: id }) }, `fault ${id}`), " "]);
    box.append(
      el("p", {}, "Affected by ", ...links, "of the emulator. The fault causes this until it ends or is removed."),
    );
  }
  box.classList.toggle(outcome(call).kind, true);
  box.hidden = box.childElementCount === 0 && codes.length === 0;
  return box;
}

async function explain(code, call, box) {
  const { path } = split(call.request);
  const known = await get(`error-codes/${code}`, { service: path.split("/")[2] }).catch(() => null);
  if (!known) return;
  // A fault needs no other advice.
  const advice = known.advice && !call.faults.length && el("span", {}, `. What to do: ${known.advice}.`);
  box.append(el("p", {}, el("strong", {}, `${code} means: `), known.meaning, advice));
}

function facts(call) {
  const { path, query } = split(call.request);
  const list = [
    ["Time", `${utc(call.at_ms)} UTC`],
    ["Duration", took(call.duration_us)],
    ["Path", `${call.request.method} ${path}`],
    ["Admin", query.get("identifier")],
    [
      "Replay of",
      call.replay_of && el("a", { href: link("/calls", { call: call.replay_of }) }, `call ${call.replay_of}`),
    ],
  ];
  const fact = ([name, value]) => value && el("div", {}, el("dt", {}, name), el("dd", {}, value));
  return el("dl", { class: "facts" }, ...list.map(fact));
}

function replay(call) {
  return attempt(async () => {
    const again = await api("POST", `calls/${call.number}/replay`);
    setQuery({ call: again.number });
    notice(`Replayed call ${call.number} as call ${again.number}.`);
  });
}

export function split(request) {
  const [path] = request.target.split("?");
  return { path, query: new URLSearchParams(request.target.slice(path.length)) };
}

const body = (message) => message.body ?? `${message.body_base64} (base64)`;

// Returns a message with its headers, as it was sent.
function asSent(message) {
  const first = message.method
    ? `${message.method} ${message.target} ${message.version}`
    : `HTTP/1.1 ${message.status}`;
  return [first, ...message.headers.map(([name, value]) => `${name}: ${value}`), "", body(message)].join("\n");
}
