// What is shown to a browser that is not logged in: how to get the link, or the password's field.
import { useState } from 'preact/hooks';
import { post } from '../api.ts';
import { words } from '../words/words.ts';

interface Props {
  /** Whether a password is configured. */
  password: boolean;
  /** A login link was tried that is none of ours. */
  invalid: boolean;
  onDone: () => void;
}

export function Login({ password, invalid, onDone }: Props) {
  const w = words().login;
  const [error, setError] = useState<string>();
  const [checking, setChecking] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement).get('password');
    setChecking(true);
    post('/login', { password: given })
      .then(onDone, (failure: Error) => setError(failure.message))
      .finally(() => setChecking(false));
  };
  return (
    <main class="login" id="content">
      <img src="/icon.svg" width="44" height="44" alt="" />
      <h1>{w.title}</h1>
      <p class="lead">{w.lead}</p>
      {invalid && (
        <p class="failure" role="alert">
          {w.invalid}
        </p>
      )}
      <p>{w.link}</p>
      {password && (
        <form onSubmit={submit}>
          <label>
            {w.password}
            <input type="password" name="password" required autocomplete="current-password" />
          </label>
          <button type="submit" class="strong" disabled={checking}>
            {checking ? w.checking : w.enter}
          </button>
          {error && (
            <p class="failure" role="alert">
              {error}
            </p>
          )}
        </form>
      )}
    </main>
  );
}
