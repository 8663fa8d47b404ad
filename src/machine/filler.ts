// Contents nobody kept: bytes or text of any length, the same at every read, made from a seed.

/** A 32-bit hash of a string of bytes (FNV-1a, finished as in MurmurHash3). */
export function hash(text: string, seed = 0x811c9dc5): number {
  let h = seed | 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h);
}

function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const WORDS =
  'the of and to in is for be this that with are or as by from on not it an if can will may should all which when set file name value list type option default used read line call data user system order state return index result number size entry first next time table block field point start end'.split(
    ' ',
  );
/** Text comes in blocks of this size so that any offset can be read by itself. */
const TEXT_BLOCK = 1024;

function textBlock(seed: number, block: number): string {
  let state = mix(seed + Math.imul(block, 0x9e3779b1));
  let text = '';
  let column = 0;
  while (text.length < TEXT_BLOCK) {
    state = mix(state + 0x6d2b79f5);
    const word = WORDS[state % WORDS.length]!;
    if (column + word.length > 72) {
      text += '\n';
      column = 0;
    } else if (column > 0) {
      text += ' ';
      column++;
    }
    text += word;
    column += word.length;
  }
  return `${text.slice(0, TEXT_BLOCK - 1)}\n`;
}

/** Fills `target` with the bytes at `offset` of the endless content that `seed` names. */
export function fill(target: Buffer, offset: number, seed: number, text: boolean): void {
  if (text) {
    for (let done = 0; done < target.length; ) {
      const at = offset + done;
      const block = textBlock(seed, Math.floor(at / TEXT_BLOCK));
      done += target.write(block.slice(at % TEXT_BLOCK), done, 'latin1');
    }
    return;
  }
  let word = 0;
  for (let i = 0; i < target.length; i++) {
    const at = offset + i;
    if (i === 0 || (at & 3) === 0) word = mix(seed + Math.imul(at >>> 2, 0x9e3779b1));
    target[i] = word >>> ((at & 3) * 8);
  }
}
