/** Called with true for pages that were asked for anew, with false for those that the back button leads to. */
type Listener = (isNew: boolean) => void;

const listeners = new Set<Listener>();

addEventListener('popstate', () => {
  for (const listener of listeners) listener(false);
});

/** Tells of every change of the address but its fragment's. Gives back what ends that. */
export function onNavigation(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function goTo(href: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  for (const listener of listeners) listener(true);
}

/** Links between the pages lead there without loading the program again. */
export function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
  if (link === undefined || link.origin !== location.origin || link.target !== '' || link.hasAttribute('download'))
    return;
  const { pathname, search, hash } = link;
  if (pathname.startsWith('/api/')) return;
  // Within the page: the browser's own way.
  if (hash !== '' && pathname === location.pathname && search === location.search) return;
  event.preventDefault();
  goTo(`${pathname}${search}${hash}`);
}
