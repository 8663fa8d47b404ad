// Japanese sentences about those who got in, what they left, and the curiosity.
import type { Behaviour, Curiosity, Download, HandOff, Observations } from '../claim.ts';
import { type Block, type Inline, joined, list, paragraph, quoted, say } from '../document.ts';
import type { Plan } from '../plan.ts';
import type { Reason } from '../session/verdict.ts';
import { type End, number, pair, percent } from './words.ts';

export function inside({ totals, typing }: Observations, { behaviours, handOffs }: Plan, end: End): Block[] {
  if (totals.loginsSucceeded === 0 && behaviours.length === 0) return [];
  const typed =
    typing.sessions === 0
      ? `その後コマンドを打ったものは${end('いない', 'いません')}`
      : `コマンドを打ったのは${typing.complete ? '' : '少なくとも'}${number(typing.sessions)}セッション${typing.sessions === 1 ? '' : typing.ways === 1 ? 'で、打ち方はみな同じ' : `で、打ち方は大きく分けて${number(typing.ways)}通り`}${end('である', 'です')}`;
  const most =
    behaviours.length < typing.ways ? `目立つものから${behaviours.length}通りを挙げ${end('る', 'ます')}。` : '';
  return [
    paragraph(say`ログインの成功は${number(totals.loginsSucceeded)}回。${typed}。${most}`),
    ...(behaviours.length > 0 ? [list(behaviours.map((claim) => behaviour(claim, end)))] : []),
    ...(handOffs.length > 0
      ? [
          paragraph(say`見つけた者と使う者が別の例も${end('ある', 'あります')}。`),
          list(handOffs.map((claim) => handOff(claim, end))),
        ]
      : []),
  ];
}

function handOff({ subject, numbers, sure }: HandOff, end: End): Inline[] {
  const { scanner, receiver, username, password } = subject;
  const minutes = Math.max(1, Math.round((numbers.used - numbers.found) / 60_000));
  const later =
    minutes < 120
      ? `${number(minutes)}分後`
      : minutes < 2_880
        ? `${number(Math.round(minutes / 60))}時間後`
        : `${number(Math.round(minutes / 1_440))}日後`;
  return say`${quoted(scanner)}が${numbers.guesses > 0 ? `${number(numbers.guesses)}通りの失敗の末に` : ''}見つけた${quoted(pair(username, password))}で、${later}に${quoted(receiver)}が最初の1回でログイン${end('した', 'しました')}。${
    sure === 'certain'
      ? `この組を通したのは前者のアドレスだけなので、結果が渡されたことは確か${end('である', 'です')}。`
      : `この組を試した者は${numbers.others === 0 ? 'ほかにおらず' : 'ほかにほとんどおらず'}、おそらく結果が渡されたもの${end('である', 'です')}。`
  }`;
}

function behaviour({ numbers, commands, rules, credential }: Behaviour, _end: End): Inline[] {
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
  )}${rest > 0 ? ` ほか${rest}行` : ''}。${notes.length > 0 ? `見られたのは${notes.map((note) => `「${note}」`).join('')}。` : ''}`;
}

export function download({ subject, numbers, isNew, rules }: Download, end: End): Inline[] {
  const about = rules[0] ? `${rules[0].note.ja}${end('である', 'です')}。` : '';
  const name = subject.hash
    ? say`${quoted(subject.hash)}${subject.url ? say`(取得元 ${quoted(subject.url)})` : ''}`
    : [quoted(subject.url ?? '')];
  return say`${name}: ${number(numbers.addresses)}アドレスから${number(numbers.count)}回。${isNew ? `初めて見る${end('ものである', 'ものです')}。` : ''}${about}`;
}

export function curiosity({ subject, numbers }: Curiosity, end: End): Inline[] {
  switch (subject.what) {
    case 'rule':
      return say`${quoted(subject.value, 48)}という値が${number(numbers['count']!)}回送られてき${end('た', 'ました')}。${subject.rule.note.ja}${end('である', 'です')}。`;
    case 'own kind':
      return say`${quoted(subject.client)}と名乗るクライアントが${number(numbers['count']!)}回来${end('た', 'ました')}。${subject.rule.note.ja}${end('である', 'です')}。${
        numbers['aimed']
          ? say`しかも狙っているのも${subject.target.name.ja}で、昨日の被害者が明日の被害者を探していることに${end('なる', 'なります')}。`
          : ''
      }`;
    case 'one source':
      return say`${quoted(subject.address)}という1つのアドレスだけで、${number(numbers['all']!)}セッション中${number(numbers['sessions']!)}セッション(${percent(numbers['sessions']! / numbers['all']!)})を占めて${end('いる', 'います')}。${numbers['again'] ? `首位は前回と同じ${end('である', 'です')}。` : ''}これを除けば${number(numbers['others']!)}アドレスからの${number(numbers['all']! - numbers['sessions']!)}セッションしかなく、ずっと静かな日${end('である', 'です')}。`;
    case 'long password':
      return say`${quoted(subject.username)}に対して${numbers['length']}文字のパスワードが試され${end('た', 'ました')}。${quoted(subject.password)}というもので、人が覚えて打つ長さでは${end('ない', 'ありません')}。`;
    case 'by hand':
      return say`プログラムではなく人が手で打ったと見られるセッションが${number(numbers['sessions']!)}つ${end('あった', 'ありました')}。${numbers['sessions'] === 1 ? '' : '最も長いものでは、'}${number(Math.round(numbers['seconds']!))}秒の間に${numbers['commands']}行が打たれ、${subject.reasons.map(signOf).join('、')}が${end('見て取れる', '見て取れます')}。${
        subject.client ? say`クライアントは${quoted(subject.client)}${end('である', 'です')}。` : ''
      }順に、${joined(
        subject.commands.slice(0, 8).map((command) => [quoted(command)]),
        ' → ',
      )}。`;
    case 'long session':
      return say`${subject.commands}行を打ったセッションが${end('あった', 'ありました')}。`;
  }
}

/** What showed the person. */
function signOf({ name, numbers }: Reason): string {
  const seconds = (ms: number | undefined) => `${((ms ?? 0) / 1000).toFixed(1)}秒`;
  switch (name) {
    case 'keys':
      return '1つずつのキー入力';
    case 'corrections':
      return '打ち直し';
    case 'editing keys':
      return '矢印キーやTabの使用';
    case 'thinking':
      return '出力を読む間';
    case 'uneven pauses':
      return `中央値${seconds(numbers['medianMs'])}の不揃いな間隔`;
    case 'retyped':
      return '打ち間違えたコマンドの打ち直し';
    case 'terminal':
      return `${numbers['width']}×${numbers['height']}文字という独自の大きさの端末`;
    case 'resized':
      return 'ウィンドウの大きさの変更';
    case 'locale':
      return '手元の環境の言語設定';
    case 'typed login':
      return `パスワードを打つのにかかった${seconds(numbers['ms'])}`;
    case 'hesitates':
      return `最初のコマンドまでの${seconds(numbers['ms'])}の間`;
    case 'short lines':
      return '短い行';
    default:
      return '人が使うクライアント';
  }
}
