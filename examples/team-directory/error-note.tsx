import type { NetronError } from 'netron-client';

interface ErrorNoteProps {
  title: string;
  error: NetronError;
  /** Its failure shows in the same signal as the first one did. */
  retry: () => Promise<unknown>;
}

export function ErrorNote({ title, error, retry }: ErrorNoteProps) {
  return (
    <div class="note" role="alert">
      <p>
        <strong>{title}:</strong> {error.reason}
      </p>
      <div class="note-foot">
        <ErrorCode error={error} />
        <button type="button" class="quiet" onClick={() => void retry().catch(() => undefined)}>
          Retry
        </button>
      </div>
    </div>
  );
}

/** The application's own code and the status where there are any, else the client's: `VERSION_CONFLICT 409`. */
export function ErrorCode({ error: { code, businessCode, status } }: { error: NetronError }) {
  return (
    <code class="error-code">{[businessCode ?? code, status].filter((part) => part !== undefined).join(' ')}</code>
  );
}
