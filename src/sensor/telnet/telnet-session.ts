// One Telnet connection as the honeypot sees it: options and variables as events, the login conversation judged, then a shell in the machine.
import { escapeBytes, lossyText, pythonRepr } from '../../event/escape.ts';
import type { Machine } from '../../machine/machine.ts';
import type { ServerHandler, Verb, Verdict } from '../../wire/telnet/telnet.ts';
import type { Recorder } from '../recorder.ts';
import type { Resources } from '../resources.ts';
import { ShellSession } from '../shell-session.ts';
import { optionName } from './option-names.ts';

const CVE = 'CVE-2026-24061';
const MOST_VARIABLES = 64;
const MOST_VIOLATIONS = 20;

/** What the session needs of its connection. */
export interface TelnetLine {
  write(data: Buffer): boolean;
  /** Ends the connection after what was sent. */
  close(): void;
  pause(paused: boolean): void;
}

export class TelnetSession implements ServerHandler {
  readonly #resources: Resources;
  readonly #recorder: Recorder;
  readonly #onLogin: () => void;
  readonly #seen = new Set<string>();
  #variables = 0;
  #violations = 0;
  #user = '';
  #shell: ShellSession | undefined;
  #lease: { machine: Machine; release(): void } | undefined;
  #line: TelnetLine | undefined;

  /** @param onLogin called once the client is logged in */
  constructor(resources: Resources, recorder: Recorder, onLogin: () => void) {
    this.#resources = resources;
    this.#recorder = recorder;
    this.#onLogin = onLogin;
  }

  attach(line: TelnetLine): void {
    this.#line = line;
  }

  option(verb: Verb, option: number): void {
    const key = `${verb} ${option}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#recorder.emit('cowrie.telnet.option', {
      command: verb,
      option_name: optionName(option),
      option_byte: option,
    });
  }

  variable(name: Buffer, value: Buffer): void {
    if (++this.#variables > MOST_VARIABLES) return;
    const fields = { name: lossyText(name.subarray(0, 1024)), value: lossyText(value.subarray(0, 4096)) };
    this.#recorder.emit('cowrie.client.var', fields);
    if (fields.name === 'USER' && fields.value.startsWith('-f'))
      this.#recorder.emit('cowrie.telnet.exploit_attempt', { cve: CVE, ...fields });
  }

  size(columns: number, rows: number): void {
    if (columns > 0 && rows > 0) this.#shell?.resize(columns, rows);
  }

  login(user: Buffer, password: Buffer): Verdict {
    const accepted = this.#resources.userdb.allows(user.toString('latin1'), password.toString('latin1'));
    this.#recorder.emit(accepted ? 'cowrie.login.success' : 'cowrie.login.failed', {
      username: escapeBytes(user),
      password: escapeBytes(password),
    });
    if (!accepted) return 'refuse';
    this.#user = user.toString('latin1');
    return 'accept';
  }

  started(terminal: { type: string; columns: number; rows: number }): void {
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
        terminal: { term: terminal.type, columns: terminal.columns || 80, rows: terminal.rows || 24 },
      },
      {
        write: (data) => line.write(data),
        waiting: (_, full) => line.pause(full),
        exited: () => line.close(),
      },
    );
  }

  data(chunk: Buffer): void {
    this.#shell?.input(chunk);
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
    this.#recorder.close();
  }
}
