// unshare (util-linux): namespaces of a program, which here are all one.
import { prefixCommand } from './prefix-command.ts';

export const names = ['unshare'];

export const main = prefixCommand(
  'muinpUCTfrcR:w:S:G:',
  {
    mount: 'm',
    uts: 'u',
    ipc: 'i',
    net: 'n',
    pid: 'p',
    user: 'U',
    fork: 'f',
    'map-root-user': 'r',
    'mount-proc': 'mp',
  },
  () => 0,
);
