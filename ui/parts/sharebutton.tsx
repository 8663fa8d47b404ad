// A button that makes a link to one thing: for how long, then the link itself, which is told this once.
import { useState } from 'preact/hooks';
import type { MadeShare } from '../../src/web/schema.ts';
import { post } from '../api.ts';
import { base } from '../share.ts';
import { words } from '../words/words.ts';
import { Choice } from './choice.tsx';

const DAYS = ['1', '7', '30', '90'] as const;

type Show =
  | { kind: 'session'; id: number }
  | { kind: 'diary'; date: string }
  | { kind: 'replay'; name: string; session: number }
  | { kind: 'dashboard' };

export function ShareButton({ show, onMade }: { show: Show; onMade?: () => void }) {
  const w = words().share;
  const [days, setDays] = useState<(typeof DAYS)[number]>('7');
  const [link, setLink] = useState<string>();
  const [error, setError] = useState<string>();
  // Whoever has a link makes none.
  if (base !== '') return null;
  const make = () =>
    void post<MadeShare>('/shares', { show, days: Number(days) }).then(
      ({ path }) => {
        setLink(new URL(path, location.href).href);
        setError(undefined);
        onMade?.();
      },
      (failure: Error) => setError(failure.message),
    );
  return (
    <details class="handing" onToggle={() => setLink(undefined)}>
      <summary class="button">{show.kind === 'dashboard' ? w.dashboard : w.open}</summary>
      <div class="share-sheet">
        <p>{w.lead[show.kind]}</p>
        <span>{w.days}</span>
        <Choice
          label={w.days}
          options={DAYS.map((value) => [value, w.dayCount(Number(value))] as const)}
          value={days}
          onChoose={setDays}
        />
        <button type="button" class="strong" onClick={make}>
          {w.make}
        </button>
        {link !== undefined && <Secret label={w.link} text={link} />}
        {error && (
          <p class="failure" role="alert">
            {error}
          </p>
        )}
      </div>
    </details>
  );
}

/** What is told once: to be copied now. */
export function Secret({ label, text }: { label: string; text: string }) {
  const w = words().share;
  const [copied, setCopied] = useState(false);
  return (
    <p class="secret" role="status">
      <label>
        {label}
        <input readonly value={text} onFocus={(event) => event.currentTarget.select()} />
      </label>
      <button
        type="button"
        class="plain"
        onClick={() =>
          void navigator.clipboard?.writeText(text).then(
            () => setCopied(true),
            () => {},
          )
        }
      >
        {copied ? w.copied : w.copy}
      </button>
      <small class="quiet">{w.once}</small>
    </p>
  );
}
