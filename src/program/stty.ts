// stty (GNU coreutils): shows and changes the settings of the terminal on standard input.
import type { Bytes, Terminal } from '../machine/machine.ts';
import { saneSettings } from '../machine/terminal.ts';
import { reason } from './failure.ts';
import { gnu } from './program.ts';
import { quote, quoteAlways } from './quote.ts';

export const names = ['stty'];

type Flag = Exclude<keyof Terminal['settings'], 'cc'>;
type Character = keyof Terminal['settings']['cc'];

/** In the order stty shows them; a text: a flag this terminal has not, with its usual state. */
const ROWS: readonly (readonly (Flag | string)[])[] = [
  ['-parenb', '-parodd', '-cmspar', 'cs8', '-hupcl', '-cstopb', 'cread', '-clocal', '-crtscts'],
  [
    '-ignbrk',
    '-brkint',
    '-ignpar',
    '-parmrk',
    '-inpck',
    'istrip',
    'inlcr',
    'igncr',
    'icrnl',
    'ixon',
    '-ixoff',
    '-iuclc',
    '-ixany',
    '-imaxbel',
    'iutf8',
  ],
  [
    'opost',
    '-olcuc',
    '-ocrnl',
    'onlcr',
    '-onocr',
    '-onlret',
    '-ofill',
    '-ofdel',
    'nl0',
    'cr0',
    'tab0',
    'bs0',
    'vt0',
    'ff0',
  ],
  [
    'isig',
    'icanon',
    'iexten',
    'echo',
    'echoe',
    'echok',
    '-echonl',
    '-noflsh',
    '-xcase',
    '-tostop',
    '-echoprt',
    'echoctl',
    'echoke',
    '-flusho',
    '-extproc',
  ],
];
// The control characters have a table of their own.
const { cc: _, ...SANE } = saneSettings();
const CHARACTERS: readonly [string, Character | undefined, number][] = [
  ['intr', 'intr', 3],
  ['quit', 'quit', 28],
  ['erase', 'erase', 127],
  ['kill', 'kill', 21],
  ['eof', 'eof', 4],
  ['eol', undefined, 0],
  ['eol2', undefined, 0],
  ['swtch', undefined, 0],
  ['start', undefined, 17],
  ['stop', undefined, 19],
  ['susp', 'susp', 26],
  ['rprnt', undefined, 18],
  ['werase', 'werase', 23],
  ['lnext', 'lnext', 22],
  ['discard', undefined, 15],
];
/** Flags that this terminal lacks but stty knows. */
const OTHER = new Set(
  'parenb parodd cmspar hupcl hup cstopb cread clocal crtscts ignbrk brkint ignpar parmrk inpck ixoff iuclc ixany imaxbel olcuc ocrnl onocr onlret ofill ofdel echonl noflsh xcase tostop echoprt echoke flusho extproc crterase crtkill ctlecho prterase tandem'.split(
    ' ',
  ),
);

const declared = gnu({
  short: '+agF:',
  long: { all: 'a', save: 'g', 'file=': 'F' },
  usage: '[-F DEVICE | --file=DEVICE] [SETTING]...',
  run(run) {
    const { process } = run;
    const file = run.value('F');
    let terminal: Terminal | undefined;
    if (file !== undefined) {
      try {
        const descriptor = process.open(file, { read: true });
        terminal = process.descriptors.get(descriptor)?.terminal;
        process.close(descriptor);
      } catch (error) {
        return run.fail(`${quoteName(file)}: ${reason(error)}`);
      }
    } else terminal = process.descriptors.get(0)?.terminal;
    const settings = run.operands;
    for (let i = 0; i < settings.length; i++) {
      const name = settings[i]!;
      if (!isSetting(name)) return run.wrongUse(`invalid argument ${quote(process, name)}`);
      if (takesValue(name) && settings[++i] === undefined)
        return run.wrongUse(`missing argument to ${quote(process, name)}`);
    }
    if (!terminal) return run.fail(`${quoteAlways(file ?? 'standard input')}: Inappropriate ioctl for device`);
    if (run.has('g')) {
      run.put(`${saved(terminal)}\n`);
      return 0;
    }
    if (settings.length > 0) {
      for (let i = 0; i < settings.length; i++) {
        const name = settings[i]!;
        if (name === 'size') run.put(`${terminal.rows} ${terminal.columns}\n`);
        else if (name === 'speed') run.put('38400\n');
        else set(terminal, name, takesValue(name) ? settings[++i]! : '');
      }
      return 0;
    }
    show(terminal, run.has('a'), (text) => run.put(text));
    return 0;
  },
});

const quoteName = (name: Bytes): Bytes => (/^[\w./-]+$/.test(name) ? name : quoteAlways(name));

function isSetting(name: Bytes): boolean {
  const bare = name.replace(/^-/, '');
  return (
    bare in SANE ||
    OTHER.has(bare) ||
    CHARACTERS.some(([c]) => c === name) ||
    /^(raw|cooked|sane|evenp|parity|oddp|pass8|litout|nl|dec|crt|cbreak|lcase|LCASE|ek|size|speed|min|time|line|rows|cols|columns|ispeed|ospeed|drain|decctlq|cs[5-8]|nl[01]|cr[0-3]|tab[0-3]|tabs|bs[01]|vt[01]|ff[01])$/.test(
      bare,
    ) ||
    /^\d+$/.test(name) ||
    /^[0-9a-f]+(:[0-9a-f]+){35}$/.test(name)
  );
}

const takesValue = (name: Bytes) =>
  CHARACTERS.some(([c]) => c === name) || /^(min|time|line|rows|cols|columns|ispeed|ospeed)$/.test(name);

function set(terminal: Terminal, name: Bytes, value: Bytes): void {
  const { settings } = terminal;
  const on = !name.startsWith('-');
  const bare = name.replace(/^-/, '');
  if (bare in SANE) settings[bare as Flag] = on;
  else if (bare === 'ctlecho') settings.echoctl = on;
  else if (bare === 'crterase') settings.echoe = on;
  else if (bare === 'sane') Object.assign(settings, SANE);
  else if ((bare === 'raw' && on) || (bare === 'cooked' && !on)) {
    Object.assign(settings, {
      icanon: false,
      isig: false,
      icrnl: false,
      ixon: false,
      opost: false,
      inlcr: false,
      igncr: false,
      istrip: false,
    });
    Object.assign(settings.cc, { min: 1, time: 0 });
  } else if ((bare === 'cooked' && on) || (bare === 'raw' && !on))
    Object.assign(settings, { icanon: true, isig: true, icrnl: true, ixon: true, opost: true });
  else if (bare === 'cbreak') settings.icanon = !on;
  else if (bare === 'nl')
    Object.assign(
      settings,
      on ? { icrnl: false, onlcr: false } : { icrnl: true, onlcr: true, inlcr: false, igncr: false },
    );
  else if (bare === 'ek') Object.assign(settings.cc, { erase: 127, kill: 21 });
  else if (bare === 'rows') terminal.resize(terminal.columns, Number(value) || 0);
  else if (bare === 'cols' || bare === 'columns') terminal.resize(Number(value) || 0, terminal.rows);
  else if (bare === 'min' || bare === 'time') settings.cc[bare] = Number(value) & 255;
  else if (/:/.test(name)) restore(terminal, name);
  else {
    const character = CHARACTERS.find(([c]) => c === bare)?.[1];
    if (character) settings.cc[character] = characterOf(value);
  }
}

function characterOf(value: Bytes): number {
  if (value === '^-' || value === 'undef') return 0;
  if (/^\^.$/.test(value)) return value[1] === '?' ? 127 : value.toUpperCase().charCodeAt(1) & 31;
  if (/^0x[0-9a-f]+$/i.test(value) || /^\d+$/.test(value)) return Number(value) & 255;
  return value.charCodeAt(0) || 0;
}

function shown(code: number): string {
  if (code === 0) return '<undef>';
  return code < 32 ? `^${String.fromCharCode(code + 64)}` : code === 127 ? '^?' : String.fromCharCode(code);
}

/** Lines as wide as the terminal, words not cut. */
function wrap(words: readonly string[], columns: number, put: (text: string) => void): void {
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + word.length + 1 > columns) {
      put(`${line}\n`);
      line = '';
    }
    line += (line === '' ? '' : ' ') + word;
  }
  if (line !== '') put(`${line}\n`);
}

function show(terminal: Terminal, all: boolean, put: (text: string) => void): void {
  const { settings } = terminal;
  const columns = terminal.columns || 80;
  const codes = CHARACTERS.map(([name, key, usual]) => [name, key ? settings.cc[key] : usual, usual] as const);
  if (all) {
    wrap(['speed 38400 baud;', `rows ${terminal.rows};`, `columns ${terminal.columns};`, 'line = 0;'], columns, put);
    const words = codes.map(([name, code]) => `${name} = ${shown(code)};`);
    wrap([...words, `min = ${settings.cc.min};`, `time = ${settings.cc.time};`], columns, put);
    for (const row of ROWS)
      wrap(
        row.map((flag) => (flag in SANE ? (settings[flag as Flag] ? flag : `-${flag}`) : flag)),
        columns,
        put,
      );
    return;
  }
  put('speed 38400 baud; line = 0;\n');
  const odd = codes
    .filter(([name, code, usual]) => code !== usual && name !== 'min')
    .map(([name, code]) => `${name} = ${shown(code)};`);
  wrap(odd, columns, put);
  for (const row of ROWS) {
    // brkint and imaxbel are on in a sane terminal.
    const words = row.flatMap((flag) => {
      if (flag in SANE)
        return settings[flag as Flag] === SANE[flag as Flag] ? [] : [settings[flag as Flag] ? flag : `-${flag}`];
      return flag === '-brkint' || flag === '-imaxbel' ? [flag] : [];
    });
    wrap(words, columns, put);
  }
}

const BITS: readonly [Flag, 0 | 1 | 3, number][] = [
  ['istrip', 0, 0x20],
  ['inlcr', 0, 0x40],
  ['igncr', 0, 0x80],
  ['icrnl', 0, 0x100],
  ['ixon', 0, 0x400],
  ['iutf8', 0, 0x4000],
  ['opost', 1, 1],
  ['onlcr', 1, 4],
  ['isig', 3, 1],
  ['icanon', 3, 2],
  ['echo', 3, 8],
  ['echoe', 3, 0x10],
  ['echok', 3, 0x20],
  ['echoctl', 3, 0x200],
  ['iexten', 3, 0x8000],
];

/** -g: the four flag words and the control characters, as Linux numbers them. */
function saved({ settings }: Terminal): string {
  const flags = [0, 0, 0xbf, 0x800];
  for (const [name, word, bit] of BITS) if (settings[name]) flags[word]! |= bit;
  const c = settings.cc;
  const characters = [
    c.intr,
    c.quit,
    c.erase,
    c.kill,
    c.eof,
    c.time,
    c.min,
    0,
    17,
    19,
    c.susp,
    0,
    18,
    15,
    c.werase,
    c.lnext,
    0,
  ];
  const rest = Array<number>(32 - characters.length).fill(0);
  return [...flags, ...characters, ...rest].map((n) => n.toString(16)).join(':');
}

function restore({ settings }: Terminal, text: Bytes): void {
  const numbers = text.split(':').map((hex) => Number.parseInt(hex, 16));
  for (const [name, word, bit] of BITS) settings[name] = (numbers[word]! & bit) !== 0;
  const [intr = 3, quit = 28, erase = 127, kill = 21, eof = 4, time = 0, min = 1] = numbers.slice(4);
  Object.assign(settings.cc, {
    intr,
    quit,
    erase,
    kill,
    eof,
    time,
    min,
    susp: numbers[14] ?? 26,
    werase: numbers[18] ?? 23,
    lnext: numbers[19] ?? 22,
  });
}

/** `stty -echo`: a setting that is switched off is no option. */
export const main: typeof declared = (process) => {
  const at = process.argv.findIndex((word, i) => i > 0 && /^-[a-z]{2,}/.test(word) && !/^-[ag]+$/.test(word));
  if (at > 0 && !process.argv.includes('--')) process.argv = process.argv.toSpliced(at, 0, '--');
  return declared(process);
};
