// The configuration in effect, section by section, what differs from the defaults first; secrets never leave the server.
import { useState } from 'preact/hooks';
import type { Settings } from '../../src/web/schema.ts';
import type { Answer } from '../api.ts';
import { words } from '../words/words.ts';
import { Choice } from './choice.tsx';
import { Inert } from './inert.tsx';
import { Nothing, Show } from './states.tsx';

type Entry = Settings['entries'][number];

export function Configuration({ answer }: { answer: Answer<Settings> }) {
  const w = words().health;
  const [which, show] = useState<'changed' | 'all'>('changed');
  return (
    <section id="configuration">
      <header class="page-head">
        <h2>{w.settings}</h2>
        <Choice
          label={w.settings}
          options={[
            ['changed', w.onlyChanged],
            ['all', w.allKeys],
          ]}
          value={which}
          onChoose={show}
        />
      </header>
      <Show answer={answer} lines={6}>
        {({ entries }) => {
          const shown = which === 'all' ? entries : entries.filter(({ changed }) => changed);
          if (shown.length === 0) return <Nothing text={w.noneChanged} />;
          const sections = Map.groupBy(shown, ({ key }) => key.split('.')[0]!);
          return (
            <div class="settings">
              {[...sections].map(([section, keys]) => (
                <section key={section}>
                  <h3>
                    <code>{section}</code>
                  </h3>
                  <dl>
                    {keys.map((entry) => (
                      <Row key={entry.key} entry={entry} />
                    ))}
                  </dl>
                </section>
              ))}
            </div>
          );
        }}
      </Show>
    </section>
  );
}

function Row({ entry: { key, value, changed, about } }: { entry: Entry }) {
  return (
    <div class={changed ? 'own' : undefined}>
      <dt>
        <code>{key.slice(key.indexOf('.') + 1)}</code>
        <span class="sr">{changed ? ` (${words().health.changed})` : ''}</span>
      </dt>
      <dd>
        <Inert text={value} />
      </dd>
      <dd class="about">{about}</dd>
    </div>
  );
}
