// One login shell or exec request in the machine, between the wire and the records: its seat, its recording, its artefacts, its end.
import type { Bytes, Ending, Machine, Seat, Signal } from '../machine/machine.ts';
import { applyModes } from '../machine/terminal.ts';
import { Artefacts } from './artefacts.ts';
import type { Recorder } from './recorder.ts';
import { Recording } from './recording.ts';
import type { Resources } from './resources.ts';
import { SessionWitness } from './witness.ts';

/** The wire's side of it. */
export interface Outside {
  /** False: full; `ShellSession.drained` tells when it goes on. */
  write(data: Buffer, stream: 1 | 2): boolean;
  /** Bytes of input that the machine has not taken; `full`: more must wait. Called after each input and when all has been taken. */
  waiting(bytes: number, full: boolean): void;
  /** The shell has ended, but what it started still has its output open; `exited` follows when that is over. */
  left?(ending: Ending): void;
  /** The shell has ended; everything is recorded. */
  exited(ending: Ending): void;
  /** A signal character was typed: output on its way may go. */
  flushed?(): void;
}

export interface ShellRequest {
  machine: Machine;
  recorder: Recorder;
  user: Bytes;
  /** Number of the channel. */
  channel: number;
  terminal?: { term: Bytes; columns: number; rows: number; modes?: Map<number, number> };
  /** Present: an exec request. */
  command?: Bytes;
  /** The command is that of a subsystem: not typed, not recorded. */
  subsystem?: string;
  environment?: [Bytes, Bytes][];
}

/** What such a command reads is a protocol of files, which are kept each on its own. */
const TRANSFERS = /^(?:\S*\/)?(?:scp\b.* -[a-z]*[tf]\b|sftp-server\b)/;

/** What a session takes from its request to its shell: least and variation (sshd with Debian 12's PAM; login is alike). */
const START_MS = { least: 3, more: 2 };

/** Cowrie's name of a machine's architecture. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'linux-x64-lsb',
  i686: 'linux-x86-lsb',
  aarch64: 'linux-arm64-lsb',
  armv7l: 'linux-arm-lsb',
  armv6l: 'linux-arm-lsb',
  mips: 'linux-mips-msb',
  mipsel: 'linux-mips-lsb',
};

export class ShellSession {
  readonly #outside: Outside;
  readonly #recording: Recording | undefined;
  readonly #recorder: Recorder;
  readonly #artefacts: Artefacts;
  readonly #takesFiles: boolean;
  readonly #witness: SessionWitness;
  #seat: Seat | undefined;
  #over = false;

  /** Starts it. Output may be written to `outside` before this returns. */
  constructor(resources: Resources, request: ShellRequest, outside: Outside) {
    const { machine, recorder, user, channel, terminal, command, subsystem, environment } = request;
    const { src_ip, src_port, dst_ip, dst_port, protocol, session } = recorder.connection;
    this.#outside = outside;
    this.#recorder = recorder;
    this.#takesFiles = terminal === undefined && command !== undefined && !TRANSFERS.test(command);
    const silent = subsystem !== undefined;
    if (silent) recorder.emit('kansatsuki.session.subsystem', { name: subsystem });
    else {
      const { architecture } = machine.identity;
      recorder.emit('cowrie.session.params', { arch: ARCHITECTURES[architecture] ?? `linux-${architecture}-lsb` });
      this.#recording = new Recording({
        directory: resources.ttyDirectory,
        session,
        channel,
        kind: command === undefined ? 'interactive' : 'exec',
        limit: resources.config.limits.recording_bytes,
        now: resources.now,
        room: resources.diskHasRoom,
      });
      if (command !== undefined) this.#recording.interact(Buffer.from(command, 'latin1'));
    }
    this.#artefacts = new Artefacts(resources.vault, recorder);
    this.#witness = new SessionWitness(recorder, this.#artefacts, resources, silent);
    this.#seat = machine.login({
      user,
      via: protocol === 'telnet' ? 'telnet' : 'ssh',
      from: { address: src_ip, port: src_port },
      to: { address: dst_ip, port: dst_port },
      witness: this.#witness,
      ...(terminal ? { terminal } : {}),
      ...(command === undefined ? {} : { command }),
      ...(environment ? { environment } : {}),
      delay: START_MS.least + START_MS.more * resources.random(),
      output: (data, stream) => {
        const bytes = Buffer.from(data, 'latin1');
        this.#recording?.output(bytes);
        return outside.write(bytes, stream);
      },
      flushed: () => outside.flushed?.(),
      left: (ending) => {
        if (!this.#over) outside.left?.(ending);
      },
      exited: (ending) => {
        if (this.#over) return;
        this.#over = true;
        this.#record();
        outside.exited(ending);
      },
    });
    this.#seat.onInputDrained = () => outside.waiting(0, false);
  }

  input(data: Buffer): void {
    if (this.#over || !this.#seat) return;
    if (this.#takesFiles) this.#artefacts.input(data);
    else this.#recording?.input(data);
    const full = !this.#seat.input(data.toString('latin1'));
    this.#outside.waiting(this.#seat.waiting, full);
  }

  endInput(): void {
    if (!this.#over) this.#seat?.endInput();
  }

  resize(columns: number, rows: number): void {
    if (!this.#over) this.#seat?.resize(columns, rows);
  }

  signal(signal: Signal): void {
    if (!this.#over) this.#seat?.signal(signal);
  }

  /** Changes of the terminal that come from the client, by the opcodes of RFC 4254 §8. */
  modes(modes: ReadonlyMap<number, number>): void {
    const terminal = this.#over ? undefined : this.#seat?.terminal;
    if (terminal) applyModes(terminal.settings, modes);
  }

  /** Nobody reads the output any more. */
  stopOutput(): void {
    if (!this.#over) this.#seat?.stopOutput();
  }

  /** The client has closed the channel; `Outside.exited` follows when the shell has ended of it. */
  abandon(): void {
    if (!this.#over) this.#seat?.abandon();
  }

  drained(): void {
    if (!this.#over) this.#seat?.drained();
  }

  /** The connection is gone. */
  hangup(): void {
    if (this.#over) return;
    this.#over = true;
    this.#seat?.hangup();
    this.#record();
  }

  #record(): void {
    this.#artefacts.close();
    this.#witness.close();
    const recorded = this.#recording?.close();
    if (recorded) this.#recorder.emit('cowrie.log.closed', recorded);
  }
}
