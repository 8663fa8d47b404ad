// Starts the pages.
import { render } from 'preact';
import { App } from './app.tsx';
import './style/base.css';
import './style/parts.css';
import './style/pages.css';
import './style/now.css';
import './style/health.css';
import './style/share.css';
import './style/print.css';

render(<App />, document.getElementById('app')!);
