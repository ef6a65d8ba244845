// A fault in words.

const EFFECTS = {
  code: (fault) => `Code ${fault.code}`,
  item_code: (fault) => `Code ${fault.item_code} for single targets`,
  latency_ms: (fault) =>
    `${fault.latency_ms}${fault.jitter_ms ? ` to ${fault.latency_ms + fault.jitter_ms}` : ""} ms longer`,
  hang_up: () => "Connection closed",
  status: (fault) => `HTTP ${fault.status}`,
  truncate: (fault) => `Only ${fault.truncate} bytes`,
  slow_ms: (fault) => `${fault.slow_ms} ms before each byte`,
  content_type: (fault) => `Content-Type ${fault.content_type}`,
};

// Returns what the fault does, and which calls it affects.
export function describe(fault) {
  const effect = Object.keys(EFFECTS).find((key) => fault[key] !== undefined);
  const unit = fault.item_code === undefined ? "call" : "target";
  const isOne = fault.every || fault.next === 1;
  const calls = [
    fault.every && `every ${ordinal(fault.every)}`,
    fault.next && !fault.every && `next ${fault.next}`,
    fault.command,
    isOne ? unit : `${unit}s`,
    fault.user && `of ${fault.user}`,
    fault.target && `to ${fault.target}`,
  ];
  const details = [
    calls.filter(Boolean).join(" "),
    fault.every && fault.next && `at most ${fault.next}`,
    fault.share && `with a probability of ${+(100 * fault.share).toPrecision(4)} %`,
    fault.lasting_ms && `for ${fault.lasting_ms / 1000} s`,
    fault.applied && "processed too",
    fault.info && `"${fault.info}"`,
  ];
  return { what: EFFECTS[effect]?.(fault) ?? "Fault", details: details.filter(Boolean).join(", ") };
}

function ordinal(number) {
  if (number === 2) return "second";
  if (number === 3) return "third";
  const [tens, ones] = [number % 100, number % 10];
  const end = tens >= 11 && tens <= 13 ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[ones] ?? "th");
  return `${number}${end}`;
}
