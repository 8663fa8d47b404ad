// The requests of a session channel (RFC 4254 §6) in sshd's order of answers (OpenSSH 9.2p1, session.c).
import type { OpenChannel } from './channel.ts';
import type { Reader } from './data.ts';
import type { PtyRequest, SessionHandler } from './ssh.ts';
import { Violation } from './violation.ts';

/** Terminal modes of RFC 4254 §8; sshd stops at an opcode that it cannot know the length of. */
export function readModes(bytes: Buffer): Map<number, number> {
  const modes = new Map<number, number>();
  for (let at = 0; at + 5 <= bytes.length; at += 5) {
    const opcode = bytes[at]!;
    if (opcode === 0 || opcode >= 160) break;
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
  const term = Buffer.from(reader.cstring());
  return { term, ...readSize(reader), modes: readModes(reader.string()) };
}

/** Runs one request; `answer` sends the reply if one was wanted. `window` is what the session gets with its process. */
export function sessionRequest(
  channel: OpenChannel,
  handler: SessionHandler,
  name: string,
  reader: Reader,
  answer: (success: boolean) => void,
  window: number,
) {
  /** shell, exec, subsystem: the window opens, the answer goes out, then the output that the call has written. */
  const start = (run: () => boolean | undefined) => {
    channel.corked = true;
    const success = run() ?? false;
    if (success) {
      channel.started = true;
      channel.openWindow(window);
    }
    answer(success);
    channel.corked = false;
    channel.flush();
  };
  if (!channel.started) {
    switch (name) {
      case 'shell':
        reader.end();
        return start(() => handler.shell?.());
      case 'exec': {
        const command = Buffer.from(reader.cstring());
        reader.end();
        return start(() => handler.exec?.(command));
      }
      case 'subsystem': {
        const subsystem = Buffer.from(reader.cstring());
        reader.end();
        return start(() => handler.subsystem?.(subsystem));
      }
      case 'pty-req': {
        if (channel.hasPty)
          throw new Violation('connection', 'second pty-req', 'Protocol error: you already have a pty.');
        const request = readPty(reader);
        reader.end();
        channel.hasPty = handler.pty?.(request) ?? false;
        return answer(channel.hasPty);
      }
      case 'env': {
        const variable = Buffer.from(reader.cstring());
        const value = Buffer.from(reader.cstring());
        reader.end();
        return answer(handler.env?.(variable, value) ?? false);
      }
      case 'x11-req':
        return answer(handler.x11?.() ?? false);
      case 'auth-agent-req@openssh.com':
        reader.end();
        return answer(handler.agent?.() ?? false);
    }
  }
  switch (name) {
    case 'window-change': {
      const size = readSize(reader);
      reader.end();
      handler.windowChange?.(size);
      return answer(true);
    }
    case 'break':
      reader.u32();
      reader.end();
      return answer(handler.break?.() ?? false);
    case 'signal': {
      const signal = reader.text();
      reader.end();
      if (channel.started) handler.signal?.(signal);
      return answer(channel.started);
    }
  }
  answer(false);
}
