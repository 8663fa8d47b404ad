// The machine's logs: what happens anyway, and what the attacker's own doing adds; brought to the files when somebody looks.
import type { Computer } from './computer.ts';
import type { Bytes, Credentials } from './machine.ts';
import { type LogEntry, logEntries, logText } from './template.ts';

/** Lines of one machine that are not in its files yet. */
const MOST = 400;
const ROOT: Credentials = { uid: 0, gid: 0, euid: 0, egid: 0, groups: [0] };
/** The setting that says up to when the files are written. */
const SETTING = 'logged';

export class MachineLog {
  readonly #machine: Computer;
  /** When the image's own logs end. */
  readonly #from: number;
  /** By the file's name, the oldest first. */
  readonly #own = new Map<string, LogEntry[]>();
  /** Those and the ones that are in the files already. */
  readonly #all: [file: string, entry: LogEntry][] = [];
  #settling = false;
  #settled = 0;

  constructor(machine: Computer, from: number) {
    this.#machine = machine;
    this.#from = from;
  }

  /** Adds a line, `sshd[7]: Accepted …`, to the log of that file name; nothing where the persona keeps no such log. */
  write(file: string, text: Bytes): void {
    if (!this.#machine.persona.facts.logs[file]) return;
    const entry: LogEntry = [this.#machine.clock.now(), text];
    const own = this.#own.get(file) ?? [];
    own.push(entry);
    if (own.length > MOST) own.shift();
    this.#own.set(file, own);
    this.#all.push([file, entry]);
    if (this.#all.length > MOST) this.#all.shift();
  }

  /** All lines since the logs were rotated, as the journal has them: in order of time. */
  entries(): LogEntry[] {
    const { persona, origin, clock } = this.#machine;
    const known = new Set<string>();
    return Object.values(persona.facts.logs)
      .flatMap((lines) => logEntries(lines, origin, 0, clock.now()))
      .concat(this.#all.map(([, entry]) => entry))
      .sort(([a], [b]) => a - b)
      .filter(([at, text]) => {
        const key = `${at} ${text}`;
        if (known.has(key)) return false;
        known.add(key);
        return true;
      });
  }

  /** Brings the files up to now. Called before somebody looks into /var/log. */
  settle(): void {
    const moment = this.#machine.clock.now();
    if (this.#settling || (this.#own.size === 0 && moment - this.#settled < 1000)) return;
    this.#settling = true;
    this.#settled = moment;
    const { persona, origin, clock, settings, filesystem, identity } = this.#machine;
    const { caller } = filesystem;
    filesystem.caller = undefined;
    try {
      const now = clock.now();
      const until = Math.max(this.#from, (settings.get(SETTING) as number | undefined) ?? 0);
      let wrote = false;
      for (const [file, lines] of Object.entries(persona.facts.logs)) {
        const entries = logEntries(lines, origin, until, now)
          .concat(this.#own.get(file) ?? [])
          .sort(([a], [b]) => a - b);
        this.#own.delete(file);
        const last = entries.at(-1);
        if (!last) continue;
        wrote = true;
        append(this.#machine, `/var/log/${file}`, logText(entries, identity.hostname), last[0]);
      }
      if (wrote) settings.set(SETTING, now);
    } catch {
      // The attacker took the file away or filled the disk: rsyslog would fall silent as well.
    } finally {
      filesystem.caller = caller;
      this.#settling = false;
    }
  }
}

function append({ filesystem }: Computer, path: Bytes, text: Bytes, at: number): void {
  try {
    filesystem.stat(ROOT, '/', path);
  } catch {
    return;
  }
  const file = filesystem.open(ROOT, '/', path, { write: true, append: true });
  file.write(text);
  file.release();
  filesystem.backdate(path, at);
}
