// The half of the Firefox harness that runs inside Firefox, in its privileged window. `installToolboxDriver` is sent
// there as text, so it uses nothing of this module but types.

/** What the harness asks of Firefox's own window, where `installToolboxDriver` left it as `netronToolbox`. */
export interface ToolboxDriver {
  /** Opens the toolbox on the selected tab with the Console in front. */
  open(): Promise<void>;
  /** Brings the panel with that title to the front, once the extension has registered it. */
  select(toolTitle: string, timeoutMs: number): Promise<void>;
  /**
   * Runs the source of an async function's body in the panel and returns its result as JSON. Rejects after `timeoutMs`:
   * the answer of a document that was left never comes.
   */
  runInPanel(body: string, timeoutMs: number): Promise<string>;
  /** The panel alone, as a PNG data URL. */
  drawPanel(): Promise<string>;
}

declare global {
  interface Window {
    /** Exists in Firefox's own window only. */
    netronToolbox?: ToolboxDriver;
  }
}

interface Toolbox {
  doc: Document;
  getAdditionalTools(): { id: string; label: string }[];
  selectTool(id: string): Promise<unknown>;
}

interface DevtoolsModule {
  gDevTools: {
    showToolboxForTab(tab: unknown, options: { toolId: string }): Promise<Toolbox>;
    getToolboxForTab(tab: unknown): Toolbox | undefined;
  };
}

/** The `<browser>` element of a panel: its document lives in the extension's process. */
interface PanelBrowser extends Element {
  currentURI?: { spec: string };
  messageManager?: {
    addMessageListener(name: string, listener: (message: { data: PanelAnswer }) => void): void;
    removeMessageListener(name: string, listener: (message: { data: PanelAnswer }) => void): void;
    loadFrameScript(url: string, allowDelayed: boolean): void;
  };
  browsingContext: {
    currentWindowGlobal: { drawSnapshot(rect: null, scale: number, background: string): Promise<ImageBitmap> };
  };
}

type PanelAnswer = { json: string } | { error: string };

interface LoaderModule {
  require(id: string): unknown;
}

declare const ChromeUtils: { importESModule(url: string): unknown };
declare const Services: { wm: { getMostRecentWindow(type: string): { gBrowser: { selectedTab: unknown } } } };

/** Leaves a ToolboxDriver on Firefox's own window. */
export function installToolboxDriver(): void {
  const loader = ChromeUtils.importESModule('resource://devtools/shared/loader/Loader.sys.mjs') as LoaderModule;
  const { gDevTools } = loader.require('devtools/client/framework/devtools') as DevtoolsModule;
  const selectedTab = () => Services.wm.getMostRecentWindow('navigator:browser').gBrowser.selectedTab;

  function currentToolbox(): Toolbox {
    const toolbox = gDevTools.getToolboxForTab(selectedTab());
    if (!toolbox) throw new Error('the selected tab has no toolbox: call openToolbox first');
    return toolbox;
  }

  function findPanelBrowser(doc: Document): PanelBrowser | undefined {
    for (const element of doc.querySelectorAll('iframe, browser')) {
      const browser = element as PanelBrowser;
      if (browser.messageManager && browser.currentURI?.spec.startsWith('moz-extension:')) return browser;
      const inner = (element as HTMLIFrameElement).contentDocument;
      const found = inner ? findPanelBrowser(inner) : undefined;
      if (found) return found;
    }
    return undefined;
  }

  function panelBrowser(): PanelBrowser {
    const browser = findPanelBrowser(currentToolbox().doc);
    if (!browser) throw new Error('the toolbox shows no panel of an extension: was it selected?');
    return browser;
  }

  /** The text of a frame script: it runs beside the panel's document and runs `body` with the panel's own rights. */
  function frameScript(body: string, answerName: string): string {
    const source = `(async () => {${body}\n})().then((value) => JSON.stringify(value === undefined ? null : value))`;
    return `(async () => {
      let answer;
      try {
        const sandbox = Cu.Sandbox(content, { sandboxPrototype: content, wantXrays: false });
        answer = { json: await Cu.evalInSandbox(${JSON.stringify(source)}, sandbox) };
      } catch (error) {
        answer = { error: error + '\\n' + (error?.stack ?? '') };
      }
      sendAsyncMessage(${JSON.stringify(answerName)}, answer);
    })()`;
  }

  window.netronToolbox = {
    async open() {
      await gDevTools.showToolboxForTab(selectedTab(), { toolId: 'webconsole' });
    },

    async select(toolTitle, timeoutMs) {
      const toolbox = currentToolbox();
      const deadlineMs = performance.now() + timeoutMs;
      for (;;) {
        const tools = toolbox.getAdditionalTools();
        const tool = tools.find(({ label }) => label === toolTitle);
        if (tool) {
          await toolbox.selectTool(tool.id);
          return;
        }
        if (performance.now() > deadlineMs) {
          throw new Error(`no tool "${toolTitle}" within ${timeoutMs} ms, only: ${tools.map((t) => t.label)}`);
        }
        await new Promise((resolve) => window.setTimeout(resolve, 20));
      }
    },

    runInPanel(body, timeoutMs) {
      const { messageManager } = panelBrowser();
      const answerName = `netron:answer:${Math.random()}`;
      return new Promise((resolve, reject) => {
        const listener = ({ data }: { data: PanelAnswer }) => {
          messageManager?.removeMessageListener(answerName, listener);
          window.clearTimeout(timer);
          if ('json' in data) resolve(data.json);
          else reject(new Error(data.error));
        };
        const timer = window.setTimeout(
          () => listener({ data: { error: `the panel gave no answer within ${timeoutMs} ms` } }),
          timeoutMs,
        );
        messageManager?.addMessageListener(answerName, listener);
        const script = frameScript(body, answerName);
        messageManager?.loadFrameScript(
          `data:application/javascript;charset=utf-8,${encodeURIComponent(script)}`,
          false,
        );
      });
    },

    async drawPanel() {
      const bitmap = await panelBrowser().browsingContext.currentWindowGlobal.drawSnapshot(null, 1, 'white');
      const canvas = document.createElementNS('http://www.w3.org/1999/xhtml', 'canvas') as HTMLCanvasElement;
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
      canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
      return canvas.toDataURL('image/png');
    },
  };
}
