// The English headline and summary.
import type { Burst, Claim, Curiosity, Observations, Trend } from '../claim.ts';
import { loginAttempts } from '../context.ts';
import { type Inline, quoted, say } from '../document.ts';
import { isFragment, type Plan, valueText } from '../plan.ts';
import { and, capital, count, DIMENSIONS, EMPTY, factorWords, measureName, pace, percent, sentence } from './words.ts';

export function headline(observations: Observations, plan: Plan): Inline[] {
  const clauses = plan.headline.map((claim) => headlineOf(claim, plan.trend));
  if (clauses.length > 0)
    return clauses.flatMap((clause, index) => [...(index > 0 ? [' '] : []), ...sentence(clause), '.']);
  const { totals, firstNames, days } = observations;
  if (firstNames.length > 0 && days === 1)
    return say`The first day on record. Login attempts came as ${and(firstNames.map((name) => [quoted(name || EMPTY)]))}.`;
  return totals.sessions === 0
    ? say`No one connected.`
    : say`${days === 1 ? 'A day' : 'A period'} in which nothing stands out.`;
}

function headlineOf(claim: Claim, trend?: Trend): Inline[] {
  switch (claim.kind) {
    case 'target': {
      const worm = claim.credentials
        .flatMap(({ rules }) => rules)
        .find(({ target }) => target === claim.subject.rule.id);
      const name = claim.subject.rule.name.en;
      return claim.subject.rule.kind === 'campaign'
        ? say`${name} has appeared`
        : say`Attacks aimed at ${name} have begun${worm ? `, with the password of ${worm.name.en}` : ''}`;
    }
    case 'burst': {
      const list =
        claim.numbers.defaults * 2 >= claim.numbers.passwords
          ? 'a list of vendor defaults'
          : count(claim.numbers.passwords, 'password');
      return claim.subject.username === undefined
        ? say`one address made ${claim.numbers.attempts} guesses in a row, ${pace(claim)}`
        : say`${isCarriedBy(trend, claim) ? 'brute force is rising: ' : ''}${list} was tried against ${quoted(claim.subject.username)}, ${pace(claim)}`;
    }
    case 'trend':
      return say`brute force is ${claim.subject.direction === 'rise' ? 'rising' : 'falling'}${claim.carriedBy ? say`, carried by guesses against ${quoted(claim.carriedBy.username)}` : ''}`;
    case 'rise':
    case 'fall':
      return 'measure' in claim.subject
        ? say`${measureName(claim.subject.measure)} ${factorWords(claim.numbers.factor, claim.numbers.expected)}`
        : [];
    case 'surge':
      return say`${count(claim.numbers.now, claim.subject.measure === 'sessions' ? 'session' : 'login attempt')} within ${count(claim.numbers.hours, 'hour')}`;
    case 'return':
      return say`${DIMENSIONS[claim.subject.dimension]![0]} ${quoted(valueText(claim.subject))} is back after ${count(claim.numbers.absentDays, 'day')}`;
    case 'behaviour': {
      const rule = claim.rules.find(({ kind }) => kind === 'campaign');
      return rule
        ? say`${rule.name.en} got in, in ${count(claim.numbers.sessions, 'session')}`
        : say`something new: ${count(claim.numbers.sessions, 'session')} from ${count(claim.numbers.addresses, 'address', 'addresses')} got in and typed the same ${count(claim.numbers.commands, 'line')}`;
    }
    case 'first seen':
      return claim.subject.dimension === 'hash'
        ? say`a file never seen before was left behind`
        : say`a new address to fetch files from: ${quoted(valueText(claim.subject))}`;
    case 'gap':
      return say`nothing was heard for ${count(claim.numbers.hours, 'hour')}`;
    case 'hand-off':
      return say`a password that one address had found was used by another`;
    case 'curiosity':
      return curiosityHeadline(claim);
    default:
      return [];
  }
}

const isCarriedBy = (trend: Trend | undefined, { subject }: Burst): boolean =>
  trend?.subject.direction === 'rise' && trend.carriedBy?.username === subject.username;

function curiosityHeadline({ subject, numbers }: Curiosity): Inline[] {
  switch (subject.what) {
    case 'rule':
      return say`${subject.rule.name.en}: ${quoted(subject.value, 32)}`;
    case 'own kind':
      return say`among the attackers is ${subject.rule.name.en.replace(/^OpenSSH on /, '')}`;
    case 'one source':
      return say`one address made ${percent(numbers['sessions']! / numbers['all']!)} of all sessions`;
    case 'long password':
      return say`someone tried a password of ${numbers['length']} characters`;
    case 'by hand':
      return say`someone seems to have typed by hand`;
    case 'long session':
      return say`one session typed ${subject.commands} lines`;
  }
}

export function summary(observations: Observations): Inline[] {
  const { totals, hours, heard, span, unfinished } = observations;
  const attempts = loginAttempts(totals);
  const succeeded =
    totals.loginsSucceeded === 0
      ? 'none'
      : totals.loginsSucceeded === 1
        ? 'one'
        : totals.loginsSucceeded === attempts
          ? 'all'
          : totals.loginsSucceeded.toLocaleString('en-US');
  const logins = `${count(attempts, 'login attempt')}${attempts > 0 ? `, of which ${succeeded} succeeded` : ''}`;
  const after =
    totals.commands + totals.downloads === 0
      ? ''
      : ` ${capital(count(totals.commands, 'command'))} typed, ${count(totals.downloads, 'file')} fetched or left behind.`;
  const observed = isFragment(observations)
    ? ` Something was recorded in ${heard} of ${span} hours.`
    : hours < span
      ? ` Observed: ${hours} of ${span} hours.`
      : '';
  const what =
    totals.sessions === 0 && attempts > 0
      ? `${capital(logins)}, in lines of a log without their sessions`
      : `${capital(sessionsFrom(observations))}; ${logins}`;
  return say`${unfinished ? 'So far: ' : ''}${what}.${after}${observed}`;
}

const sessionsFrom = ({ totals, addresses }: Observations): string =>
  `${count(totals.sessions, 'session')}${addresses === undefined ? '' : ` from ${count(addresses, 'address', 'addresses')}`}`;
