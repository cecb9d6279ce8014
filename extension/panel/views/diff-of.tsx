import { useEffect, useState } from 'preact/hooks';
import type { DiffReply } from '../../../protocol/index.js';
import type { AgentReply } from '../../bridge/page-agent.js';
import { ChangeList } from '../ui/change-list.js';
import { whyNot } from './load-value.js';

interface DiffOfProps {
  /** Names the difference; another one is asked for anew. */
  readonly source: string;
  readonly load: () => Promise<AgentReply<DiffReply>>;
}

/** A difference that the page works out when it is looked at. */
export function DiffOf({ source, load }: DiffOfProps) {
  const [reply, setReply] = useState<AgentReply<DiffReply>>();
  useEffect(() => {
    let current = true;
    load().then((loaded) => {
      if (current) setReply(loaded);
    });
    return () => {
      current = false;
    };
  }, [source]);
  if (reply === undefined) return <div class="dim">…</div>;
  if (reply.kind !== 'reply') return <div class="note">{whyNot(reply)}</div>;
  if ('gone' in reply.value) return <div class="note">{reply.value.gone}</div>;
  return <ChangeList changes={reply.value.changes} omitted={reply.value.omitted} />;
}
