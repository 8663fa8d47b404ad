// patch (GNU patch 2.7.6): applies what diff found to files.
import type { Bytes } from '../machine/machine.ts';
import { LARGEST } from './archive/codec.ts';
import { type FilePatch, type Hunk, parsePatch, reversed } from './diff/patch-file.ts';
import { reason, tryTo } from './failure.ts';
import { gnu, type Invocation } from './program.ts';
import { join } from './tree.ts';

export const names = ['patch'];

export const main = gnu({
  short: 'bB:cd:D:eEfF:g:i:lnNo:p:r:RstTuvV:x:Y:z:Z',
  long: {
    backup: 'b',
    'prefix=': 'B',
    context: 'c',
    'directory=': 'd',
    'ifdef=': 'D',
    ed: 'e',
    'remove-empty-files': 'E',
    force: 'f',
    'fuzz=': 'F',
    'get=': 'g',
    'input=': 'i',
    'ignore-whitespace': 'l',
    normal: 'n',
    forward: 'N',
    'output=': 'o',
    'strip=': 'p',
    'reject-file=': 'r',
    reverse: 'R',
    quiet: 's',
    silent: 's',
    batch: 't',
    unified: 'u',
    version: 'v',
    'version-control=': 'V',
    'basename-prefix=': 'Y',
    'suffix=': 'z',
    'dry-run': 'dry',
    verbose: 'verbose',
    binary: 'binary',
    posix: 'posix',
    'no-backup-if-mismatch': 'nbm',
    'backup-if-mismatch': 'bim',
    'follow-symlinks': 'follow',
    merge: 'merge',
    'read-only=': 'ro',
    'reject-format=': 'rf',
  },
  failure: 2,
  hint: "%: Try '% --help' for more information.\n",
  usage: '[OPTION]... [ORIGFILE [PATCHFILE]]',
  release: 'GNU patch 2.7.6',
  gaps: ['D', 'e', 'merge'],
  async run(run) {
    if (run.has('v')) {
      run.put('GNU patch 2.7.6\n');
      return 0;
    }
    return new Patching(run).all();
  },
});

class Patching {
  readonly #run: Invocation;
  readonly #base: Bytes;
  #failed = 0;

  constructor(run: Invocation) {
    this.#run = run;
    this.#base = run.value('d') ?? '';
  }

  #fatal(text: Bytes): never {
    return this.#run.fail(`**** ${text}`, 2);
  }

  #path(name: Bytes): Bytes {
    return this.#base === '' || name.startsWith('/') ? name : join(this.#base, name);
  }

  async all(): Promise<number> {
    const run = this.#run;
    const { process, operands } = run;
    const [original, patchFile = run.value('i')] = operands;
    if (this.#base !== '' && !tryTo(() => process.files.stat(this.#base)))
      this.#fatal(`Can't change to directory ${this.#base} : No such file or directory`);
    let text: Bytes;
    try {
      text =
        patchFile === undefined || patchFile === '-'
          ? await process.readAll(0, LARGEST)
          : process.readFile(this.#path(patchFile));
    } catch (error) {
      return this.#fatal(`Can't open patch file ${patchFile} : ${reason(error)}`);
    }
    if (text === '') return 0;
    const turn = process.step(text.length >> 5);
    if (turn) await turn;
    if (!text.endsWith('\n') && !/\n\\ No newline at end of file$/.test(text))
      run.put('patch unexpectedly ends in middle of line\n');
    const patches = parsePatch(text);
    if (patches.length === 0) this.#fatal('Only garbage was found in the patch input.');
    for (const patch of patches) {
      await this.#one(run.has('R') ? reversed(patch) : patch, original);
      await run.drain();
    }
    return this.#failed;
  }

  /** The file a patch is for: the first of its names that is there. */
  #target(patch: FilePatch): Bytes | undefined {
    const { files } = this.#run.process;
    const strip = this.#run.value('p');
    const names = [patch.oldName, patch.newName, patch.index].flatMap((name) => {
      if (name === undefined || name === '/dev/null') return [];
      if (strip === undefined) return [name.replace(/^.*\//, '')];
      const parts = name.split(/\/+/);
      return parts.length > Number(strip) ? [parts.slice(Number(strip)).join('/')] : [];
    });
    const safe = names.filter((name) => name !== '' && !name.split('/').includes('..') && !name.startsWith('/'));
    return safe.find((name) => tryTo(() => files.stat(this.#path(name)))) ?? (patch.creates ? safe.at(-1) : undefined);
  }

  async #one(patch: FilePatch, given: Bytes | undefined): Promise<void> {
    const run = this.#run;
    const { process } = run;
    const { files } = process;
    const name = given ?? this.#target(patch);
    const hunks = patch.hunks.length;
    if (name === undefined) {
      run.put(`can't find file to patch at input line ${patch.line}\n`);
      run.put(
        run.has('p')
          ? 'Perhaps you used the wrong -p or --strip option?\n'
          : 'Perhaps you should have used the -p or --strip option?\n',
      );
      run.put(
        `The text leading up to this was:\n--------------------------\n${patch.leading.map((line) => `|${line}\n`).join('')}--------------------------\n`,
      );
      run.put(
        `File to patch: \nSkip this patch? [y] \nSkipping patch.\n${hunks} out of ${hunks} hunk${hunks > 1 ? 's' : ''} ignored\n`,
      );
      this.#failed = 1;
      return;
    }
    const path = this.#path(name);
    const output = run.value('o');
    const verb = run.has('dry') ? 'checking' : 'patching';
    const stat = tryTo(() => files.stat(path));
    let content = '';
    if (stat) {
      if (stat.type !== 'file') this.#fatal(`File ${name} is not a regular file -- can't patch`);
      try {
        content = process.readFile(path);
      } catch (error) {
        this.#fatal(`Can't open file ${name} : ${reason(error)}`);
      }
    } else if (!patch.creates) {
      const what = patch.hunks.some((hunk) => hunk.oldCount > 0);
      if (what && given !== undefined) this.#fatal(`Can't find file ${name} : No such file or directory`);
    }
    if (!run.has('s')) run.put(`${verb} file ${output ? `${output} (read from ${name})` : name}\n`);
    const lines = content === '' ? [] : content.replace(/\n$/, '').split('\n');
    const missingEnd = content !== '' && !content.endsWith('\n');
    if (!run.has('f') && !run.has('t') && this.#already(patch, lines)) {
      if (run.has('N')) {
        run.put(`Reversed (or previously applied) patch detected!  Skipping patch.\n`);
        await this.#reject(name, patch, patch.hunks, true);
        return;
      }
      run.put('Reversed (or previously applied) patch detected!  Assume -R? [n] ');
      run.put('\nApply anyway? [n] \nSkipping patch.\n');
      await this.#reject(name, patch, patch.hunks, true);
      return;
    }
    const { result, rejected, ended, moved } = await this.#apply(patch, lines, missingEnd);
    const text = result.join('\n') + (result.length > 0 && !ended ? '\n' : '');
    if (run.has('dry')) {
      if (rejected.length > 0) {
        this.#failed = 1;
        run.put(`${rejected.length} out of ${hunks} hunk${hunks > 1 ? 's' : ''} FAILED\n`);
      }
      return;
    }
    if ((run.has('b') || ((rejected.length > 0 || moved) && !run.has('nbm'))) && stat && !output) {
      const suffix = run.value('z') ?? '.orig';
      tryTo(() => files.unlink(path + suffix));
      tryTo(() => files.rename(path, path + suffix));
    } else if (run.has('b') && !output)
      process.close(process.open(`${path}${run.value('z') ?? '.orig'}`, { write: true, create: true }, 0o666));
    try {
      if (text === '' && (patch.deletes || run.has('E')) && !output) {
        tryTo(() => files.unlink(path));
      } else {
        const parts = path.split('/');
        for (let i = 1; i < parts.length; i++) {
          const parent = parts.slice(0, i).join('/');
          if (parent !== '' && !tryTo(() => files.stat(parent))) files.mkdir(parent, 0o777);
        }
        const descriptor = process.open(
          output ? this.#path(output) : path,
          { write: true, create: true, truncate: true },
          0o666,
        );
        await process.write(descriptor, text);
        process.close(descriptor);
        if (stat && !output) files.chmod(path, stat.mode & 0o7777);
      }
    } catch (error) {
      this.#fatal(`Can't create file ${output ?? name} : ${reason(error)}`);
    }
    if (rejected.length > 0) await this.#reject(output ?? name, patch, rejected, false);
  }

  /** Whether the file looks as if the patch had been applied: its first hunk fits only the other way round. */
  #already(patch: FilePatch, lines: readonly Bytes[]): boolean {
    const [first] = patch.hunks;
    if (!first) return false;
    const other = reversed(patch).hunks[0]!;
    const fits = (hunk: Hunk) => this.#place(hunk, lines, 0, 0) !== undefined;
    return !fits(first) && fits(other) && other.lines.some((line) => line[0] !== ' ');
  }

  /** Where a hunk fits: nearest to where it should, with up to `fuzz` lines of context less at each end. */
  #place(hunk: Hunk, lines: readonly Bytes[], offset: number, fuzz: number): number | undefined {
    const old = hunk.lines.filter((line) => line[0] !== '+').map((line) => line.slice(1));
    const { lead, tail, most: context } = contextOf(hunk);
    const dropLead = Math.max(0, fuzz + lead - context);
    const dropTail = Math.max(0, fuzz + tail - context);
    const wanted = old.slice(dropLead, old.length - dropTail);
    const loose = this.#run.has('l') ? (line: Bytes) => line.replace(/[ \t]+/g, ' ').trimEnd() : (line: Bytes) => line;
    const fits = (at: number) =>
      at >= 0 && at + wanted.length <= lines.length && wanted.every((line, i) => loose(line) === loose(lines[at + i]!));
    const start = (hunk.oldCount === 0 ? hunk.oldStart : hunk.oldStart - 1) + offset + dropLead;
    // A hunk without lines before its changes belongs to the beginning, one without any after to the end.
    if (lead < tail && fuzz === 0 && hunk.oldStart <= 1) return fits(0) ? 0 : undefined;
    const reach = Math.max(lines.length, start);
    for (let distance = 0; distance <= reach; distance++) {
      if (fits(start + distance)) return start + distance - dropLead;
      if (distance > 0 && fits(start - distance)) return start - distance - dropLead;
    }
    return undefined;
  }

  async #apply(
    patch: FilePatch,
    lines: readonly Bytes[],
    missingEnd: boolean,
  ): Promise<{ result: Bytes[]; rejected: Hunk[]; ended: boolean; moved: boolean }> {
    const run = this.#run;
    const most = Number(run.value('F') ?? 2);
    const result = [...lines];
    const rejected: Hunk[] = [];
    let ended = missingEnd;
    let moved = false;
    // `offset`: how far later lines have moved by what was changed; `drift`: how far the last hunk was from where it should be.
    let offset = 0;
    let drift = 0;
    for (const [number, hunk] of patch.hunks.entries()) {
      const turn = run.process.step(20 + (result.length >> 4));
      if (turn) await turn;
      let place: number | undefined;
      let fuzz = 0;
      const allowed = Math.min(most, contextOf(hunk).most);
      for (; fuzz <= allowed && place === undefined; fuzz++) place = this.#place(hunk, result, offset + drift, fuzz);
      if (place === undefined) {
        rejected.push(hunk);
        run.put(`Hunk #${number + 1} FAILED at ${hunk.oldCount === 0 ? hunk.oldStart + 1 : hunk.oldStart}.\n`);
        continue;
      }
      fuzz--;
      const due = (hunk.oldCount === 0 ? hunk.oldStart : hunk.oldStart - 1) + offset;
      drift = place - due;
      if ((drift !== 0 || fuzz > 0) && !run.has('s')) {
        moved ||= fuzz > 0;
        const parts = [
          ...(fuzz > 0 ? [`with fuzz ${fuzz}`] : []),
          ...(drift !== 0 ? [`(offset ${drift} line${Math.abs(drift) === 1 ? '' : 's'})`] : []),
        ];
        run.put(`Hunk #${number + 1} succeeded at ${place + 1} ${parts.join(' ')}.\n`);
      }
      // Context keeps the file's own words, which may differ where there was fuzz.
      const replacement: Bytes[] = [];
      let at = place;
      for (const line of hunk.lines) {
        if (line[0] === '+') replacement.push(line.slice(1));
        else {
          if (line[0] === ' ') replacement.push(result[at] ?? line.slice(1));
          at++;
        }
      }
      const count = at - place;
      if (place + count >= result.length) ended = hunk.newEndless;
      result.splice(place, count, ...replacement);
      offset += replacement.length - count;
    }
    return { result, rejected, ended, moved };
  }

  async #reject(name: Bytes, patch: FilePatch, hunks: readonly Hunk[], ignored: boolean): Promise<void> {
    const run = this.#run;
    this.#failed = 1;
    const total = patch.hunks.length;
    const file = run.value('r') ?? `${name}.rej`;
    const what = `${hunks.length} out of ${total} hunk${total > 1 ? 's' : ''} ${ignored ? 'ignored' : 'FAILED'}`;
    if (run.has('dry') || file === '-') {
      run.put(`${what}\n`);
      return;
    }
    run.put(`${what} -- saving rejects to file ${file}\n`);
    const text = hunks
      .map((hunk) => {
        const range = (start: number, count: number) => (count === 1 ? String(start) : `${start},${count}`);
        return `@@ -${range(hunk.oldStart, hunk.oldCount)} +${range(hunk.newStart, hunk.newCount)} @@\n${hunk.lines.join('\n')}${hunk.newEndless ? '' : '\n'}`;
      })
      .join('');
    const descriptor = run.process.open(this.#path(file), { write: true, create: true, truncate: true }, 0o666);
    await run.process.write(descriptor, `--- ${patch.oldHeader ?? name}\n+++ ${patch.newHeader ?? name}\n${text}`);
    run.process.close(descriptor);
  }
}

/** Lines of context before the first change of a hunk, after its last one, and the greater of both. */
function contextOf({ lines }: Hunk): { lead: number; tail: number; most: number } {
  let [lead, tail] = [0, 0];
  while (lead < lines.length && lines[lead]![0] === ' ') lead++;
  while (tail < lines.length - lead && lines.at(-1 - tail)![0] === ' ') tail++;
  return { lead, tail, most: Math.max(lead, tail) };
}
