// The conversation of login(1) at the terminal: name, password, delay after a failure, attempts and time limit; PAM's way, or BusyBox'.
import { fill, type Login } from './profile.ts';
import type { Environment, Verdict } from './telnet.ts';
import type { Tty, TtySignal, TtyState } from './tty.ts';

export interface DialogueOwner {
  login(user: Buffer, password: Buffer): Verdict | Promise<Verdict>;
  accepted(): void;
  /** The conversation is over without a login. */
  failed(): void;
}

/** `thinking`: the password is being checked, or the delay after a failure passes. */
type Waiting = 'user' | 'password' | 'thinking' | 'over';

/** BusyBox asks so often for a name that is not empty. */
const EMPTY_NAMES = 10;
/** BusyBox reads a name into a buffer of 64; a longer line ends it. */
const BUSYBOX_NAME = 62;

export class Dialogue {
  readonly #login: Login;
  readonly #texts: Readonly<Record<string, string>>;
  readonly #environment: Environment;
  readonly #tty: Tty;
  readonly #owner: DialogueOwner;
  readonly #keepsAhead: boolean;
  #waiting: Waiting = 'thinking';
  #user = '';
  #password = '';
  #failures = 0;
  #emptyNames = 0;
  /** The terminal as it was before a prompt of login's: restored once it is answered. */
  #before: TtyState | undefined;
  #cancelTimeout: (() => void) | undefined;
  #cancelDelay: (() => void) | undefined;

  /** @param keepsAhead what is typed before it is asked for counts; login(1) throws it away */
  constructor(
    login: Login,
    texts: Readonly<Record<string, string>>,
    environment: Environment,
    tty: Tty,
    owner: DialogueOwner,
    keepsAhead: boolean,
  ) {
    this.#login = login;
    this.#texts = texts;
    this.#environment = environment;
    this.#tty = tty;
    this.#owner = owner;
    this.#keepsAhead = keepsAhead;
  }

  /** @param user given by the client before: only the password is asked for */
  start(user?: string): void {
    const { timeout, banner, timedOut } = this.#login;
    this.#cancelTimeout = this.#environment.after(timeout * 1000, () => {
      this.#restore();
      this.#say(timedOut);
      this.#end();
    });
    if (user === undefined) {
      this.#say(banner);
      this.#askUser();
    } else {
      this.#user = user;
      this.#askPassword();
    }
  }

  /** There may be something to read. */
  readable(): void {
    while (this.#waiting === 'user' || this.#waiting === 'password') {
      const line = this.#tty.read(this.#login.family === 'pam' ? this.#login.length : 4096);
      if (line === undefined) return;
      if (this.#waiting === 'user') this.#named(line);
      else this.#answered(line);
    }
  }

  signalled(signal: TtySignal): void {
    if (signal === 'TSTP') return; // login leads its session: it is not stopped
    if (signal === 'INT' && this.#waiting === 'password' && this.#login.family === 'busybox') this.#noPassword();
    else this.#end();
  }

  /** Nothing more is said or heard; timers end. */
  stop(): void {
    this.#waiting = 'over';
    this.#cancelTimeout?.();
    this.#cancelDelay?.();
    this.#cancelTimeout = undefined;
    this.#cancelDelay = undefined;
  }

  #say(text: string): void {
    this.#tty.write(fill(text, this.#texts));
  }

  #askUser(): void {
    if (!this.#keepsAhead) this.#tty.flush();
    this.#before = this.#tty.state;
    this.#user = '';
    this.#say(this.#login.prompt);
    this.#waiting = 'user';
    this.readable();
  }

  #askPassword(): void {
    if (!this.#keepsAhead) this.#tty.flush();
    this.#before = this.#tty.state;
    this.#tty.echo = false;
    this.#password = '';
    this.#say(this.#login.passwordPrompt);
    this.#waiting = 'password';
  }

  #restore(): void {
    if (this.#before) this.#tty.state = this.#before;
    this.#before = undefined;
  }

  #named(line: string): void {
    if (this.#login.family === 'pam') this.#restore();
    if (this.#login.family === 'busybox') {
      this.#busyboxNamed(line);
      return;
    }
    const user = line.replace(/\n$/, '');
    // misc_conv ends the line that an end of file has left open.
    if (user === line && line.length < this.#login.length) this.#tty.write('\n');
    this.#user = user;
    if (line === '') this.#refuse();
    else if (/^[-+]/.test(user)) {
      // pam_unix calls it a bad name and asks for no password.
      this.#judge(this.#owner.login(Buffer.from(user, 'latin1'), Buffer.alloc(0)), this.#environment.now(), true);
    } else this.#askPassword();
  }

  #busyboxNamed(line: string): void {
    if (line !== '' && !line.endsWith('\n')) {
      this.#user += line; // what an end of file has cut off goes on with the next line
      return;
    }
    const text = line === '' ? '' : (this.#user + line).replace(/^[ \t\v\f\r]+/, '');
    this.#user = '';
    if (text === '\n') {
      if (++this.#emptyNames >= EMPTY_NAMES) this.#end();
      else {
        this.#say(this.#login.prompt);
        this.#waiting = 'user';
      }
      return;
    }
    // A NUL ends the text that the end of the line is looked for in.
    if (text === '' || text.length > BUSYBOX_NAME || text.includes('\0', 1)) {
      this.#end();
      return;
    }
    this.#user = /^.[^\0-\x20]*/.exec(text)![0];
    this.#emptyNames = 0;
    this.#askPassword();
  }

  #answered(line: string): void {
    if (this.#login.family === 'busybox' && line !== '' && !line.endsWith('\n')) {
      this.#password += line;
      return;
    }
    this.#password += line.replace(/\n$/, '');
    this.#restore();
    this.#tty.write('\n');
    if (this.#login.family === 'busybox' && line === '' && this.#password === '') {
      this.#refuse();
      return;
    }
    this.#waiting = 'thinking';
    const asked = this.#environment.now();
    const verdict = this.#owner.login(Buffer.from(this.#user, 'latin1'), Buffer.from(this.#password, 'latin1'));
    this.#password = '';
    this.#judge(verdict, asked, false);
  }

  /** BusyBox takes an interrupt for a password that was not given. */
  #noPassword(): void {
    this.#restore();
    this.#tty.write('\n');
    this.#refuse();
  }

  #judge(verdict: Verdict | Promise<Verdict>, asked: number, refused: boolean): void {
    if (this.#waiting === 'over') return;
    this.#waiting = 'thinking';
    if (typeof verdict !== 'string') {
      verdict.then((late) => this.#judge(late, asked, refused));
      return;
    }
    if (verdict === 'accept' && !refused) {
      this.stop();
      this.#owner.accepted();
    } else this.#refuse(asked);
  }

  #refuse(since = this.#environment.now()): void {
    const { failDelay, failJitter, attempts, incorrect, tooMany } = this.#login;
    this.#waiting = 'thinking';
    const delay = failDelay * (1 + failJitter * (2 * this.#environment.random() - 1));
    const wait = Math.max(0, delay - (this.#environment.now() - since));
    this.#cancelDelay = this.#environment.after(wait, () => {
      this.#say(incorrect);
      if (++this.#failures < attempts) {
        this.#askUser();
        return;
      }
      if (tooMany) this.#say(tooMany);
      this.#end();
    });
  }

  #end(): void {
    if (this.#waiting === 'over') return;
    this.stop();
    this.#owner.failed();
  }
}
