// Prompts: the escapes of PS1 and its kin, then expansion as between double quotes.
import type { Bytes } from '../machine/machine.ts';
import type { Interpreter } from './interpreter.ts';
import { strftime } from './time.ts';

/** PS1's escapes, then expansion as between double quotes. `edited`: readline shows it, which wants carriage returns. */
export async function promptText(shell: Interpreter, template: Bytes, edited = true): Promise<Bytes> {
  const { process, variables } = shell;
  const { identity, clock } = process.machine;
  const now = new Date(clock.now());
  const path = variables.get('PWD') ?? process.cwd;
  const home = variables.get('HOME');
  const short =
    home && home !== '/' && (path === home || path.startsWith(`${home}/`)) ? `~${path.slice(home.length)}` : path;
  const root = process.credentials.euid === 0;
  if (shell.dialect === 'dash')
    return template.includes('$') && template !== '$ ' ? shell.expander.quoted(template) : template;
  if (shell.dialect === 'ash') {
    // Parameters first (PSSYNTAX keeps what a backslash protects), then the escapes of libbb/lineedit.c.
    const expanded = /(?:^|[^\\])(?:\\\\)*[$`]/.test(template)
      ? await shell.expander.quoted(template.replace(/\\/g, '\\\\').replace(/\\\\\$/g, '\\\\\\$'))
      : template;
    const name = identity.hostname.split('.')[0]!;
    return expanded.replace(/\\([wWuhH$n!])/g, (all, code: string) => {
      switch (code) {
        case 'w':
          return short;
        case 'W':
          return short.slice(short.lastIndexOf('/') + 1) || '/';
        case 'u':
          return process.machine.accounts.byId(process.credentials.euid)?.name ?? '?';
        case 'h':
          return name;
        case 'H':
          return identity.hostname;
        case '$':
          return root ? '#' : '$';
        case 'n':
          return '\n';
      }
      return all;
    });
  }
  const quote = (text: Bytes) => text.replace(/[\\$`"]/g, '\\$&');
  const text = template.replace(/\\(D\{[^}]*\}|[0-7]{3}|[\s\S])/g, (all, code: string) => {
    switch (code[0]) {
      case 'u':
        return quote(process.machine.accounts.byId(process.credentials.euid)?.name ?? 'I have no name!');
      case 'h':
        return quote(identity.hostname.split('.')[0]!);
      case 'H':
        return quote(identity.hostname);
      case 'w':
        return quote(short);
      case 'W':
        return quote(short === '~' || short === '/' ? short : (short.split('/').at(-1) ?? ''));
      case '$':
        return root ? '#' : '\\$';
      case 's':
        return quote((shell.name.split('/').at(-1) ?? '').replace(/^-/, '-'));
      case 'v':
        return '5.2';
      case 'V':
        return '5.2.15';
      case 'n':
        return edited ? '\r\n' : '\n';
      case 'r':
        return '\r';
      case 'a':
        return '\x07';
      case 'e':
        return '\x1b';
      case '[':
        return '\x01';
      case ']':
        return '\x02';
      case '\\':
        return '\\\\';
      case 't':
        return strftime('%H:%M:%S', now);
      case 'T':
        return strftime('%I:%M:%S', now);
      case 'A':
        return strftime('%H:%M', now);
      case '@':
        return strftime('%I:%M %p', now);
      case 'd':
        return strftime('%a %b %d', now);
      case 'D':
        return strftime(code.slice(2, -1) || '%X', now);
      case 'j':
        return String(shell.jobs.list.length);
      case 'l':
        return quote(process.terminal?.path.split('/').at(-1) ?? 'tty');
      case '!':
        return String(shell.history.length + 1);
      case '#':
        return String(shell.commandNumber);
    }
    if (/^[0-7]{3}$/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
    return all;
  });
  const before = shell.status;
  const expanded = await shell.expander.quoted(text);
  shell.status = before;
  return expanded.replace(/\\([\\$`"])/g, '$1');
}
