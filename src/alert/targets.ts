// The targets that the configuration names.
import type { Config } from '../config/config.ts';
import type { Target } from './target.ts';
import { discord } from './targets/discord.ts';
import { mail } from './targets/mail.ts';
import { ntfy } from './targets/ntfy.ts';
import { slack } from './targets/slack.ts';
import { syslog } from './targets/syslog.ts';
import { telegram } from './targets/telegram.ts';
import { webhook } from './targets/webhook.ts';

export function targetsOf({ alerts }: Pick<Config, 'alerts'>): Target[] {
  return [
    ...(alerts.webhook === '' ? [] : [webhook(alerts.webhook, alerts.webhook_secret)]),
    ...(alerts.slack === '' ? [] : [slack(alerts.slack)]),
    ...(alerts.discord === '' ? [] : [discord(alerts.discord)]),
    ...(alerts.telegram_token === '' || alerts.telegram_chat === ''
      ? []
      : [telegram(alerts.telegram_token, alerts.telegram_chat, alerts.telegram_api)]),
    ...(alerts.ntfy === '' ? [] : [ntfy(alerts.ntfy, alerts.ntfy_token)]),
    ...(alerts.mail_server === '' || alerts.mail_to.length === 0
      ? []
      : [mail(alerts.mail_server, alerts.mail_from, alerts.mail_to)]),
    ...(alerts.syslog === '' ? [] : [syslog(alerts.syslog)]),
  ];
}
