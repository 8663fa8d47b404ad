// Compound commands: groups, subshells, conditions, loops, `case`, `select`, `[[ ]]`, `(( ))`.
import type { Bytes } from '../machine/machine.ts';
import { testExpression, WrongPattern } from './condition.ts';
import { Break, Continue } from './control.ts';
import { ExpansionError } from './expand.ts';
import type { Interpreter } from './interpreter.ts';
import type { Case, CommandNode, CompoundCommand, Redirection, Statement, Word } from './parse.ts';
import { matches } from './pattern.ts';
import { redirectHere } from './redirection.ts';
import { traceLine, traceQuote } from './trace.ts';

export async function runRedirectedCompound(
  shell: Interpreter,
  node: CompoundCommand | Extract<CommandNode, { type: 'Redirected' }>,
  source: Bytes,
  base: number,
): Promise<number> {
  if (node.type !== 'Redirected') return runCompound(shell, node, source, base);
  if (node.command.type === 'Subshell')
    return runSubshell(shell, node.command.body.commands, source, base, node.redirects);
  const undo = await redirectHere(shell, node.redirects);
  if (!undo) return shell.checked(1);
  try {
    return await runCompound(shell, node.command, source, base);
  } finally {
    undo();
  }
}

export async function runSubshell(
  shell: Interpreter,
  statements: readonly Statement[],
  source: Bytes,
  base: number,
  redirects: readonly Redirection[] = [],
): Promise<number> {
  const child = shell.fork(
    async (shell) => {
      if (redirects.length > 0 && !(await redirectHere(shell, redirects, true))) return 1;
      return shell.list(statements, source, base);
    },
    shell.options.has('monitor') ? { pgid: 0 } : {},
  );
  const [status] = await shell.jobs.foreground([child], '', child.pid);
  return shell.checked(status!);
}

export async function runCompound(
  shell: Interpreter,
  node: CompoundCommand,
  source: Bytes,
  base: number,
): Promise<number> {
  switch (node.type) {
    case 'BraceGroup':
      return shell.list(node.body.commands, source, base);
    case 'Subshell':
      return runSubshell(shell, node.body.commands, source, base);
    case 'If': {
      if ((await shell.condition(() => shell.list(node.clause.commands, source, base))) === 0)
        return shell.list(node.then.commands, source, base);
      for (const branch of node.elif)
        if ((await shell.condition(() => shell.list(branch.clause.commands, source, base))) === 0)
          return shell.list(branch.then.commands, source, base);
      return node.else ? shell.list(node.else.commands, source, base) : 0;
    }
    case 'While':
      return runLoop(
        shell,
        async () =>
          ((await shell.condition(() => shell.list(node.clause.commands, source, base))) === 0) ===
          (node.kind === 'while'),
        () => shell.list(node.body.commands, source, base),
      );
    case 'For': {
      const words = node.wordlist ? await expandOrComplain(shell, node.wordlist) : [...shell.positional];
      if (!words) return shell.checked(1);
      let i = 0;
      return runLoop(
        shell,
        async () => {
          if (i >= words.length) return false;
          if (shell.options.has('xtrace'))
            await traceLine(shell, `for ${node.name.text} in ${words.map(traceQuote).join(' ')}`);
          shell.variables.set(node.name.text, words[i++]!);
          return true;
        },
        () => shell.list(node.body.commands, source, base),
      );
    }
    case 'ArithmeticFor': {
      const text = (part: { pos: number; end: number } | undefined) =>
        part ? source.slice(part.pos, part.end) : undefined;
      const [init, test, update] = [text(node.initialize), text(node.test), text(node.update)];
      if (init) await shell.expander.arithmetic(init);
      let first = true;
      return runLoop(
        shell,
        async () => {
          if (!first && update) await shell.expander.arithmetic(update);
          first = false;
          return test === undefined || (await shell.expander.arithmetic(test)) !== 0n;
        },
        () => shell.list(node.body.commands, source, base),
      );
    }
    case 'Select': {
      const words = node.wordlist ? await expandOrComplain(shell, node.wordlist) : [...shell.positional];
      if (!words || words.length === 0) return words ? 0 : 1;
      let status = 0;
      let show = true;
      shell.loops++;
      try {
        for (;;) {
          if (show) for (const [i, word] of words.entries()) await shell.process.err(`${i + 1}) ${word}\n`);
          await shell.process.err(shell.variables.get('PS3') ?? '#? ');
          const reply = await shell.readLine();
          if (reply === undefined) return status;
          show = reply === '';
          shell.variables.set('REPLY', reply);
          if (reply === '') continue;
          shell.variables.set(node.name.text, words[Number(reply) - 1] ?? '');
          status = await shell.list(node.body.commands, source, base);
        }
      } catch (error) {
        if (error instanceof Break && --error.levels === 0) return 0;
        throw error;
      } finally {
        shell.loops--;
      }
    }
    case 'Case':
      return runCase(shell, node, source, base);
    case 'TestCommand':
      await traceLine(shell, `[[ ${source.slice(node.pos + 2, node.end - 2).trim()} ]]`);
      try {
        return await shell.checked((await testExpression(shell, node.expression)) ? 0 : 1);
      } catch (error) {
        if (error instanceof WrongPattern) return shell.checked(2);
        if (!(error instanceof ExpansionError)) throw error;
        await shell.complain(error.message);
        return shell.checked(2);
      }
    case 'ArithmeticCommand':
      await traceLine(shell, `(( ${node.body.trim()} ))`);
      try {
        return await shell.checked((await shell.expander.arithmetic(node.body)) !== 0n ? 0 : 1);
      } catch (error) {
        if (!(error instanceof ExpansionError) || error.fatal) throw error;
        await shell.complain(`((: ${error.message}`);
        return shell.checked(1);
      }
  }
}

export async function expandOrComplain(shell: Interpreter, words: readonly Word[]): Promise<Bytes[] | undefined> {
  try {
    return await shell.expander.words(words);
  } catch (error) {
    if (!(error instanceof ExpansionError) || (error.fatal && !shell.interactive)) throw error;
    await shell.complain(error.message);
    return undefined;
  }
}

export async function runLoop(
  shell: Interpreter,
  test: () => Promise<boolean>,
  body: () => Promise<number>,
): Promise<number> {
  let status = 0;
  shell.loops++;
  try {
    while (await test()) {
      const turn = shell.process.step(2);
      if (turn) await turn;
      try {
        status = await body();
      } catch (error) {
        if (error instanceof Continue || error instanceof Break) {
          status = error instanceof Break ? error.status : 0;
          if (--error.levels > 0 && shell.loops > 1) throw error;
          if (error instanceof Break) break;
        } else throw error;
      }
    }
  } finally {
    shell.loops--;
  }
  return status;
}

export async function runCase(shell: Interpreter, node: Case, source: Bytes, base: number): Promise<number> {
  const text = await shell.expander.text(node.word);
  await traceLine(shell, `case ${traceQuote(text)} in`);
  let status = 0;
  for (let i = 0, through = false; i < node.items.length; i++) {
    const item = node.items[i]!;
    let hit = through;
    for (const pattern of item.pattern) {
      if (hit) break;
      hit = matches(await shell.expander.pattern(pattern), text, true, shell.options.has('nocasematch'));
    }
    if (!hit) continue;
    status = await shell.list(item.body.commands, source, base);
    if (item.terminator === ';;' || item.terminator === undefined) return status;
    through = item.terminator === ';&';
  }
  return status;
}
