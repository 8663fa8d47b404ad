// English sentences about campaigns.
import type { CampaignClaim } from '../claim.ts';
import { type Block, type Inline, list, quoted, say, strong } from '../document.ts';
import type { Plan } from '../plan.ts';
import { count, date, percent } from './words.ts';

export const campaigns = ({ campaigns }: Plan): Block[] =>
  campaigns.length > 0 ? [list(campaigns.map(campaign))] : [];

function campaign({ kind, subject: { name, does }, numbers: n, change }: CampaignClaim): Inline[] {
  const who = say`${strong(name)} (${quoted(does.en)})`;
  switch (kind) {
    case 'new campaign':
      return say`A new campaign, ${who}: ${count(n['sessions']!, 'session')} in ${count(n['visits']!, 'visit')} belong together.`;
    case 'campaign grew':
      return say`${who} has grown: ${count(n['now']!, 'visit')}, where about ${Math.round(n['usual']!)} a day are usual.`;
    case 'campaign ended':
      return say`${who} has not come for ${count(n['absent']!, 'day')}; it was last seen on ${date(n['last']!)}, after visits on ${n['active']!} of 7 days.`;
    case 'campaign moved':
      return say`${who} comes from elsewhere: ${percent(n['share']!)} of its ${count(n['visits']!, 'visit')} are from other networks than before, most from ${quoted(change?.to ?? '')} (before: ${quoted(change?.from ?? '')}).`;
    case 'tool changed':
      return change?.what === 'client'
        ? say`${who} has changed its tool: ${percent(n['now']!)} came with ${quoted(change.to)}, where ${quoted(change.from ?? '')} was usual.`
        : say`${who} has brought something new: ${change?.what === 'host' ? 'files from' : 'the file'} ${quoted(change?.to ?? '', 64)}, in ${count(n['visits']!, 'visit')}.`;
  }
}
