// Who gets in: the rules of Cowrie's userdb.txt, parsed and asked.
import { compilePattern, type Matcher, PatternError } from './pattern.ts';

/** One rule, compiled. */
interface Rule {
  user: Matcher;
  password: Matcher;
  allow: boolean;
  /** Of `@decoy/N`: one guess in so many. */
  decoy?: number;
}

/** `decoy`: one in so many guesses of an address is to be accepted (decoys.ts). */
export type Policy = 'allow' | 'refuse' | { decoy: number };

export interface Problem {
  /** 1 for the first line; 0: the file as a whole. */
  line: number;
  reason: string;
}

/** Rules in file order; the first whose user and password match decides, no match refuses. */
export interface Rules {
  readonly count: number;
  /** Lines that mean nothing, skipped as Cowrie does. */
  readonly skipped: readonly Problem[];
  /** @param user, password strings of bytes */
  policy(user: string, password: string): Policy;
}

/** Bytes of a userdb.txt; more is no rule file. */
export const USERDB_BYTES = 1 << 20;

/** What a missing file is created with: Cowrie's defaults, so that everybody gets in but for three passwords of root. */
export const DEFAULT_USERDB = `# Who may log in. One rule a line: USER:x:PASSWORD, the middle field means nothing.
# The first rule whose user and password both match decides; without a match the login is refused.
#
#   *          as a whole field: anything
#   /text/     a regular expression found anywhere in the field; /text/i ignores case
#   !          before the password: refuse instead of accept
#   @decoy/20  as the password: accept about one in 20 guesses of each address, another one for each
#
# A password cannot contain a colon. The file is read again as soon as it changes; if a line is wrong, the rules in
# force stay in force and an event kansatsuki.userdb.invalid names the line.
#
root:x:!root
root:x:!123456
root:x:!/honeypot/i
root:x:*
tomcat:x:*
oracle:x:*
*:x:somepassword
*:x:*
`;

/**
 * Reads the rules as Cowrie does: fields split at `:`, blanks around the password removed, comments and lines of fewer
 * than three fields skipped; a repeated (user, password) pair keeps its first place and takes the last policy.
 * @param text the file, bytes as latin1
 * @returns the rules, or the first line that Cowrie could not use either, with the reason
 */
export function parseUserdb(text: string): Rules | Problem {
  const found = new Map<string, { user: string; password: string; allow: boolean; line: number }>();
  const skipped: Problem[] = [];
  for (const [index, whole] of text.split('\n').entries()) {
    const line = whole.replace(/\r$/, '');
    const number = index + 1;
    if (line.startsWith('#') || line.trim() === '') continue;
    const outside = /[^\x00-\x7f]/.exec(line);
    if (outside) return { line: number, reason: `byte ${hex(outside[0])} at column ${outside.index + 1} is not ASCII` };
    const fields = line.split(':');
    if (fields.length < 3) {
      skipped.push({ line: number, reason: 'skipped: expected USER:x:PASSWORD' });
      continue;
    }
    const user = fields[0]!;
    let password = fields[2]!.trim();
    if (password === '') return { line: number, reason: 'the password is empty; write * to accept any' };
    const allow = !password.startsWith('!');
    if (!allow) password = password.slice(1);
    const key = `${user}:${password}`;
    const before = found.get(key);
    if (before) before.allow = allow;
    else found.set(key, { user, password, allow, line: number });
  }
  const rules: Rule[] = [];
  for (const { user, password, allow, line } of found.values()) {
    const matchers: Matcher[] = [];
    for (const [field, rule] of [
      ['user', user],
      ['password', password],
    ] as const) {
      try {
        matchers.push(matcherOf(rule));
      } catch (error) {
        if (!(error instanceof PatternError)) throw error;
        return { line, reason: `bad regular expression in the ${field} field: ${error.message}` };
      }
    }
    const decoy = allow ? /^@decoy\/([2-9]|[1-9]\d{1,3})$/.exec(password) : null;
    rules.push({
      user: matchers[0]!,
      password: decoy ? () => true : matchers[1]!,
      allow,
      ...(decoy ? { decoy: Number(decoy[1]) } : {}),
    });
  }
  return {
    count: rules.length,
    skipped,
    // Cowrie refuses the password of one zero byte whatever the rules say.
    policy(user, password) {
      const rule = password === '\0' ? undefined : rules.find((one) => one.user(user) && one.password(password));
      return !rule?.allow ? 'refuse' : rule.decoy === undefined ? 'allow' : { decoy: rule.decoy };
    },
  };
}

function matcherOf(rule: string): Matcher {
  if (rule === '*') return () => true;
  const pattern = /^\/(.+)\/(i?)$/.exec(rule);
  return pattern ? compilePattern(pattern[1]!, pattern[2] === 'i') : (text) => text === rule;
}

const hex = (c: string): string => `0x${c.charCodeAt(0).toString(16).padStart(2, '0')}`;
