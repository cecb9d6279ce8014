import { render } from 'preact';
import { devtoolsHost } from '../bridge/devtools-host.js';
import { PanelStore } from './store/panel-store.js';
import { PanelFrame } from './views/panel-frame.js';

const host = devtoolsHost();
const { dataset } = document.documentElement;
dataset.host = host.name;
dataset.theme = host.theme();
host.onThemeChange((theme) => {
  dataset.theme = theme;
});

const store = new PanelStore(host);
const root = document.querySelector('#root');
if (root !== null) render(<PanelFrame store={store} />, root);
store.start();
