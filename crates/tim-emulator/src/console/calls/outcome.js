// The outcome of a call in a word.

export function outcome(call) {
  if (call.status === null) return { text: "closed", kind: "bad" };
  if (call.code === null) return { text: `HTTP ${call.status}`, kind: call.status < 400 ? "part" : "bad" };
  if (call.code !== 0) return { text: String(call.code), kind: "bad" };
  const rejected = call.item_codes.length;
  if (rejected)
    return { text: call.items ? `${rejected}/${call.items} rejected` : `${rejected} rejected`, kind: "part" };
  return { text: "0 OK", kind: "ok" };
}

// Returns the first targets of a call as text.
export function targets(call) {
  const MOST_NAMES = 3;
  const more = (call.target_count ?? call.targets.length) - MOST_NAMES;
  return call.targets.slice(0, MOST_NAMES).join(", ") + (more > 0 ? ` +${more}` : "");
}
