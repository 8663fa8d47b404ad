// A tree as bash prints it: for `declare -f`, `type`, `jobs`, BASH_COMMAND, and what is said of a process that a signal ended.
import type { Bytes } from '../machine/machine.ts';
import { singleQuote } from './quote.ts';
import type { CommandNode, Condition, HereDocument, Node, Redirection, Statement, Word } from './syntax.ts';

const STEP = 4;

/** A command on its own, as `jobs` shows it. */
export function commandText(node: Node): Bytes {
  const printer = new Printer(false);
  printer.node(node);
  return printer.finished();
}

/** A whole function: `NAME () ` and its body in braces. */
export function functionText(name: Bytes, body: CommandNode): Bytes {
  const printer = new Printer(true);
  printer.definition(/^[a-zA-Z_][\w.:-]*$/.test(name) ? `${name} () ` : `function ${name} () `, body);
  return printer.finished();
}

class Printer {
  #out = '';
  #indentation = 0;
  /** In a function each command has its line. */
  #inFunction: boolean;
  /** The next command goes on in this line. */
  #goesOn = 0;
  /** Here-documents whose bodies come at the next line break. */
  #documents: HereDocument[] = [];
  #afterDocument = false;

  constructor(inFunction: boolean) {
    this.#inFunction = inFunction;
  }

  finished(): Bytes {
    this.#bodies('');
    return this.#out;
  }

  definition(head: Bytes, body: CommandNode): void {
    const inner = body.type === 'Redirected' ? body.command : body;
    this.#out += `${head}\n`;
    this.#indent();
    this.#out += '{ \n';
    const before = this.#inFunction;
    this.#inFunction = true;
    this.#indentation += STEP;
    const group = inner.type === 'Group';
    if (group) this.#list(inner.body);
    else this.node(body);
    this.#bodies('');
    this.#indentation -= STEP;
    this.#inFunction = before;
    this.#newline('}');
    if (body.type === 'Redirected' && group) this.#redirects(body.redirects);
  }

  node(node: Node): void {
    if (this.#goesOn > 0) this.#goesOn--;
    else this.#indent();
    switch (node.type) {
      case 'AndOr':
        for (const [i, command] of node.commands.entries()) {
          if (i > 0) {
            this.#bodies(` ${node.operators[i - 1]} `);
          }
          this.#goesOn++;
          this.node(command);
        }
        return;
      case 'Pipeline':
        if (node.timed) this.#out += node.timed === 'posix' ? 'time -p ' : 'time ';
        if (node.negated) this.#out += '! ';
        for (const [i, command] of node.commands.entries()) {
          if (i > 0) {
            if (node.both[i - 1]) this.#out += ' 2>&1';
            const documents = this.#documents.length > 0;
            this.#bodies(' |');
            this.#out += documents ? '  ' : ' ';
          }
          this.#goesOn++;
          this.node(command);
        }
        return;
      case 'Command': {
        const words = [...node.assignments.map(assignmentText), ...node.words.map((word) => word.text)];
        this.#out += words.join(' ');
        this.#redirects(node.redirects, words.length > 0);
        return;
      }
      case 'Redirected':
        this.#goesOn++;
        this.node(node.command);
        this.#redirects(node.redirects);
        return;
      case 'Function':
        this.definition(`function ${node.name} () `, node.body);
        return;
      case 'Coprocess':
        this.#out += `coproc ${node.name} `;
        this.#goesOn++;
        this.node(node.body);
        return;
      case 'Group':
        this.#out += '{ ';
        if (this.#inFunction) {
          this.#out += '\n';
          this.#indentation += STEP;
          this.#list(node.body);
          this.#bodies('');
          this.#indentation -= STEP;
          this.#out += '\n';
          this.#indent();
        } else {
          this.#goesOn++;
          this.#list(node.body);
          this.#bodies('');
          this.#semicolon();
          this.#out += ' ';
        }
        this.#out += '}';
        return;
      case 'Subshell':
        this.#out += '( ';
        this.#goesOn++;
        this.#list(node.body);
        this.#bodies('');
        this.#out += ' )';
        return;
      case 'If':
        this.#branches(node, 0);
        return;
      case 'While':
        this.#out += node.until ? 'until ' : 'while ';
        this.#goesOn++;
        this.#list(node.test);
        this.#bodies('');
        this.#semicolon();
        this.#out += ' do\n';
        this.#body(node.body, 'done');
        return;
      case 'For':
      case 'Select':
        this.#out += `${node.type === 'For' ? 'for' : 'select'} ${node.name.text} in ${node.words ? node.words.map((word) => word.text).join(' ') : '"$@"'};`;
        this.#newline('do\n');
        this.#body(node.body, 'done');
        return;
      case 'ArithmeticFor':
        this.#out += `for ((${node.parts.map((part) => part.trimStart() || '1').join('; ')}))`;
        this.#newline('do\n');
        this.#body(node.body, 'done');
        return;
      case 'Case':
        this.#out += `case ${node.word.text} in `;
        this.#indentation += STEP;
        for (const { patterns, body, end } of node.items) {
          this.#newline(`${patterns.map((pattern) => pattern.text).join(' | ')})\n`);
          this.#indentation += STEP;
          this.#list(body);
          this.#bodies('');
          this.#indentation -= STEP;
          this.#newline(end || ';;');
        }
        this.#indentation -= STEP;
        this.#newline('esac');
        return;
      case 'Condition':
        this.#out += `[[ ${conditionText(node.expression)} ]]`;
        return;
      case 'ArithmeticCommand':
        this.#out += `((${node.expression}))`;
    }
  }

  #branches(node: Extract<Node, { type: 'If' }>, from: number): void {
    const { test, body } = node.branches[from]!;
    this.#out += 'if ';
    this.#goesOn++;
    this.#list(test);
    this.#bodies('');
    this.#semicolon();
    this.#out += ' then\n';
    this.#indentation += STEP;
    this.#list(body);
    this.#bodies('');
    this.#indentation -= STEP;
    const last = from === node.branches.length - 1;
    if (!last || node.otherwise) {
      this.#semicolon();
      this.#newline('else\n');
      this.#indentation += STEP;
      if (last) this.#list(node.otherwise!);
      else {
        this.#indent();
        this.#branches(node, from + 1);
      }
      this.#bodies('');
      this.#indentation -= STEP;
    }
    this.#semicolon();
    this.#newline('fi');
  }

  #body(statements: readonly Statement[], closer: string): void {
    this.#indentation += STEP;
    this.#list(statements);
    this.#bodies('');
    this.#semicolon();
    this.#indentation -= STEP;
    this.#newline(closer);
  }

  #list(statements: readonly Statement[]): void {
    for (const [i, { command, background }] of statements.entries()) {
      this.node(command);
      const last = i === statements.length - 1;
      if (background) {
        this.#bodies(' &');
        if (last) continue;
        this.#out += ' ';
        this.#goesOn++;
      } else if (!last) {
        if (this.#documents.length > 0) this.#bodies(this.#inFunction ? '' : ';');
        else if (this.#afterDocument) this.#afterDocument = false;
        else this.#out += ';';
        if (this.#inFunction) {
          this.#out += '\n';
        } else {
          this.#out += ' ';
          this.#goesOn++;
        }
      }
    }
  }

  #indent(): void {
    this.#out += ' '.repeat(this.#indentation);
  }

  #newline(text: Bytes): void {
    this.#out += '\n';
    this.#indent();
    this.#out += text;
  }

  #semicolon(): void {
    if (!/[&\n]$/.test(this.#out)) this.#out += ';';
  }

  #bodies(separator: Bytes): void {
    if (separator !== ';') this.#out += separator;
    if (this.#documents.length === 0) return;
    this.#out += '\n';
    for (const { body, delimiter } of this.#documents.splice(0)) this.#out += `${body}${delimiter}\n`;
    this.#afterDocument = true;
  }

  #redirects(redirects: readonly Redirection[], behind = true): void {
    for (const [i, redirect] of redirects.entries()) {
      if (i > 0 || behind) this.#out += ' ';
      this.#out += redirectText(redirect);
      if (redirect.document) this.#documents.push(redirect.document);
    }
  }
}

export function redirectText({ operator, descriptor, target, document }: Redirection): Bytes {
  const number = (usual: number) =>
    descriptor === undefined || descriptor === usual
      ? ''
      : typeof descriptor === 'string'
        ? `{${descriptor}}`
        : String(descriptor);
  switch (operator) {
    case '<<':
    case '<<-':
      return `${number(0)}${operator}${document!.quoted ? singleQuote(document!.delimiter) : document!.delimiter}`;
    case '<<<':
    case '<':
      return `${number(0)}${operator} ${target.text}`;
    case '<>':
      return `${number(1) || '0'}<> ${target.text}`;
    case '>&':
      if (descriptor === undefined && !/^(\d+-?|-)$/.test(target.text) && !target.text.startsWith('$'))
        return `&> ${target.text}`;
      return `${number(-1) || '1'}>&${target.text}`;
    case '<&':
      return target.text === '-' ? `${number(-1) || '0'}>&-` : `${number(-1) || '0'}<&${target.text}`;
    case '&>':
    case '&>>':
      return `${operator} ${target.text}`;
    default:
      return `${number(1)}${operator} ${target.text}`;
  }
}

export function assignmentText({ name, index, append, value }: NonNullable<Word['assignment']>): Bytes {
  const list =
    value.type === 'Array'
      ? `(${value.elements.map(({ key, append: more, word }) => `${key === undefined ? '' : `[${key}]${more ? '+' : ''}=`}${word.text}`).join(' ')})`
      : value.text;
  return `${name}${index === undefined ? '' : `[${index}]`}${append ? '+' : ''}=${list}`;
}

export function conditionText(node: Condition): Bytes {
  switch (node.type) {
    case 'And':
      return `${conditionText(node.left)} && ${conditionText(node.right)}`;
    case 'Or':
      return `${conditionText(node.left)} || ${conditionText(node.right)}`;
    case 'Not':
      return `! ${conditionText(node.operand)}`;
    case 'Parentheses':
      return `( ${conditionText(node.operand)} )`;
    case 'Unary':
      return `${node.operator} ${node.operand.text}`;
    case 'Binary':
      return `${node.left.text} ${node.operator} ${node.right.text}`;
  }
}
