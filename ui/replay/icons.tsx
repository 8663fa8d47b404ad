// The signs on the controls, drawn.

const SHAPES = {
  play: 'M7 4.5v15l12-7.5z',
  pause: 'M7 5h3.6v14H7zM13.4 5H17v14h-3.6z',
  again: 'M12 5a7 7 0 1 1-6.6 4.7l1.9.7A5 5 0 1 0 12 7v3.2L7.6 6.4 12 2.6z',
  previous: 'M6 5h2.2v14H6zM19 5v14l-10-7z',
  next: 'M15.8 5H18v14h-2.2zM5 5l10 7-10 7z',
  up: 'M12 7l7 8.6-1.6 1.3L12 10.2l-5.4 6.7L5 15.6z',
  down: 'M12 17l7-8.6-1.6-1.3L12 13.8 6.6 7.1 5 8.4z',
  full: 'M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z',
} as const;

export function Icon({ name }: { name: keyof typeof SHAPES }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  );
}
