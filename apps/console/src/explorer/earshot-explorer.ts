import { LightElement, mark } from '@earshot/widget/drawing';
import { html, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import './call/earshot-call-details.js';
import './earshot-live.js';
import './earshot-overview.js';
import './earshot-search.js';
import { follow, onNavigation } from './navigation.js';
import { parseRoute, type Route } from './route.js';

const PAGES = [
  { page: 'live', href: '/', name: 'Live' },
  { page: 'search', href: '/search', name: 'Search' },
  { page: 'overview', href: '/overview', name: 'Overview' },
] as const;

const TITLES: Readonly<Record<Route['page'], string>> = {
  live: 'Live calls',
  search: 'Search calls',
  overview: 'Overview',
  call: 'Call',
  none: 'Not found',
};

/** The operators' pages: which one, by the address. */
@customElement('earshot-explorer')
export class EarshotExplorer extends LightElement {
  @state() private route: Route = parseRoute(new URL(location.href));
  #stop: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener('click', follow);
    this.#stop = onNavigation((isNew) => void this.#arrive(isNew));
    document.title = `${TITLES[this.route.page]} · Earshot`;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener('click', follow);
    this.#stop?.();
  }

  protected override render(): TemplateResult {
    return html`
      <a class="skip" href="#main">Skip to the content</a>
      <header class="top">
        <a class="home" href="/" aria-label="Earshot: live calls">${mark}<span>Earshot</span></a>
        <nav aria-label="Pages">
          ${PAGES.map(
            ({ page, href, name }) =>
              html`<a href=${href} aria-current=${page === this.route.page ? 'page' : 'false'}>${name}</a>`,
          )}
        </nav>
      </header>
      <main id="main" tabindex="-1">${this.#page()}</main>
    `;
  }

  #page(): TemplateResult {
    const { route } = this;
    switch (route.page) {
      case 'live':
        return html`<earshot-live></earshot-live>`;
      case 'search':
        return html`<earshot-search .query=${route.query}></earshot-search>`;
      case 'overview':
        return html`<earshot-overview .span=${route.span}></earshot-overview>`;
      case 'call':
        return html`<earshot-call-details .callId=${route.id}></earshot-call-details>`;
      case 'none':
        return html`
          <div class="empty">
            <h1>There is nothing at this address</h1>
            <p>Look for a call on the page <a href="/search">Search</a>.</p>
          </div>`;
    }
  }

  /** `isNew`: not by the back button, which finds its place by itself. */
  async #arrive(isNew: boolean): Promise<void> {
    const before = this.route;
    this.route = parseRoute(new URL(location.href));
    document.title = `${TITLES[this.route.page]} · Earshot`;
    await this.updateComplete;
    if (!isNew || before.page === this.route.page) return;
    scrollTo(0, 0);
    this.querySelector<HTMLElement>('#main')?.focus({ preventScroll: true });
  }
}
