// A call as a curl command for a shell.

// Headers that curl writes itself.
const OWN = ["host", "content-length", "connection", "transfer-encoding", "accept-encoding", "expect"];

// Characters that do not stay as they are between single quotes on a terminal.
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const ESCAPED = /[\\'\p{Cc}\u2028\u2029]/gu;

// Returns the command. The log has no signatures, so the command takes one from the variable
// USERSIG. The command addresses this emulator, whatever the target of the call is.
export function curl({ request }) {
  const target = request.target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  const path = target.startsWith("/") ? target : `/${target}`;
  const parts = (location.origin + path).split("[UserSig]").map(quote).join('"$USERSIG"');
  const headers = request.headers
    .filter(([name]) => !OWN.includes(name))
    .map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`);
  const command = [`curl --globoff --path-as-is -X ${quote(request.method)} ${parts}`, ...headers];
  const { body } = request;
  // An argument cannot contain a NUL.
  if (body && !body.includes("\0")) return [...command, `--data-raw ${quote(body)}`].join(" \\\n  ");
  const binary = body ? toBase64(body) : request.body_base64;
  if (!binary) return command.join(" \\\n  ");
  return `echo ${quote(binary)} | base64 -d | ${[...command, "--data-binary @-"].join(" \\\n  ")}`;
}

// Quotes a text for bash and zsh. A control character could act on the terminal when the command is
// pasted, so such a text is written with escapes.
function quote(text) {
  if (!CONTROL.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const hex = (byte) => `\\x${byte.toString(16).padStart(2, "0")}`;
  const escape = (letter) =>
    "\\'".includes(letter) ? `\\${letter}` : [...new TextEncoder().encode(letter)].map(hex).join("");
  return `$'${text.replace(ESCAPED, escape)}'`;
}

function toBase64(text) {
  const bytes = [...new TextEncoder().encode(text)];
  return btoa(bytes.map((byte) => String.fromCharCode(byte)).join(""));
}
