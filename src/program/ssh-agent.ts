// ssh-agent and ssh-add (OpenSSH 9.2p1): an agent that holds no keys.
import type { Process } from '../machine/machine.ts';
import { reason, tryTo } from './failure.ts';
import { calledAs } from './program.ts';
import { runCommand } from './run-command.ts';

export const names = ['ssh-agent', 'ssh-add'];

export async function main(process: Process): Promise<number> {
  return calledAs(process) === 'ssh-add' ? add(process) : agent(process);
}

async function agent(process: Process): Promise<number> {
  const { environment } = process;
  const args = process.argv.slice(1);
  if (args.includes('-k')) {
    const pid = environment.get('SSH_AGENT_PID');
    if (pid === undefined) {
      await process.err('SSH_AGENT_PID not set, cannot kill agent\n');
      return 1;
    }
    await process.out(`unset SSH_AUTH_SOCK;\nunset SSH_AGENT_PID;\necho Agent pid ${pid} killed;\n`);
    return 0;
  }
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  const name = Array.from({ length: 12 }, () => letters[Math.floor(process.machine.random() * letters.length)]).join(
    '',
  );
  const socket = `/tmp/ssh-${name}/agent.${process.pid}`;
  tryTo(() => process.files.mkdir(`/tmp/ssh-${name}`, 0o700));
  tryTo(() => process.files.mknod(socket, 0o600, 'socket'));
  const command = args.filter((arg, i) => !arg.startsWith('-') && !/^-[aEPtO]$/.test(args[i - 1] ?? ''));
  if (command.length > 0) {
    environment.set('SSH_AUTH_SOCK', socket);
    environment.set('SSH_AGENT_PID', String(process.pid));
    try {
      return await runCommand(process, command);
    } catch (error) {
      await process.err(`${command[0]}: ${reason(error)}\n`);
      return 1;
    }
  }
  const pid = process.pid + 1;
  const csh = args.includes('-c');
  await process.out(
    csh
      ? `setenv SSH_AUTH_SOCK ${socket};\nsetenv SSH_AGENT_PID ${pid};\necho Agent pid ${pid};\n`
      : `SSH_AUTH_SOCK=${socket}; export SSH_AUTH_SOCK;\nSSH_AGENT_PID=${pid}; export SSH_AGENT_PID;\necho Agent pid ${pid};\n`,
  );
  return 0;
}

async function add(process: Process): Promise<number> {
  const socket = process.environment.get('SSH_AUTH_SOCK');
  if (socket === undefined || !tryTo(() => process.files.stat(socket))) {
    await process.err(
      socket === undefined
        ? 'Could not open a connection to your authentication agent.\n'
        : 'Error connecting to agent: No such file or directory\n',
    );
    return 2;
  }
  const [first] = process.argv.slice(1);
  if (first === '-l' || first === '-L') {
    await process.out('The agent has no identities.\n');
    return 1;
  }
  if (first === '-D') {
    await process.err('All identities removed.\n');
    return 0;
  }
  const home = process.environment.get('HOME') ?? '/root';
  const keys =
    first === undefined
      ? ['id_rsa', 'id_ecdsa', 'id_ed25519'].map((key) => `${home}/.ssh/${key}`)
      : process.argv.slice(1);
  let added = 0;
  for (const key of keys) {
    if (!tryTo(() => process.files.stat(key))) {
      if (first !== undefined) await process.err(`${key}: No such file or directory\n`);
      continue;
    }
    added++;
    await process.err(`Identity added: ${key} (${key})\n`);
  }
  return added > 0 ? 0 : 1;
}
