// A replay in a file of its own: starts the player with what the file holds.
import { render } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { visible } from '../visible.ts';
import { clock, secondsOf } from './clock.ts';
import { hideAddresses } from './hide.ts';
import { same } from './painter.ts';
import { Player, type PlayerState } from './player.tsx';
import { Recording } from './recording.ts';
import { replayWords } from './words.ts';
import '../style/base.css';
import './standalone.css';

interface Start {
  title: string;
  lang: 'en' | 'ja';
  masked: boolean;
  speed: number;
  /** Seconds; null: as it was. */
  idle: number | null;
}

const held = <T,>(id: string): T => JSON.parse(document.getElementById(id)!.textContent!) as T;

function Alone({ recording, start }: { recording: Recording; start: Start }) {
  const w = replayWords(start.lang);
  const [first] = useState<PlayerState>(() => ({
    at: secondsOf(/^#t=([\d:.]+)$/.exec(location.hash)?.[1] ?? null) ?? 0,
    speed: start.speed,
    idle: start.idle ?? Number.POSITIVE_INFINITY,
    find: '',
  }));
  const shown = useMemo(() => [{ recording, title: start.title }], [recording]);
  return (
    <main>
      <header>
        <h1>{visible(start.title)}</h1>
        {recording.started > 0 && (
          <p class="quiet">
            <time>{new Date(recording.started).toISOString().replace('T', ' ').slice(0, 19)} UTC</time>
          </p>
        )}
      </header>
      <Player
        shown={shown}
        w={w}
        start={first}
        keys
        hide={start.masked ? hideAddresses : same}
        onState={({ at }) => history.replaceState(null, '', `#t=${clock(at, true)}`)}
        more={start.masked && <p class="quiet">{w.masked}</p>}
      />
    </main>
  );
}

const start = held<Start>('start');
void Recording.parse(held<string>('cast')).then((recording) =>
  render(<Alone recording={recording} start={start} />, document.getElementById('replay')!),
);
