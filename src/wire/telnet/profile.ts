// A Telnet daemon and its login program as data: what they offer in which order, what they say, how they fail. One JSON file of personas/telnet/ each.
import { type OptionName, options } from './telnet.ts';

/** One step of the opening: requests are sent, then the client's answers are waited for. */
export interface Stage {
  /** Left out unless the client does this option. */
  when?: OptionName;
  /** Options asked for and not refused are taken for agreed on. */
  suppose?: OptionName[];
  /** Requests such as `WILL SGA` or `DO NAWS`, in order; those already on are left out. */
  send?: string[];
  /** Subnegotiation SEND (RFC 1091, 1079, 1572) for options the client will do; an alternative follows `|`. */
  ask?: string[];
  /** Options whose answer is waited for. Asked values are always waited for. */
  await?: OptionName[];
}

/** What the daemon makes of options, commands and subnegotiation. */
export interface Daemon {
  /**
   * Whose way of negotiating: BSD's telnetd, from which inetutils' and netkit's come, answers by a state machine; BusyBox' never
   * answers, knows NAWS alone, and hands the content of every other subnegotiation to the terminal.
   */
  family: 'bsd' | 'busybox';
  stages: Stage[];
  /** Options turned on when the client asks. */
  will: OptionName[];
  do: OptionName[];
  /** LINEMODE (RFC 1184), its older substitute by way of TIMING-MARK, and BINARY as the terminal has it. */
  linemode: boolean;
  /** DONT SUPPRESS-GO-AHEAD is answered by offering it again, every other time. */
  insists: boolean;
  /** A NUL follows what the daemon itself formats of LINEMODE and REMOTE-FLOW-CONTROL: its buffer's last byte. */
  padded: boolean;
  /** IP, BRK and SUSP are typed as the terminal's characters, or signalled without a word. */
  interrupt: 'character' | 'signal' | 'ignored';
  /** Sent as a subnegotiation, in hexadecimal, once an option that the client offers has been taken. */
  afterwards: Partial<Record<OptionName, string>>;
  /** Answer to AYT; bytes of a command in it as they are. Empty: none. */
  areYouThere: string;
  /** Names that the daemon finds in its database; it asks for another if the client's is not one. Absent: takes any. */
  terminals?: string[];
  /** Bytes kept of a terminal's name, and of one subnegotiation. */
  terminalName: number;
  subnegotiation: number;
  /** Variables of NEW-ENVIRON and ENVIRON that reach the login; `*` all. USER makes it ask for the password alone. */
  variables: string[];
  /** What is said to a USER that begins with `-`, before the end. Empty: such a USER counts for nothing. */
  optionAsUser: string;
}

/** What login(1) says and does. Texts: `{name}` is replaced from `ServerOptions.texts`, line ends as a program writes them. */
export interface Login {
  /** PAM's conversation (shadow's login), or BusyBox' own reading. */
  family: 'pam' | 'busybox';
  banner: string;
  prompt: string;
  passwordPrompt: string;
  incorrect: string;
  tooMany: string;
  timedOut: string;
  /** Failed logins until the connection is closed. */
  attempts: number;
  /** Seconds to log in. */
  timeout: number;
  /** Milliseconds before a failure is told, and the share by which it varies (PAM: 0.25). */
  failDelay: number;
  failJitter: number;
  /** Bytes of a name or password that are read. */
  length: number;
}

export interface Profile {
  /** Program and version it was compared with. */
  name: string;
  daemon: Daemon;
  login: Login;
}

type Shape = Readonly<Record<string, 'string' | 'number' | 'boolean' | 'object' | readonly string[]>>;
const DAEMON: Shape = {
  family: ['bsd', 'busybox'],
  stages: 'object',
  will: 'object',
  do: 'object',
  linemode: 'boolean',
  insists: 'boolean',
  padded: 'boolean',
  interrupt: ['character', 'signal', 'ignored'],
  afterwards: 'object',
  areYouThere: 'string',
  terminalName: 'number',
  subnegotiation: 'number',
  variables: 'object',
  optionAsUser: 'string',
};
const LOGIN: Shape = {
  family: ['pam', 'busybox'],
  banner: 'string',
  prompt: 'string',
  passwordPrompt: 'string',
  incorrect: 'string',
  tooMany: 'string',
  timedOut: 'string',
  attempts: 'number',
  timeout: 'number',
  failDelay: 'number',
  failJitter: 'number',
  length: 'number',
};

/** Reads a profile; throws one sentence that names the file and the key. */
export function parseProfile(text: string, file: string): Profile {
  const fail = (what: string): never => {
    throw new Error(`${file}: ${what}`);
  };
  let profile: Profile;
  try {
    profile = JSON.parse(text) as Profile;
  } catch (error) {
    return fail(`not valid JSON (${(error as Error).message})`);
  }
  if (typeof profile.name !== 'string') fail('expected "name" to be a string');
  const check = (part: 'daemon' | 'login', shape: Shape) => {
    const found = profile[part] as unknown as Record<string, unknown>;
    if (typeof found !== 'object' || found === null) fail(`expected "${part}" to be an object`);
    for (const [key, type] of Object.entries(shape)) {
      const value = found[key];
      if (typeof type !== 'string') {
        if (!type.includes(value as string)) fail(`expected "${part}.${key}" to be one of ${type.join(', ')}`);
      } else if (typeof value !== type || value === null)
        fail(`expected "${part}.${key}" to be ${type === 'object' ? 'a list or object' : `a ${type}`}`);
    }
  };
  check('daemon', DAEMON);
  check('login', LOGIN);
  const { stages, will, do: does, afterwards } = profile.daemon;
  const named = (name: string, key: string) => {
    if (!Object.hasOwn(options, name)) fail(`unknown Telnet option "${name}" in "${key}"`);
  };
  for (const [key, list] of Object.entries({ stages, will, do: does }))
    if (!Array.isArray(list)) fail(`expected "daemon.${key}" to be a list`);
  for (const name of will) named(name, 'will');
  for (const name of does) named(name, 'do');
  for (const [name, hex] of Object.entries(afterwards)) {
    named(name, 'afterwards');
    if (!/^([0-9a-f]{2})*$/.test(hex)) fail(`expected hexadecimal digits in "afterwards", found "${hex}"`);
  }
  for (const stage of stages) {
    for (const line of stage.send ?? []) {
      const [, name] = /^(?:WILL|DO) (\S+)$/.exec(line) ?? [];
      if (!name) fail(`expected WILL or DO and an option in "send", found "${line}"`);
      else named(name, 'send');
    }
    for (const alternatives of stage.ask ?? []) for (const one of alternatives.split('|')) named(one, 'ask');
    for (const name of [...(stage.await ?? []), ...(stage.suppose ?? []), ...(stage.when ? [stage.when] : [])])
      named(name, 'await');
  }
  return profile;
}

/** Puts the values into a text. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
