// Why some sessions are called one campaign, in English and in Japanese, from what they share. No text of an attacker but words fit for names.
import { wordOf } from './name.ts';
import type { CampaignDetail, CampaignSummary } from './read.ts';

export interface Said {
  en: string;
  ja: string;
}

const n = (number: number): string => number.toLocaleString('en-US');
const many = (number: number, one: string, more = `${one}s`): string => `${n(number)} ${number === 1 ? one : more}`;

type Spread = Pick<CampaignSummary, 'addresses' | 'networks' | 'countries'>;

/** From how many places, as far as they are known. */
function spreadEn({ addresses, networks, countries }: Spread): string {
  const places = [
    ...(networks > 0 ? [many(networks, 'network')] : []),
    ...(countries > 0 ? [many(countries, 'country', 'countries')] : []),
  ];
  return `${many(addresses, 'address', 'addresses')}${places.length > 0 ? ` in ${places.join(' and ')}` : ''}`;
}

function spreadJa({ addresses, networks, countries }: Spread): string {
  const places = [
    ...(countries > 0 ? [`${n(countries)} か国`] : []),
    ...(networks > 0 ? [`${n(networks)} ネットワーク`] : []),
  ];
  return `${places.length > 0 ? `${places.join('・')}の ` : ''}${n(addresses)} アドレス`;
}

/** One sentence for each thing that holds it together, the most telling first. */
export function explanation(campaign: CampaignDetail): Said[] {
  const { keys, scripts, files, origins, lists, clients, visits, everyMs } = campaign;
  const share = (of: { visits: number }) => ({
    en: of.visits >= visits ? 'every visit' : `${n(of.visits)} of ${many(visits, 'visit')}`,
    ja: of.visits >= visits ? 'すべての訪問' : `${n(visits)} 回の訪問のうち ${n(of.visits)} 回`,
  });
  const said: Said[] = [];
  const [key] = keys;
  if (key) {
    const comment = key.comment === undefined ? undefined : wordOf(key.comment);
    said.push({
      en: `The same SSH key${comment === undefined ? '' : ` (${comment})`} in ${share(key).en}, from ${spreadEn(campaign)}.`,
      ja: `${share(key).ja}で同じ SSH 公開鍵${comment === undefined ? '' : `(${comment})`}が現れた。送信元は${spreadJa(campaign)}。`,
    });
  }
  const [script] = scripts;
  if (script) {
    const { length } = script.value;
    said.push(
      length === 1
        ? {
            en: `The same command in ${share(script).en}, addresses, numbers and random words aside${key ? '' : `, from ${spreadEn(campaign)}`}.`,
            ja: `${share(script).ja}で同じコマンドが打たれた(アドレス・数字・無作為な語を除く)。${key ? '' : `送信元は${spreadJa(campaign)}。`}`,
          }
        : {
            en: `The same ${n(length)} commands in the same order in ${share(script).en}, addresses, numbers and random words aside${key ? '' : `, from ${spreadEn(campaign)}`}.`,
            ja: `${share(script).ja}で同じ ${n(length)} 個のコマンドが同じ順に打たれた(アドレス・数字・無作為な語を除く)。${key ? '' : `送信元は${spreadJa(campaign)}。`}`,
          },
    );
  }
  const [list] = lists;
  if (list) {
    const { length } = list.value;
    said.push({
      en: `The same ${n(length)}-password list in the same order in ${share(list).en}${said.length > 0 ? '' : `, from ${spreadEn(campaign)}`}${everyMs === undefined ? '' : `, about one try every ${seconds(everyMs)} s`}.`,
      ja: `${share(list).ja}で同じ ${n(length)} 組のパスワードが同じ順に試された${everyMs === undefined ? '' : `(およそ ${seconds(everyMs)} 秒に 1 回)`}。${said.length > 0 ? '' : `送信元は${spreadJa(campaign)}。`}`,
    });
  }
  const [file] = files;
  if (file)
    said.push({
      en: `${files.length === 1 ? 'One file came' : `${n(files.length)} files came`} with it, the most frequent in ${share(file).en}${said.length > 0 ? '' : `, from ${spreadEn(campaign)}`}.`,
      ja: `${n(files.length)} 個のファイルが持ち込まれ、最も多いものは${share(file).ja}で見られた。${said.length > 0 ? '' : `送信元は${spreadJa(campaign)}。`}`,
    });
  const [origin] = origins;
  if (origin)
    said.push({
      en: `Files were fetched from ${many(origins.length, 'server')}, the most frequent named in ${share(origin).en}${said.length > 0 ? '' : `, from ${spreadEn(campaign)}`}.`,
      ja: `ファイルの取得先は ${n(origins.length)} 台のサーバーで、最も多いものは${share(origin).ja}で使われた。${said.length > 0 ? '' : `送信元は${spreadJa(campaign)}。`}`,
    });
  const read = clients.reduce((sum, client) => sum + client.visits, 0);
  const [client] = clients;
  if (client && read > 0 && campaign.client !== undefined && client.client !== '') {
    const percent = Math.round((client.visits / read) * 100);
    said.push({
      en:
        clients.length === 1
          ? `All of them came with the same client.`
          : `${percent} % came with the same client, the others with ${n(clients.length - 1)} more.`,
      ja:
        clients.length === 1
          ? 'クライアントはすべて同じである。'
          : `${percent} % は同じクライアントで、ほかに ${n(clients.length - 1)} 種類が使われた。`,
    });
  }
  return said;
}

const seconds = (ms: number): string => (ms < 10_000 ? (ms / 1000).toFixed(1) : String(Math.round(ms / 1000)));

/** What a campaign does, in a few words beside its name. */
export function traitWords({
  trait: { kind, text, size = 0 },
  client,
}: Pick<CampaignSummary, 'trait' | 'client'>): Said {
  const named = text === undefined ? '' : text;
  const what: Said = {
    key: { en: `SSH key ${named}`, ja: `SSH 公開鍵 ${named}` },
    script: {
      en: `${many(size, 'command')}${named === '' ? '' : ` (${named})`}`,
      ja: `コマンド ${n(size)} 個${named === '' ? '' : `(${named})`}`,
    },
    file: { en: `file ${named}`, ja: `ファイル ${named}` },
    host: { en: `files from ${named}`, ja: `${named} からのファイル` },
    list: { en: `list of ${many(size, 'password')}`, ja: `パスワード ${n(size)} 組のリスト` },
  }[kind];
  return client === undefined ? what : { en: `${what.en} · ${client}`, ja: `${what.ja} · ${client}` };
}
