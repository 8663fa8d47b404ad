// What the reader chose, kept in this browser: language, theme, time zone, whether addresses are hidden and keys do something.

export type Language = 'en' | 'ja';
export type Theme = 'auto' | 'light' | 'dark';

export interface Settings {
  language: Language;
  theme: Theme;
  /** `local`, `utc`, or an IANA name. */
  zone: string;
  /** Screenshot mode: addresses and the sensor's name are hidden everywhere. */
  mask: boolean;
  /** Keys such as `?` act; who speaks to his computer, or rests a hand on it, may want none (WCAG 2.1.4). */
  keys: boolean;
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

function isZone(zone: unknown): zone is string {
  if (zone === 'local' || zone === 'utc') return true;
  try {
    return typeof zone === 'string' && new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}

function initial(): Settings {
  const kept = stored();
  const offered = document.documentElement.dataset['language'];
  return {
    language: one(kept.language, ['en', 'ja'], one(offered, ['en', 'ja'], 'en')),
    theme: one(kept.theme, ['auto', 'light', 'dark'], 'auto'),
    zone: isZone(kept.zone) ? kept.zone : 'local',
    mask: kept.mask === true,
    keys: kept.keys !== false,
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
