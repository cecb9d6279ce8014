import browser from 'webextension-polyfill';
import type { EvaluatorFrame } from './frame-evaluator.js';

(window as EvaluatorFrame).netronEvaluate = (expression) => browser.devtools.inspectedWindow.eval(expression);
