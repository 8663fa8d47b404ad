// A few alternatives side by side, of which one is chosen.

interface Props<T extends string> {
  label: string;
  options: readonly (readonly [value: T, label: string])[];
  value: T;
  onChoose: (value: T) => void;
}

export function Choice<T extends string>({ label, options, value, onChoose }: Props<T>) {
  return (
    <fieldset class="choice">
      <legend class="sr">{label}</legend>
      {options.map(([option, text]) => (
        <button type="button" aria-pressed={option === value} onClick={() => onChoose(option)}>
          {text}
        </button>
      ))}
    </fieldset>
  );
}
