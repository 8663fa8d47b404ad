// Routes of the diary: its days, the entry of a day, week or month, what came since the last look, and the operator's own remarks.
import { z } from 'zod';
import { keyOf, rangeOfKey } from '../diary/keys.ts';
import type { WebOptions } from './options.ts';
import { Refusal, type Route, route } from './route.ts';
import * as schema from './schema.ts';

const keyParams = z.object({
  date: z.string().regex(/^(\d{4}-\d\d(-\d\d)?|\d{4}-W\d\d)$/, 'expected YYYY-MM-DD, YYYY-Www or YYYY-MM'),
});

export function diaryRoutes({ config, diary, store, now = Date.now }: WebOptions): Route[] {
  const book = () => {
    if (!diary) throw new Refusal(404, 'No diary is written here.');
    return diary;
  };
  const entry = (date: string, { lang = config.web.language, format }: z.output<typeof schema.diaryQuery>) => {
    try {
      const { title, text } = book().entry(date, lang, format);
      return { date, lang, title, text };
    } catch (error) {
      // The gate refused an entry in which an address was not masked: the sentence names it, so only its kind is told.
      if (error instanceof Error && error.name === 'LeakError')
        throw new Refusal(503, 'The entry was not shown: an address in it would not have been masked.');
      throw error;
    }
  };
  /** A word of the calendar that names no span is a mistake of who asks. */
  const checked = <Value>(work: () => Value): Value => {
    try {
      return work();
    } catch (error) {
      if (error instanceof RangeError) throw new Refusal(400, `path date: ${error.message}.`);
      throw error;
    }
  };
  return [
    route({
      path: '/diary/since',
      summary: 'What came since the operator last looked',
      query: schema.diaryQuery,
      response: schema.diary.extend({ since: schema.at.optional() }),
      handle: (_, query) => {
        const since = book().looked();
        return { ...entry('since', query), ...(since === undefined ? {} : { since }) };
      },
    }),
    route({
      path: '/diary/looked',
      summary: 'Notes that the operator has read what there is up to now',
      method: 'post',
      body: z.object({}),
      response: z.object({ at: schema.at }),
      handle: () => {
        const at = now();
        book().markLooked(at);
        return { at };
      },
    }),
    route({
      path: '/diary/{date}',
      summary: 'The entry of a UTC day, a week (ISO 8601) or a month, addresses masked',
      params: keyParams,
      query: schema.diaryQuery,
      response: schema.diary.extend({ week: z.string(), month: z.string() }),
      handle: (_, query, { date }) =>
        checked(() => {
          const answer = entry(date, query);
          const { from } = rangeOfKey(date)!;
          return { ...answer, week: keyOf('week', from), month: keyOf('month', from) };
        }),
    }),
    route({
      path: '/diary/{date}/remarks',
      summary: "The operator's own remarks on a day, week or month, as they were written",
      params: keyParams,
      operator: true,
      response: schema.remarks,
      handle: (_, __, { date }) => checked(() => ({ text: book().remarks(date) })),
    }),
    route({
      path: '/diary/{date}/remarks',
      summary: 'Keeps remarks; an empty text takes them away',
      params: keyParams,
      method: 'post',
      operator: true,
      body: schema.remarks,
      // 64 Ki characters, each perhaps an escape.
      longest: 6 * 65_536 + 1024,
      response: schema.remarks,
      handle: (_, __, { date }, { text }) =>
        checked(() => {
          book().setRemarks(date, text);
          return { text: book().remarks(date) };
        }),
    }),
    route({
      path: '/diary',
      summary: 'Days with events, and how many',
      query: schema.rangeQuery,
      response: z.object({ days: z.array(z.object({ day: z.string(), events: z.number() })) }),
      handle: () => ({ days: store.perDay().map(([day, events]) => ({ day, events })) }),
    }),
  ];
}
