// The kinds of logs that are read, in the order in which they are recognised: the first that knows a log gets it.
import { cefLines } from './cef-lines.ts';
import { csvRows } from './csv-rows.ts';
import { diary, isMarkdown } from './diary.ts';
import { heraldingCsv } from './heralding-csv.ts';
import { jsonLines } from './json-lines.ts';
import { jsonObjects } from './json-objects.ts';
import { kippoTextlog } from './kippo-textlog.ts';
import type { Head, Reader } from './reader.ts';
import { sqlDump } from './sql-dump.ts';
import { sqliteFile } from './sqlite-file.ts';
import { textLogs } from './text-logs.ts';

export const readers: readonly Reader[] = [
  sqliteFile,
  sqlDump,
  diary,
  cefLines,
  kippoTextlog,
  textLogs,
  heraldingCsv,
  csvRows,
  jsonLines,
  jsonObjects,
];

/** The reader of a log; undefined when it is none that we know. */
export function readerOf(head: Head): Reader | undefined {
  const reader = readers.find((each) => each.recognises(head));
  // Prose may quote anything.
  return reader !== diary && isMarkdown(head) ? undefined : reader;
}
