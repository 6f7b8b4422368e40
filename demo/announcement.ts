import { styleText } from 'node:util';
import { CLIENTS, ORDERS_API, STOCK_API, type Cast } from './cast.js';
import type { Secrets } from './secrets.js';

/** For scripts: one line of JSON. */
export function announceToScripts({ issuer, urls, users }: Cast, secrets: Secrets): string {
  const client = (id: string, use: string) => ({ client_id: id, client_secret: secrets.clients[id], use });
  return JSON.stringify({
    issuer,
    apps: [
      { name: 'Acme Orders', url: urls.orders, client_id: CLIENTS.orders },
      { name: 'Acme Wiki', url: urls.wiki, client_id: CLIENTS.wiki },
    ],
    spa: { url: urls.board, client_id: CLIENTS.board },
    tv: { url: urls.tv, client_id: CLIENTS.tv },
    apis: [
      { name: 'Acme Orders API', url: urls.ordersApi, resource: ORDERS_API, check: 'jwt' },
      { name: 'Acme Stock API', url: urls.stockApi, resource: STOCK_API, check: 'introspection' },
    ],
    users: users.map(({ email }) => ({ login: email, password: secrets.users[email] })),
    clients: [
      client(CLIENTS.nightlyExport, 'client_credentials'),
      client(CLIENTS.auditor, 'introspection'),
      client(CLIENTS.script, 'authorization_code'),
    ],
  });
}

/** For people: where to click, in 80 columns. `colours`: whether the terminal shows them. */
export function announceToPeople(
  { issuer, urls, users }: Cast,
  secrets: Secrets,
  { colours, data }: { colours: boolean; data: string },
): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const step = (number: number, what: string, url: string | undefined, ...story: string[]) => [
    `  ${paint(['bold', 'cyan'], String(number))}  ${url === undefined ? paint('bold', what) : `${paint('bold', what.padEnd(41))}${paint('underline', url)}`}`,
    ...story.map((line) => `     ${line}`),
    '',
  ];
  const row = (name: string, ...columns: string[]) =>
    `  ${name.padEnd(12)} ${columns.map((column) => column.padEnd(26)).join('  ')}`.trimEnd();
  const passwords = users.map(({ email }, index) =>
    row(index === 0 ? 'Sign in as' : '', email, paint('bold', secrets.users[email] ?? '')),
  );

  return [
    '',
    `  ${paint(['bold', 'green'], 'Gatehouse is up')}, with six samples. Only this computer can reach them.`,
    '',
    ...passwords,
    '',
    ...step(
      1,
      'Open Acme Orders and sign in as Anna',
      urls.orders,
      'Gatehouse asks for her password, and for her consent; then see her claims.',
    ),
    ...step(
      2,
      'Open Acme Wiki and sign in',
      urls.wiki,
      'No password this time: she is signed in at Gatehouse (single sign-on).',
    ),
    ...step(
      3,
      'Open Acme Board and call both APIs',
      urls.board,
      'It runs in the browser alone. One API checks its token by signature, the',
      'other asks Gatehouse. The archive wants a sign-in of the last five minutes:',
      'after that, the password is asked for again.',
    ),
    ...step(
      4,
      'Sign out at Acme Orders',
      undefined,
      'Watch Acme Wiki: Gatehouse told it, and it shows that it was signed out.',
    ),
    ...step(
      5,
      'Sign in at Acme TV from another device',
      urls.tv,
      'It shows a code to type, and a picture for a phone to read.',
    ),
    ...step(
      6,
      'Connect an app of your own',
      undefined,
      `${issuer}/.well-known/openid-configuration`,
      'is all that most libraries ask for. README.md shows the rest.',
    ),
    row('Gatehouse', issuer),
    row('APIs', urls.ordersApi, urls.stockApi),
    '',
    `  ${paint('bold', 'Ctrl-C')} stops everything. The next start finds the same people and data again,`,
    `  in ${data}; ${paint('bold', 'npm run demo -- --reset')} forgets them.`,
    '',
    '',
  ].join('\n');
}
