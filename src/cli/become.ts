// Turns the command's process into that of a half; where sockets were passed to it, into the parent of one, since Node closes them on exec.
import { spawn } from 'node:child_process';
import { argumentsOf, type Half, handedDown } from './child.ts';
import { RESOLVED, type Resolved } from './resolved.ts';
import { activatedSockets } from './socket-activation.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Does not return, or resolves with the exit code of the half. */
export async function become(half: Half, resolved: Resolved): Promise<number> {
  const held = activatedSockets(process.env, process.pid);
  const { sockets, stdio } = handedDown(held, half);
  const command = argumentsOf(half, resolved);
  const environment = { ...process.env, [RESOLVED]: JSON.stringify({ ...resolved, sockets }) };
  if (sockets.length === 0) process.execve!(process.execPath, [process.execPath, ...command], environment);
  const child = spawn(process.execPath, command, {
    stdio: ['inherit', 'inherit', 'inherit', 'ignore', ...stdio],
    env: environment,
  });
  // A terminal sends Ctrl-C to both; the half takes a second one for the first.
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ? 1 : (code ?? 1)));
  });
}
