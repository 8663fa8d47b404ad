// Japanese sentences about campaigns.
import type { CampaignClaim } from '../claim.ts';
import { type Block, type Inline, list, quoted, say, strong } from '../document.ts';
import type { Plan } from '../plan.ts';
import { date, type End, number } from './words.ts';

export const campaigns = ({ campaigns }: Plan, end: End): Block[] =>
  campaigns.length > 0 ? [list(campaigns.map((claim) => campaign(claim, end)))] : [];

const percent = (share: number): string => `${Math.round(share * 100)}%`;

function campaign({ kind, subject: { name, does }, numbers: n, change }: CampaignClaim, end: End): Inline[] {
  const who = say`${strong(name)}(${quoted(does.ja)})`;
  switch (kind) {
    case 'new campaign':
      return say`新しい攻撃活動 ${who} が見つか${end('った', 'りました')}。${number(n['visits']!)}回の訪問、${number(n['sessions']!)}セッションがひとまとまりで${end('ある', 'す')}。`;
    case 'campaign grew':
      return say`${who} の活動が増え${end('た', 'ました')}。普段は1日におよそ${number(Math.round(n['usual']!))}回の訪問が、${number(n['now']!)}回に達し${end('た', 'ました')}。`;
    case 'campaign ended':
      return say`${who} は${number(n['absent']!)}日間現れてい${end('ない', 'ません')}。それまでは7日のうち${number(n['active']!)}日に訪れ、最後は${date(n['last']!)}で${end('あった', 'した')}。`;
    case 'campaign moved':
      return say`${who} の送信元が移${end('った', 'りました')}。${number(n['visits']!)}回の訪問のうち${percent(n['share']!)}は以前と異なるネットワークからで、最も多いのは${quoted(change?.to ?? '')}(以前は${quoted(change?.from ?? '')})で${end('ある', 'す')}。`;
    case 'tool changed':
      return change?.what === 'client'
        ? say`${who} の道具が変わ${end('った', 'りました')}。${quoted(change.from ?? '')}に代わり、${percent(n['now']!)}が${quoted(change.to)}を使って${end('いる', 'います')}。`
        : say`${who} が新しいもの(${change?.what === 'host' ? '取得先' : 'ファイル'} ${quoted(change?.to ?? '', 64)})を使い始め${end('た', 'ました')}。${number(n['visits']!)}回の訪問で見られ${end('た', 'ました')}。`;
  }
}
