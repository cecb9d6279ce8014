import browser from 'webextension-polyfill';
import { DirectEvaluator } from './direct-evaluator.js';
import type { Evaluator } from './evaluator.js';
import { FrameEvaluator } from './frame-evaluator.js';

type Theme = 'light' | 'dark';

/** What the panel needs of the browser it runs in. */
export interface DevtoolsHost {
  readonly name: 'chrome' | 'firefox';
  readonly evaluator: Evaluator;
  theme(): Theme;
  onThemeChange(listener: (theme: Theme) => void): void;
  onNavigated(listener: (url: string) => void): void;
}

interface ChromePanels {
  setThemeChangeHandler?: (listener: (theme: string) => void) => void;
}

export function devtoolsHost(): DevtoolsHost {
  const isFirefox = location.protocol === 'moz-extension:';
  const { panels, network } = browser.devtools;
  return {
    name: isFirefox ? 'firefox' : 'chrome',
    evaluator: isFirefox ? new FrameEvaluator() : new DirectEvaluator(),
    theme: () => themeOf(panels.themeName),
    onThemeChange(listener) {
      const changed = (name: string): void => listener(themeOf(name));
      if (isFirefox) panels.onThemeChanged.addListener(changed);
      else (panels as ChromePanels).setThemeChangeHandler?.(changed);
    },
    onNavigated: (listener) => network.onNavigated.addListener(listener),
  };
}

function themeOf(name: string | undefined): Theme {
  return name === 'dark' ? 'dark' : 'light';
}
