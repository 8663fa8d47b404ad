// Keys for every page, and the overlay that lists them: `?` opens it, the browser's own dialog keeps and gives back the focus.
import { useEffect, useRef } from 'preact/hooks';
import { go } from './router.tsx';
import { change, settings } from './settings.ts';
import { words } from './words/words.ts';

/** After `g`. */
const PLACES = {
  n: ['now', '/'],
  e: ['explore', '/explore'],
  s: ['sessions', '/sessions'],
  a: ['attackers', '/attackers'],
  r: ['replay', '/replay'],
  c: ['credentials', '/credentials'],
  f: ['samples', '/samples'],
  k: ['campaigns', '/campaigns'],
  d: ['diary', '/diary'],
  h: ['health', '/health'],
} as const;

/** Milliseconds in which the second key of `g n` must come. */
const WAIT = 1500;

/** Where letters are typed, or mean something of their own. The player of a recording takes its keys before. */
const TAKEN = 'input, select, textarea, [contenteditable], dialog *';

export function Keys() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    let waiting = 0;
    const onKeyDown = (event: KeyboardEvent) => {
      const { key, target } = event;
      if (!settings.keys || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (target instanceof Element && target.matches(TAKEN)) return;
      const place = Date.now() - waiting < WAIT ? PLACES[key as keyof typeof PLACES] : undefined;
      waiting = 0;
      if (place) go(place[1]);
      else if (key === 'g') waiting = Date.now();
      else if (key === '?') dialog.current?.showModal();
      else if (key === 'm') change({ mask: !settings.mask });
      else if (key === '/') {
        const field = document.querySelector<HTMLInputElement>(
          'main input[type=search], main input:not([type=hidden])',
        );
        if (!field) return;
        field.focus();
      } else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);

  const w = words();
  const rows: [keys: string[], what: string][] = [
    [['?'], w.keys.help],
    ...Object.entries(PLACES).map(([key, [name]]): [string[], string] => [['g', key], w.nav[name]]),
    [['/'], w.keys.search],
    [['m'], w.tools.mask],
    [['j', 'k'], w.keys.rows],
    [['←', '→'], w.keys.chart],
    [['Shift', '← →', 'Enter'], w.keys.brush],
    [['Esc'], w.keys.close],
  ];
  return (
    <dialog ref={dialog} class="keys" aria-labelledby="keys-title">
      <header>
        <h2 id="keys-title">{w.keys.title}</h2>
        <button type="button" class="plain" onClick={() => dialog.current?.close()}>
          {w.keys.close}
        </button>
      </header>
      <dl>
        {rows.map(([keys, what]) => (
          <div key={keys.join()}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="quiet">{w.keys.replay}</p>
    </dialog>
  );
}
