// What the reader chose, kept in this browser: language, theme, time zone, and whether addresses are hidden.

export type Language = 'en' | 'ja';
export type Theme = 'auto' | 'light' | 'dark';

export interface Settings {
  language: Language;
  theme: Theme;
  zone: 'local' | 'utc';
  /** Screenshot mode: addresses and the sensor's name are hidden everywhere. */
  mask: boolean;
}

const KEY = 'kansatsuki';
const listeners = new Set<() => void>();

function stored(): Partial<Settings> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Settings>;
  } catch {
    return {};
  }
}

const one = <T>(value: unknown, of: readonly T[], usual: T): T => (of.includes(value as T) ? (value as T) : usual);

function initial(): Settings {
  const kept = stored();
  const offered = document.documentElement.dataset['language'];
  return {
    language: one(kept.language, ['en', 'ja'], one(offered, ['en', 'ja'], 'en')),
    theme: one(kept.theme, ['auto', 'light', 'dark'], 'auto'),
    zone: one(kept.zone, ['local', 'utc'], 'local'),
    mask: kept.mask === true,
  };
}

/** Read by whoever draws; the whole page is drawn again when it changes. */
export const settings: Settings = initial();
apply();

export function change(changes: Partial<Settings>): void {
  Object.assign(settings, changes);
  apply();
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // A browser that keeps nothing still shows it until it is closed.
  }
  for (const listener of listeners) listener();
}

export function onChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function apply(): void {
  const { documentElement } = document;
  documentElement.lang = settings.language;
  if (settings.theme === 'auto') delete documentElement.dataset['theme'];
  else documentElement.dataset['theme'] = settings.theme;
}
