// Where an address comes from: country, network, and the research scanner that it belongs to.
import type { Session } from '../../src/web/schema.ts';
import { country } from '../format.ts';
import { words } from '../words/words.ts';
import { Inert } from './inert.tsx';

type OriginFields = Pick<Session, 'country' | 'asn' | 'asName' | 'scanner'>;

export function Origin({ country: code, asn, asName, scanner }: OriginFields) {
  const w = words().origin;
  return (
    <>
      {(code ?? asn) !== undefined && (
        <small class="origin">
          {code !== undefined && <abbr title={country(code)}>{code}</abbr>}{' '}
          {asn !== undefined && (
            <span title={`AS${asn}`}>{asName === undefined ? `AS${asn}` : <Inert text={asName} most={28} />}</span>
          )}
        </small>
      )}
      {scanner !== undefined && (
        <span class="scanner" title={w.scanner}>
          <span class="sr">{w.scanner} </span>
          {scanner}
        </span>
      )}
    </>
  );
}
