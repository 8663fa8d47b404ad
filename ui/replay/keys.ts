// The keyboard of a replay: those of asciinema's player and of `kansatsuki replay`, where they have one.
import { IDLES, type Playback } from './playback.ts';

export interface KeyActions {
  playback: Playback;
  search: () => void;
  hit: (direction: 1 | -1) => void;
  full: () => void;
  help: () => void;
}

const FIVE = 5;
const MINUTE = 60;

/** Whether a key means something else where it was pressed: writing in a field, pressing a button, choosing. */
function taken(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return true;
  const { target } = event;
  if (!(target instanceof Element)) return false;
  if (target.closest('input, select, textarea, [contenteditable], dialog[open], .tools')) return true;
  return target.closest('button, a, summary') !== null && (event.key === ' ' || event.key === 'Enter');
}

/** Does what a key asks for; true when it was one of ours. */
export function press(event: KeyboardEvent, { playback, search, hit, full, help }: KeyActions): boolean {
  if (taken(event)) return false;
  const { key, shiftKey } = event;
  const tenth = playback.timeline.total / 10;
  switch (key) {
    case ' ':
    case 'k':
      playback.toggle();
      return true;
    case 'ArrowLeft':
      playback.skip(shiftKey ? -tenth : -FIVE);
      return true;
    case 'ArrowRight':
      playback.skip(shiftKey ? tenth : FIVE);
      return true;
    case 'ArrowUp':
      playback.skip(MINUTE);
      return true;
    case 'ArrowDown':
      playback.skip(-MINUTE);
      return true;
    case 'Home':
      playback.seek(0);
      return true;
    case 'End':
      playback.seek(playback.length);
      return true;
    case '[':
      playback.mark(-1);
      return true;
    case ']':
      playback.mark(1);
      return true;
    case ',':
      playback.step(-1);
      return true;
    case '.':
      playback.step(1);
      return true;
    case '-':
    case '<':
      playback.faster(-1);
      return true;
    case '+':
    case '=':
    case '>':
      playback.faster(1);
      return true;
    case 'i':
      playback.setIdle(IDLES[(IDLES.indexOf(playback.idle as (typeof IDLES)[number]) + 1) % IDLES.length]!);
      return true;
    case '/':
      search();
      return true;
    case 'n':
      hit(1);
      return true;
    case 'N':
      hit(-1);
      return true;
    case 'f':
      full();
      return true;
    case '?':
      help();
      return true;
  }
  if (!/^\d$/.test(key)) return false;
  playback.seekPart(Number(key) / 10);
  return true;
}
