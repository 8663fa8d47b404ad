// The requests of a session channel (RFC 4254 §6) in sshd's order of answers (OpenSSH 9.2p1, session.c).
import type { OpenChannel } from './channel.ts';
import { keep, type Reader } from './data.ts';
import type { Profile } from './profile.ts';
import type { PtyRequest, SessionHandler } from './ssh.ts';
import { Violation } from './violation.ts';

/** sshd keeps one more than 128 variables. */
const MOST_VARIABLES = 129;
/** What name2sig knows (session.c). */
const signals = new Set(['HUP', 'INT', 'KILL', 'QUIT', 'TERM', 'USR1', 'USR2']);

/**
 * Terminal modes of RFC 4254 §8. sshd skips opcodes that it does not know together with their value, stops at those from 160 on, and drops the
 * connection when a value is cut short (ttymodes.c).
 */
export function readModes(bytes: Buffer): Map<number, number> {
  const modes = new Map<number, number>();
  for (let at = 0; at < bytes.length; at += 5) {
    const opcode = bytes[at]!;
    if (opcode === 0 || opcode >= 160) break;
    if (at + 5 > bytes.length) throw new Violation('connection', 'terminal mode without value');
    modes.set(opcode, bytes.readUInt32BE(at + 1));
  }
  return modes;
}

function readSize(reader: Reader) {
  const columns = reader.u32();
  const rows = reader.u32();
  return { columns, rows, widthPixels: reader.u32(), heightPixels: reader.u32() };
}

function readPty(reader: Reader): PtyRequest {
  const term = keep(reader.cstring());
  return { term, ...readSize(reader), modes: readModes(reader.string()) };
}

/** match_pattern: * and ? are wildcards. */
function matches(pattern: string, name: string): boolean {
  const source = pattern.replace(/[^*?]/g, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
  return new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'su').test(name);
}

/** Whether AcceptEnv lets a variable in. */
export function accepts(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => matches(pattern, name));
}

/** What a session channel's requests meet. */
export interface Session {
  channel: OpenChannel;
  handler: SessionHandler;
  profile: Profile;
  /** Sends the reply if one was wanted. */
  answer(success: boolean): void;
  /** Sends a DEBUG message. */
  debug(text: string): void;
  /** Takes a channel number for a listening socket. */
  reserve(): number;
}

type Request = (session: Session, reader: Reader) => void;

/** shell, exec, subsystem: the window opens, the answer goes out; the output that the call has written waits (Service.idle). */
function start({ channel, profile, answer }: Session, run: () => boolean | undefined): void {
  const success = run() ?? false;
  if (success) {
    channel.start(profile.sessionWindow);
  }
  answer(success);
}

/** Only before the session has its process. */
const larval: Readonly<Record<string, Request>> = {
  shell(session, reader) {
    reader.end();
    start(session, () => session.handler.shell?.());
  },
  exec(session, reader) {
    const command = Buffer.from(reader.cstring());
    reader.end();
    start(session, () => session.handler.exec?.(command));
  },
  subsystem(session, reader) {
    const name = Buffer.from(reader.cstring());
    reader.end();
    start(session, () => session.handler.subsystem?.(name));
  },
  'pty-req'({ channel, handler, answer }, reader) {
    if (channel.hasPty) throw new Violation('connection', 'second pty-req', 'Protocol error: you already have a pty.');
    const request = readPty(reader);
    reader.end();
    channel.hasPty = handler.pty?.(request) ?? false;
    answer(channel.hasPty);
  },
  env({ channel, handler, profile, answer }, reader) {
    const name = Buffer.from(reader.cstring());
    const value = Buffer.from(reader.cstring());
    reader.end();
    const accepted = channel.variables < MOST_VARIABLES && accepts(profile.acceptEnv, name.toString('latin1'));
    if (accepted) channel.variables++;
    const taken = handler.env?.(name, value, accepted) ?? false;
    answer(accepted && taken);
  },
  'x11-req'({ channel, handler, answer, debug, reserve }, reader) {
    // sshd does not read a second one.
    if (channel.hasX11) {
      answer(false);
      return;
    }
    const single = reader.boolean();
    const [protocol, cookie] = [Buffer.from(reader.cstring()), Buffer.from(reader.cstring())];
    const screen = reader.u32();
    reader.end();
    // xauth_valid_string.
    const valid = [protocol, cookie].every((part) => /^[\w.:/-]*$/.test(part.toString('latin1')));
    const result = valid && (handler.x11?.({ single, protocol, cookie, screen }) ?? false);
    if (typeof result === 'string') debug(result);
    channel.hasX11 = result === true;
    if (channel.hasX11) channel.listeners = [reserve(), reserve()];
    answer(channel.hasX11);
  },
  'auth-agent-req@openssh.com'({ handler, answer, reserve }, reader) {
    reader.end();
    const success = handler.agent?.() ?? false;
    if (success) reserve();
    answer(success);
  },
};

const always: Readonly<Record<string, Request>> = {
  'window-change'({ handler, answer }, reader) {
    const size = readSize(reader);
    reader.end();
    handler.windowChange?.(size);
    answer(true);
  },
  break({ channel, handler, answer }, reader) {
    reader.u32();
    reader.end();
    answer(channel.hasPty && (handler.break?.() ?? false));
  },
  signal({ channel, handler, answer }, reader) {
    let name = '';
    try {
      name = reader.text();
      reader.end();
    } catch {
      // The one request that sshd forgives for being malformed.
      answer(false);
      return;
    }
    const delivered = channel.started && signals.has(name);
    if (delivered) handler.signal?.(name);
    answer(delivered);
  },
};

/** Runs one request. */
export function sessionRequest(session: Session, name: string, reader: Reader): void {
  const table = !session.channel.started && Object.hasOwn(larval, name) ? larval : always;
  if (Object.hasOwn(table, name)) table[name]!(session, reader);
  else session.answer(false);
}
