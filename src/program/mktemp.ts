// mktemp (GNU coreutils): a fresh file or directory.
import { errnoOf, reason } from './failure.ts';
import { gnu } from './program.ts';
import { quote } from './quote.ts';
import { join } from './tree.ts';

export const names = ['mktemp'];

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

export const main = gnu({
  short: 'dp:qtuV',
  long: { directory: 'd', quiet: 'q', 'dry-run': 'u', 'suffix=': 'suffix', 'tmpdir=?': 'tmpdir' },
  usage: '[OPTION]... [TEMPLATE]',
  async run(run) {
    const { process } = run;
    if (run.operands.length > 1) return run.wrongUse('too many templates');
    const given = run.operands[0];
    let template = given ?? (run.applet ? 'tmp.XXXXXX' : 'tmp.XXXXXXXXXX');
    const suffix = run.value('suffix') ?? template.slice(template.lastIndexOf('X') + 1);
    if (run.value('suffix') !== undefined) template += suffix;
    const body = template.slice(0, template.length - suffix.length);
    const holes = /X+$/.exec(body)?.[0].length ?? 0;
    if (holes < 3) return run.fail(`too few X's in template ${quote(process, template)}`);
    const tmp = process.environment.get('TMPDIR') || '/tmp';
    const directory =
      run.value('p') ??
      (run.has('tmpdir') ? (run.value('tmpdir') ?? tmp) : given === undefined || run.has('t') ? tmp : undefined);
    if (directory !== undefined && template.startsWith('/') && given !== undefined)
      return run.fail(`invalid template, ${quote(process, template)}; with --tmpdir, it may not be absolute`);
    if (run.has('t') && template.includes('/'))
      return run.fail(`invalid template, ${quote(process, template)}, contains directory separator`);
    for (let tries = 0; tries < 100; tries++) {
      let filled = '';
      for (let i = 0; i < holes; i++) filled += LETTERS[Math.floor(process.machine.random() * LETTERS.length)];
      const name = body.slice(0, -holes) + filled + suffix;
      const path = directory === undefined ? name : join(directory, name);
      try {
        if (run.has('u')) process.files.stat(path, false);
        else if (run.has('d')) process.files.mkdir(path, 0o700);
        else process.close(process.open(path, { read: true, write: true, create: true, exclusive: true }, 0o600));
        if (run.has('u')) continue;
      } catch (error) {
        const errno = errnoOf(error);
        if (errno === 'EEXIST') continue;
        if (!(run.has('u') && errno === 'ENOENT')) {
          if (run.has('q')) return 1;
          const shown = directory === undefined ? template : join(directory, template);
          return run.fail(
            `failed to create ${run.has('d') ? 'directory' : 'file'} via template ${quote(process, shown)}: ${reason(error)}`,
          );
        }
      }
      run.put(`${path}\n`);
      return 0;
    }
    return run.fail(`failed to create file via template ${quote(process, template)}: File exists`);
  },
});
