// One screen of a replay on the page: its lines, as large as fits.
import { useEffect, useRef } from 'preact/hooks';
import { Painter, type PaintOptions } from './painter.ts';
import type { Reel } from './reel.ts';

/** Pixels; below it, the screen is moved sideways rather than made smaller. */
const SMALLEST = 9;
const LARGEST_REM = 1.15;
/** Of a line, in its font size; as in replay.css. */
const LEADING = 1.3;

export type Draw = (options: PaintOptions) => void;

interface Props {
  reel: Reel;
  label: string;
  /** Is given the function that draws, and undefined in the end. */
  onReady: (draw: Draw | undefined) => void;
}

export function Terminal({ reel, label, onReady }: Props) {
  const box = useRef<HTMLElement>(null);
  const lines = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const [frame, inner] = [box.current!, lines.current!];
    const painter = new Painter(inner);
    let [columns, rows] = [0, 0];
    const fit = () => {
      const root = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
      const style = getComputedStyle(frame);
      const wide = frame.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
      const full = document.fullscreenElement !== null;
      const high = full ? frame.clientHeight - 2 * root : innerHeight * 0.72;
      const size = Math.min(wide / columns / advance(inner), high / rows / LEADING, full ? 96 : LARGEST_REM * root);
      frame.style.setProperty('--size', `${Math.max(SMALLEST, Math.floor(size * 20) / 20)}px`);
      frame.style.setProperty('--rows', String(rows));
      frame.style.setProperty('--columns', String(columns));
    };
    const observer = new ResizeObserver(fit);
    onReady((options) => {
      const { screen } = reel;
      if (screen.columns !== columns || screen.rows !== rows) {
        [columns, rows] = [screen.columns, screen.rows];
        fit();
      }
      painter.draw(screen, options);
    });
    observer.observe(frame);
    return () => {
      observer.disconnect();
      onReady(undefined);
    };
  }, [reel]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which the keyboard must reach.
    <section ref={box} class="terminal" aria-label={label} tabIndex={0}>
      <div ref={lines} class="terminal-lines" dir="ltr" translate={false} />
    </section>
  );
}

/** Width of a character in the font's size. */
function advance(inside: HTMLElement): number {
  const probe = document.createElement('span');
  probe.className = 'terminal-probe';
  probe.textContent = '0'.repeat(100);
  inside.parentElement!.append(probe);
  const width = probe.getBoundingClientRect().width / 100 / 20;
  probe.remove();
  return width || 0.6;
}
