// Those who got in: sessions that typed the same thing, apart from addresses and random words, told once with their number.
import type { Behaviour, Claim, Observations } from './claim.ts';
import type { Context } from './context.ts';
import type { Rule } from './knowledge.ts';
import { humans, type Typed } from './session/human.ts';
import { quote } from './visits.ts';

/** Sessions whose commands are read; above it the day is told from the newest of them. */
const SESSIONS_READ = 2_000;
const TOLD = 8;
const COMMANDS_TOLD = 12;
/** New commands looked at; from this many addresses on, a new way of typing is spread, not one visitor's. */
const FRESH = 20_000;
const SPREAD = 5;

/** Old Cowries (2016–2018) logged `.success` and `.failed` in place of `.input`. */
const INPUT = new Set(['cowrie.command.input', 'kansatsuki.command.input']);
const OLD_INPUT = new Set(['cowrie.command.success', 'cowrie.command.failed']);

/** Claims, and how many sessions typed something, in how many different ways. */
export function behaviours(context: Context): { claims: Claim[]; typing: Observations['typing'] } {
  const shapes = new Map<string, Typed[]>();
  for (const typed of read(context)) add(shapes, typed.commands.map(shapeOf).join('\n'), typed);
  // What belongs to one campaign, or begins with the same line, is told together.
  const families = new Map<string, Typed[][]>();
  for (const group of shapes.values()) {
    const { commands } = group[0]!;
    const campaign = rulesOf(context, commands).find(({ kind }) => kind === 'campaign');
    add(families, campaign ? `campaign ${campaign.name.en}` : shapeOf(commands[0]!), group);
  }
  const { store, news } = context;
  const fresh = new Set(
    news.from < news.to ? store.firstSeen('command', news, FRESH).map(({ value }) => value.trim()) : [],
  );
  const claims = [...families].map(([family, groups]) => behaviour(context, family, groups, fresh));
  claims.sort((a, b) => b.score - a.score || (a.subject.shape < b.subject.shape ? -1 : 1));
  const sessions = [...shapes.values()].reduce((sum, group) => sum + group.length, 0);
  return {
    claims: [
      ...claims.slice(0, TOLD),
      ...humans(
        context,
        [...shapes.values()].flatMap((group) => (group.length === 1 ? group : [])),
      ),
    ],
    typing: { sessions, ways: families.size, complete: sessions < SESSIONS_READ },
  };
}

function add<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}

/** Told by its most frequent form, and of that by the earliest session. */
function behaviour(context: Context, family: string, groups: Typed[][], fresh: Set<string>): Behaviour {
  const all = groups.flat();
  const most = groups.reduce((a, b) =>
    b.length > a.length || (b.length === a.length && b[0]!.row.started < a[0]!.row.started) ? b : a,
  );
  const { row, commands, times } = most.reduce((a, b) => (a.row.started <= b.row.started ? a : b));
  const rules = rulesOf(
    context,
    all.slice(0, 50).flatMap((typed) => typed.commands),
  );
  const weight = Math.max(0, ...rules.map(({ kind }) => (kind === 'campaign' ? 16 : kind === 'tool' ? 2 : 10)));
  const telling = rules[0] && commands.find((command) => context.knowledge.about({ command }).includes(rules[0]!));
  const addresses = new Set(all.map((typed) => typed.row.address)).size;
  const isNew = addresses >= SPREAD && fresh.has(commands[0]!);
  return {
    kind: 'behaviour',
    isNew,
    subject: { shape: family },
    numbers: {
      sessions: all.length,
      addresses,
      commands: commands.length,
      variants: groups.length,
    },
    commands: commands.slice(0, COMMANDS_TOLD),
    rules,
    credential:
      row.username !== undefined && row.password !== undefined
        ? { username: row.username, password: row.password }
        : undefined,
    sessionId: row.id,
    evidence: telling === undefined ? [] : quote(context, 'command', telling, times[commands.indexOf(telling)]),
    score:
      16 +
      weight +
      Math.min(8, commands.length) +
      Math.min(8, Math.log2(all.length + 1)) +
      (row.downloads > 0 ? 6 : 0) +
      (isNew ? 8 : 0),
    reason: `${all.length} sessions typed these lines in ${groups.length} variants, addresses and random words aside`,
  };
}

/** The newest sessions with commands, up to the limit. */
function* read({ store, range }: Context): Generator<Typed> {
  let cursor: string | undefined;
  let left = SESSIONS_READ;
  do {
    const page = store.sessions({ range, withCommands: true }, Math.min(left, 200), cursor);
    for (const row of page.items) {
      const events = store.session(row.id)?.events ?? [];
      const typed = events.filter(({ eventid }) => INPUT.has(eventid));
      const inputs = typed.length > 0 ? typed : events.filter(({ eventid }) => OLD_INPUT.has(eventid));
      const commands = inputs.map(({ fields }) => String(fields['input'] ?? '').trim());
      if (commands.some((command) => command !== '')) yield { row, commands, times: inputs.map(({ at }) => at) };
    }
    left -= page.items.length;
    cursor = page.next;
  } while (cursor !== undefined && left > 0);
}

/** A command without what differs from victim to victim: addresses, URLs, quoted secrets, long random words and numbers. */
export function shapeOf(command: string): string {
  return command
    .slice(0, 2_000)
    .replace(/\b(https?|ftp|tftp):\/\/[^\s;|&'"]+/g, 'URL')
    .replace(/\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b/g, 'ADDRESS')
    .replace(/\/bin\/busybox [A-Z]{4,9}\b/g, '/bin/busybox WORD')
    .replace(/(["']?)[\w.-]+:[^\s"'|]{6,}\1(?=\s*\|\s*chpasswd)/g, 'CREDENTIAL')
    .replace(/\\n?[A-Za-z0-9]{10,}\\n[A-Za-z0-9]{10,}/g, 'CREDENTIAL')
    .replace(/\b(?=\w*\d)(?=\w*[A-Za-z])\w{8,}\b/g, 'WORD')
    .replace(/\b(?=\w*[a-z][A-Z])\w{7,}\b/g, 'WORD')
    .replace(/\b\d{2,}\b/g, 'N')
    .replace(/(\\x[0-9a-fA-F]{2}){4,}/g, 'BYTES');
}

function rulesOf({ knowledge }: Context, commands: string[]): Rule[] {
  const rules = new Set<Rule>();
  for (const command of commands) for (const rule of knowledge.about({ command })) rules.add(rule);
  const order = ['campaign', 'technique', 'tool', 'curiosity', 'device', 'software', 'account'];
  return [...rules].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}
