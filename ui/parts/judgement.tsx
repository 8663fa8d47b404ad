// What is made of a session: person or program and why, the tool, and how far it meant to go.
import type { Judgement } from '../../src/web/schema.ts';
import { percent } from '../format.ts';
import { settings } from '../settings.ts';
import { words } from '../words/words.ts';
import { Inert } from './inert.tsx';

export function JudgementPart({ judgement }: { judgement: Judgement }) {
  const w = words().judgement;
  const { who, human, reasons, recordings, tools, masquerade, steps, intent, purposes } = judgement;
  const { language } = settings;
  return (
    <section class="judgement">
      <h2>{w.title}</h2>
      <p>
        <strong class={`who ${who}`}>{w.who[who]}</strong>{' '}
        <span class="quiet">
          {w.likely(percent(human))}
          {recordings > 0 && ` · ${w.recordings(recordings)}`}
        </span>
      </p>
      {reasons.length === 0 ? (
        <p class="quiet">{w.noReasons}</p>
      ) : (
        <ul class="reasons">
          {reasons.map(({ name, weight, numbers }) => (
            <li key={name}>
              <span class="weight">
                {weight > 0 ? '+' : '−'}
                {Math.abs(weight).toFixed(1)}
              </span>
              <span>{w.reasons[name]?.(numbers as Parameters<(typeof w.reasons)[string]>[0])}</span>
            </li>
          ))}
        </ul>
      )}
      <h3>{w.tool}</h3>
      {tools.length === 0 ? (
        <p class="quiet">{w.noTool}</p>
      ) : (
        <ul class="judged-tools">
          {tools.map(({ id, name, note, sure, by }) => (
            <li key={id} title={note[language]}>
              <strong>{name[language]}</strong>{' '}
              <span class="quiet">
                {w.sure[sure]}: {by.map((sign) => w.by[sign]).join(', ')}
              </span>
            </li>
          ))}
        </ul>
      )}
      {masquerade && <p>{w.masquerade(masquerade.says.name[language], masquerade.is.name[language])}</p>}
      <h3>{w.intent}</h3>
      <ol class="intents">
        {steps.map(({ intent: step, techniques, line }, index) => (
          <li key={step} class={step === intent ? 'furthest' : undefined}>
            <span>{w.intents[step]}</span>{' '}
            {techniques.length > 0 && <span class="technique-id">{techniques.slice(0, 4).join(' ')}</span>}
            {line !== undefined && line !== steps[index - 1]?.line && (
              <code>
                <Inert text={line} most={80} />
              </code>
            )}
          </li>
        ))}
      </ol>
      {purposes.length > 0 && <p>{purposes.map((purpose) => w.purposes[purpose]).join(', ')}</p>}
    </section>
  );
}
