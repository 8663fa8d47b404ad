// The operator's own diary in Markdown, with excerpts of logs in it.
import { eachLine } from '../lines.ts';
import { readDiary } from '../markdown.ts';
import { eachText } from './lines.ts';
import type { Head, Reader } from './reader.ts';

const LONGEST = 64 << 20;
/** A line of a log in a diary. */
const EXCERPT = /"eventid"\s*:|\[(?:[^\]\n]*(?:Transport|Factory|SSHService|SSHChannel)|(?:ssh|telnet),)[^\n]*\]/;

/** Markdown, whether there is something in it for us or not. */
export function isMarkdown({ name, text }: Head): boolean {
  return (
    /\.(?:md|markdown)$/i.test(name) || (/^(?:```|~~~)/m.test(text) && !/^(?:[{[]|\d{4}-\d\d-\d\d[T ][\d:])/.test(text))
  );
}

export const diary: Reader = {
  kind: 'markdown',
  turn: 3,
  recognises: (head) => isMarkdown(head) && EXCERPT.test(head.text),
  begin: (sink) => async (log) => {
    let text = '';
    await eachText(log, (chunk) => {
      if (text.length < LONGEST) text += chunk;
    });
    eachLine(text, () => sink.line());
    const { events, empty } = readDiary(text, new Date(sink.now()).getUTCFullYear());
    for (const { event, coarse, approximate, line, salvaged } of events) {
      sink.at(line);
      if (salvaged) sink.salvaged('an excerpt that is no whole log line', 1);
      sink.add(event, { text: true, coarse, approximate });
    }
    for (const { line } of empty) {
      sink.at(line);
      sink.note('a block without a log line');
    }
  },
};
