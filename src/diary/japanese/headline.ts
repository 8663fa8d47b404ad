// The Japanese headline and summary.
import type { Burst, Claim, Curiosity, Observations, Trend } from '../claim.ts';
import { loginAttempts } from '../context.ts';
import { type Inline, quoted, say } from '../document.ts';
import { isFragment, type Plan, valueText } from '../plan.ts';
import { DIMENSIONS, EMPTY, type End, factor, listed, MEASURES, number, pace, percent } from './words.ts';

export function headline(observations: Observations, plan: Plan, end: End): Inline[] {
  const clauses = plan.headline.map((claim) => headlineOf(claim, plan.trend, end));
  if (clauses.length > 0) return clauses.flatMap((clause) => [...clause, '。']);
  const { firstNames, days } = observations;
  if (firstNames.length > 0 && days === 1)
    return say`記録の初日。${listed(firstNames.map((name) => [quoted(name || EMPTY)]))}でのログイン試行が${end('来た', '来ました')}。`;
  return observations.totals.sessions === 0
    ? say`接続は一度も${end('なかった', 'ありませんでした')}。`
    : say`目立った動きは${end('なかった', 'ありませんでした')}。`;
}

function headlineOf(claim: Claim, trend: Trend | undefined, end: End): Inline[] {
  switch (claim.kind) {
    case 'target': {
      const { rule } = claim.subject;
      const worm = claim.credentials.flatMap(({ rules }) => rules).find(({ target }) => target === rule.id);
      if (rule.kind === 'campaign') return say`${rule.name.ja}が${end('現れた', '現れました')}`;
      return worm
        ? say`${rule.name.ja}を標的にした攻撃が来はじめ${end('た', 'ました')}。${worm.name.ja}のパスワードも${end('使われている', '使われています')}`
        : say`${rule.name.ja}を標的にした攻撃が来はじめ${end('た', 'ました')}`;
    }
    case 'burst': {
      const words = claim.numbers.defaults * 2 >= claim.numbers.passwords ? 'メーカー既定値の一覧による' : '';
      return claim.subject.username === undefined
        ? say`1つのアドレスから${claim.numbers.attempts}回続けざまの総当りが${end('あった', 'ありました')}`
        : isCarriedBy(trend, claim)
          ? say`総当りも増えて${end('きた', 'きました')}。${quoted(claim.subject.username)}に対し、${words || '同じ送信元による'}試行が${pace(claim, end)}の速さで${end('続いた', '続きました')}`
          : say`${quoted(claim.subject.username)}への${words}総当りが${pace(claim, end)}の速さで${end('続いた', '続きました')}`;
    }
    case 'trend':
      return claim.subject.direction === 'rise'
        ? say`${claim.carriedBy ? say`${quoted(claim.carriedBy.username)}を狙うものを中心に、` : ''}総当りが増えて${end('きた', 'きました')}`
        : say`総当りは減って${end('きた', 'きました')}`;
    case 'rise':
    case 'fall':
      return 'measure' in claim.subject
        ? say`${MEASURES[claim.subject.measure]}が${factor(claim.numbers.factor, claim.numbers.expected, end)}`
        : [];
    case 'surge':
      return say`${claim.subject.measure === 'sessions' ? 'セッション' : 'ログイン試行'}が${claim.numbers.hours}時間に${number(claim.numbers.now)}件集中${end('した', 'しました')}`;
    case 'return':
      return say`${DIMENSIONS[claim.subject.dimension]!}${quoted(valueText(claim.subject))}が${claim.numbers.absentDays}日ぶりに戻って${end('きた', 'きました')}`;
    case 'behaviour': {
      const rule = claim.rules.find(({ kind }) => kind === 'campaign');
      return rule
        ? say`${number(claim.numbers.sessions)}セッションで${rule.name.ja}が侵入${end('した', 'しました')}`
        : say`${number(claim.numbers.addresses)}アドレスからの${number(claim.numbers.sessions)}セッションが、これまでにない同じ手順で侵入後のコマンドを${end('打った', '打ちました')}`;
    }
    case 'first seen':
      return claim.subject.dimension === 'hash'
        ? say`これまで見たことのないファイルが残され${end('た', 'ました')}`
        : say`新しい取得先 ${quoted(valueText(claim.subject))} が現れ${end('た', 'ました')}`;
    case 'gap':
      return say`${claim.numbers.hours}時間にわたって記録が途絶え${end('た', 'ました')}`;
    case 'hand-off':
      return say`あるアドレスが見つけたパスワードを、別のアドレスが${end('使った', '使いました')}`;
    case 'curiosity':
      return curiosityHeadline(claim, end);
    default:
      return [];
  }
}

const isCarriedBy = (trend: Trend | undefined, { subject }: Burst): boolean =>
  trend?.subject.direction === 'rise' && trend.carriedBy?.username === subject.username;

function curiosityHeadline({ subject, numbers }: Curiosity, end: End): Inline[] {
  switch (subject.what) {
    case 'rule':
      return say`${subject.rule.name.ja}(${quoted(subject.value, 32)})が${end('あった', 'ありました')}`;
    case 'own kind':
      return say`攻撃元の中に${subject.target.name.ja}そのものが${end('いる', 'います')}`;
    case 'one source':
      return say`全セッションの${percent(numbers['sessions']! / numbers['all']!)}が1つのアドレスから来${end('た', 'ました')}`;
    case 'long password':
      return say`${numbers['length']}文字のパスワードが試され${end('た', 'ました')}`;
    case 'by hand':
      return say`人が手で打ったと見られるセッションが${end('あった', 'ありました')}`;
    case 'long session':
      return say`${subject.commands}行を打ったセッションが${end('あった', 'ありました')}`;
  }
}

export function summary(observations: Observations, end: End): Inline[] {
  const { totals, hours, heard, span, unfinished } = observations;
  const attempts = loginAttempts(totals);
  const logins =
    attempts === 0
      ? `ログインの試行は${end('なかった', 'ありませんでした')}`
      : totals.loginsSucceeded === 0
        ? `ログインの試行は${number(attempts)}回で、成功したものは${end('ない', 'ありません')}`
        : `ログインの試行は${number(attempts)}回、うち${number(totals.loginsSucceeded)}回が成功${end('した', 'しました')}`;
  const after =
    totals.commands + totals.downloads === 0
      ? ''
      : totals.downloads === 0
        ? `打たれたコマンドは${number(totals.commands)}行で、ファイルの取得や設置は${end('なかった', 'ありませんでした')}。`
        : `打たれたコマンドは${number(totals.commands)}行、取得または設置されたファイルは${number(totals.downloads)}個${end('である', 'です')}。`;
  const observed = isFragment(observations)
    ? `記録があるのは${span}時間のうち${heard}時間だけ${end('である', 'です')}。`
    : hours < span
      ? `なお、観測できているのは${span}時間のうち${hours}時間${end('である', 'です')}。`
      : '';
  const what =
    totals.sessions === 0 && attempts > 0
      ? `セッションの分からないログの断片だけが残って${end('いる', 'います')}。`
      : `${sessionsFrom(observations)}の接続が${end('あった', 'ありました')}。`;
  return say`${unfinished ? 'ここまでのところ、' : ''}${what}${logins}。${after}${observed}`;
}

const sessionsFrom = ({ totals, addresses }: Observations): string =>
  `${addresses === undefined ? '' : `${number(addresses)}アドレスから`}${number(totals.sessions)}セッション`;
