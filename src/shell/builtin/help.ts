// bash's help: the texts are the persona's, recorded from bash itself; here they are found and laid out.

import type { Bytes } from '../../machine/machine.ts';
import { isPattern, matches } from '../pattern.ts';
import type { Builtin } from './table.ts';
import { badOption } from './usage.ts';

interface Topic {
  name: Bytes;
  synopsis: Bytes;
  /** Lines below the synopsis, without their four blanks. */
  lines: Bytes[];
}

/** `cd: cd [-L|[-P [-e]] [-@]] [dir]`, then indented lines. */
function parse(name: Bytes, text: Bytes): Topic {
  const [head = '', ...rest] = text.replace(/\n$/, '').split('\n');
  return { name, synopsis: head.slice(name.length + 2), lines: rest.map((line) => line.replace(/^ {4}/, '')) };
}

const manual = ({ name, synopsis, lines: [short = '', blank, ...rest] }: Topic, bash: Bytes): Bytes => {
  const below = (blank === undefined ? [short] : rest.length > 0 ? rest : [short])
    .map((line) => `    ${line}\n`)
    .join('');
  return `NAME\n    ${name} - ${short}\n\nSYNOPSIS\n    ${synopsis}\n\nDESCRIPTION\n${
    rest.length > 0 ? `    ${short}\n    \n` : ''
  }${below}\nSEE ALSO\n    bash(1)\n\nIMPLEMENTATION\n    ${bash}\n    Copyright (C) 2022 Free Software Foundation, Inc.\n    License GPLv3+: GNU GPL version 3 or later <http://gnu.org/licenses/gpl.html>\n\n`;
};

export const help: Builtin = async (shell, args, command) => {
  const { process } = shell;
  let flags = '';
  let words = args;
  while (/^-./.test(words[0] ?? '') && words[0] !== '--') {
    const wrong = /[^dms]/.exec(words[0]!.slice(1))?.[0];
    if (wrong) return badOption(shell, command, `-${wrong}`, 'help [-dms] [pattern ...]');
    flags += words[0]!.slice(1);
    words = words.slice(1);
  }
  if (words[0] === '--') words = words.slice(1);
  const texts = process.machine.persona.texts.get('help') ?? {};
  const textOf = (topic: Bytes): Bytes => {
    const run = texts[topic];
    return typeof run === 'object' ? (run.stdout ?? '') : '';
  };
  const all = Object.keys(texts).filter((name) => name !== '');
  if (words.length === 0) {
    await process.out(textOf(''));
    return 0;
  }
  const patterned = words.filter((word) => isPattern(word, false));
  if (patterned.length > 0)
    await process.out(`Shell commands matching keyword${words.length > 1 ? 's' : ''} \`${words.join(', ')}'\n\n`);
  let found = false;
  for (const word of words) {
    const exact = all.filter((name) => name === word || matches(word, name, false));
    for (const name of exact.length > 0 ? exact : all.filter((name) => name.startsWith(word))) {
      found = true;
      const text = textOf(name);
      const topic = parse(name, text);
      if (flags.includes('d')) await process.out(`${name} - ${topic.lines[0] ?? ''}\n`);
      else if (flags.includes('m'))
        await process.out(
          manual(topic, `GNU bash, version 5.2.15(1)-release (${process.machine.identity.architecture}-pc-linux-gnu)`),
        );
      else if (flags.includes('s')) await process.out(`${name}: ${topic.synopsis}\n`);
      else await process.out(text);
    }
  }
  if (found) return 0;
  const last = words.at(-1)!;
  await shell.complain(
    `help: no help topics match \`${last}'.  Try \`help help' or \`man -k ${last}' or \`info ${last}'.`,
  );
  return 1;
};
