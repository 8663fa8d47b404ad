// Logs in ArcSight's Common Event Format: events without a session's id.
import { cefEvent, isCef } from '../../event/cef.ts';
import { parseTime } from '../../event/time.ts';
import { eachLine } from './lines.ts';
import type { Reader } from './reader.ts';
import { sessionAt } from './text-logs.ts';

export const cefLines: Reader = {
  kind: 'cef',
  turn: 2,
  recognises: ({ text }) => isCef(text) && !/^[{[]/.test(text),
  begin: (sink) => {
    sink.store.writer.commit();
    return (log) =>
      eachLine(log, sink, (line) => {
        const event = cefEvent(line);
        if (!event) return sink.malformed('no Cowrie event');
        const address = event['src_ip'];
        // The session that a JSON log tells of at that moment; otherwise what an address does after it connected is one.
        if (typeof address === 'string')
          event['session'] =
            sessionAt(sink.store, address, parseTime(event['timestamp']), event['eventid'] as string) ??
            `CEF ${address}`;
        sink.add(event, { text: true });
      });
  },
};
