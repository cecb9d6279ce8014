import { Component, type ComponentChildren, h, type VNode } from 'preact';
import { Suspense } from 'preact/compat';
import { act } from 'preact/test-utils';
import type { NetronError } from '../index.js';

/** Shows the code of an error from below in place of what is there. */
export class Boundary extends Component<{ children?: ComponentChildren }, { error?: NetronError }> {
  /** The one that was rendered last. */
  static newest: Boundary;
  override state: { error?: NetronError } = {};

  static override getDerivedStateFromError(error: NetronError) {
    return { error };
  }

  override render() {
    Boundary.newest = this;
    return this.state.error === undefined ? this.props.children : h('i', null, this.state.error.code);
  }

  /** What a "try again" does. */
  reset(): Promise<void> {
    return act(() => this.setState({ error: undefined as never }));
  }
}

/** Below a boundary of its own, with a fallback while anything waits. */
export function waiting(children: ComponentChildren, key?: string): VNode {
  const fallback = h('b', null, 'waiting');
  return h(Boundary, key === undefined ? null : { key }, h(Suspense, { fallback }, children)) as VNode;
}
