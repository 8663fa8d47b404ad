// One SSH session channel: pty, environment, then a shell or a command in the machine.
import { lossyText } from '../../event/escape.ts';
import type { Bytes, Ending, Machine, Signal } from '../../machine/machine.ts';
import type { Channel, PtyRequest, SessionHandler, X11Request } from '../../wire/ssh/ssh.ts';
import type { Forwarding } from '../forwarding/forwarding.ts';
import type { Recorder } from '../recorder.ts';
import type { Resources } from '../resources.ts';
import { ShellSession } from '../shell-session.ts';

/** Recorded of one session; sshd itself takes 129. */
const MOST_VARIABLES = 256;
/** Debian's sshd_config: `Subsystem sftp /usr/lib/openssh/sftp-server`. */
const SUBSYSTEMS: Readonly<Record<string, Bytes>> = { sftp: '/usr/lib/openssh/sftp-server' };
/** RFC 4254 §6.10, what sshd delivers. */
const SIGNALS = new Set<string>([
  'ABRT',
  'ALRM',
  'FPE',
  'HUP',
  'ILL',
  'INT',
  'KILL',
  'PIPE',
  'QUIT',
  'SEGV',
  'TERM',
  'USR1',
  'USR2',
]);

export class SessionChannel implements SessionHandler {
  readonly #resources: Resources;
  readonly #recorder: Recorder;
  readonly #channel: Channel;
  readonly #user: Bytes;
  readonly #machine: () => Machine;
  readonly #forwarding: Forwarding;
  readonly #onPty: (request: PtyRequest) => void;
  readonly #environment: [Bytes, Bytes][] = [];
  #variables = 0;
  #pty: PtyRequest | undefined;
  #shell: ShellSession | undefined;
  #started = false;

  constructor(
    resources: Resources,
    recorder: Recorder,
    channel: Channel,
    user: Bytes,
    machine: () => Machine,
    forwarding: Forwarding,
    onPty: (request: PtyRequest) => void,
  ) {
    this.#resources = resources;
    this.#recorder = recorder;
    this.#channel = channel;
    this.#user = user;
    this.#machine = machine;
    this.#forwarding = forwarding;
    this.#onPty = onPty;
  }

  pty(request: PtyRequest): boolean {
    if (this.#pty || this.#started) return false;
    this.#pty = request;
    this.#onPty(request);
    this.#recorder.emit('cowrie.client.size', { width: request.columns, height: request.rows });
    return true;
  }

  env(name: Buffer, value: Buffer, accepted: boolean): boolean {
    if (++this.#variables <= MOST_VARIABLES)
      this.#recorder.emit('cowrie.client.var', {
        name: lossyText(name.subarray(0, 1024)),
        value: lossyText(value.subarray(0, 4096)),
      });
    if (accepted) this.#environment.push([name.toString('latin1'), value.toString('latin1')]);
    return true;
  }

  windowChange({ columns, rows }: { columns: number; rows: number }): void {
    if (!this.#pty) return;
    this.#recorder.emit('cowrie.client.size', { width: columns, height: rows });
    this.#shell?.resize(columns, rows);
  }

  shell(): boolean {
    return this.#start();
  }

  exec(command: Buffer): boolean {
    return this.#start(command.toString('latin1'));
  }

  subsystem(name: Buffer): boolean {
    const text = name.toString('latin1');
    const command = Object.hasOwn(SUBSYSTEMS, text) ? SUBSYSTEMS[text] : undefined;
    return command !== undefined && this.#start(command, text);
  }

  signal(name: string): void {
    if (SIGNALS.has(name)) this.#shell?.signal(name as Signal);
  }

  break(): boolean {
    return this.#pty !== undefined;
  }

  agent(): boolean {
    const variable = this.#forwarding.agent();
    if (variable) this.#environment.push(variable);
    return variable !== undefined;
  }

  x11(request: X11Request): boolean | string {
    const result = this.#forwarding.x11(request);
    if (typeof result === 'string') return result;
    this.#environment.push(result);
    return true;
  }

  data(chunk: Buffer): void {
    this.#shell?.input(chunk);
  }

  end(): void {
    this.#shell?.endInput();
  }

  unread(): void {
    this.#shell?.stopOutput();
  }

  abandoned(): void {
    this.#shell?.abandon();
  }

  drain(): void {
    this.#shell?.drained();
  }

  closed(): void {
    this.#shell?.hangup();
  }

  #start(command?: Bytes, subsystem?: string): boolean {
    if (this.#started) return false;
    this.#started = true;
    const pty = this.#pty;
    this.#shell = new ShellSession(
      this.#resources,
      {
        machine: this.#machine(),
        recorder: this.#recorder,
        user: this.#user,
        channel: this.#channel.id,
        environment: this.#environment,
        ...(pty
          ? { terminal: { term: pty.term.toString('latin1'), columns: pty.columns, rows: pty.rows, modes: pty.modes } }
          : {}),
        ...(command === undefined ? {} : { command }),
        ...(subsystem === undefined ? {} : { subsystem }),
      },
      {
        write: (data, stream) => (stream === 2 ? this.#channel.writeError(data) : this.#channel.write(data)),
        waiting: (bytes) => this.#channel.waiting(bytes),
        left: (ending) => this.#exit(ending, true),
        exited: (ending) => {
          this.#exit(ending, false);
          this.#channel.end();
        },
      },
    );
    this.#forwarding.begun();
    return true;
  }

  /** `held`: its output goes on. */
  #exit(ending: Ending, held: boolean): void {
    if ('code' in ending) this.#channel.exit(ending.code, held);
    else this.#channel.exitSignal(ending.signal, false, '', held);
  }
}
