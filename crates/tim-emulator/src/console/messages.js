// The messages above a view: what failed and why, and what was done.

import { byId } from "/console/dom.js";

export function notice(text) {
  byId("problem").hidden = true;
  byId("notice").textContent = text;
  byId("notice").hidden = !text;
}

export function problem(text) {
  byId("notice").hidden = true;
  byId("problem").textContent = text;
  byId("problem").hidden = false;
  byId("problem").scrollIntoView({ block: "nearest" });
}

// Removes the messages of the view before.
export function clear() {
  byId("problem").hidden = true;
  byId("notice").hidden = true;
}

// Runs an action of the user. Shows its error, or `done`. Returns undefined after an error.
export async function attempt(action, done = "") {
  clear();
  try {
    const value = await action();
    if (done) notice(done);
    return value ?? true;
  } catch (error) {
    problem(error.message);
    return undefined;
  }
}
