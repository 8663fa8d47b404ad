// CSV exports of Cowrie events: Kibana's, and those of scripts.
import { StringDecoder } from 'node:string_decoder';
import { readCsv } from '../csv.ts';
import type { Reader } from './reader.ts';

export const csvRows: Reader = {
  kind: 'csv',
  turn: 1,
  recognises: ({ text }) => /^[^\n]*\beventid\b[^\n]*,/.test(text) && !/^[{[]/.test(text),
  begin: (sink) => async (log) => {
    const decoder = new StringDecoder('utf8');
    const reader = readCsv((row) => {
      sink.line();
      if (row['eventid'] === undefined || row['timestamp'] === undefined) sink.malformed('no Cowrie event');
      else sink.add(row, { text: true });
    });
    for await (const chunk of log.chunks()) reader.feed(decoder.write(chunk));
    reader.feed(decoder.end());
    reader.end();
  },
};
