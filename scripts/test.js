// `npm test`: type check, format and lint, then every test. Arguments narrow it to files: `npm test -- src/wire/ssh/kex.test.ts`.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
process.chdir(root);
process.env.PATH = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`;
const run = (title, command, args) => {
  console.log(`\n— ${title}`);
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

const named = process.argv.slice(2);
if (named.length === 0) {
  run('types', 'tsc', ['-p', 'tsconfig.json', '--noEmit']);
  run('types of the pages', 'tsc', ['-p', 'ui/tsconfig.json', '--noEmit']);
  run('format and lint', 'biome', ['check', '--diagnostic-level=error', '.']);
}
const files = named.length > 0 ? named : globSync(['src/**/*.test.ts', 'ui/**/*.test.ts', 'test/**/*.test.ts']).sort();
run(`${files.length} test files`, process.execPath, [
  '--test',
  '--test-concurrency=2',
  '--test-timeout=300000',
  '--disable-warning=ExperimentalWarning',
  ...files,
]);
