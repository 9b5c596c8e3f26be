import type { Page } from 'playwright-core';

/** What the browser complains about, and whatever it asks of anybody but the server. */
export function listenTo(page: Page, url: string): string[] {
  const said: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) said.push(message.text());
  });
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => {
    const address = request.url();
    if (!address.startsWith(url) && !/^(?:blob|data):/.test(address)) said.push(`asks ${address}`);
  });
  return said;
}
