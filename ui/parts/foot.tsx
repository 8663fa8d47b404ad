// The foot of every page: whose data on countries and networks are shown, as their licences ask.
import type { Geo } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { fullDay } from '../format.ts';
import { words } from '../words/words.ts';
import { Inert, inert } from './inert.tsx';

export function Foot() {
  const w = words().origin;
  const { data } = useApi<Geo>('/geo');
  const lines = [...new Set(data?.sources.flatMap(({ attribution }) => attribution))];
  if (!data || lines.length === 0) return null;
  return (
    <footer class="foot">
      {lines.map((line) => (
        <p key={line}>{linked(line)}</p>
      ))}
      {data.sources.map(
        ({ name, built, notice }) =>
          built !== undefined && (
            <p key={name} title={notice === undefined ? undefined : inert(notice, 300)}>
              <Inert text={name} most={80} />: {w.stateOf(fullDay(built))}
            </p>
          ),
      )}
    </footer>
  );
}

/** A line with its addresses as links. */
const linked = (line: string) =>
  line
    .split(/(https:\/\/[^\s),]+[^\s),.])/)
    .filter((part) => part !== '')
    .map((part) =>
      part.startsWith('https://') ? (
        <a key={part} href={part} rel="noreferrer">
          {part}
        </a>
      ) : (
        <Inert key={part} text={part} />
      ),
    );
