// The shape of a command: what stays the same when a tool comes again with another address, name, key or number.

/** Of a command's beginning alone. */
const LENGTH = 512;
const SHOWN = 120;

/** A command with what varies abstracted: URLs, addresses, numbers, random tokens, quoted data. At most 120 characters. */
export function shapeOf(command: string): string {
  const shape = command
    .slice(0, LENGTH)
    .replace(/\b(?:https?|t?ftp):\/\/[^\s;|&"'<>()]+/gi, 'URL')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d+)?/g, 'ADDRESS')
    .replace(/(?:\\x[0-9a-f]{2}|\\[0-7]{3})+/gi, '\\…')
    .replace(/[\w+=.-]+/g, token)
    .replace(/\s+/g, ' ')
    .trim();
  return shape.length > SHOWN ? `${shape.slice(0, SHOWN - 1)}…` : shape;
}

/** A word without directories: kept when it reads like a name, an option or a file, abstracted when it looks made up. */
function token(word: string): string {
  if (/^[\d.]+$/.test(word)) return '0';
  if (word.length >= 4 && /^[A-Z]+$/.test(word) && word !== 'ADDRESS') return '…';
  const digits = word.replace(/\D/g, '').length;
  // Keys, hashes, tokens: long, or letters and digits by turns.
  if (word.length >= 20 && (digits > 0 || /[a-z][A-Z]/.test(word))) return '…';
  if (word.length >= 6 && digits >= 2 && /\d[a-z]+\d|[a-z]\d+[a-z]/i.test(word)) return '…';
  return digits > 0 ? word.replace(/\d+/g, '0') : word;
}
