// The owner of a fuzzed connection: lets `secret` in, and drives channels in every way an owner may.
import type { AuthRequest, Channel, ServerHandler, SessionHandler } from '../../../src/wire/ssh/ssh.ts';
import type { Pair } from './pair.ts';

/** More than a packet, and at times more than a window. */
const big = Buffer.alloc(40_000, 'x');

function verdict(request: AuthRequest) {
  if (request.method === 'password') return request.password.toString('latin1') === 'secret' ? 'accept' : 'refuse';
  if (request.method === 'keyboard-interactive')
    return request.responses[0]?.toString('latin1') === 'secret' ? 'accept' : 'refuse';
  return 'refuse';
}

function session(channel: Channel, pair: () => Pair): SessionHandler {
  return {
    pty: () => true,
    env: () => true,
    windowChange: () => {},
    exec(command) {
      switch (command.toString('latin1')) {
        case 'big':
          channel.write(big);
          channel.exit(0);
          break;
        case 'die':
          channel.writeError(Buffer.from('killed\n'));
          channel.exitSignal('KILL');
          break;
        case 'true':
          channel.exit(0);
          break;
        case 'later':
          channel.pause(true);
          pair().later(10, () => {
            channel.pause(false);
            channel.write(big);
            channel.end();
            channel.close();
          });
          break;
        case 'error':
          channel.writeError(big);
          channel.close();
          channel.exit(1);
      }
      return true;
    },
    shell() {
      channel.write(Buffer.from('$ '));
      return true;
    },
    subsystem: () => true,
    data(chunk) {
      if (chunk.length > 1000) channel.pause(chunk.length % 2 === 0);
      channel.write(chunk);
    },
    end: () => channel.exit(0),
    drain: () => void channel.write(Buffer.from('more')),
    signal: (name) => channel.exitSignal(name),
    break: () => true,
    x11: () => false,
    agent: () => true,
    closed: () => channel.exit(2),
  };
}

/** `pair` is asked for when it is there. */
export function owner(pair: () => Pair): ServerHandler {
  let tries = 0;
  return {
    // Every second verdict takes its time, as the real one does.
    authenticate: (request) => (++tries % 2 === 0 ? Promise.resolve(verdict(request)) : verdict(request)),
    session: (channel) => (channel.id > 6 ? undefined : session(channel, pair)),
    forward: (target, channel) =>
      target.kind === 'unix' || target.port === 25
        ? { refused: '' }
        : {
            data: (chunk) => {
              channel.write(chunk);
              if (chunk.length > 90) channel.close();
            },
            end: () => channel.end(),
          },
    listen: (where) =>
      where.kind === 'unix' ? false : where.port === 0 ? { port: 40_000 } : where.port > 1023 || 'disabled',
    unlisten: () => true,
  };
}
