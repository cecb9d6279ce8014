interface StatusPillProps {
  status: 'idle' | 'saving' | 'saved' | 'opening' | 'open' | 'ended' | 'stopped' | 'failed';
  testId: string;
}

export function StatusPill({ status, testId }: StatusPillProps) {
  return (
    <span class="pill" data-status={status} data-testid={testId} role="status">
      {status}
    </span>
  );
}
