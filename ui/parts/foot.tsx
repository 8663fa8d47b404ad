// The foot of every page: whose data on countries and networks are shown, as their licences ask.
import { date } from '../format.ts';
import { useGeo } from '../geo.ts';
import { words } from '../words/words.ts';
import { Inert, inert } from './inert.tsx';

export function Foot() {
  const w = words().origin;
  const geo = useGeo();
  const lines = [...new Set(geo?.sources.flatMap(({ attribution }) => attribution))];
  if (!geo || lines.length === 0) return null;
  return (
    <footer class="foot">
      {lines.map((line) => (
        <p key={line}>{linked(line)}</p>
      ))}
      <p>
        {geo.sources.map(
          ({ name, built, notice }) =>
            built !== undefined && (
              <span key={name} title={notice === undefined ? undefined : inert(notice, 300)}>
                <Inert text={name} most={80} />: {w.stateOf(date(built))}
              </span>
            ),
        )}
      </p>
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
