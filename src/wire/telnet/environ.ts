// Reads the variables of a NEW-ENVIRON (RFC 1572) or ENVIRON (RFC 1408) subnegotiation.

const IS = 0;
const INFO = 2;
const VAR = 0;
const VALUE = 1;
const ESC = 2;
const USERVAR = 3;
/** Variables taken from one subnegotiation. */
const MOST_VARIABLES = 64;

/** Names and values in order; without a value the client takes the variable back. */
export function readVariables(content: Buffer): { name: Buffer; value?: Buffer }[] {
  const found: { name: Buffer; value?: Buffer }[] = [];
  if (content[0] !== IS && content[0] !== INFO) return found;
  let at = 1;
  const text = (): Buffer => {
    const bytes: number[] = [];
    for (; at < content.length; at++) {
      let byte = content[at]!;
      if (byte === VAR || byte === VALUE || byte === USERVAR) break;
      if (byte === ESC) {
        if (++at >= content.length) break;
        byte = content[at]!;
      }
      bytes.push(byte);
    }
    return Buffer.from(bytes);
  };
  while (at < content.length && found.length < MOST_VARIABLES) {
    const type = content[at++];
    if (type !== VAR && type !== USERVAR) {
      text();
      continue;
    }
    const name = text();
    let value: Buffer | undefined;
    while (content[at] === VALUE && at < content.length) {
      at++;
      value = text();
    }
    if (name.length > 0) found.push(value ? { name, value } : { name });
  }
  return found;
}
