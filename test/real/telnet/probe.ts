// A probe: acts on a fresh connection to one server and returns what it observed, line by line; and the ways that most of them begin.
import { options } from '../../../src/wire/telnet/telnet.ts';
import { type Client, DO, DONT, sub, text, verb, WILL, WONT } from './client.ts';
import { PASSWORD, USER } from './servers.ts';

export type Probe = (client: Client) => Promise<string[]>;
export type Probes = Readonly<Record<string, Probe>>;

export const o = options;

/** What a bot says to everything: no. Answers the first questions of any of the daemons. */
export const NO = Buffer.concat([
  verb(DONT, o.AUTHENTICATION, o.ENCRYPT),
  verb(WONT, o['TERMINAL-TYPE'], o['TERMINAL-SPEED'], o['X-DISPLAY-LOCATION'], o['NEW-ENVIRON'], o.ENVIRON),
]);
export const NO_AGAIN = Buffer.concat([
  verb(WONT, o.ECHO, o.LINEMODE, o.NAWS, o['REMOTE-FLOW-CONTROL']),
  verb(DONT, o.STATUS),
  verb(WONT, o['TIMING-MARK'], o.BINARY),
]);

/** What a client of BSD's says: yes to most, with values. */
export const YES = Buffer.concat([
  verb(DONT, o.AUTHENTICATION, o.ENCRYPT),
  verb(WILL, o['TERMINAL-TYPE'], o['TERMINAL-SPEED'], o['X-DISPLAY-LOCATION'], o['NEW-ENVIRON']),
  verb(WONT, o.ENVIRON),
]);
export const VALUES = Buffer.concat([
  sub(o['TERMINAL-SPEED'], 0, '38400,38400'),
  sub(o['X-DISPLAY-LOCATION'], 0, 'host:0'),
  sub(o['NEW-ENVIRON'], 0, 0, 'LANG', 1, 'C'),
  sub(o['TERMINAL-TYPE'], 0, 'XTERM'),
]);
export const YES_AGAIN = Buffer.concat([
  verb(DO, o.SGA),
  verb(WONT, o.ECHO, o.LINEMODE),
  verb(WILL, o.NAWS),
  sub(o.NAWS, 0, 80, 0, 24),
  verb(DO, o.STATUS),
  verb(WILL, o['REMOTE-FLOW-CONTROL']),
  verb(DO, o.ECHO),
  verb(WONT, o['TIMING-MARK'], o.BINARY),
]);

type Step = Buffer | string | number | { until: string };

/** Sends pieces and waits in between; a number is the milliseconds of silence to wait for. A `|` parts what each wait saw. */
export const steps =
  (...list: Step[]): Probe =>
  async (client) => {
    const seen: string[] = [];
    for (const step of list) {
      if (typeof step === 'number') seen.push(...(await client.rest(step)), '|');
      else if (typeof step === 'object' && 'until' in step) seen.push(...(await client.until(step.until)), '|');
      else client.send(typeof step === 'string' ? text(step) : step);
    }
    return [...seen, ...(await client.rest())];
  };

/** A client that says no to all has its prompt; what follows counts. */
export const prompted =
  (...list: Step[]): Probe =>
  async (client) => {
    await client.rest(250);
    client.send(NO);
    await client.rest(250);
    client.send(NO_AGAIN);
    await client.until('login: ');
    return steps(...list)(client);
  };

/** The same with a client that says yes. */
export const able =
  (...list: Step[]): Probe =>
  async (client) => {
    await client.rest(250);
    client.send(YES);
    await client.rest(250);
    client.send(VALUES);
    await client.rest(250);
    client.send(YES_AGAIN);
    await client.until('login: ');
    return steps(...list)(client);
  };

/** Logged in: a shell's prompt is there. */
export const inShell =
  (...list: Step[]): Probe =>
  async (client) => {
    await prompted(`${USER}\r\n`, { until: 'Password: ' }, `${PASSWORD}\r\n`, { until: '# ' })(client);
    return steps(...list)(client);
  };
