// `kansatsuki backup`: everything of an installation in one file or folder, taken while it runs; with --verify, whether such a one is whole.
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { visible } from '../diary/visible.ts';
import { storePath } from '../observatory/place.ts';
import type { LeftOut } from './backup/format.ts';
import { version } from './datadir.ts';
import { bytes as size } from './doctor.ts';
import { Failure } from './failure.ts';
import { type Setup, setup } from './options.ts';
import { printJson, printLine } from './print.ts';
import { Progress } from './progress.ts';
import { waitForLease } from './verify.ts';

interface Options {
  samples: boolean;
  keys: boolean;
  verify?: boolean;
}

export function backup(): Command {
  return new Command('backup')
    .description('copy everything into one file or folder, while running; secret keys are in it')
    .argument('<target>', 'a new .tar.zst, a new folder, or a folder that exists: then a .tar.zst in it')
    .option('--no-samples', 'leave out what attackers brought')
    .option('--no-keys', 'leave out host keys and other secrets')
    .option('--verify', 'check a backup instead of making one')
    .action(async (target: string, options: Options, command: Command) => {
      const found = setup(command);
      await (options.verify ? check(found, target) : make(found, target, options));
    });
}

async function make(found: Setup, wanted: string, { samples, keys }: Options): Promise<void> {
  const { config, dataDirectory, file, json, quiet, texts } = found;
  if (!existsSync(join(dataDirectory, 'log'))) throw new Failure(texts.noStore(dataDirectory), 1);
  const now = new Date();
  const { target, kind } = targetOf(wanted, now, texts);
  if (resolve(target).startsWith(`${resolve(dataDirectory)}/`)) throw new Failure(texts.backupInside(target), 2);
  if (existsSync(target)) throw new Failure(texts.backupExists(target), 2);
  if (!existsSync(dirname(resolve(target)))) throw new Failure(texts.backupNoFolder(dirname(resolve(target))), 2);
  const [{ collect, outsiders }, { copyStore }, { partial, writeBackup }, { rm }] = await Promise.all([
    import('./backup/collect.ts'),
    import('./backup/store-copy.ts'),
    import('./backup/write.ts'),
    import('node:fs/promises'),
  ]);
  const lease = await waitForLease(dataDirectory);
  const copy = `${partial(target)}-store`;
  try {
    const store = await copyStore(storePath(dataDirectory), copy);
    const without: LeftOut[] = [...(samples ? [] : ['samples' as const]), ...(keys ? [] : ['keys' as const])];
    const { files, passedOver } = collect(dataDirectory, store, without, outsiders(file, config.auth.userdb));
    for (const path of passedOver) console.error(`kansatsuki: ${texts.backupPassedOver(visible(path))}`);
    const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
    const head = {
      format: 1 as const,
      kansatsuki: version(),
      // After the journal was looked at: what it names up to here may have been left out (verify.ts).
      made: new Date().toISOString(),
      without,
      files: files.length,
      bytes,
    };
    const shown = progressOf(found);
    const written = await writeBackup(target, kind, head, files, (done) =>
      shown?.show(done, bytes, 0, texts.backupProgress),
    );
    shown?.clear();
    const result = {
      target: resolve(target),
      ...written,
      ...(kind === 'archive' ? { size: statSync(target).size } : {}),
      without,
    };
    if (json) printJson(result);
    else if (!quiet) {
      printLine(
        texts.backupMade(
          target,
          written.files,
          size(written.bytes),
          result.size === undefined ? undefined : size(result.size),
        ),
      );
      if (keys) printLine(texts.backupSecret);
    }
  } finally {
    await rm(copy, { force: true });
    lease?.release();
  }
}

async function check(found: Setup, target: string): Promise<void> {
  const { json, quiet, texts } = found;
  if (!existsSync(target)) throw new Failure(texts.importNoFile(target), 2);
  const [{ readBackup }, { BackupError }] = await Promise.all([
    import('./backup/read.ts'),
    import('./backup/format.ts'),
  ]);
  const shown = progressOf(found);
  const all = statSync(target).size;
  try {
    const { head, files, bytes } = await readBackup(
      target,
      { file: async () => ({ write: async () => {}, end: async () => {} }) },
      (done) => shown?.show(done, all, 0, texts.backupProgress),
    );
    shown?.clear();
    if (json)
      printJson({ ok: true, made: head.made, kansatsuki: head.kansatsuki, without: head.without, files, bytes });
    else if (!quiet) printLine(texts.backupWhole(target, head.made, files, size(bytes)));
  } catch (error) {
    shown?.clear();
    if (!(error instanceof BackupError)) throw error;
    if (json) printJson({ ok: false, error: error.message });
    throw new Failure(texts.backupBad(target, visible(error.message)), 1);
  }
}

export function progressOf({ json, quiet }: Setup): Progress | undefined {
  return process.stderr.isTTY && !quiet && !json ? new Progress(process.stderr, Date.now) : undefined;
}

function targetOf(wanted: string, now: Date, texts: Setup['texts']): { target: string; kind: 'archive' | 'folder' } {
  const folder = statSync(wanted, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (folder) {
    const name = `kansatsuki-${now.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z.tar.zst`;
    return { target: join(wanted, name), kind: 'archive' };
  }
  if (/\.(?:tar\.zst|tzst|tar\.zstd)$/.test(wanted)) return { target: wanted, kind: 'archive' };
  if (/\.(?:tar|tgz|gz|zip|xz|bz2|zst|7z)$/i.test(wanted)) throw new Failure(texts.backupName(wanted), 2);
  return { target: wanted.replace(/\/+$/, ''), kind: 'folder' };
}
