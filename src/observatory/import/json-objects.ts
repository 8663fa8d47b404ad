// JSON that is not one object a line: an array of events, pretty-printed objects, answers and exports of Elasticsearch.
import { StringDecoder } from 'node:string_decoder';
import { ObjectScanner, parseLine } from '../lines.ts';
import { give, isJson } from './json-lines.ts';
import type { Reader } from './reader.ts';

export const jsonObjects: Reader = {
  kind: 'json-stream',
  turn: 0,
  recognises: isJson,
  begin: (sink) => async (log) => {
    const scanner = new ObjectScanner();
    const decoder = new StringDecoder('utf8');
    const take = (object: string) => {
      sink.line();
      give(parseLine(object), sink);
    };
    for await (const chunk of log.chunks()) scanner.feed(decoder.write(chunk).replaceAll('\0', ''), take);
    scanner.feed(decoder.end(), take);
    if (scanner.rest !== '') take(scanner.rest);
    for (let i = 0; i < scanner.lost; i++) {
      sink.line();
      sink.malformed('an object of more than 16 MiB');
    }
  },
};
