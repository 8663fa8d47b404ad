// `kansatsuki init`: writes the commented configuration file, and hashes the dashboard's password into it.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { parse } from 'smol-toml';
import { configSchema } from '../config/config.ts';
import { hashPassword } from '../config/password.ts';
import type { Lang } from '../config/problem.ts';
import { configTemplate } from '../config/template.ts';
import { Failure } from './failure.ts';
import { printJson, printLine } from './print.ts';
import { texts as textsOf } from './texts.ts';

const SHORTEST_PASSWORD = 8;

export function init(): Command {
  return new Command('init')
    .description('write a commented configuration file')
    .option('--force', 'overwrite an existing file')
    .option('--password', 'read a password for the dashboard from standard input and store its hash')
    .action(async (_, command: Command) => {
      const {
        config,
        lang = 'en',
        json,
        quiet,
        force,
        password,
      } = command.optsWithGlobals<{
        config?: string;
        lang?: Lang;
        json?: boolean;
        quiet?: boolean;
        force?: boolean;
        password?: boolean;
      }>();
      const texts = textsOf(lang);
      const file = resolve(config ?? 'kansatsuki.toml');
      const shown = relative(process.cwd(), file) || file;
      const write = force === true || !existsSync(file);
      const hash = password
        ? await hashPassword(await readPassword(texts.initPasswordPrompt, texts.initPasswordShort))
        : undefined;
      const before = write ? configTemplate(lang) : readFileSync(file, 'utf8');
      const after = hash === undefined ? before : withHash(before, hash);
      if (hash !== undefined && !holds(after, hash)) throw new Failure(texts.initPasswordBroken(shown), 2);
      if (write || after !== before) replace(file, after);
      if (json) printJson({ file, written: write, password: hash !== undefined });
      else if (!quiet) {
        printLine(
          write
            ? texts.initWritten(shown)
            : hash === undefined
              ? texts.initExists(shown)
              : texts.initPasswordSet(shown),
        );
        if (write && hash !== undefined) printLine(texts.initPasswordSet(shown));
      }
    });
}

/** The file with `web.password_hash` set: in the place of its line, commented or not, or below `[web]`, or at the end. */
function withHash(text: string, hash: string): string {
  const line = `password_hash = ${JSON.stringify(hash)}`;
  // A replacement text would take the hash's dollar signs for references.
  const put = () => line;
  if (/^(# *)?password_hash *=.*$/m.test(text)) return text.replace(/^(# *)?password_hash *=.*$/m, put);
  if (/^\[web\]/m.test(text)) return text.replace(/^\[web\].*$/m, (header) => `${header}\n${line}`);
  return `${text}${text.endsWith('\n') || text === '' ? '' : '\n'}\n[web]\n${line}\n`;
}

function holds(text: string, hash: string): boolean {
  try {
    return configSchema.safeParse(parse(text)).data?.web.password_hash === hash;
  } catch {
    return false;
  }
}

/** Whole or not at all; readable by its owner only, for it may hold a hash. */
function replace(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
}

/** The first line of standard input; on a terminal it is asked for and not echoed. */
async function readPassword(prompt: string, short: string): Promise<string> {
  const { stdin, stderr } = process;
  if (stdin.isTTY) {
    stderr.write(prompt);
    stdin.setRawMode(true);
  }
  let text = '';
  try {
    for await (const chunk of stdin) {
      for (const character of String(chunk)) {
        if (stdin.isTTY && character === '\u0003') throw new Failure('', 1);
        if (stdin.isTTY && (character === '\u007f' || character === '\b')) text = text.slice(0, -1);
        else text += character;
      }
      if (/[\r\n]/.test(text)) break;
    }
  } finally {
    if (stdin.isTTY) {
      stdin.setRawMode(false);
      stderr.write('\n');
    }
    stdin.pause();
  }
  const password = text.split(/[\r\n]/)[0]!;
  if ([...password].length < SHORTEST_PASSWORD) throw new Failure(short, 2);
  return password;
}
