// How far an attacker came in one session, by the events of it: from the login to what was to stay.
import { type Fields, type SessionEventId, STAGES, type Stage } from '../event/event.ts';

/** Of one typed line is looked at so much. */
const LOOKED_AT = 4_096;

/** What is asked to learn what the machine is, and whether it is one. */
const DISCOVERY =
  /\b(uname|lscpu|nproc|lspci|lsblk|free|uptime|whoami|ifconfig|dmidecode|nvidia-smi|hostname|netstat|vmstat)\b|\/proc\/(cpuinfo|mounts|meminfo|version|self|net|mtd)|\/etc\/(issue|passwd|os-release|\S{1,32}-release)|busybox [A-Z]{3,}|(cat|dd|head|hexdump)\b.{0,64}\/bin\/|\b(id|w|ps|last|mount|df|ss)\b/;
/** What makes it last: keys, jobs, services, accounts. */
const PERSISTENCE =
  />>?\s{0,8}\S{0,256}(authorized_keys|crontab|\/cron\S{0,64}|rc\.local|\.(bash_profile|bashrc|profile)|\/init\.d\/\S{1,64}|\.service|ld\.so\.preload|\/etc\/(passwd|shadow))|\bcrontab\s{1,8}(-(?![a-z])|[^-\s])|\b(chpasswd|useradd|adduser|usermod)\b|\bpasswd\s{1,8}\w|\bsystemctl\s{1,8}enable|update-rc\.d|chattr\s{1,8}\+|\bchkconfig\b/;

/** How what can be run, or unpacked to it, begins: ELF, scripts, PE, Mach-O, Java, and archives. */
const PAYLOAD =
  /^(\x7fELF|#!|MZ|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|PK\x03\x04|\x1f\x8b|BZh|\xfd7zXZ|7z\xbc\xaf|\x28\xb5\x2f\xfd)/;

export class Progress {
  #stage = -1;
  #commands = 0;
  readonly #downloads = new Set<string>();
  readonly #payloads = new Set<string>();
  #started = 0;

  saw<Id extends SessionEventId>(eventid: Id, fields: Fields[Id]): void {
    switch (eventid as SessionEventId) {
      case 'cowrie.login.success':
        this.#reach('login');
        return;
      case 'cowrie.command.input': {
        this.#commands++;
        const line = (fields as Fields['cowrie.command.input']).input.slice(0, LOOKED_AT);
        this.#reach(PERSISTENCE.test(line) ? 'persistence' : DISCOVERY.test(line) ? 'discovery' : 'command');
        return;
      }
      case 'cowrie.command.chpasswd':
        this.#reach('persistence');
        return;
      case 'kansatsuki.session.download_request':
        this.#note(this.#downloads, (fields as Fields['kansatsuki.session.download_request']).url);
        this.#reach('download');
        return;
      case 'kansatsuki.session.binary':
        this.#started++;
        this.#reach('execution');
    }
  }

  /** A file is here; that a note of a few words was written is no payload. */
  brought(shasum: string, head: Buffer): void {
    if (!PAYLOAD.test(head.toString('latin1', 0, 16))) return;
    this.#note(this.#payloads, shasum);
    this.#reach('payload');
  }

  #reach(stage: Stage): void {
    this.#stage = Math.max(this.#stage, STAGES.indexOf(stage));
  }

  #note(set: Set<string>, value: string): void {
    if (set.size < 1_000) set.add(value);
  }

  /** Undefined: nobody logged in. */
  summary(): { stage: Stage; commands: number; downloads: number; payloads: number; started: number } | undefined {
    const stage = STAGES[this.#stage];
    if (stage === undefined) return undefined;
    return {
      stage,
      commands: this.#commands,
      downloads: this.#downloads.size,
      payloads: this.#payloads.size,
      started: this.#started,
    };
  }
}
