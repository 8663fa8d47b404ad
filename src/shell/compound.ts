// Compound commands: groups, subshells, conditions, loops, `case`, `select`, `[[ ]]`, `(( ))`.
import type { Bytes } from '../machine/machine.ts';
import { testExpression, WrongPattern } from './condition.ts';
import { Break, Continue, Discard, ExpansionError } from './control.ts';
import type { Interpreter } from './interpreter.ts';
import { matches } from './pattern.ts';
import { giveUp } from './posix/run.ts';
import { commandText } from './print.ts';
import { redirectHere } from './redirection.ts';
import type { CaseCommand, Compound, Node, Redirected, Redirection, Word } from './syntax.ts';
import { traceLine } from './trace.ts';
import { ReadonlyError } from './variables.ts';

export async function runRedirectedCompound(shell: Interpreter, node: Compound | Redirected): Promise<number> {
  if (node.type !== 'Redirected') return runCompound(shell, node);
  if (node.command.type === 'Subshell') return runSubshell(shell, node.command, node.redirects);
  const opened = shell.substituteDescriptors.length;
  const undo = await redirectHere(shell, node.redirects);
  if (!undo) return shell.checked(shell.dialect === 'bash' ? 1 : giveUp(shell, false));
  try {
    return await runCompound(shell, node.command);
  } finally {
    undo();
    shell.closeSubstitutes(opened);
  }
}

async function runSubshell(
  shell: Interpreter,
  node: Extract<Compound, { type: 'Subshell' }>,
  redirects: readonly Redirection[] = [],
): Promise<number> {
  const child = shell.fork(
    async (inner) => {
      if (redirects.length > 0 && !(await redirectHere(inner, redirects, true)))
        return shell.dialect === 'bash' ? 1 : 2;
      return inner.tailList(node.body);
    },
    shell.options.has('monitor') ? { pgid: 0, foreground: true } : {},
  );
  if (!shell.inTrap) shell.running = node;
  const whole = redirects.length > 0 ? { type: 'Redirected' as const, command: node, redirects } : node;
  const [status] = await shell.jobs.foreground([child], () => commandText(whole), child.pid);
  shell.pipeStatus = [status!];
  return shell.checked(status!);
}

async function runCompound(shell: Interpreter, node: Compound): Promise<number> {
  switch (node.type) {
    case 'Group':
      return shell.list(node.body);
    case 'Subshell':
      return runSubshell(shell, node);
    case 'If': {
      for (const { test, body } of node.branches)
        if ((await shell.condition(() => shell.list(test))) === 0) return shell.list(body);
      return node.otherwise ? shell.list(node.otherwise) : 0;
    }
    case 'While':
      return runLoop(
        shell,
        async () => ((await shell.condition(() => shell.list(node.test))) === 0) !== node.until,
        () => shell.list(node.body),
      );
    case 'For':
      return runFor(shell, node);
    case 'ArithmeticFor':
      return runArithmeticFor(shell, node);
    case 'Select':
      return runSelect(shell, node);
    case 'Case':
      return runCase(shell, node);
    case 'Condition': {
      shell.at(node.line);
      await debugTrap(shell, node);
      let status: number;
      try {
        status = (await testExpression(shell, node.expression)) ? 0 : 1;
      } catch (error) {
        if (error instanceof WrongPattern) status = 2;
        else if (!(error instanceof ExpansionError) || error.fatal) throw error;
        else {
          await shell.complain(error.message);
          status = 1;
        }
      }
      shell.pipeStatus = [status];
      return shell.checked(status);
    }
    case 'ArithmeticCommand': {
      shell.at(node.line);
      await debugTrap(shell, node);
      const status = await compute(shell, node.expression);
      shell.pipeStatus = [status];
      return shell.checked(status);
    }
  }
}

/** `(( … ))`: what goes wrong is said, and is false. */
async function compute(shell: Interpreter, expression: Bytes): Promise<number> {
  try {
    const text = await shell.expander.arithmeticText(expression);
    await traceLine(shell, `(( ${text.trim()} ))`);
    return shell.expander.compute(text) !== 0n ? 0 : 1;
  } catch (error) {
    if (error instanceof ReadonlyError) await shell.complain(error.message);
    else if (!(error instanceof ExpansionError) || error.fatal) throw error;
    else await shell.complain(`((: ${error.message}`);
    return 1;
  }
}

/** A command that DEBUG traps see, and BASH_COMMAND shows. */
async function debugTrap(shell: Interpreter, running: Node | Bytes): Promise<void> {
  if (!shell.inTrap) shell.running = running;
  if (shell.traps.has('DEBUG') && (shell.calls === 0 || shell.options.has('functrace')))
    await shell.trap('DEBUG', shell.status);
}

async function runFor(shell: Interpreter, node: Extract<Compound, { type: 'For' }>): Promise<number> {
  shell.at(node.line);
  const name = node.name.text;
  if (shell.dialect === 'bash' && !/^[a-zA-Z_]\w*$/.test(name)) {
    await shell.complain(`\`${name}': not a valid identifier`);
    return shell.checked(1);
  }
  const words = node.words ? await expandOrDiscard(shell, node.words) : [...shell.positional];
  const written = node.words ? node.words.map((word) => word.text).join(' ') : '"$@"';
  let i = 0;
  return runLoop(
    shell,
    async () => {
      if (i >= words.length) return false;
      shell.at(node.line);
      if (shell.dialect === 'bash') await traceLine(shell, `for ${name} in ${written}`);
      // A reference as the variable of a loop refers to each name in turn.
      await debugTrap(shell, `for ${name} in ${written}`);
      const reference = shell.variables.own(name);
      try {
        if (reference?.reference) reference.value = words[i++]!;
        else shell.assignText(name, words[i++]!);
      } catch (error) {
        if (!(error instanceof ReadonlyError) || shell.dialect !== 'bash') throw error;
        await shell.complain(error.message);
        throw new Break(1, 1);
      }
      return true;
    },
    () => shell.list(node.body),
  );
}

async function runArithmeticFor(
  shell: Interpreter,
  node: Extract<Compound, { type: 'ArithmeticFor' }>,
): Promise<number> {
  const [init, test, update] = node.parts;
  let wrong = false;
  const part = async (text: Bytes): Promise<bigint> => {
    try {
      shell.at(node.line);
      if (text.trim() !== '') await traceLine(shell, `(( ${text.trim()} ))`);
      return await shell.expander.arithmetic(text);
    } catch (error) {
      if (!(error instanceof ExpansionError) || error.fatal) throw error;
      await shell.complain(`((: ${error.message}`);
      wrong = true;
      return 0n;
    }
  };
  if (init.trim() !== '') await part(init);
  if (wrong) return shell.checked(1);
  let first = true;
  const status = await runLoop(
    shell,
    async () => {
      if (!first && update.trim() !== '') await part(update);
      first = false;
      return !wrong && (test.trim() === '' || (await part(test)) !== 0n);
    },
    () => shell.list(node.body),
  );
  return wrong ? shell.checked(1) : status;
}

async function runSelect(shell: Interpreter, node: Extract<Compound, { type: 'Select' }>): Promise<number> {
  shell.at(node.line);
  const words = node.words ? await expandOrDiscard(shell, node.words) : [...shell.positional];
  if (words.length === 0) return 0;
  let status = 0;
  let show = true;
  shell.loops++;
  try {
    for (;;) {
      if (show) await shell.process.err(menu(words, Number(shell.variables.get('COLUMNS')) || 80));
      await shell.process.err(shell.variables.get('PS3') ?? '#? ');
      const reply = await shell.readLine();
      if (reply === undefined) {
        await shell.process.out('\n');
        return 1;
      }
      show = reply === '';
      shell.variables.set('REPLY', reply);
      if (reply === '') continue;
      shell.variables.set(node.name.text, /^\s*[+]?\d+\s*$/.test(reply) ? (words[Number(reply) - 1] ?? '') : '');
      try {
        status = await shell.list(node.body);
      } catch (error) {
        if (error instanceof Continue && --error.levels === 0) continue;
        throw error;
      }
      // Without a number nothing was chosen, but the list is not shown again.
    }
  } catch (error) {
    if (error instanceof Break && --error.levels === 0) return error.status || status;
    throw error;
  } finally {
    shell.loops--;
  }
}

/** The choices of `select` in columns, numbered downwards. */
function menu(words: readonly Bytes[], width: number): Bytes {
  const digits = String(words.length).length;
  const longest = Math.max(...words.map((word) => word.length)) + digits + 2;
  const column = longest + 2;
  let columns = Math.max(1, Math.floor(width / column));
  let rows = Math.ceil(words.length / columns);
  columns = Math.ceil(words.length / rows);
  if (rows === 1) {
    rows = columns;
    columns = 1;
  }
  let out = '';
  for (let row = 0; row < rows; row++) {
    let position = 0;
    for (let i = row, column_ = 0; i < words.length; i += rows, column_++) {
      const target = column_ * column;
      // Between columns bash goes on with tabs as far as they reach.
      while (position < target) {
        const tab = position - (position % 8) + 8;
        if (tab <= target) {
          out += '\t';
          position = tab;
        } else {
          out += ' ';
          position++;
        }
      }
      const item = `${String(i + 1).padStart(rows === words.length || column_ === 0 ? String(rows).length : digits)}) ${words[i]!}`;
      out += item;
      position += item.length;
    }
    out += '\n';
  }
  return out;
}

/** The words of a loop; an expansion that fails gives up the line. */
async function expandOrDiscard(shell: Interpreter, words: readonly Word[]): Promise<Bytes[]> {
  try {
    return await shell.expander.words(words);
  } catch (error) {
    if (!(error instanceof ExpansionError) || (error.fatal && !shell.interactive)) throw error;
    await shell.complain(error.message);
    throw new Discard();
  }
}

async function runLoop(shell: Interpreter, test: () => Promise<boolean>, body: () => Promise<number>): Promise<number> {
  let status = 0;
  shell.loops++;
  try {
    for (;;) {
      let more: boolean;
      try {
        more = await test();
      } catch (error) {
        // A variable that may not be set ends its loop.
        if (!(error instanceof Break) || error.levels !== 1 || error.status === 0) throw error;
        return error.status;
      }
      if (!more) break;
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

async function runCase(shell: Interpreter, node: CaseCommand): Promise<number> {
  shell.at(node.line);
  if (shell.dialect === 'bash') await traceLine(shell, `case ${node.word.text} in`);
  const text = await shell.expander.text(node.word);
  let status = 0;
  let through = false;
  for (const { patterns, body, end } of node.items) {
    let hit = through;
    for (const pattern of patterns) {
      if (hit) break;
      hit = matches(
        await shell.expander.pattern(pattern),
        text,
        shell.options.has('extglob'),
        shell.options.has('nocasematch'),
      );
    }
    if (!hit) continue;
    status = await shell.list(body);
    if (end === ';;' || end === '') return status;
    through = end === ';&';
  }
  return status;
}
