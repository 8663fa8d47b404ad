// Where alerts go: each target writes a digest in its own form and hands it over, or says whether trying again makes sense.
import type { Digest } from './digest.ts';

export interface Target {
  /** In sentences and in the queue: the same as long as the configuration names it. */
  name: string;
  /** @throws Undeliverable when it makes no sense to try again, anything else when it does */
  deliver(digest: Digest, signal: AbortSignal): Promise<void>;
}

/** The target refuses this message whenever it comes. */
export class Undeliverable extends Error {
  override name = 'Undeliverable';
}

/** The target asks to wait, ms. */
export class Later extends Error {
  override name = 'Later';
  readonly after: number;

  constructor(message: string, after: number) {
    super(message);
    this.after = after;
  }
}

/** Bytes of an answer that are read. */
const ANSWER = 16_384;

/**
 * Posts to a web hook. Redirects are not followed: what is told is for the address that the operator wrote.
 * @throws Undeliverable, Later (429, 503 with Retry-After or Discord's and Telegram's own words for it), or Error
 */
export async function post(
  url: string,
  { body, headers, signal }: { body: string; headers: Record<string, string>; signal: AbortSignal },
): Promise<void> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'user-agent': 'Kansatsuki', ...headers },
      redirect: 'manual',
      signal,
    });
  } catch (error) {
    // `fetch failed` says nothing; its cause does.
    const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
    throw new Error(cause?.code ?? cause?.message ?? message);
  }
  const answer = await head(response);
  if (response.ok) return;
  const said = `HTTP ${response.status}`;
  if (response.status === 429 || response.status === 503) throw new Later(said, waitOf(response, answer));
  if (response.status >= 500 || response.status === 408) throw new Error(said);
  throw new Undeliverable(response.status < 400 ? `${said}: it points elsewhere` : said);
}

async function head(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (text.length >= ANSWER) break;
    }
  } catch {
    // What it says is a courtesy; the status is what counts.
  }
  return text;
}

const LONGEST_WAIT = 3_600_000;
const USUAL_WAIT = 60_000;

function waitOf(response: Response, answer: string): number {
  let seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  try {
    const told = JSON.parse(answer) as { retry_after?: unknown; parameters?: { retry_after?: unknown } };
    const own = told.parameters?.retry_after ?? told.retry_after;
    if (typeof own === 'number') seconds = own;
  } catch {
    // No JSON.
  }
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(LONGEST_WAIT, seconds * 1000) : USUAL_WAIT;
}
