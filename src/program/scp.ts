// scp (OpenSSH 9.2p1): the remote end of the old copy protocol (`-t` takes files, `-f` gives them), and a client that finds nobody.
import { SystemError } from '../machine/errno.ts';
import type { Bytes, Process } from '../machine/machine.ts';
import { getopt, WrongUse } from './getopt.ts';
import { take } from './scp/sink.ts';
import { give } from './scp/source.ts';
import { Wire } from './scp/wire.ts';

export const names = ['scp'];

const USAGE =
  'usage: scp [-346ABCOpqRrsTv] [-c cipher] [-D sftp_server_path] [-F ssh_config]\n           [-i identity_file] [-J destination] [-l limit] [-o ssh_option]\n           [-P port] [-S program] [-X sftp_option] source ... target\n';
/** Seconds until the kernel gives up on a host that does not answer. */
const CONNECT_SECONDS = 131;

export async function main(process: Process): Promise<number> {
  let parsed: ReturnType<typeof getopt>;
  try {
    parsed = getopt(process.argv.slice(1), '12346ABCTdfOpqRrstvD:F:J:M:P:S:c:i:l:o:X:');
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`scp: ${error.message}\n${USAGE}`);
    return 1;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  const settings = { preserve: has('p'), recursive: has('r'), directory: has('d') };
  const wire = new Wire(process);
  if (has('f')) return give(wire, settings, parsed.operands);
  if (has('t')) return take(wire, settings, parsed.operands);
  const { operands } = parsed;
  if (operands.length < 2) {
    await process.err(USAGE);
    return 1;
  }
  const remote = operands.find((operand) => /^(scp:\/\/|[^/:]+:)/.test(operand));
  if (remote !== undefined) return unreachable(process, remote);
  return local(process, settings.recursive, operands);
}

/** A host elsewhere: what ssh says, and that the connection is gone. */
async function unreachable(process: Process, operand: Bytes): Promise<number> {
  const [, user, host = '', port = '22'] =
    /^(?:scp:\/\/)?(?:([^@/]*)@)?(\[[^\]]*\]|[^:/]*)(?::(\d+)(?=\/))?/.exec(operand) ?? [];
  const who = user === undefined ? '' : `${user}@`;
  const answer = await process.wait(process.witness.fetch({ tool: 'scp', url: `ssh://${who}${host}:${port}` }));
  if (answer.outcome === 'unresolved')
    await process.err(`ssh: Could not resolve hostname ${host}: Name or service not known\r\n`);
  else {
    if (answer.outcome !== 'refused') await process.sleep(CONNECT_SECONDS * 1000);
    const why = answer.outcome === 'refused' ? 'Connection refused' : 'Connection timed out';
    await process.err(`ssh: connect to host ${host} port ${port}: ${why}\r\n`);
  }
  await process.err('scp: Connection closed\r\n');
  return 255;
}

/** Between two local names scp runs cp. */
async function local(process: Process, recursive: boolean, operands: readonly Bytes[]): Promise<number> {
  try {
    const child = process.exec('/usr/bin/cp', ['cp', ...(recursive ? ['-r'] : []), '--', ...operands]);
    const ended = await process.waitFor(child);
    return ended?.ending && 'code' in ended.ending ? ended.ending.code : 1;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return 1;
  }
}
