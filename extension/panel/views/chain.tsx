import { TapKind } from '../../../protocol/index.js';
import { type CallRow, failureStatus } from '../store/call-row.js';
import { formatBytes, formatDuration } from '../ui/format.js';
import { Glyph } from '../ui/glyph.js';
import { reasonSentence, wordsOf } from './record-words.js';
import { useStore } from './store-context.js';

/** What a call brought about, in order, with the time since it began. */
export function EffectChain({ row }: { row: CallRow }) {
  const store = useStore();
  if (row.effects.length === 0) return <div class="note">Nothing followed from it yet.</div>;
  return (
    <div class="chain">
      {row.effects.map((effect) => {
        const { glyph, text, about } = wordsOf(effect);
        const name =
          about === 'entry' ? store.entryName(effect.entryId) : about === 'label' ? labelOf(effect.label) : '';
        const failed = effect.kind === TapKind.callEnd && effect.num !== 0;
        const isFrame = effect.kind === TapKind.frameIn || effect.kind === TapKind.frameOut;
        return (
          <div class="effect" key={effect.seq}>
            <Glyph name={failed ? 'error' : glyph} label={text} />
            <span class="what">
              {failed ? 'failed' : text} <span class="mono">{name}</span>
              {about === 'failure' ? <Failure label={effect.label} text={effect.text} delayMs={effect.num} /> : null}
              {isFrame ? <span class="faint"> {formatBytes(effect.num)}</span> : null}
              {effect.text !== '' && about === 'entry' ? <span class="faint"> {effect.text}</span> : null}
            </span>
            <span class="right dim">+{formatDuration(effect.tUs - row.startUs)}</span>
          </div>
        );
      })}
    </div>
  );
}

/** Why a call is sent again, and when. */
function Failure({ label, text, delayMs }: { label: string; text: string; delayMs: number }) {
  return (
    <>
      <span class="dim">{delayMs > 0 ? `in ${formatDuration(delayMs * 1_000)}` : 'at once'}, since </span>
      <span class="t-error">{failureStatus(label)}</span> <span class="faint">{text}</span>
    </>
  );
}

/** The causes behind a seq, from the nearest to the first. */
export function CauseChain({ cause, reason }: { cause: number; reason: string }) {
  const store = useStore();
  const call = store.callLog.callBehind(cause);
  return (
    <div class="why">
      <p>
        <b>{reason === '' ? 'no reason given' : reason}</b> <span class="dim">{reasonSentence(reason)}</span>
      </p>
      {call === undefined ? (
        <p class="note">
          {cause === 0
            ? 'Nothing before it caused it.'
            : 'What caused it is no call, or is no longer in the list: see History.'}
        </p>
      ) : (
        <p>
          Caused by{' '}
          <button type="button" class="link" onClick={() => store.reveal('Calls', call.seq)}>
            call #{call.no} <span class="mono">{`${call.service}.${call.method}`}</span>
          </button>
        </p>
      )}
      {call === undefined ? null : (
        <div class="before">
          <CauseChain cause={call.cause} reason={call.reason} />
        </div>
      )}
    </div>
  );
}

/** A call's label holds its parts with NUL between them; service and method are what a person looks for. */
function labelOf(label: string): string {
  const parts = label.split('\u0000');
  return parts.length < 4 ? label : `${parts[2]}.${parts[3]}`;
}
