import './earshot-explorer.js';
