// The data on countries and networks in use: asked once for the map and the foot of every page.
import { useEffect, useState } from 'preact/hooks';
import type { Geo } from '../src/web/schema.ts';
import { get } from './api.ts';

let asked: Promise<Geo> | undefined;

export function useGeo(): Geo | undefined {
  const [geo, set] = useState<Geo>();
  useEffect(() => {
    asked ??= get<Geo>('/geo');
    asked.then(set, () => {
      asked = undefined;
    });
  }, []);
  return geo;
}
