// Which texts are links of files: attackers type anything after wget.

const LONGEST = 2048;

/** True for an absolute URL of a protocol by which files come, without anything that is not printable ASCII. */
export function knownLink(text: string): boolean {
  if (text.length > LONGEST || !/^[\x21-\x7e]+$/.test(text)) return false;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^(https?|s?ftp|tftp):$/.test(url.protocol) && url.hostname !== '';
}
