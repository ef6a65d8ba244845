// Requests to the admin API. No request has a key, and no response has one.

// Sends a request and returns the JSON of the response. An error has the text of the emulator.
export async function api(method, path, body) {
  const isText = typeof body === "string" || body instanceof Blob;
  let response;
  try {
    const init = { method, body: isText ? body : body && JSON.stringify(body), cache: "no-store" };
    response = await fetch(`/_emulator/${path}`, init);
  } catch {
    throw new Error("The emulator does not respond. Check that it is still running.");
  }
  const value = await response.json().catch(() => ({}));
  if (!response.ok) {
    const error = new Error(value.error ?? `The emulator responded with HTTP status ${response.status}.`);
    throw Object.assign(error, { status: response.status, value });
  }
  return value;
}

export const get = (path, query) => api("GET", path + queryText(query));

// Returns `?key=value&...`, without the keys whose value is empty, null or false.
export function queryText(query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const text = new URLSearchParams(pairs.filter(([, value]) => value !== false)).toString();
  return text && `?${text}`;
}

// Returns a name as a part of a path.
export function segment(name) {
  // A browser removes these parts of a path, also if they are encoded. It would use another route.
  if (name === "." || name === "..")
    throw new Error(`A browser cannot request the name "${name}". Use curl --path-as-is.`);
  return encodeURIComponent(name);
}

export const userPath = (user, rest = "") => `users/${segment(user)}${rest}`;

export const snapshotPath = (name, rest = "") => `snapshots/${segment(name)}${rest}`;

// Runs a command of the service as an admin, without a signature, faults and rate limits. Throws if
// the service rejects the call, or rejects a target of it with a code that is not `expected`.
export async function run(command, body, expected = null) {
  const response = await api("POST", `commands/${command}`, body);
  const items = Object.values(response).filter(Array.isArray).flat();
  const failed = items.filter((item) => item?.ResultCode && item.ResultCode !== expected);
  const rejected = (code, info) => `${code}${info ? `: ${info}` : ""}`;
  if (failed.length) {
    const done =
      items.length > failed.length
        ? ` The other ${items.length - failed.length} of ${items.length} targets are done.`
        : "";
    const targets = failed.map(
      (item) => `${item.To_Account ?? item.UserID}: ${rejected(item.ResultCode, item.ResultInfo)}`,
    );
    throw new Error(`${command} rejected ${targets.slice(0, 5).join("; ")}.${done}`);
  }
  if (response.ErrorCode) throw new Error(`${command} failed with ${rejected(response.ErrorCode, response.ErrorInfo)}`);
  return response;
}
