// Kippo's other text log (`[database_textlog]`): session, time and message, each line an event.
import type { RawEvent } from '../../event/legacy.ts';
import { eachLine } from './lines.ts';
import type { Reader } from './reader.ts';

const LINE = /^([0-9a-f]{32}|\d{1,9}) \[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\]: ([\s\S]*)$/;
const BEGINNING =
  /^(?:[0-9a-f]{32}|\d{1,9}) \[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]: (?:New connection: |Connection lost|Login (?:failed|succeeded) \[|Command \[|Unknown command \[|Input \[|Terminal size: |Client version: \[|File download: \[)/m;

const texts: readonly [RegExp, (match: RegExpExecArray) => RawEvent][] = [
  [
    /^New connection: (\S+):(\d+)$/,
    (m) => ({ eventid: 'cowrie.session.connect', src_ip: m[1], src_port: Number(m[2]), protocol: 'ssh' }),
  ],
  [/^Connection lost$/, () => ({ eventid: 'cowrie.session.closed' })],
  [/^Client version: \[([\s\S]*)\]$/, (m) => ({ eventid: 'cowrie.client.version', version: m[1] })],
  [
    /^Login (failed|succeeded) \[([^/]*)\/([\s\S]*)\]$/,
    (m) => ({ eventid: `cowrie.login.${m[1] === 'failed' ? 'failed' : 'success'}`, username: m[2], password: m[3] }),
  ],
  [/^Command \[([\s\S]*)\]$/, (m) => ({ eventid: 'cowrie.command.input', input: m[1] })],
  [/^Unknown command \[([\s\S]*)\]$/, (m) => ({ eventid: 'cowrie.command.failed', input: m[1] })],
  [/^Input \[([\s\S]*)\] @(\S+)$/, (m) => ({ eventid: 'cowrie.session.input', realm: m[2], input: m[1] })],
  [
    /^Terminal size: (\d+)x(\d+)$/,
    (m) => ({ eventid: 'cowrie.client.size', width: Number(m[1]), height: Number(m[2]) }),
  ],
  [
    /^File download: \[([\s\S]*)\] -> (\S+)$/,
    (m) => ({ eventid: 'cowrie.session.file_download', url: m[1], outfile: m[2] }),
  ],
];

export const kippoTextlog: Reader = {
  kind: 'kippo-textlog',
  turn: 2,
  recognises: ({ text }) => BEGINNING.test(text) && !/^[{[]/.test(text),
  begin: (sink) => async (log) => {
    // Equal lines of one second are as many events.
    let second = '';
    const repeats = new Map<string, number>();
    await eachLine(log, sink, (line) => {
      const [, session, timestamp, text] = LINE.exec(line) ?? [];
      const event = text === undefined ? undefined : eventOf(text);
      if (!event) return sink.malformed('no line of a Kippo text log');
      if (timestamp !== second) repeats.clear();
      second = timestamp!;
      const repeat = repeats.get(line) ?? 0;
      repeats.set(line, repeat + 1);
      // The time is local, and its zone is not told: taken as UTC.
      sink.add({ ...event, session, timestamp, ...(repeat > 0 ? { repeat } : {}) }, { text: true, coarse: true });
    });
  },
};

function eventOf(text: string): RawEvent | undefined {
  for (const [pattern, read] of texts) {
    const match = pattern.exec(text);
    if (match) return read(match);
  }
  return undefined;
}
