import { computed, type ReadonlySignal } from '@preact/signals';
import { shareStructure } from '../cache/share-structure.js';
import { isOfCaller } from '../call/call-error.js';
import type { NetronError } from '../netron-error.js';
import { optionThrew } from './hook-error.js';
import type { LiveQuery } from './live-query.js';
import type { UseQueryResult } from './query-hook-options.js';

interface Shown {
  readonly data: unknown;
  readonly isPlaceholder: boolean;
  readonly failure?: NetronError;
}

/** What its options make of a query. It is made anew with `shape`; `previous` is what was shown before the query. */
export function shapedQuery(
  live: LiveQuery,
  shape: ReadonlySignal<unknown>,
  previous: unknown,
): Pick<UseQueryResult<unknown>, 'data' | 'isPlaceholder' | 'loading' | 'error'> {
  const { entry, data, hasData, loading, error } = live;
  let selected: unknown;

  // Each signal is read only where it counts: `select` must not run again for anything else.
  const shown: ReadonlySignal<Shown> = computed(() => {
    shape.value;
    const { options } = live;
    const isPlaceholder = !hasData.value;
    const failure = isPlaceholder ? error.value : undefined;
    let option: 'select' | 'placeholder' | 'fallback' = failure ? 'fallback' : 'placeholder';
    try {
      let raw: unknown;
      if (!isPlaceholder) raw = data.value;
      else if (!failure && options.keepPrevious && previous !== undefined) raw = previous;
      else if (!failure || !isOfCaller(failure)) raw = substitute(options[option], failure ?? previous);
      if (isPlaceholder && raw === undefined) return { data: raw, isPlaceholder: false };
      option = 'select';
      // What is equal to before stays the same value, as the data itself does.
      if (options.select) raw = options.select(raw);
      selected = options.select || isPlaceholder ? shareStructure(selected, raw) : raw;
      return { data: selected, isPlaceholder };
    } catch (thrown) {
      return { data: selected, isPlaceholder: false, failure: optionThrew(option, thrown, entry) };
    }
  });

  return {
    data: computed(() => shown.value.data),
    isPlaceholder: computed(() => shown.value.isPlaceholder),
    loading: computed(() => loading.value && !shown.value.isPlaceholder),
    error: computed(() => shown.value.failure ?? error.value),
  };
}

function substitute(value: unknown, from: unknown): unknown {
  return typeof value === 'function' ? value(from) : value;
}
