// Heralding's log_auth.csv and log_session.csv.
import { StringDecoder } from 'node:string_decoder';
import { heraldingEvents, isHeralding } from '../../event/heralding.ts';
import { readCsv } from '../csv.ts';
import type { Reader } from './reader.ts';

export const heraldingCsv: Reader = {
  kind: 'heralding',
  turn: 1,
  recognises: ({ text }) =>
    /^timestamp,[^\n]*\bsession_id,source_ip,[^\n]*(?:\bauth_id\b|\bnum_auth_attempts\b|\bpassword\b)/.test(text) ||
    /^timestamp,auth_id,[^\n]*\bsession_id,source_ip,/.test(text),
  begin: (sink) => async (log) => {
    const decoder = new StringDecoder('utf8');
    const reader = readCsv(
      (row) => {
        sink.line();
        const events = isHeralding(row) ? heraldingEvents(row) : [];
        if (events.length === 0) sink.malformed('no session and no attempt');
        for (const event of events) sink.add(event, { text: true });
      },
      { empty: true },
    );
    for await (const chunk of log.chunks()) reader.feed(decoder.write(chunk));
    reader.feed(decoder.end());
    reader.end();
  },
};
