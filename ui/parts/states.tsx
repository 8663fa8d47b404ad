// What a part shows while it waits, when it has nothing, and when it failed.
import type { ComponentChildren } from 'preact';
import { type Answer, ApiError } from '../api.ts';
import { words } from '../words/words.ts';

export function Waiting({ lines = 4 }: { lines?: number }) {
  return (
    <div class="waiting" role="status">
      <span class="sr">{words().loading}</span>
      {Array.from({ length: lines }, (_, index) => (
        <span class={`waiting-line w${index % 4}`} aria-hidden="true" />
      ))}
    </div>
  );
}

/** @param page it is all there is on the page, so its text is the page's heading */
export function Nothing({ text, hint, page = false }: { text?: string; hint?: ComponentChildren; page?: boolean }) {
  const said = text ?? words().nothing;
  return (
    <div class="nothing">
      {page ? <h1>{said}</h1> : <p>{said}</p>}
      {hint && <p class="quiet">{hint}</p>}
    </div>
  );
}

export function Failed({ error }: { error: Error }) {
  const w = words();
  return (
    <div class="failure" role="alert">
      <p>{error instanceof ApiError ? w.failed : w.unreachable}</p>
      {error instanceof ApiError && <p class="quiet">{error.message}</p>}
    </div>
  );
}

/** An answer in its three states; old data stays while new data is on its way. */
export function Show<T>({
  answer,
  lines,
  children,
}: {
  answer: Answer<T>;
  lines?: number;
  children: (data: T) => ComponentChildren;
}) {
  if (answer.data !== undefined)
    return (
      <div aria-busy={answer.loading}>
        {answer.error && <Failed error={answer.error} />}
        {children(answer.data)}
      </div>
    );
  if (answer.error) return <Failed error={answer.error} />;
  return <Waiting lines={lines} />;
}
