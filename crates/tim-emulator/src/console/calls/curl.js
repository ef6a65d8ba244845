// A call as a curl command for a shell.

// Headers that curl writes itself.
const OWN = ["host", "content-length", "connection", "transfer-encoding", "accept-encoding", "expect"];

// Returns the command. The log has no signatures, so the command takes one from the variable
// USERSIG.
export function curl({ request }) {
  const url = new URL(request.target, location.origin).href.replaceAll("[UserSig]", "%5BUserSig%5D");
  const parts = url.split("%5BUserSig%5D").map(quote).join('"$USERSIG"');
  const headers = request.headers
    .filter(([name]) => !OWN.includes(name))
    .map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`);
  const binary = request.body_base64 && `--data-binary @<(echo ${quote(request.body_base64)} | base64 -d)`;
  const data = request.body ? [`--data-raw ${quote(request.body)}`] : binary ? [binary] : [];
  return [`curl -X ${quote(request.method)} ${parts}`, ...headers, ...data].join(" \\\n  ");
}

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
