// English sentences about those who got in, what they left, and the curiosity.
import type { Behaviour, Curiosity, Download, HandOff, Observations } from '../claim.ts';
import { type Block, type Inline, joined, list, paragraph, quoted, say } from '../document.ts';
import type { Plan } from '../plan.ts';
import type { Reason } from '../session/verdict.ts';
import { capital, count, pair, percent, times } from './words.ts';

export function inside({ totals, typing }: Observations, { behaviours, handOffs }: Plan): Block[] {
  if (totals.loginsSucceeded === 0 && behaviours.length === 0) return [];
  const logins = capital(count(totals.loginsSucceeded, 'login'));
  const typed =
    typing.sessions === 0
      ? 'no one typed anything afterwards'
      : `${typing.complete ? '' : 'at least '}${count(typing.sessions, 'session')} went on to type commands${typing.sessions === 1 ? '' : typing.ways === 1 ? ', all in the same way' : `, in ${typing.ways} essentially different ways`}`;
  return [
    paragraph(
      say`${logins} succeeded; ${typed}${behaviours.length < typing.ways ? `. The ${behaviours.length} most telling` : ''}.`,
    ),
    ...(behaviours.length > 0 ? [list(behaviours.map(behaviour))] : []),
    ...(handOffs.length > 0 ? [paragraph(say`What one finds, another uses:`), list(handOffs.map(handOff))] : []),
  ];
}

function handOff({ subject, numbers, sure }: HandOff): Inline[] {
  const { scanner, receiver, username, password } = subject;
  const minutes = Math.max(1, Math.round((numbers.used - numbers.found) / 60_000));
  const later =
    minutes < 120
      ? count(minutes, 'minute')
      : minutes < 2_880
        ? count(Math.round(minutes / 60), 'hour')
        : count(Math.round(minutes / 1_440), 'day');
  return say`${quoted(receiver)} logged in at its first try as ${quoted(pair(username, password))}, which ${quoted(scanner)} had found ${later} before${
    numbers.guesses > 0 ? ` after ${count(numbers.guesses, 'guess', 'guesses')} in vain` : ''
  }. ${
    sure === 'certain'
      ? 'That pair was given to this one address alone: it was handed on.'
      : `${numbers.others === 0 ? 'Nobody else' : 'Hardly anybody else'} ever tried that pair, so it was probably handed on.`
  }`;
}

function behaviour({ numbers, commands, rules, credential }: Behaviour): Inline[] {
  const shown = commands.slice(0, 5);
  const rest = numbers.commands - shown.length;
  const login = credential ? say` as ${quoted(pair(credential.username, credential.password))}` : '';
  const who =
    numbers.sessions === 1
      ? say`One session${login}`
      : say`${numbers.sessions} sessions from ${count(numbers.addresses, 'address', 'addresses')}${credential ? say`, first${login}` : ''}`;
  const variants = numbers.variants > 1 ? `, in ${numbers.variants} variants; for instance` : '';
  const notes = [...new Set(rules.slice(0, 3).map(({ note }) => note.en))];
  return say`${who}${variants}: ${joined(
    shown.map((command) => [quoted(command)]),
    ' · ',
  )}${rest > 0 ? ` and ${count(rest, 'more line')}` : ''}.${
    notes.length > 0 ? ` Seen in it: ${notes.join('; ')}.` : ''
  }`;
}

export function files({ downloads }: Plan): Block[] {
  return downloads.length > 0 ? [list(downloads.map(download))] : [];
}

function download({ subject, numbers, isNew, rules }: Download): Inline[] {
  const about = rules[0] ? `; ${rules[0].note.en}` : '';
  const name = subject.hash
    ? say`${quoted(subject.hash)}${subject.url ? say` from ${quoted(subject.url)}` : ''}`
    : [quoted(subject.url ?? '')];
  return say`${name}: ${times(numbers.count)} from ${count(numbers.addresses, 'address', 'addresses')}${isNew ? ', never seen before' : ''}${about}.`;
}

export function curiosity({ subject, numbers }: Curiosity): Inline[] {
  switch (subject.what) {
    case 'rule':
      return say`${quoted(subject.value, 48)} was sent ${times(numbers['count']!)}: ${subject.rule.note.en}.`;
    case 'own kind':
      return say`A client called itself ${quoted(subject.client)} (${times(numbers['count']!)}): ${subject.rule.note.en}.${
        numbers['aimed']
          ? ` And what it goes for is ${subject.target.name.en} again: the victims of yesterday look for those of tomorrow.`
          : ''
      }`;
    case 'one source':
      return say`A single address, ${quoted(subject.address)}, made ${numbers['sessions']} of the ${numbers['all']} sessions (${percent(numbers['sessions']! / numbers['all']!)})${numbers['again'] ? ', and led the period before as well' : ''}. Without it the day is a much quieter one: ${numbers['all']! - numbers['sessions']!} sessions from ${count(numbers['others']!, 'address', 'addresses')}.`;
    case 'long password':
      return say`For ${quoted(subject.username)} someone tried a password of ${numbers['length']} characters: ${quoted(subject.password)}. That is hardly something a person remembers.`;
    case 'by hand':
      return say`${numbers['sessions'] === 1 ? 'One session looks' : `${capital(count(numbers['sessions']!, 'session'))} look`} typed by a person, not by a program${numbers['sessions'] === 1 ? '' : '; the longest'}: ${numbers['commands']} lines in ${count(Math.round(numbers['seconds']!), 'second')}, with ${joined(
        subject.reasons.map((reason) => [signOf(reason)]),
        ', ',
      )}.${subject.client ? say` Its client was ${quoted(subject.client)}.` : ''} It went: ${joined(
        subject.commands.slice(0, 8).map((command) => [quoted(command)]),
        ' · ',
      )}.`;
    case 'long session':
      return say`One session typed ${subject.commands} lines.`;
  }
}

/** What showed the person. */
function signOf({ name, numbers }: Reason): string {
  const seconds = (ms: number | undefined) => `${((ms ?? 0) / 1000).toFixed(1)} seconds`;
  switch (name) {
    case 'keys':
      return 'keys that came one by one';
    case 'corrections':
      return 'corrections on the way';
    case 'editing keys':
      return 'arrow keys and Tab';
    case 'thinking':
      return 'pauses to read';
    case 'uneven pauses':
      return `uneven pauses of ${seconds(numbers['medianMs'])} in the middle, as a person types`;
    case 'retyped':
      return 'a mistyped command typed again';
    case 'terminal':
      return `a window of ${numbers['width']} by ${numbers['height']} characters`;
    case 'resized':
      return 'a window that was resized';
    case 'locale':
      return 'the language of a desktop';
    case 'typed login':
      return `a password that took ${seconds(numbers['ms'])}`;
    case 'hesitates':
      return `${seconds(numbers['ms'])} of thought before the first command`;
    case 'short lines':
      return 'short lines';
    default:
      return 'a client that people use';
  }
}
