import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { PanelStore } from '../store/panel-store.js';

export const StoreContext = createContext<PanelStore | undefined>(undefined);

export function useStore(): PanelStore {
  const store = useContext(StoreContext);
  if (store === undefined) throw new Error('no StoreContext above this view');
  return store;
}
