// What an authenticated client says (RFC 4254 and OpenSSH's PROTOCOL), right in every detail: channels, requests, re-keying.
import type { Random } from '../random.ts';
import { boolean, type Field, type Message, message, string, u8, u32 } from './message.ts';
import { nullKexInit, nullKey } from './pair.ts';

export const words: readonly string[] = [
  'session',
  'direct-tcpip',
  'forwarded-tcpip',
  'x11',
  'tun@openssh.com',
  'direct-streamlocal@openssh.com',
  'pty-req',
  'shell',
  'exec',
  'subsystem',
  'env',
  'signal',
  'break',
  'window-change',
  'x11-req',
  'auth-agent-req@openssh.com',
  'eow@openssh.com',
  'exit-status',
  'keepalive@openssh.com',
  'no-more-sessions@openssh.com',
  'hostkeys-prove-00@openssh.com',
  'tcpip-forward',
  'cancel-tcpip-forward',
  'streamlocal-forward@openssh.com',
  'KILL',
  'TERM',
  'HUP',
  'sftp',
  'cat',
  'big',
  'die',
  '',
  'LANG',
  'LC_ALL',
  '0.0.0.0',
  '127.0.0.1',
  'xterm',
  'a\0b',
  'null',
  'zlib',
];

const size = (random: Random) => [u32(random.below(300)), u32(random.below(100)), u32(0), u32(0)];
const modes = Buffer.from([1, 0, 0, 0, 3, 53, 0, 0, 0, 1, 128, 0, 0, 150, 0, 0]);

/** Session requests, by chance one of them. */
function request(random: Random, channel: number): Message {
  const ask = (name: string, ...fields: Field[]) =>
    message(98, u32(channel), string(name), boolean(random.one(2)), ...fields);
  switch (random.below(14)) {
    case 0:
      return ask('pty-req', string('xterm'), ...size(random), string(modes));
    case 1:
      return ask('env', string(random.pick(['LANG', 'LC_ALL', 'PATH'])), string('C'));
    case 2:
    case 3:
      return ask('shell');
    case 4:
    case 5:
      return ask('exec', string(random.pick(['cat', 'big', 'die', 'true', 'later', 'error'])));
    case 6:
      return ask('subsystem', string('sftp'));
    case 7:
      return ask('window-change', ...size(random));
    case 8:
      return ask('signal', string(random.pick(['TERM', 'KILL', 'INFO'])));
    case 9:
      return ask('break', u32(500));
    case 10:
      return ask('x11-req', boolean(false), string('MIT-MAGIC-COOKIE-1'), string('00'), u32(0));
    case 11:
      return ask('auth-agent-req@openssh.com');
    case 12:
      return ask('eow@openssh.com');
    default:
      return ask('nothing@example.org', string(random.bytes(random.size(20))));
  }
}

function globalRequest(random: Random): Message {
  const ask = (name: string, ...fields: Field[]) => message(80, string(name), boolean(random.one(2)), ...fields);
  switch (random.below(6)) {
    case 0:
      return ask('tcpip-forward', string('0.0.0.0'), u32(0));
    case 1:
      return ask('cancel-tcpip-forward', string('0.0.0.0'), u32(22));
    case 2:
      return ask('streamlocal-forward@openssh.com', string('/tmp/x'));
    case 3:
      return ask('hostkeys-prove-00@openssh.com', string(nullKey.blob));
    case 4:
      return random.one(8) ? ask('no-more-sessions@openssh.com') : ask('keepalive@openssh.com');
    default:
      return ask('nothing@example.org');
  }
}

/** A key exchange in the middle of everything. */
const rekeying = [nullKexInit, message(30, string('c')), message(21)];

export function conversation(random: Random): Message[] {
  const said: Message[] = [];
  const window = () => u32(random.pick([0, 1, 100, 65_536, 1 << 21, 0xffff_ffff]));
  const packet = () => u32(random.pick([0, 1, 100, 32_768, 0x7fff_ffff]));
  let opened = 0;
  const open = () => {
    if (random.one(4))
      said.push(
        message(
          90,
          string('direct-tcpip'),
          u32(opened),
          window(),
          packet(),
          string('192.0.2.1'),
          u32(80),
          string('::1'),
          u32(9),
        ),
      );
    else said.push(message(90, string('session'), u32(opened), window(), packet()));
    opened++;
  };
  open();
  for (let times = random.size(24); times > 0; times--) {
    const channel = random.below(opened + (random.one(20) ? 1 : 0));
    switch (random.below(16)) {
      case 0:
        open();
        break;
      case 1:
      case 2:
      case 3:
      case 4:
      case 5:
        said.push(request(random, channel));
        break;
      case 6:
      case 7:
        said.push(message(94, u32(channel), string(random.bytes(random.size(100)))));
        break;
      case 8:
        said.push(message(94, u32(channel), string(Buffer.alloc(random.one(8) ? 32_768 : 500, 'x'))));
        break;
      case 9:
        said.push(message(93, u32(channel), window()));
        break;
      case 10:
        said.push(message(96, u32(channel)));
        break;
      case 11:
        said.push(message(97, u32(channel)));
        break;
      case 12:
        said.push(globalRequest(random));
        break;
      case 13:
        said.push(...rekeying);
        break;
      case 14:
        said.push(
          random.pick([
            message(2, string('ignored')),
            message(95, u32(channel), u32(1), string('e')),
            message(82),
            message(99, u32(channel)),
          ]),
        );
        break;
      default:
        said.push(
          random.pick([
            message(192, string('ping')),
            message(4, u8(0), string('debug'), string('')),
            message(3, u32(4)),
          ]),
        );
    }
  }
  if (random.one(30)) said.push(message(1, u32(11), string('bye'), string('')));
  return said;
}

/** Lets the client in. */
export const login: readonly Message[] = [
  message(5, string('ssh-userauth')),
  message(50, string('root'), string('ssh-connection'), string('password'), boolean(false), string('secret')),
];
