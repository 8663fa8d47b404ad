// ssh, sftp and their kin (OpenSSH 9.2p1) as clients: what they ask and how they fail in a filtered network.
import { createHash } from 'node:crypto';
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { tryTo } from './failure.ts';
import { Input } from './input.ts';
import { CONNECT_TIMEOUT } from './nc.ts';
import { askPassword } from './password.ts';
import { calledAs } from './program.ts';
import { runCommand } from './run-command.ts';

export const names = ['ssh', 'slogin', 'sftp', 'ssh-copy-id', 'ssh-keyscan', 'rsync'];

const USAGE: Record<string, string> = {
  ssh: 'usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy] [-B bind_interface]\n           [-b bind_address] [-c cipher_spec] [-D [bind_address:]port]\n           [-E log_file] [-e escape_char] [-F configfile] [-I pkcs11]\n           [-i identity_file] [-J [user@]host[:port]] [-L address]\n           [-l login_name] [-m mac_spec] [-O ctl_cmd] [-o option] [-p port]\n           [-Q query_option] [-R address] [-S ctl_path] [-W host:port]\n           [-w local_tun[:remote_tun]] destination [command [argument ...]]\n',
  sftp: 'usage: sftp [-46AaCfNpqrv] [-B buffer_size] [-b batchfile] [-c cipher]\n          [-D sftp_server_command] [-F ssh_config] [-i identity_file]\n          [-J destination] [-l limit] [-o ssh_option] [-P port]\n          [-R num_requests] [-S program] [-s subsystem | sftp_server]\n          [-X sftp_option] destination\n',
  'ssh-keyscan':
    'usage: ssh-keyscan [-46cDHv] [-f file] [-O option] [-p port] [-T timeout]\n                   [-t type] [host | addrlist namelist]\n',
  'ssh-copy-id':
    'Usage: /usr/bin/ssh-copy-id [-h|-?|-f|-n|-s|-x] [-i [identity_file]] [-t target_path] [-F ssh_config] [[-o ssh_option] ...] [-p port] [user@]hostname\n',
  rsync: 'rsync error: syntax or usage error (code 1) at main.c(1767) [client=3.2.7]\n',
};

export async function main(process: Process): Promise<number> {
  const called = calledAs(process);
  const program = called === 'slogin' ? 'ssh' : called;
  const operands: Bytes[] = [];
  let port = '22';
  let user: Bytes | undefined;
  let timeout = CONNECT_TIMEOUT;
  let strict = 'ask';
  let batch = false;
  const args = process.argv.slice(1);
  while (args.length > 0) {
    const arg = args.shift()!;
    if (!arg.startsWith('-') || arg === '-') {
      operands.push(arg);
      if (program === 'ssh') break;
      continue;
    }
    if (program === 'ssh' && arg === '-V') {
      const { sshIdent } = process.machine.persona;
      await process.err(
        recordedRun(process, 'ssh', '-V')?.stderr ??
          `${sshIdent.replace(/^SSH-2\.0-/, '')}, OpenSSL 3.0.11 19 Sep 2023\n`,
      );
      return 0;
    }
    const letter = arg[1]!;
    if (!/[BbcDEeFIiJLlmOopPQRSWwXT]/.test(letter) || (program === 'rsync' && letter !== 'e')) continue;
    const value = arg.length > 2 ? arg.slice(2) : (args.shift() ?? '');
    if (letter === 'p' || letter === 'P') port = value;
    if (letter === 'l' && program === 'ssh') user = value;
    const option = letter === 'o' ? /^(\w+)[ =](.*)$/.exec(value) : null;
    if (option?.[1]?.toLowerCase() === 'connecttimeout')
      timeout = Math.min(timeout, Number(option[2]) * 1000 || timeout);
    if (option?.[1]?.toLowerCase() === 'stricthostkeychecking') strict = option[2]!.toLowerCase();
    if (option?.[1]?.toLowerCase() === 'batchmode') batch = option[2]!.toLowerCase() === 'yes';
  }
  const target =
    program === 'ssh' || program === 'sftp' || program === 'ssh-keyscan' || program === 'ssh-copy-id'
      ? operands[0]
      : operands.find((o) => /^[^/]+:/.test(o));
  if (target === undefined) {
    if (program === 'rsync' && operands.length >= 2) {
      return runCommand(process, ['cp', '-r', ...operands]);
    }
    await process.err(USAGE[program]!);
    return program === 'ssh' ? 255 : 1;
  }
  const bare = target.replace(/^(ssh|sftp|rsync):\/\//, '');
  const at = bare.lastIndexOf('@');
  if (at >= 0) user = bare.slice(0, at);
  const host = bare.slice(at + 1).split(program === 'ssh' ? '\0' : ':')[0]!;
  user ??= process.machine.accounts.byId(process.credentials.uid)?.name ?? 'root';
  const closed = async () => {
    if (program === 'sftp') await process.err('Connection closed.  \nConnection closed\n');
    if (program === 'rsync')
      await process.err(
        'rsync: connection unexpectedly closed (0 bytes received so far) [Receiver]\nrsync error: unexplained error (code 255) at io.c(231) [Receiver=3.2.7]\n',
      );
    return program === 'ssh-copy-id' || program === 'ssh-keyscan' ? 1 : 255;
  };
  const own =
    /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host) ||
    host === process.machine.identity.address ||
    host === process.machine.identity.hostname;
  if (!own || port !== '22') {
    const answer = own
      ? ({ outcome: 'refused' } as const)
      : await process.wait(process.witness.fetch({ tool: program, url: `ssh://${user}@${host}:${port}` }));
    if (answer.outcome === 'unresolved') {
      await process.err(`ssh: Could not resolve hostname ${host}: Name or service not known\n`);
      return closed();
    }
    if (answer.outcome !== 'response') {
      if (answer.outcome === 'unreachable') await process.sleep(timeout);
      await process.err(
        `ssh: connect to host ${host} port ${port}: ${answer.outcome === 'refused' ? 'Connection refused' : 'Connection timed out'}\n`,
      );
      return closed();
    }
  }
  if (program === 'ssh-keyscan') return 0;
  // This machine's own server, or one that answers: the host key is new, and no password of theirs is right.
  const known = tryTo(() => process.readFile('.ssh/known_hosts')) ?? '';
  if (!known.includes(`${host} `) && strict !== 'no' && strict !== 'accept-new') {
    const print = createHash('sha256')
      .update(`${process.machine.identity.machineId} ${host}`)
      .digest('base64')
      .replace(/=+$/, '');
    if (batch || !process.terminal) {
      await process.err('Host key verification failed.\r\n');
      return closed();
    }
    await process.err(
      `The authenticity of host '${host} (${process.machine.network.resolve(host) ?? host})' can't be established.\nED25519 key fingerprint is SHA256:${print}.\nThis key is not known by any other names.\n`,
    );
    const input = new Input(process, 0);
    await process.err('Are you sure you want to continue connecting (yes/no/[fingerprint])? ');
    for (let answer = await input.next(); ; answer = await input.next()) {
      if (answer === undefined || answer === 'no') {
        await process.err('Host key verification failed.\r\n');
        return closed();
      }
      if (answer === 'yes') break;
      await process.err("Please type 'yes', 'no' or the fingerprint: ");
    }
    await process.err(`Warning: Permanently added '${host}' (ED25519) to the list of known hosts.\r\n`);
  }
  for (let tries = 0; tries < 3 && process.terminal && !batch; tries++) {
    const password = await askPassword(process, `${user}@${host}'s password: `);
    if (password === undefined) break;
    await process.sleep(2000);
    if (tries < 2) await process.err('Permission denied, please try again.\n');
  }
  await process.err(`${user}@${host}: Permission denied (publickey,password).\r\n`);
  return closed();
}
