// One Telnet connection as the honeypot sees it: options, variables and attacks as events, the login judged, then a shell in the machine.
import { escapeBytes, lossyText, pythonRepr } from '../../event/escape.ts';
import type { Machine } from '../../machine/machine.ts';
import type { LineEnd } from '../../wire/telnet/decoder.ts';
import type { ClientTerminal, ServerHandler, Verb, Verdict } from '../../wire/telnet/telnet.ts';
import type { Recorder } from '../recorder.ts';
import type { Resources } from '../resources.ts';
import { ShellSession } from '../shell-session.ts';
import { tellDecoy } from '../tell-decoy.ts';
import { ClientProfile } from './client-profile.ts';
import { type Exploit, ExploitWatch, USER_OPTION } from './exploits.ts';
import { optionName } from './option-names.ts';

const MOST_VARIABLES = 64;
const MOST_VIOLATIONS = 20;
/** Commands and options recorded of one connection, each once. */
const MOST_OPTIONS = 256;

/** What the session needs of its connection. */
export interface TelnetLine {
  write(data: Buffer): boolean;
  /** Output on its way is thrown away. */
  mark(): void;
  /** Ends the connection after what was sent. */
  close(): void;
  pause(paused: boolean): void;
}

export class TelnetSession implements ServerHandler {
  readonly #resources: Resources;
  readonly #recorder: Recorder;
  readonly #onLogin: () => void;
  readonly #seen = new Set<number>();
  readonly #profile: ClientProfile;
  readonly #watch: ExploitWatch;
  #variables = 0;
  #violations = 0;
  #user = '';
  /** USER as it came, if it asked for a login without a password. */
  #option = '';
  #shell: ShellSession | undefined;
  #lease: { machine: Machine; release(): void } | undefined;
  #line: TelnetLine | undefined;

  /** @param onLogin called once the client is logged in */
  constructor(resources: Resources, recorder: Recorder, onLogin: () => void) {
    this.#resources = resources;
    this.#recorder = recorder;
    this.#onLogin = onLogin;
    this.#profile = new ClientProfile(resources.now);
    this.#watch = new ExploitWatch((exploit) => this.#attacked(exploit));
  }

  attach(line: TelnetLine): void {
    this.#line = line;
  }

  /** Number of the terminal that the login will be at. */
  get terminal(): number {
    return this.#resources.host.machines.nextTerminal(this.#recorder.connection.src_ip);
  }

  /** Something has come in. */
  spoke(): void {
    this.#profile.spoke();
  }

  option(verb: Verb, option: number): void {
    this.#profile.option(verb, option);
    const key = verb.length * 512 + (verb.startsWith('W') ? 0 : 256) + (option & 0xff);
    if (this.#seen.has(key) || this.#seen.size >= MOST_OPTIONS) return;
    this.#seen.add(key);
    this.#recorder.emit('cowrie.telnet.option', {
      command: verb,
      option_name: optionName(option),
      option_byte: option,
    });
  }

  subnegotiation(option: number, content: Buffer): void {
    this.#profile.subnegotiation(option, content);
    this.#watch.subnegotiation(option, content);
  }

  command(code: number): void {
    this.#watch.command(code);
  }

  lineEnd(kind: LineEnd): void {
    this.#profile.lineEnd(kind);
  }

  variable(name: Buffer, value: Buffer): void {
    if (++this.#variables > MOST_VARIABLES) {
      if (this.#variables === MOST_VARIABLES + 1)
        this.violation({ reason: 'too many variables', fatal: false, detail: name.subarray(0, 64) });
      return;
    }
    const fields = { name: lossyText(name.subarray(0, 1024)), value: lossyText(value.subarray(0, 4096)) };
    this.#recorder.emit('cowrie.client.var', fields);
    this.#watch.variable(fields.name, fields.value);
  }

  size(columns: number, rows: number): void {
    this.#profile.size(columns, rows);
    if (columns > 0 && rows > 0) this.#shell?.resize(columns, rows);
  }

  login(user: Buffer, password: Buffer): Verdict {
    const name = user.toString('latin1');
    this.#watch.user(name);
    const { connection } = this.#recorder;
    const judged = this.#resources.userdb.judge(name, password.toString('latin1'), connection.src_ip);
    this.#recorder.emit(judged.accepted ? 'cowrie.login.success' : 'cowrie.login.failed', {
      username: escapeBytes(user),
      password: escapeBytes(password),
    });
    if (!judged.accepted) return 'refuse';
    tellDecoy(this.#recorder, user, password, judged);
    this.#user = name;
    return 'accept';
  }

  bypass(user: Buffer): Verdict {
    this.#user = user.toString('latin1');
    this.#recorder.emit('cowrie.telnet.exploit_success', {
      cve: USER_OPTION,
      username: lossyText(user),
      original_username: this.#option,
      attempted_command: '',
    });
    return 'accept';
  }

  started({ type, columns, rows, modes, environment }: ClientTerminal): void {
    this.#profile.loggedIn();
    this.#onLogin();
    this.#lease = this.#resources.host.machines.lease(this.#recorder.connection.src_ip);
    const line = this.#line!;
    this.#shell = new ShellSession(
      this.#resources,
      {
        machine: this.#lease.machine,
        recorder: this.#recorder,
        user: this.#user,
        channel: 0,
        terminal: { term: type, columns, rows, modes },
        environment,
      },
      {
        write: (data) => line.write(data),
        waiting: (_, full) => line.pause(full),
        exited: () => line.close(),
        flushed: () => line.mark(),
      },
    );
  }

  data(chunk: Buffer): void {
    this.#shell?.input(chunk);
  }

  signal(signal: 'INT' | 'QUIT' | 'TSTP'): void {
    this.#shell?.signal(signal);
  }

  modes(modes: ReadonlyMap<number, number>): void {
    this.#shell?.modes(modes);
  }

  violation({ reason, fatal, detail }: { reason: string; fatal: boolean; detail: Buffer }): void {
    if (!fatal && ++this.#violations > MOST_VIOLATIONS) return;
    if (fatal) this.#recorder.emit('cowrie.telnet.error', { error: `('${reason}', ${pythonRepr(detail)})` });
    this.#recorder.emit('kansatsuki.session.violation', { layer: 'telnet', reason, detail: escapeBytes(detail) });
  }

  drained(): void {
    this.#shell?.drained();
  }

  /** The connection is gone. */
  closed(): void {
    this.#shell?.hangup();
    this.#lease?.release();
    const profile = this.#profile.finish();
    if (profile) this.#recorder.emit('kansatsuki.client.telnet', profile);
    this.#recorder.close();
  }

  #attacked({ cve, technique, name, value }: Exploit): void {
    if (cve === USER_OPTION) {
      this.#option = value;
      this.#recorder.emit('cowrie.telnet.exploit_attempt', { cve, name, value });
    }
    this.#recorder.emit('kansatsuki.telnet.exploit', { ...(cve === '' ? {} : { cve }), technique, name, value });
  }
}
