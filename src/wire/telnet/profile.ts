// A Telnet daemon as data: what it offers in which order, its texts, delays and limits. One JSON file of personas/telnet/ each.
import { type OptionName, options } from './telnet.ts';

/** One step of the opening: requests are sent, then the client's answers are waited for. */
export interface Stage {
  /** Requests such as `WILL SGA` or `DO NAWS`, in order; those already on are left out. */
  send?: string[];
  /** Subnegotiation SEND (RFC 1091, 1079, 1572) for options the client will do; an alternative follows `|`. */
  ask?: string[];
  /** Options whose answer is waited for. Asked values are always waited for. */
  await?: OptionName[];
}

export interface Profile {
  /** Program and version it was compared with. */
  name: string;
  stages: Stage[];
  /**
   * Milliseconds that each stage waits for a client that does not answer. The real inetutils-telnetd waits
   * for ever; a honeypot wants the passwords of such clients too.
   */
  patience: number;
  /** False: answers no negotiation of the client (BusyBox). */
  answers: boolean;
  /** Options turned on when the client asks. */
  will: OptionName[];
  do: OptionName[];
  /** Texts; `{name}` is replaced from `ServerOptions.texts`. Line ends as on the wire. */
  banner: string;
  loginPrompt: string;
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
  /** Answer to AYT; empty: none. */
  areYouThere: string;
}

/** Reads a profile; throws one sentence that names the file and the key. */
export function parseProfile(text: string, file: string): Profile {
  let profile: Profile;
  try {
    profile = JSON.parse(text) as Profile;
  } catch (error) {
    throw new Error(`${file}: not valid JSON (${(error as Error).message})`);
  }
  const wanted: Record<string, string> = {
    name: 'string',
    patience: 'number',
    answers: 'boolean',
    banner: 'string',
    loginPrompt: 'string',
    passwordPrompt: 'string',
    incorrect: 'string',
    tooMany: 'string',
    timedOut: 'string',
    attempts: 'number',
    timeout: 'number',
    failDelay: 'number',
    failJitter: 'number',
    areYouThere: 'string',
  };
  for (const [key, type] of Object.entries(wanted)) {
    const found = (profile as unknown as Record<string, unknown>)[key];
    if (typeof found !== type) throw new Error(`${file}: expected "${key}" to be a ${type}, found ${typeof found}`);
  }
  const named = (name: string, key: string) => {
    if (!(name in options)) throw new Error(`${file}: unknown Telnet option "${name}" in "${key}"`);
  };
  for (const key of ['stages', 'will', 'do'] as const)
    if (!Array.isArray(profile[key])) throw new Error(`${file}: expected "${key}" to be a list`);
  for (const key of ['will', 'do'] as const) for (const name of profile[key]) named(name, key);
  for (const stage of profile.stages) {
    for (const line of stage.send ?? []) {
      const [, name] = /^(?:WILL|DO) (\S+)$/.exec(line) ?? [];
      if (!name) throw new Error(`${file}: expected WILL or DO and an option in "send", found "${line}"`);
      named(name, 'send');
    }
    for (const name of stage.ask ?? []) for (const one of name.split('|')) named(one, 'ask');
    for (const name of stage.await ?? []) named(name, 'await');
  }
  return profile;
}

/** Puts the values into a text. */
export function fill(text: string, values: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(
    text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole),
    'latin1',
  );
}
