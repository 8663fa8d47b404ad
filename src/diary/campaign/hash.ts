// Numbers that stand for what was seen: 52 bits each, so that they fit a number of JavaScript and SQLite's integers.
import { hash } from 'node:crypto';
import { hashNumbers } from '../../observatory/numberhash.ts';

export { hashNumbers };

/** Of a text: it costs more, and nobody can make two texts meet. */
export const hashText = (text: string): number => Number.parseInt(hash('sha1', text, 'hex').slice(0, 13), 16);

/** One credential: the numbers of its words. */
export const credential = (username: number, password: number): number => hashNumbers(username, password);
