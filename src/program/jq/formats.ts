// jq's @formats: csv, tsv, html, uri, sh, base64, base64d, json, text.
import type { Json } from './parse.ts';
import { COMPACT, write } from './text.ts';
import { JqError, shown } from './values.ts';

const text = (v: Json) => (typeof v === 'string' ? v : write(v, COMPACT));
const row = (v: Json, name: string): Json[] => {
  if (!Array.isArray(v)) throw new JqError(`${shown(v)} cannot be ${name}-formatted, only an array can be`);
  return v;
};
const cell = (v: Json, name: string, quote: (s: string) => string): string => {
  if (v === null) return '';
  if (typeof v === 'string') return quote(v);
  if (typeof v === 'number' || typeof v === 'boolean') return text(v);
  throw new JqError(`${shown(v)} is not valid in a ${name} row`);
};

export function formatText(format: string, value: Json): string {
  switch (format) {
    case '@text':
      return text(value);
    case '@json':
      return write(value, COMPACT);
    case '@csv':
      return row(value, 'csv')
        .map((v) => cell(v, 'csv', (s) => `"${s.replaceAll('"', '""')}"`))
        .join(',');
    case '@tsv':
      return row(value, 'tsv')
        .map((v) =>
          cell(v, 'tsv', (s) =>
            s.replace(/[\\\t\n\r]/g, (c) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' })[c]!),
          ),
        )
        .join('\t');
    case '@html':
      return text(value).replace(
        /[<>&'"]/g,
        (c) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;', "'": '&#39;', '"': '&quot;' })[c]!,
      );
    case '@uri':
      return [...Buffer.from(text(value), 'utf8')]
        .map((c) =>
          /[A-Za-z0-9_.~-]/.test(String.fromCharCode(c))
            ? String.fromCharCode(c)
            : `%${c.toString(16).toUpperCase().padStart(2, '0')}`,
        )
        .join('');
    case '@sh':
      return (Array.isArray(value) ? value : [value])
        .map((v) => {
          if (typeof v === 'object' && v !== null) throw new JqError(`${shown(v)} can not be escaped for shell`);
          return typeof v === 'string' ? `'${v.replaceAll("'", "'\\''")}'` : text(v);
        })
        .join(' ');
    case '@base64':
      return Buffer.from(text(value), 'utf8').toString('base64');
    case '@base64d': {
      const source = text(value);
      if (source !== '' && !/[A-Za-z0-9+/]{2}/.test(source))
        throw new JqError(`${shown(value)} is not valid base64 data`);
      return Buffer.from(source, 'base64').toString('utf8');
    }
    default:
      throw new JqError(`${format.slice(1)} is not a valid format`);
  }
}
