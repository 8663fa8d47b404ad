// What a recorded terminal said, made harmless for the terminal of whoever watches: text, colours and movements pass, nothing that acts on it or asks it.

/** What was kept back, by kind: a terminal's strings (OSC, DCS …), its other sequences, single controls, characters that are not seen. */
export interface Withheld {
  strings: number;
  sequences: number;
  controls: number;
  characters: number;
}

export interface HarmlessOptions {
  /** Write the line feeds that came without a carriage return as both: the recording was made before the terminal's own translation. */
  crlf?: boolean;
}

// Format characters, line separators and what is drawn as nothing: they reorder or hide text.
const HIDDEN = /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u00a0\u1680\u2000-\u200a\u202f\u205f]/u;
const PRINTABLE = /[\x20-\x7e]+/y;
// Private use, unassigned, surrogates alone.
const UNKNOWN = /[\p{Co}\p{Cn}\p{Cs}]/u;
/** Movements, erasing, inserting and deleting, scrolling: ECMA-48 finals that act on the screen alone. */
const SCREEN = new Set('@ABCDEFGHIJKLMPSTXZ`adefr');
/** DEC modes that end with the replay: origin, wrap, cursor, the alternate screen. */
const MODES = new Set(['6', '7', '25', '47', '1047', '1048', '1049']);
/** Longer than any honest one: beyond it, a sequence is text that pretends. */
const LONGEST_SEQUENCE = 128;
const LONGEST_STRING = 4096;
const MOST = 9999;

type State = 'ground' | 'escape' | 'charset' | 'sequence' | 'string' | 'string-escape';

/**
 * A filter for one stream. Passed on: printable text, CR, LF, TAB, backspace; SGR but concealed and blinking text; cursor movement, erasing (not the
 * scrollback), insertion, scrolling within the screen; cursor and wrap modes, the alternate screen; save and restore; line drawing. Kept back:
 * OSC (titles, clipboard, palette, links), DCS, APC, PM, SOS, device and window reports and queries, mouse and keyboard modes, resets, C1 controls,
 * bells, shifts, characters that are invisible or change direction. Works through sequences and characters split over writes.
 */
export class Harmless {
  readonly withheld: Withheld = { strings: 0, sequences: 0, controls: 0, characters: 0 };
  readonly #decoder = new TextDecoder();
  readonly #crlf: boolean;
  #state: State = 'ground';
  /** What stands between the introducer and the current character. */
  #held = '';
  #returned = false;

  constructor({ crlf = false }: HarmlessOptions = {}) {
    this.#crlf = crlf;
  }

  /** The harmless part of some more output. */
  write(bytes: Uint8Array): string {
    return this.#filter(this.#decoder.decode(bytes, { stream: true }));
  }

  /** What puts a terminal back in order after any of it. */
  static readonly reset = '\x1b[0m\x1b[r\x1b[4l\x1b[?6l\x1b[?7h\x1b[?25h\x1b[?1049l\x1b(B';

  #filter(text: string): string {
    let out = '';
    for (let at = 0; at < text.length; ) {
      PRINTABLE.lastIndex = at;
      if (this.#state === 'ground' && PRINTABLE.test(text)) {
        // Most of what terminals say: as a whole.
        out += text.slice(at, PRINTABLE.lastIndex);
        at = PRINTABLE.lastIndex;
        this.#returned = false;
        continue;
      }
      const code = text.codePointAt(at)!;
      const character = String.fromCodePoint(code);
      at += character.length;
      switch (this.#state) {
        case 'ground':
          out += this.#ground(character, code);
          break;
        case 'escape':
          out += this.#escape(character, code);
          break;
        case 'charset':
          // ESC ( 0 and ESC ( B: line drawing and back. All else that takes one more character is dropped with it.
          this.#state = 'ground';
          if (this.#held === '(' && (character === '0' || character === 'B')) out += `\x1b(${character}`;
          else {
            this.withheld.sequences++;
            if (code < 0x20) out += this.#ground(character, code);
          }
          break;
        case 'sequence':
          out += this.#sequence(character, code);
          break;
        default:
          out += this.#string(character, code);
      }
    }
    return out;
  }

  #ground(character: string, code: number): string {
    const returned = this.#returned;
    this.#returned = false;
    if (code === 0x1b) {
      this.#state = 'escape';
      // A carriage return still belongs to the line feed behind a colour.
      this.#returned = returned;
      return '';
    }
    if (code === 0x0a) return this.#crlf && !returned ? '\r\n' : '\n';
    if (code === 0x0d) {
      this.#returned = true;
      return '\r';
    }
    if (code === 0x08 || code === 0x09) return character;
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
      // NUL and DEL are padding: a terminal shows nothing.
      if (code !== 0 && code !== 0x7f) this.withheld.controls++;
      return '';
    }
    if (code < 0x7f) return character;
    if (HIDDEN.test(character)) {
      this.withheld.characters++;
      return code === 0xa0 ? ' ' : '';
    }
    return UNKNOWN.test(character) ? '\ufffd' : character;
  }

  #escape(character: string, code: number): string {
    this.#state = 'ground';
    if (character === '[') {
      this.#state = 'sequence';
      this.#held = '';
      return '';
    }
    if (']PX^_k'.includes(character)) {
      this.#state = 'string';
      this.#held = '';
      this.withheld.strings++;
      return '';
    }
    if (code >= 0x20 && code <= 0x2f) {
      this.#state = 'charset';
      this.#held = character;
      return '';
    }
    if ('78DEM'.includes(character)) return `\x1b${character}`;
    this.withheld.sequences++;
    return code < 0x20 ? this.#ground(character, code) : '';
  }

  #sequence(character: string, code: number): string {
    if (code >= 0x20 && code <= 0x3f) {
      if (this.#held.length < LONGEST_SEQUENCE) this.#held += character;
      return '';
    }
    this.#state = 'ground';
    if (code >= 0x40 && code <= 0x7e) {
      const passed = this.#held.length < LONGEST_SEQUENCE ? harmless(this.#held, character) : undefined;
      if (passed !== undefined) return passed;
      this.withheld.sequences++;
      return '';
    }
    // Broken off; CAN and SUB do so on purpose.
    this.withheld.sequences++;
    return this.#ground(character, code);
  }

  #string(character: string, code: number): string {
    if (this.#state === 'string-escape') {
      this.#state = 'ground';
      // ESC \ ends it, any other escape breaks it off and begins anew.
      return character === '\\' ? '' : this.#escape(character, code);
    }
    if (code === 0x1b) this.#state = 'string-escape';
    else if (code === 0x07 || code === 0x9c || code === 0x18 || code === 0x1a) this.#state = 'ground';
    else {
      this.#held += ' ';
      // One that never ends would hide the rest of the recording.
      if (this.#held.length > LONGEST_STRING) this.#state = 'ground';
    }
    return '';
  }
}

/** A control sequence as it may pass; undefined to keep it back. */
function harmless(parameters: string, final: string): string | undefined {
  const mode = /^(\??)([\d;]*)$/.exec(parameters);
  if (final === 'h' || final === 'l') {
    if (!mode) return undefined;
    const kept = mode[2]!.split(';').filter((number) => (mode[1] ? MODES.has(number) : number === '4'));
    return kept.length > 0 ? `\x1b[${mode[1]}${kept.join(';')}${final}` : undefined;
  }
  if (final === 'm') return rendition(parameters);
  if (!/^[\d;]*$/.test(parameters)) return undefined;
  // Save and restore the cursor; with parameters they would be something else.
  if (final === 's' || final === 'u') return parameters === '' ? `\x1b[${final}` : undefined;
  if (!SCREEN.has(final)) return undefined;
  const numbers = parameters.split(';');
  if (numbers.length > 2 || (numbers.length > 1 && !'Hfr'.includes(final))) return undefined;
  if (final === 'J' && Number(numbers[0]) > 2) return undefined;
  return `\x1b[${numbers.map((number) => (number === '' ? '' : Math.min(Number(number), MOST))).join(';')}${final}`;
}

/** Select graphic rendition without what hides text (8) or blinks (5, 6). Numbers of colours stay with their introducer. */
function rendition(parameters: string): string | undefined {
  if (!/^[\d;:]*$/.test(parameters)) return undefined;
  const kept: string[] = [];
  const given = parameters.split(';');
  for (let i = 0; i < given.length; i++) {
    const number = given[i]!;
    if (/^(?:38|48|58)$/.test(number)) {
      const length = given[i + 1] === '2' ? 5 : given[i + 1] === '5' ? 3 : 1;
      if (length > 1 && i + length <= given.length) kept.push(...given.slice(i, i + length));
      i += length - 1;
    } else if (!/^0*[568](?::|$)/.test(number)) kept.push(number);
  }
  return kept.length > 0 ? `\x1b[${kept.join(';')}m` : '';
}
