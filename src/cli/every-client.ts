import type { Clients } from '../domain/clients.js';
import type { ClientRecord } from '../store/clients.js';

/** All clients, page by page. */
export async function everyClient(clients: Pick<Clients, 'list'>): Promise<ClientRecord[]> {
  const found: ClientRecord[] = [];
  let after: string | undefined;
  do {
    const page = await clients.list({ limit: 200, ...(after !== undefined && { after }) });
    found.push(...page.clients);
    after = page.next;
  } while (after !== undefined);
  return found;
}
