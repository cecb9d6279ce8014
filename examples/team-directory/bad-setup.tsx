const EXAMPLE = '{"main":"http://127.0.0.1:3000","live":"ws://127.0.0.1:8080"}';

/** Instead of the app, when the page does not say where the backends are. */
export function BadSetup({ reason }: { reason: string }) {
  return (
    <div class="bad-setup" role="alert">
      <h1>The page does not say where the backends are</h1>
      <p>
        <code>&lt;script type="application/json" id="backends"&gt;</code> cannot be used: {reason}.
      </p>
      <p>It should hold something like</p>
      <pre>{EXAMPLE}</pre>
    </div>
  );
}
