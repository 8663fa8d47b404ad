// The Japanese writer: 観察記 as an operator keeps it, in plain である style or, by setting, です・ます. Not a translation: own sentences.
import type {
  Behaviour,
  Burst,
  Change,
  Claim,
  Curiosity,
  Download,
  FirstSeen,
  Measure,
  Novelty,
  Observations,
  Target,
  TopDimension,
  TopRow,
  Trend,
} from './claim.ts';
import { loginAttempts } from './context.ts';
import { clock, DAY } from './day.ts';
import { type Block, type Entry, type Inline, joined, quoted, say, strong } from './document.ts';
import { evidenceLine } from './evidence.ts';
import {
  informative,
  isFlat,
  isFragment,
  type Plan,
  planOf,
  tellingOf,
  tooFew,
  unclaimedSwing,
  wordOn,
} from './plan.ts';

export type Style = 'dearu' | 'desumasu';

/** The entry of a period. */
export function writeJapanese(observations: Observations, style: Style): Entry {
  return new Writer(style).entry(observations);
}

const paragraph = (inlines: Inline[]): Block => ({ kind: 'paragraph', inlines });
const list = (items: Inline[][]): Block => ({ kind: 'list', items });
const section = (text: string, blocks: Block[]): Block[] =>
  blocks.length > 0 ? [{ kind: 'heading', text }, ...blocks] : [];
const number = (value: number): string => value.toLocaleString('en-US');
const listed = (items: Inline[][]): Inline[] => joined(items, '、');
const percent = (share: number): string => `${Math.round(share * 100)}%`;
const EMPTY = '(空)';
const pair = (username: string, password: string | undefined): string =>
  password === undefined ? username || EMPTY : `${username || EMPTY}/${password || EMPTY}`;

/** The store's `user NUL password` as it is written. */
function pairOf(value: string): string {
  const nul = value.indexOf('\0');
  return pair(value.slice(0, nul), value.slice(nul + 1));
}

const part = (at: number, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat('ja-JP', { timeZone: 'UTC', ...options }).format(at);
const date = (at: number) => part(at, { year: 'numeric', month: 'long', day: 'numeric' });
const monthDay = (at: number) => part(at, { month: 'long', day: 'numeric' });
const weekday = (at: number) => part(at, { weekday: 'short' });

const DIMENSIONS: Record<string, string> = {
  username: 'ユーザー名',
  password: 'パスワード',
  client: 'クライアント',
  command: 'コマンド',
  hassh: 'クライアント指紋(HASSH)',
  url: '取得先URL',
  hash: 'ファイル',
};

const MEASURES: Record<Measure, string> = {
  sessions: 'セッション数',
  addresses: '送信元アドレス数',
  loginAttempts: 'ログイン試行',
  loginsSucceeded: 'ログイン成功',
  commands: 'コマンド数',
  downloads: 'ファイル数',
};

const TOPS: [TopDimension, string][] = [
  ['username', 'ユーザー名'],
  ['password', 'パスワード'],
  ['pair', '組み合わせ'],
  ['command', 'コマンド'],
  ['client', 'クライアント'],
  ['address', '送信元'],
];

type Row = [name: string, now: number, before: number | undefined];

class Writer {
  readonly #style: Style;

  constructor(style: Style) {
    this.#style = style;
  }

  /** The end of a sentence in the chosen style. */
  #end(plain: string, polite: string): string {
    return this.#style === 'dearu' ? plain : polite;
  }

  entry(observations: Observations): Entry {
    const plan = planOf(observations);
    const title = `ハニーポット観察記 ${this.#period(observations)}`;
    if (observations.totals.events === 0) {
      const nothing = paragraph(
        say`この${observations.days === 1 ? '日' : '期間'}の記録は${this.#end('ない', 'ありません')}。`,
      );
      return { title, blocks: [nothing, ...this.#environment(observations)] };
    }
    const { days } = observations;
    return {
      title,
      blocks: [
        { kind: 'lead', inlines: this.#headline(observations, plan) },
        paragraph(this.#summary(observations)),
        ...section('新たに現れたもの', this.#novelty(observations, plan)),
        ...section('標的と攻撃活動', this.#targets(plan, days)),
        ...section('総当り', this.#bruteForce(plan)),
        ...section(days === 1 ? '前日からの変化' : '前の期間からの変化', this.#changed(observations, plan)),
        ...section('侵入後の行動', this.#inside(observations, plan)),
        ...section(
          'ファイル',
          plan.downloads.length > 0 ? [list(plan.downloads.map((claim) => this.#download(claim)))] : [],
        ),
        ...section('気になったこと', plan.curiosity ? [paragraph(this.#curiosity(plan.curiosity))] : []),
        ...section('数字で見る', this.#numbers(observations)),
        ...section('ログ(抜粋)', this.#evidence(plan)),
        ...this.#environment(observations, plan),
      ],
    };
  }

  #period({ range, days }: Observations): string {
    const last = range.to - DAY;
    if (days === 1) return `${date(range.from)}(${weekday(range.from)})`;
    const [from, to] = [new Date(range.from), new Date(last)];
    if (from.getUTCFullYear() !== to.getUTCFullYear()) return `${date(range.from)}～${date(last)}`;
    return `${date(range.from)}～${from.getUTCMonth() === to.getUTCMonth() ? `${to.getUTCDate()}日` : monthDay(last)}`;
  }

  // — 見出しと概況

  #headline(observations: Observations, plan: Plan): Inline[] {
    const clauses = plan.headline.map((claim) => this.#headlineOf(claim, plan.trend));
    if (clauses.length > 0) return clauses.flatMap((clause) => [...clause, '。']);
    const { firstNames, days } = observations;
    if (firstNames.length > 0 && days === 1)
      return say`記録の初日。${listed(firstNames.map((name) => [quoted(name || EMPTY)]))}でのログイン試行が${this.#end('来た', '来ました')}。`;
    return observations.totals.sessions === 0
      ? say`接続は一度も${this.#end('なかった', 'ありませんでした')}。`
      : say`${sessionsFrom(observations)}。目立った動きは${this.#end('ない', 'ありません')}。`;
  }

  #headlineOf(claim: Claim, trend?: Trend): Inline[] {
    switch (claim.kind) {
      case 'target': {
        const { rule } = claim.subject;
        const worm = claim.credentials.flatMap(({ rules }) => rules).find(({ target }) => target === rule.id);
        if (rule.kind === 'campaign') return say`${rule.name.ja}が${this.#end('現れた', '現れました')}`;
        return worm
          ? say`${rule.name.ja}を標的にした攻撃が来はじめ${this.#end('た', 'ました')}。${worm.name.ja}のパスワードも${this.#end('使われている', '使われています')}`
          : say`${rule.name.ja}を標的にした攻撃が来はじめ${this.#end('た', 'ました')}`;
      }
      case 'burst': {
        const words = claim.numbers.defaults * 2 >= claim.numbers.passwords ? 'メーカー既定値の一覧による' : '';
        return claim.subject.username === undefined
          ? say`1つのアドレスから${claim.numbers.attempts}回続けざまの総当りが${this.#end('あった', 'ありました')}`
          : isCarriedBy(trend, claim)
            ? say`総当りも増えて${this.#end('きた', 'きました')}。${quoted(claim.subject.username)}に対し、${words || '同じ送信元による'}試行が${this.#pace(claim)}の速さで${this.#end('続いた', '続きました')}`
            : say`${quoted(claim.subject.username)}への${words}総当りが${this.#pace(claim)}の速さで${this.#end('続いた', '続きました')}`;
      }
      case 'trend':
        return claim.subject.direction === 'rise'
          ? say`${claim.carriedBy ? say`${quoted(claim.carriedBy.username)}を狙うものを中心に、` : ''}総当りが増えて${this.#end('きた', 'きました')}`
          : say`総当りは減って${this.#end('きた', 'きました')}`;
      case 'change':
        return say`${MEASURES[claim.subject.measure]}が${this.#factor(claim.numbers.factor, claim.numbers.before)}`;
      case 'behaviour': {
        const rule = claim.rules.find(({ kind }) => kind === 'campaign') ?? claim.rules[0];
        return rule
          ? say`${number(claim.numbers.sessions)}セッションで${rule.name.ja}が侵入${this.#end('した', 'しました')}`
          : say`${number(claim.numbers.sessions)}セッションが侵入し、コマンドを${this.#end('打った', '打ちました')}`;
      }
      case 'first seen':
        return claim.subject.dimension === 'hash'
          ? say`これまで見たことのないファイルが残され${this.#end('た', 'ました')}`
          : say`新しい取得先 ${quoted(claim.subject.value)} が現れ${this.#end('た', 'ました')}`;
      case 'gap':
        return say`${claim.numbers.hours}時間にわたって記録が途絶え${this.#end('た', 'ました')}`;
      case 'curiosity':
        return this.#curiosityHeadline(claim);
      default:
        return [];
    }
  }

  #curiosityHeadline({ subject, numbers }: Curiosity): Inline[] {
    switch (subject.what) {
      case 'rule':
        return say`${quoted(subject.value)} — ${subject.rule.name.ja}`;
      case 'own kind':
        return say`攻撃元の中に${subject.target.name.ja}そのものが${this.#end('いる', 'います')}`;
      case 'one source':
        return say`全セッションの${percent(numbers['sessions']! / numbers['all']!)}が1つのアドレスから来${this.#end('た', 'ました')}`;
      case 'long password':
        return say`${numbers['length']}文字のパスワードが試され${this.#end('た', 'ました')}`;
      case 'by hand':
        return say`人が手で打ったと見られるセッションが${this.#end('あった', 'ありました')}`;
      case 'long session':
        return say`${subject.commands}行を打ったセッションが${this.#end('あった', 'ありました')}`;
    }
  }

  #summary(observations: Observations): Inline[] {
    const { totals, hours, heard, days, unfinished } = observations;
    const attempts = loginAttempts(totals);
    const logins =
      attempts === 0
        ? `ログインの試行は${this.#end('なかった', 'ありませんでした')}`
        : totals.loginsSucceeded === 0
          ? `ログインの試行は${number(attempts)}回で、成功したものは${this.#end('ない', 'ありません')}`
          : `ログインの試行は${number(attempts)}回、うち${number(totals.loginsSucceeded)}回が成功${this.#end('した', 'しました')}`;
    const after =
      totals.commands + totals.downloads === 0
        ? ''
        : `打たれたコマンドは${number(totals.commands)}個、取得または設置されたファイルは${number(totals.downloads)}個${this.#end('である', 'です')}。`;
    const observed = isFragment(observations)
      ? `記録があるのは${days * 24}時間のうち${heard}時間だけ${this.#end('である', 'です')}。`
      : hours < days * 24
        ? `なお、観測できているのは${days * 24}時間のうち${hours}時間${this.#end('である', 'です')}。`
        : '';
    const what =
      totals.sessions === 0 && attempts > 0
        ? `セッションの分からないログの断片だけが残って${this.#end('いる', 'います')}。`
        : `${sessionsFrom(observations)}の接続が${this.#end('あった', 'ありました')}。`;
    return say`${unfinished ? 'ここまでのところ、' : ''}${what}${logins}。${after}${observed}`;
  }

  // — 新たに現れたもの

  #novelty({ historyDays, beginning, firstNames }: Observations, plan: Plan): Block[] {
    const blocks: Block[] = [];
    if (firstNames.length > 0 && beginning !== undefined) {
      blocks.push(
        paragraph(
          say`記録は${date(beginning)}に始まる。最初に来たのは${listed(firstNames.map((name) => [quoted(name || EMPTY)]))}でのログイン試行${this.#end('だった', 'でした')}。初日はすべてが初めてなので、ここでは翌日以降に現れたものだけを新しいと${this.#end('呼ぶ', '呼びます')}。`,
        ),
      );
    } else if (historyDays > 0 && historyDays < 7 && plan.novelties.length > 0) {
      blocks.push(
        paragraph(
          say`「新しい」とは、それ以前の${historyDays}日分の記録にないという意味${this.#end('である', 'です')}。まだ記録が短いので、割り引いて読む必要が${this.#end('ある', 'あります')}。`,
        ),
      );
    }
    if (plan.novelties.length > 0)
      blocks.push(list(plan.novelties.map(({ novelty, told }) => this.#newValues(novelty, told))));
    return blocks;
  }

  #newValues({ subject, numbers }: Novelty, told: FirstSeen[]): Inline[] {
    const name = DIMENSIONS[subject.dimension]!;
    const shown = told.slice(0, subject.dimension === 'hassh' ? 2 : 6);
    const rest = numbers.fresh - shown.length;
    const noted = new Set<string>();
    const values = shown.map((claim) => {
      const note = claim.rules.map((rule) => wordOn(rule, 'ja')).find((text) => !noted.has(text));
      if (note !== undefined) noted.add(note);
      return this.#firstSeen(claim, note);
    });
    return say`${name}: 新しいものが${numbers.atLeast ? '少なくとも' : ''}${number(numbers.fresh)}件。${listed(values)}${rest > 0 ? 'など' : ''}。`;
  }

  #firstSeen({ subject, numbers }: FirstSeen, about: string | undefined): Inline[] {
    const note = [about, numbers.count >= 10 ? `${number(numbers.count)}回` : ''].filter((text) => text).join('、');
    return note ? say`${quoted(subject.value)}(${note})` : [quoted(subject.value)];
  }

  // — 標的

  #targets({ targets, groups, inPassing }: Plan, days: number): Block[] {
    const items = [...targets.map((claim) => this.#target(claim, days)), ...groups.map((told) => this.#group(told))];
    if (inPassing.length > 0) {
      const names = inPassing.slice(0, 6).map(({ subject, credentials }) => {
        const shown = [...new Set(credentials.slice(0, 2).map(({ username }) => username || EMPTY))];
        return say`${subject.rule.name.ja}(${listed(shown.map((name) => [quoted(name)]))})`;
      });
      items.push(say`長い一覧の一部や単発の試行として通り過ぎただけのもの: ${listed(names)}。`);
    }
    return items.length > 0 ? [list(items)] : [];
  }

  #group({ group: { name, note }, targets }: Plan['groups'][number]): Inline[] {
    const attempts = targets.reduce((sum, { numbers }) => sum + numbers.attempts, 0);
    const devices = targets
      .slice(0, 6)
      .map(
        ({ subject, credentials: [first] }) =>
          say`${subject.rule.name.ja}(${quoted(pair(first!.username, first!.password))})`,
      );
    const isNew = targets.every((claim) => claim.isNew)
      ? `記録に現れたのはこれが初めて${this.#end('である', 'です')}。`
      : '';
    return say`${strong(name.ja)}: ${note.ja}で${number(attempts)}回。${listed(devices)}${targets.length > 6 ? 'など' : ''}。${isNew}`;
  }

  #target(claim: Target, days: number): Inline[] {
    const { subject, numbers, credentials, clients, isNew } = claim;
    const shown = credentials.slice(0, 4);
    const pairs = shown.map((credential): Inline[] => {
      const telling = tellingOf(claim, credential);
      const why = telling === undefined ? '' : `(${telling === 'default' ? '既定値' : telling.note.ja})`;
      return say`${quoted(pair(credential.username, credential.password))}${why}`;
    });
    const earlier = days === 1 ? '前日' : '前の期間';
    const change = isNew
      ? `記録に現れたのはこれが初めて${this.#end('である', 'です')}。`
      : numbers.before === undefined
        ? ''
        : numbers.before === 0
          ? `${earlier}には見られ${this.#end('なかった', 'ませんでした')}。`
          : `${earlier}は${number(numbers.before)}回${this.#end('だった', 'でした')}。`;
    const note = informative(claim, 'ja');
    const client = clients[0];
    return say`${strong(subject.rule.name.ja)}: ${listed(pairs)}${credentials.length > shown.length ? 'など' : ''}で${number(numbers.attempts)}回。${note ? `${note}${this.#end('である', 'です')}。` : ''}${change}${
      client
        ? say`クライアントは ${quoted(client)} と名乗っており、攻撃元自身がその機器なの${this.#end('だろう', 'でしょう')}。`
        : ''
    }`;
  }

  // — 総当り

  #bruteForce({ bursts, trend }: Plan): Block[] {
    const blocks: Block[] = [];
    if (trend) {
      const { early, late, middle } = trend.numbers;
      const carried = trend.carriedBy
        ? say`そのうち${trend.carriedBy.count === late ? 'すべて' : `${number(trend.carriedBy.count)}回`}が${quoted(trend.carriedBy.username)}に向けられたもの${this.#end('である', 'です')}。`
        : '';
      blocks.push(
        paragraph(
          trend.subject.direction === 'rise'
            ? say`総当りが増えて${this.#end('きた', 'きました')}。${monthDay(middle)}より前は${number(early)}回だったログイン試行が、それ以降は${number(late)}回${this.#end('ある', 'あります')}。${carried}`
            : say`総当りは減って${this.#end('いる', 'います')}。${monthDay(middle)}より前の${number(early)}回に対し、それ以降は${number(late)}回${this.#end('にとどまる', 'にとどまります')}。`,
        ),
      );
    }
    if (bursts.length > 0) blocks.push(list(bursts.map((claim) => this.#burst(claim))));
    return blocks;
  }

  #burst(claim: Burst): Inline[] {
    const { numbers, subject, telling, passwords } = claim;
    const who =
      subject.username !== undefined
        ? say`${quoted(subject.username)}に対し`
        : say`${number(numbers.usernames)}個のユーザー名に対し`;
    const from = subject.address === undefined ? '' : say`${quoted(subject.address)}から`;
    const time = `${monthDay(numbers.from)} ${clock(numbers.from)}～${clock(numbers.to)}`;
    const words =
      numbers.passwords < 5
        ? ''
        : numbers.defaults * 2 >= numbers.passwords
          ? say`使われた一覧はメーカー既定値のもので、${numbers.passwords}個のパスワードのうち${numbers.defaults}個が${this.#end('該当する', '該当します')}${
              telling.length > 0
                ? say`。${listed(telling.slice(0, 3).map(({ password, rule }) => say`${quoted(password)}(${rule.name.ja})`))}も含まれて${this.#end('いる', 'います')}`
                : ''
            }。`
          : numbers.derived * 3 >= numbers.attempts * 2
            ? say`パスワードは名前そのもの、または名前に何かを足したもの${this.#end('である', 'です')}(${listed(passwords.slice(0, 3).map((password) => [quoted(password)]))}など)。`
            : say`一覧は${listed(passwords.slice(0, 4).map((password) => [quoted(password)]))}の順に${this.#end('始まる', '始まります')}。`;
    return say`${time}、${from}${who}${number(numbers.attempts)}回、${this.#pace(claim)}の速さで${this.#end('続いた', '続きました')}。${words}`;
  }

  #pace({ numbers }: Burst): string {
    const seconds = numbers.medianMs / 1000;
    if (seconds >= 0.8 && seconds <= 1.25) return '1秒におよそ1回';
    if (seconds > 1.25) return `およそ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)}秒に1回`;
    const rate = (numbers.attempts - 1) / Math.max(0.001, (numbers.to - numbers.from) / 1000);
    return rate < 1.5 ? '1秒におよそ1回' : `1秒におよそ${Math.round(rate)}回`;
  }

  // — 変化

  #factor(factor: number, before: number): string {
    if (before === 0) return `ゼロから増え${this.#end('た', 'ました')}`;
    if (factor >= 2.5)
      return `${factor >= 10 ? Math.round(factor) : factor.toFixed(1)}倍に増え${this.#end('た', 'ました')}`;
    if (factor >= 2.15) return `2倍以上に増え${this.#end('た', 'ました')}`;
    if (factor >= 1.85) return `ほぼ倍に増え${this.#end('た', 'ました')}`;
    if (factor > 1) return `${percent(factor - 1)}増え${this.#end('た', 'ました')}`;
    if (factor > 0.55) return `${percent(1 - factor)}減${this.#end('った', 'りました')}`;
    if (factor > 0.45) return `ほぼ半減${this.#end('した', 'しました')}`;
    return factor === 0
      ? `なくな${this.#end('った', 'りました')}`
      : `${percent(1 - factor)}減${this.#end('った', 'りました')}`;
  }

  #changed(observations: Observations, plan: Plan): Block[] {
    const { comparison, before, hours, days } = observations;
    const earlier = days === 1 ? '前日' : '前の期間';
    if (comparison !== 'possible' || !before)
      return [
        paragraph(
          comparison === 'first days'
            ? say`これより前の記録がなく、比べるには材料が足り${this.#end('ない', 'ません')}。`
            : say`${earlier}の記録がないため、比較は${this.#end('できない', 'できません')}。`,
        ),
      ];
    const items = [
      ...plan.changes.map((claim) => this.#change(claim, earlier)),
      ...plan.shifts.map(
        ({ subject, numbers }) =>
          say`${DIMENSIONS[subject.dimension]!} ${quoted(subject.value)}: ${earlier}の${number(numbers.before)}回から${number(numbers.now)}回へ増え${this.#end('た', 'ました')}。`,
      ),
    ];
    const uneven =
      Math.abs(hours - before.hours) >= 2 && !isFragment(observations)
        ? [
            paragraph(
              say`観測できた時間が異なる(${hours}時間と${before.hours}時間)ため、1時間あたりの数で比べて${this.#end('いる', 'います')}。`,
            ),
          ]
        : [];
    return items.length > 0
      ? [...uneven, list(items)]
      : [
          ...uneven,
          paragraph(
            tooFew(observations)
              ? say`どちらも件数が少なく、変化を語るには足り${this.#end('ない', 'ません')}。`
              : unclaimedSwing(observations)
                ? say`${earlier}と数は違うが、忙しい送信元が1つあれば生じる程度の差${this.#end('である', 'です')}。`
                : say`${earlier}と比べて、ふだんの揺れを超える変化は${this.#end('ない', 'ありません')}。`,
          ),
        ];
  }

  #change({ subject, numbers }: Change, earlier: string): Inline[] {
    const usual =
      numbers.usual === undefined ? '' : `(直近${numbers.days}日の中央値は${number(Math.round(numbers.usual))})`;
    return say`${MEASURES[subject.measure]}は${this.#factor(numbers.factor, numbers.before)}。${earlier}${number(numbers.before)}に対し${number(numbers.now)}${usual}。`;
  }

  // — 侵入後、ファイル

  #inside({ totals, typing }: Observations, { behaviours }: Plan): Block[] {
    if (totals.loginsSucceeded === 0 && behaviours.length === 0) return [];
    const typed =
      typing.sessions === 0
        ? `その後コマンドを打ったものは${this.#end('いない', 'いません')}`
        : `コマンドを打ったのは${typing.complete ? '' : '少なくとも'}${number(typing.sessions)}セッション${typing.sessions === 1 ? '' : `で、打ち方は大きく分けて${number(typing.ways)}通り`}${this.#end('である', 'です')}`;
    const most =
      behaviours.length < typing.ways ? `目立つものから${behaviours.length}通りを挙げ${this.#end('る', 'ます')}。` : '';
    return [
      paragraph(say`ログインの成功は${number(totals.loginsSucceeded)}回。${typed}。${most}`),
      ...(behaviours.length > 0 ? [list(behaviours.map((claim) => this.#behaviour(claim)))] : []),
    ];
  }

  #behaviour({ numbers, commands, rules, credential }: Behaviour): Inline[] {
    const shown = commands.slice(0, 5);
    const rest = numbers.commands - shown.length;
    const login = credential ? say`、${quoted(pair(credential.username, credential.password))}でログイン` : '';
    const who =
      numbers.sessions === 1
        ? say`1セッション${login}`
        : say`${number(numbers.addresses)}アドレスからの${number(numbers.sessions)}セッション${credential ? say`(最初は${quoted(pair(credential.username, credential.password))}でログイン)` : ''}`;
    const variants = numbers.variants > 1 ? `、${numbers.variants}通りの変種があり、たとえば` : '';
    const notes = [...new Set(rules.slice(0, 3).map(({ note }) => note.ja))];
    return say`${who}${variants}: ${joined(
      shown.map((command) => [quoted(command)]),
      ' → ',
    )}${rest > 0 ? ` ほか${rest}行` : ''}。${notes.length > 0 ? `見られたのは、${notes.join('、')}。` : ''}`;
  }

  #download({ subject, numbers, isNew, rules }: Download): Inline[] {
    const about = rules[0] ? `${rules[0].note.ja}${this.#end('である', 'です')}。` : '';
    const name = subject.hash
      ? say`${quoted(subject.hash)}${subject.url ? say`(取得元 ${quoted(subject.url)})` : ''}`
      : [quoted(subject.url ?? '')];
    return say`${name}: ${number(numbers.addresses)}アドレスから${number(numbers.count)}回。${isNew ? `初めて見る${this.#end('ものである', 'ものです')}。` : ''}${about}`;
  }

  // — 気になったこと

  #curiosity({ subject, numbers }: Curiosity): Inline[] {
    switch (subject.what) {
      case 'rule':
        return say`${quoted(subject.value)}という値が${number(numbers['count']!)}回送られてき${this.#end('た', 'ました')}。${subject.rule.note.ja}${this.#end('である', 'です')}。`;
      case 'own kind':
        return say`${quoted(subject.client)}と名乗るクライアントが${number(numbers['count']!)}回来${this.#end('た', 'ました')}。${subject.rule.note.ja}${this.#end('である', 'です')}。${
          numbers['aimed']
            ? say`しかも狙っているのも${subject.target.name.ja}で、昨日の被害者が明日の被害者を探していることに${this.#end('なる', 'なります')}。`
            : ''
        }`;
      case 'one source':
        return say`${quoted(subject.address)}という1つのアドレスだけで、${number(numbers['all']!)}セッション中${number(numbers['sessions']!)}セッション(${percent(numbers['sessions']! / numbers['all']!)})を占めて${this.#end('いる', 'います')}。${numbers['again'] ? `首位は前回と同じ${this.#end('である', 'です')}。` : ''}これを除けば${number(numbers['others']!)}アドレスからの${number(numbers['all']! - numbers['sessions']!)}セッションしかなく、ずっと静かな日${this.#end('である', 'です')}。`;
      case 'long password':
        return say`${quoted(subject.username)}に対して${numbers['length']}文字のパスワードが試され${this.#end('た', 'ました')}。${quoted(subject.password)}というもので、人が覚えて打つ長さでは${this.#end('ない', 'ありません')}。`;
      case 'by hand':
        return say`プログラムらしくないセッションが1つ${this.#end('あった', 'ありました')}。${number(Math.round(numbers['seconds']!))}秒の間に${numbers['commands']}行、中央値${numbers['medianPause']!.toFixed(1)}秒の不揃いな間隔で打たれており、人の手の運びに見え${this.#end('る', 'ます')}。${
          subject.client ? say`クライアントは${quoted(subject.client)}${this.#end('である', 'です')}。` : ''
        }順に、${joined(
          subject.commands.slice(0, 8).map((command) => [quoted(command)]),
          ' → ',
        )}。`;
      case 'long session':
        return say`${subject.commands}行を打ったセッションが${this.#end('あった', 'ありました')}。`;
    }
  }

  // — 数字

  #numbers(observations: Observations): Block[] {
    const { before, tops, perDay, days, totals, addresses } = observations;
    const rows: Row[] = [
      ['セッション', totals.sessions, before?.totals.sessions],
      ...(addresses === undefined ? [] : [['送信元アドレス', addresses, before?.totals.addresses] as Row]),
      ['ログイン試行', loginAttempts(totals), before && loginAttempts(before.totals)],
      ['うち成功', totals.loginsSucceeded, before?.totals.loginsSucceeded],
      ['コマンド', totals.commands, before?.totals.commands],
      ['ファイル', totals.downloads, before?.totals.downloads],
    ];
    const blocks: Block[] = [
      {
        kind: 'table',
        head: ['', days === 1 ? '当日' : '期間', ...(before ? [days === 1 ? '前日' : '前の期間', '増減'] : [])],
        numeric: [false, true, true, true],
        rows: rows.map(([name, now, then]) => [
          name,
          number(now),
          ...(then === undefined ? [] : [number(then), then === 0 ? '–' : signed((now - then) / then)]),
        ]),
      },
    ];
    if (days > 1)
      blocks.push({
        kind: 'table',
        head: ['日', 'セッション', 'ログイン試行', '成功', 'コマンド'],
        numeric: [false, true, true, true, true],
        rows: perDay.map((day) => [
          monthDay(day.at),
          ...[day.sessions, day.attempts, day.succeeded, day.commands].map(number),
        ]),
      });
    for (const [dimension, title] of TOPS) {
      const top = tops[dimension];
      if (top.length === 0 || (dimension !== 'username' && (top.length < 2 || isFlat(top)))) continue;
      blocks.push({
        kind: 'table',
        head: [title, '回数', ...(before ? [days === 1 ? '前日' : '前の期間'] : [])],
        numeric: [false, true, true],
        rows: top.map((row) => [
          [quoted(dimension === 'pair' ? pairOf(row.value) : row.value), ...(row.isNew ? ['(新)'] : [])],
          number(row.count),
          ...(before ? [beforeCell(row)] : []),
        ]),
      });
    }
    return blocks;
  }

  // — ログ、環境

  #evidence({ excerpts }: Plan): Block[] {
    return excerpts.map(({ claim, events }) => ({
      kind: 'excerpt',
      caption: this.#caption(claim),
      lines: events.map(evidenceLine),
    }));
  }

  #caption(claim: Plan['excerpts'][number]['claim']): Inline[] {
    switch (claim.kind) {
      case 'target':
        return claim.subject.rule.kind === 'campaign'
          ? say`${claim.subject.rule.name.ja}`
          : say`${claim.subject.rule.name.ja}を狙ったもの`;
      case 'burst':
        return claim.subject.username === undefined
          ? say`続けざまの総当り`
          : say`${quoted(claim.subject.username)}への総当り`;
      case 'first seen':
        return say`新しい${DIMENSIONS[claim.subject.dimension]!} ${quoted(claim.subject.value)}`;
      case 'behaviour':
        return say`${claim.rules[0]?.name.ja ?? '侵入後の行動'}`;
      case 'curiosity':
        return say`気になったこと`;
    }
  }

  #environment(observations: Observations, plan?: Plan): Block[] {
    const { totals, environment, beginning, hours, heard, range, days } = observations;
    const { sensors, restarts, approximate } = environment;
    const watched = isFragment(observations)
      ? `記録があるのは${days * 24}時間中${heard}時間`
      : `観測${hours}時間(${days * 24}時間中)`;
    const items: Inline[][] = [
      say`${sensors.length > 0 ? `センサー${sensors.length}台、` : ''}${watched}。時刻はすべてUTC。${
        beginning !== undefined && beginning < range.from ? `記録は${date(beginning)}から。` : ''
      }`,
    ];
    for (const { numbers } of plan?.gaps ?? [])
      items.push(
        say`${when(numbers.from, days)}から${when(numbers.to, days)}までの${numbers.hours}時間は記録が${this.#end('ない', 'ありません')}。本来なら${number(numbers.expected)}セッションほどあってよいはずで、センサーかネットワークが止まっていたか、その間のログが欠けているものと${this.#end('思われる', '思われます')}。`,
      );
    if (restarts > 0)
      items.push(say`センサーまたは観測側の再起動が${restarts}回${this.#end('あった', 'ありました')}。`);
    if (approximate) items.push(say`時刻のない行は、書かれていた日付の日に置いて${this.#end('ある', 'あります')}。`);
    if (totals.events > 0)
      items.push(
        observations.addresses === undefined && totals.sessions > 0
          ? say`元のログでアドレスが伏せられているため、送信元の数は${this.#end('分からない', '分かりません')}。URLは開けないように書き換えて${this.#end('ある', 'あります')}。`
          : say`IPアドレスは伏せ、URLは開けないように書き換えて${this.#end('ある', 'あります')}。`,
      );
    return [{ kind: 'heading', text: '環境' }, list(items)];
  }
}

const sessionsFrom = ({ totals, addresses }: Observations): string =>
  `${addresses === undefined ? '' : `${number(addresses)}のアドレスから`}${number(totals.sessions)}セッション`;

const isCarriedBy = (trend: Trend | undefined, { subject }: Burst): boolean =>
  trend?.subject.direction === 'rise' && trend.carriedBy?.username === subject.username;

const beforeCell = ({ before }: TopRow): string => (before === undefined ? '–' : number(before));

const signed = (share: number): string => {
  const rounded = Math.round(share * 100);
  return rounded > 0 ? `+${rounded}%` : rounded < 0 ? `−${-rounded}%` : '±0%';
};

const when = (at: number, days: number): string =>
  days === 1 ? clock(at).slice(0, 5) : `${monthDay(at)} ${clock(at).slice(0, 5)}`;
