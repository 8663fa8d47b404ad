// A typed line with the spans that show a technique marked, the techniques' names, and what the line had encoded.
import type { Reading, SessionDetail } from '../../src/web/schema.ts';
import { settings } from '../settings.ts';
import { words } from '../words/words.ts';
import { Inert } from './inert.tsx';

type Technique = SessionDetail['techniques'][number];
/** Characters of a line that are shown. */
const MOST = 4000;

/** The page of a technique at MITRE's; nothing is asked there before somebody follows it. */
const pageOf = (id: string) => `https://attack.mitre.org/techniques/${id.replace('.', '/')}/`;

export function TechniqueLink({ technique: { id, name, tactic } }: { technique: Technique }) {
  return (
    <a
      class="technique"
      href={pageOf(id)}
      target="_blank"
      rel="noopener noreferrer"
      title={words().tactic[tactic] ?? tactic}
    >
      <span class="technique-id">{id}</span> {name[settings.language]}
    </a>
  );
}

/** The line, cut where marks begin and end: each piece with the techniques that it shows. */
function pieces(input: string, reading: Reading | undefined): { text: string; ids: string[] }[] {
  const end = Math.min(input.length, MOST);
  const marks = (reading?.techniques ?? []).flatMap(({ id, spans }) =>
    spans.map(([from, to]) => ({ id, from: Math.min(from, end), to: Math.min(to, end) })),
  );
  const cuts = [...new Set([0, end, ...marks.flatMap(({ from, to }) => [from, to])])].sort((a, b) => a - b);
  return cuts.slice(0, -1).map((from, i) => ({
    text: input.slice(from, cuts[i + 1]),
    ids: marks.filter((mark) => mark.from <= from && mark.to >= cuts[i + 1]!).map(({ id }) => id),
  }));
}

export function TypedLine({ input, reading }: { input: string; reading: Reading | undefined }) {
  const all = pieces(input, reading);
  if (all.every(({ ids }) => ids.length === 0)) return <Inert text={input} most={MOST} />;
  return (
    <>
      {all.map(({ text, ids }, index) =>
        ids.length === 0 ? (
          <Inert key={`${index}`} text={text} most={MOST} />
        ) : (
          <mark key={`${index}`} title={ids.join(', ')}>
            <Inert text={text} most={MOST} />
          </mark>
        ),
      )}
      {input.length > MOST && '…'}
    </>
  );
}

/** What the line had encoded, layer by layer. */
export function Decoded({ reading }: { reading: Reading | undefined }) {
  return (
    <>
      {(reading?.decoded ?? []).map(({ how, text }, index) => (
        <code class="decoded" key={`${index}`}>
          <span class="kind">{how}</span> <Inert text={text} most={2000} />
        </code>
      ))}
    </>
  );
}
