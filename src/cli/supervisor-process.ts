// The supervisor's process: nothing but what watching two children takes. Started by up.ts.
import { takeResolved } from './resolved.ts';
import { type Supervised, supervise } from './supervisor.ts';

// `kansatsuki up | head` closes the pipe early: the panel is lost, the watch goes on.
process.stdout.on('error', () => {});
process.exitCode = await supervise(takeResolved() as Supervised);
