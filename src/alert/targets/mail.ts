// E-mail over SMTP, as plain text.
import { createTransport } from 'nodemailer';
import { plainText } from '../digest.ts';
import { type Target, Undeliverable } from '../target.ts';

const PATIENCE = 30_000;

/**
 * @param server `smtp://USER:PASSWORD@HOST:PORT` (STARTTLS when the server offers it; with `?tls=required` always), or `smtps://…`
 */
export function mail(server: string, from: string, to: readonly string[]): Target {
  const url = new URL(server);
  const secure = url.protocol === 'smtps:';
  const transport = createTransport({
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || (secure ? 465 : 587)),
    secure,
    requireTLS: url.searchParams.get('tls') === 'required',
    ...(url.username === ''
      ? {}
      : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    connectionTimeout: PATIENCE,
    greetingTimeout: PATIENCE,
    socketTimeout: PATIENCE,
    // What is mailed is text: nothing is read from a file or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    name: 'e-mail',
    async deliver(digest) {
      try {
        await transport.sendMail({
          from,
          to: [...to],
          subject: digest.title,
          text: `${plainText(digest)}\n`,
          messageId: `<${digest.id}@kansatsuki.invalid>`,
          date: new Date(digest.at),
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
      } catch (error) {
        const { responseCode, message } = error as Error & { responseCode?: number };
        // RFC 5321 §4.2.1: 5yz will be the same the next time.
        if (responseCode !== undefined && responseCode >= 500) throw new Undeliverable(message.split('\n')[0]!);
        throw error;
      }
    },
  };
}
