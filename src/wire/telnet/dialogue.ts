// The conversation of login(1): banner, user name, password, delay after a failure, attempts and time limit.
import { LineReader } from './line.ts';
import { fill, type Profile } from './profile.ts';
import { BRK, EC, EL, type Environment, IP, type Verdict } from './telnet.ts';

export interface DialogueOwner {
  send(text: Buffer): void;
  login(user: Buffer, password: Buffer): Verdict | Promise<Verdict>;
  accepted(): void;
  /** The conversation is over without a login. */
  failed(): void;
}

type Waiting = 'user' | 'password' | 'verdict';

/** Bytes typed ahead that are kept while a verdict is awaited. */
const TYPE_AHEAD_LIMIT = 4096;

export class Dialogue {
  readonly #profile: Profile;
  readonly #texts: Readonly<Record<string, string>>;
  readonly #environment: Environment;
  readonly #owner: DialogueOwner;
  readonly #reader = new LineReader();
  #waiting: Waiting = 'user';
  #user: Buffer = Buffer.alloc(0);
  #failures = 0;
  /** Typed while a verdict is awaited: login(1) throws it away, we take it for the next answers and lose no credentials. */
  #ahead: Buffer[] = [];
  #aheadBytes = 0;
  #cancel: (() => void)[] = [];
  #over = false;

  constructor(
    profile: Profile,
    texts: Readonly<Record<string, string>>,
    environment: Environment,
    owner: DialogueOwner,
  ) {
    this.#profile = profile;
    this.#texts = texts;
    this.#environment = environment;
    this.#owner = owner;
  }

  start(): void {
    const { timeout, timedOut } = this.#profile;
    this.#cancel.push(
      this.#environment.after(timeout * 1000, () => {
        this.#owner.send(fill(timedOut, this.#texts));
        this.#end();
      }),
    );
    this.#owner.send(fill(this.#profile.banner + this.#profile.loginPrompt, this.#texts));
  }

  /** Data of the client, line ends reduced to CR or LF. */
  data(chunk: Buffer): void {
    if (this.#over) return;
    const echo: number[] = [];
    for (let at = 0; at < chunk.length; at++) {
      if (this.#waiting === 'verdict') {
        this.#keep(chunk.subarray(at));
        break;
      }
      const event = this.#reader.take(chunk[at]!, echo);
      if (event?.type === 'interrupt') {
        this.#flush(echo);
        this.#end();
        return;
      }
      if (event) {
        this.#flush(echo);
        if (this.#waiting === 'password') {
          this.#keep(chunk.subarray(at + 1));
          this.#answer(event.line);
          return;
        }
        this.#answer(event.line);
      }
    }
    this.#flush(echo);
  }

  /** IAC IP, EC, EL: what the characters of the terminal would do. */
  command(code: number): void {
    if (this.#over) return;
    const echo: number[] = [];
    if (code === IP || code === BRK) {
      this.#end();
      return;
    }
    if (code === EC) this.#reader.erase(echo);
    if (code === EL) this.#reader.kill(echo);
    this.#flush(echo);
  }

  /** Typed behind an accepted password: the shell's. */
  takeAhead(): Buffer[] {
    const ahead = this.#ahead;
    this.#ahead = [];
    return ahead;
  }

  /** Nothing more is said or heard; timers end. */
  stop(): void {
    this.#over = true;
    for (const cancel of this.#cancel) cancel();
    this.#cancel = [];
  }

  #answer(line: Buffer): void {
    if (this.#waiting === 'user') {
      this.#user = line;
      this.#waiting = 'password';
      this.#reader.echo = false;
      this.#owner.send(fill(this.#profile.passwordPrompt, this.#texts));
      return;
    }
    this.#waiting = 'verdict';
    this.#reader.echo = true;
    const asked = this.#environment.now();
    const verdict = this.#owner.login(this.#user, line);
    if (typeof verdict === 'string') this.#judge(verdict, asked);
    else verdict.then((late) => this.#judge(late, asked));
  }

  #judge(verdict: Verdict, asked: number): void {
    if (this.#over) return;
    if (verdict === 'accept') {
      this.stop();
      this.#owner.accepted();
      return;
    }
    const { failDelay, failJitter, attempts } = this.#profile;
    const delay = failDelay * (1 + failJitter * (2 * this.#environment.random() - 1));
    const wait = Math.max(0, delay - (this.#environment.now() - asked));
    this.#cancel.push(
      this.#environment.after(wait, () => {
        this.#owner.send(fill(this.#profile.incorrect, this.#texts));
        if (++this.#failures >= attempts) {
          if (this.#profile.tooMany) this.#owner.send(fill(this.#profile.tooMany, this.#texts));
          this.#end();
          return;
        }
        this.#waiting = 'user';
        this.#owner.send(fill(this.#profile.loginPrompt, this.#texts));
        this.#aheadBytes = 0;
        for (const chunk of this.takeAhead()) this.data(chunk);
      }),
    );
  }

  #keep(rest: Buffer): void {
    const part = rest.subarray(0, TYPE_AHEAD_LIMIT - this.#aheadBytes);
    if (part.length === 0) return;
    this.#aheadBytes += part.length;
    this.#ahead.push(part);
  }

  #flush(echo: number[]): void {
    if (echo.length === 0) return;
    this.#owner.send(Buffer.from(echo));
    echo.length = 0;
  }

  #end(): void {
    if (this.#over) return;
    this.stop();
    this.#owner.failed();
  }
}
