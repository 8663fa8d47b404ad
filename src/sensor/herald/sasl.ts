// SASL mechanisms that carry passwords, as POP3, IMAP and SMTP share them: PLAIN (RFC 4616), LOGIN, CRAM-MD5 (RFC 2195).
import type { Attempt, Visitor } from './herald.ts';
import { bytes } from './lines.ts';

export const MECHANISMS = ['PLAIN', 'LOGIN', 'CRAM-MD5'] as const;

const decoded = (line: string): Buffer => Buffer.from(line, 'base64');

/** One exchange: what the server asks next in base64, or the attempt once it is complete, or `cancelled`. */
export interface Exchange {
  /** The first thing to ask. */
  readonly ask: string;
  /** Takes an answer. */
  answer(line: string): { ask: string } | { attempt: Attempt } | 'cancelled';
}

/** Undefined: no mechanism of ours. @param initial the client's first answer, if it sent one with its request */
export function begin(mechanism: string, visitor: Visitor): Exchange | undefined {
  switch (mechanism.toUpperCase()) {
    case 'PLAIN':
      return {
        ask: '',
        answer: (line) => {
          if (line === '*') return 'cancelled';
          const parts = decoded(line).toString('latin1').split('\0');
          return { attempt: { username: bytes(parts[1] ?? ''), password: bytes(parts[2] ?? '') } };
        },
      };
    case 'LOGIN': {
      let username: Buffer | undefined;
      return {
        ask: Buffer.from('Username:').toString('base64'),
        answer: (line) => {
          if (line === '*') return 'cancelled';
          if (username) return { attempt: { username, password: decoded(line) } };
          username = decoded(line);
          return { ask: Buffer.from('Password:').toString('base64') };
        },
      };
    }
    case 'CRAM-MD5': {
      const challenge = Buffer.from(`<${visitor.random(8).readBigUInt64BE()}@${visitor.hostname}>`);
      return {
        ask: challenge.toString('base64'),
        answer: (line) => {
          if (line === '*') return 'cancelled';
          const text = decoded(line).toString('latin1');
          const space = text.lastIndexOf(' ');
          const response = Buffer.from(text.slice(space + 1), 'hex');
          return {
            attempt: {
              username: bytes(text.slice(0, Math.max(0, space))),
              proof: { scheme: 'cram-md5', challenge, response },
            },
          };
        },
      };
    }
  }
  return undefined;
}
