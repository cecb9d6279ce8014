import type { TargetedInputEvent } from 'preact';
import { useId } from 'preact/hooks';
import type { PersonFields } from './netron.js';

interface FieldProps {
  name: keyof PersonFields;
  label: string;
  type: 'text' | 'email';
  value: string;
  edited: boolean;
  rolledBack: boolean;
  onInput: (value: string) => void;
}

export function Field({ name, label, type, value, edited, rolledBack, onInput }: FieldProps) {
  const id = useId();
  const common = {
    id,
    name,
    value,
    required: true,
    maxLength: 120,
    autoComplete: 'off',
    spellcheck: false,
    'data-testid': `form-${name}`,
    onInput: (event: TargetedInputEvent<HTMLInputElement>) => onInput(event.currentTarget.value),
  };
  return (
    <div class="field" data-edited={edited} data-rolled-back={rolledBack}>
      <label class="field-label" htmlFor={id}>
        {label}
        {edited && <span class="field-state">edited</span>}
        {rolledBack && <span class="field-state">rolled back</span>}
      </label>
      {/* Two elements, since the types of preact want a literal here. */}
      {type === 'email' ? <input type="email" {...common} /> : <input type="text" {...common} />}
    </div>
  );
}
