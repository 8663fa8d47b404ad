// A person at the keyboard: of the sessions that nobody else typed the same in, the one that shows a person most.
import type { SessionRow } from '../../observatory/store.ts';
import type { Curiosity } from '../claim.ts';
import type { Context } from '../context.ts';
import { quote } from '../visits.ts';
import { judge } from './judge.ts';
import { middle } from './rhythm.ts';

/** Sessions that are judged: there are never many that programs for people made alone. */
const JUDGED = 200;
const COMMANDS_TOLD = 12;
const REASONS_TOLD = 4;

export interface Typed {
  row: SessionRow;
  commands: string[];
  /** ms. */
  times: number[];
}

/** @param alone sessions, each the only one that typed what it typed */
export function humans(context: Context, alone: readonly Typed[]): Curiosity[] {
  const found = alone
    .filter(({ row, commands }) => commands.length >= 2 && !row.approximate && isForPeople(row))
    .sort((a, b) => b.commands.length - a.commands.length || a.row.id - b.row.id)
    .slice(0, JUDGED)
    .flatMap((typed) => {
      const session = context.store.session(typed.row.id);
      const { verdict } = session ? judge(session, context.knowledge) : {};
      return verdict?.who === 'human' ? [{ ...typed, verdict }] : [];
    })
    .sort((a, b) => b.commands.length - a.commands.length || b.verdict.human - a.verdict.human || a.row.id - b.row.id);
  const [first] = found;
  if (!first) return [];
  const { row, commands, times, verdict } = first;
  const reasons = verdict.reasons.filter(({ weight }) => weight > 0).slice(0, REASONS_TOLD);
  return [
    {
      kind: 'curiosity',
      subject: {
        what: 'by hand',
        username: row.username ?? '',
        client: row.client,
        commands: commands.slice(0, COMMANDS_TOLD),
        reasons,
      },
      numbers: {
        sessions: found.length,
        commands: commands.length,
        medianPause: middle(times.slice(1).map((at, index) => (at - times[index]!) / 1000)),
        sessionId: row.id,
        seconds: (times.at(-1)! - times[0]!) / 1000,
      },
      evidence: [0, 1].flatMap((at) => quote(context, 'command', commands[at]!, times[at])),
      score: 34 + Math.min(10, commands.length / 3),
      reason: `judged human at ${verdict.human}: ${reasons.map(({ name, weight }) => `${name} +${weight}`).join(', ')}`,
    },
  ];
}

/** Programs that people sit at; a library (libssh2, Go, Paramiko) paces its lines as its script says. Telnet has no client. */
const isForPeople = ({ client, protocol }: SessionRow): boolean =>
  client === undefined
    ? protocol === 'telnet'
    : /OpenSSH|PuTTY_|SecureCRT|Bitvise|Tunnelier|WinSCP|dropbear|Secure Shell|Termius|JuiceSSH/.test(client);
