import browser from 'webextension-polyfill';

// Paths begin with "/": Firefox resolves relative ones against this page (RECIPES).
browser.devtools.panels.create('Netron', '/extension/icons/netron-16.png', '/extension/panel.html');
