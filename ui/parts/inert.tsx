// Text that an attacker wrote: always text nodes, with what cannot be seen made visible, and masked in screenshot mode.
import { masked } from '../mask.ts';
import { excerpt, parts, visible } from '../visible.ts';
import { words } from '../words/words.ts';

interface Props {
  text: string | undefined;
  /** Characters shown; the whole text is in the title. */
  most?: number;
}

export function Inert({ text, most = 300 }: Props) {
  if (text === undefined) return null;
  if (text === '') return <i class="empty-value">{words().emptyValue}</i>;
  const safe = masked(text);
  const shown = excerpt(safe, most);
  return (
    <bdi class="inert" title={shown === safe ? undefined : visible(excerpt(safe, 2000))}>
      {parts(shown).map((part) => (part.escape ? <span class="esc">{part.text}</span> : part.text))}
    </bdi>
  );
}

/** The same for places that take text only: titles and labels. */
export const inert = (text: string, most = 120): string =>
  text === '' ? words().emptyValue : visible(excerpt(masked(text), most));
