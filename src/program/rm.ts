// rm (GNU coreutils): removes files and directories.

import { baseName } from './basename.ts';
import { confirm } from './confirm.ts';
import { errnoOf, reason } from './failure.ts';
import { typeName } from './mode.ts';
import { gnu } from './program.ts';
import { quoteAlways } from './quote.ts';
import { removeTree } from './tree.ts';

export const names = ['rm'];

export const main = gnu({
  short: 'dfirvIR',
  long: {
    force: 'f',
    'interactive=?': 'interactive',
    'one-file-system': 'one-file-system',
    'no-preserve-root': 'no-preserve-root',
    'preserve-root=?': 'preserve-root',
    recursive: 'r',
    dir: 'd',
    verbose: 'v',
  },
  words: { interactive: { name: '--interactive', groups: ['never,no,none', 'once', 'always,yes'] } },
  usage: '[OPTION]... [FILE]...',
  async run(run) {
    const { process } = run;
    const recursive = run.has('r') || run.has('R');
    const mood = run.options.findLast(([k]) => k === 'f' || k === 'i' || k === 'I' || k === 'interactive');
    const word = mood?.[0] === 'interactive' ? (mood[1] ?? 'always') : mood?.[0];
    const force = word === 'f';
    const always = word === 'i' || word === 'always' || word === 'yes';
    const once = word === 'I' || word === 'once';
    if (run.operands.length === 0) {
      if (force) return 0;
      return run.wrongUse('missing operand');
    }
    if (once && (recursive || run.operands.length > 3)) {
      const count = run.operands.length;
      const what = `remove ${count} argument${count === 1 ? '' : 's'}${recursive ? ' recursively' : ''}? `;
      if (!(await confirm(run, what))) return 0;
    }
    const typed = process.descriptors.get(0)?.terminal !== undefined;
    for (const path of run.operands) {
      const base = baseName(path);
      if (base === '.' || base === '..') {
        await run.warn(`refusing to remove '.' or '..' directory: skipping ${quoteAlways(path)}`);
        continue;
      }
      let type: string;
      try {
        type = process.files.stat(path, false).type;
      } catch (error) {
        if (!(force && ['ENOENT', 'ENOTDIR'].includes(errnoOf(error))))
          await run.warn(`cannot remove ${quoteAlways(path)}: ${reason(error)}`);
        continue;
      }
      if (recursive && type === 'directory' && !run.has('no-preserve-root') && process.files.realpath(path) === '/') {
        if (/^\/+$/.test(path)) await run.warn(`it is dangerous to operate recursively on '/'`);
        else await run.warn(`it is dangerous to operate recursively on ${quoteAlways(path)} (same as '/')`);
        await run.warn('use --no-preserve-root to override this failsafe');
        continue;
      }
      const emptyOnly = type === 'directory' && !recursive;
      if (emptyOnly && !run.has('d')) {
        await run.warn(`cannot remove ${quoteAlways(path)}: Is a directory`);
        continue;
      }
      if (emptyOnly) {
        if (always && !(await confirm(run, `remove directory ${quoteAlways(path)}? `))) continue;
        if (await run.attempt(`cannot remove ${quoteAlways(path)}`, () => process.files.rmdir(path)))
          if (run.has('v')) run.put(`removed directory ${quoteAlways(path)}\n`);
        continue;
      }
      await removeTree(
        run,
        path,
        async (at, stat, directory) => {
          const guarded = !force && typed && stat.type !== 'symlink' && !process.files.access(at, 2);
          if (!always && !guarded) return true;
          const kind = directory ? 'directory' : typeName(stat.type, stat.size);
          const protectedWord = guarded ? 'write-protected ' : '';
          if (directory === 'enter') return confirm(run, `descend into ${protectedWord}directory ${quoteAlways(at)}? `);
          return confirm(run, `remove ${protectedWord}${kind} ${quoteAlways(at)}? `);
        },
        (at, directory) => {
          if (run.has('v')) run.put(`removed ${directory ? 'directory ' : ''}${quoteAlways(at)}\n`);
        },
      );
      await run.drain();
    }
    return undefined;
  },
});
