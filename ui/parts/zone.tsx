// The zone in which times are told: the browser's, UTC, or any other.
import { change, settings } from '../settings.ts';
import { words } from '../words/words.ts';

const ZONES = Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC');

/** @param all offer them all: four hundred are not drawn for nobody */
export function Zone({ label, all }: { label: string; all: boolean }) {
  const w = words().tools;
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const offered = all ? ZONES : ZONES.filter((name) => name === settings.zone);
  return (
    <select
      aria-label={label}
      value={settings.zone}
      onChange={({ currentTarget }) => change({ zone: currentTarget.value })}
    >
      <option value="local">{`${w.local} (${here})`}</option>
      <option value="utc">{w.utc}</option>
      {offered.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
