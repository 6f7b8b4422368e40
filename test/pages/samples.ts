import type { Brand } from '../../src/config.js';
import type { ClientView, PageData, PageName } from '../../src/pages/page-data.js';

/** Every page in every state that it can be in: what the tests render, and what `scripts/preview-pages.ts` writes. */

export interface Sample {
  name: string;
  page: PageName;
  data: PageData[PageName];
}

export const brand: Brand = {
  name: 'Gatehouse',
  accent: { light: '#17594a', dark: '#7fc8b4' },
  links: {
    imprint: 'https://gatehouse.example/imprint',
    privacy: 'https://gatehouse.example/privacy',
    support: 'mailto:help@gatehouse.example',
  },
};

const logo = 'https://photos.example/logo.svg';

export const photos: ClientView = {
  name: 'Larkspur Photos',
  host: 'photos.example',
  url: 'https://photos.example/',
  logoUrl: logo,
  policyUrl: 'https://photos.example/privacy',
  termsUrl: 'https://photos.example/terms',
};

const plainClient: ClientView = { name: 'Tide Tables', host: 'tides.example' };

/** It describes itself: its id is the address of a document. */
const unregistered: ClientView = {
  name: 'Quill Assistant',
  host: 'quill.example',
  isRegistered: false,
};

/** It registered itself, with a name and a picture of its choice. */
const registeredItself: ClientView = { ...photos, registeredItself: true };

/** The pages here on which people look after their account. */
const account: ClientView = { name: 'Gatehouse', host: 'id.example', isAccount: true };

/** What an attacker would register. */
export const hostileClient: ClientView = {
  name: `<img src=x onerror=alert(1)> \u202Eelgoog\u202C ${'W'.repeat(300)}`,
  host: '"><script>alert(1)</script>',
  url: 'javascript:alert(1)',
  logoUrl: 'javascript:alert(1)',
  policyUrl: 'javascript:alert(1)',
  termsUrl: 'data:text/html,<script>alert(1)</script>',
};

const signIn = {
  client: photos,
  action: '/interaction/x7Qk/sign-in',
  cancelAction: '/interaction/x7Qk/cancel',
  csrf: 'csrf-token',
};

const consent = {
  ...signIn,
  action: '/interaction/x7Qk/consent',
  switchAccountAction: '/interaction/x7Qk/switch-account',
  account: { name: 'Ada Lovelace', login: 'ada@example.com' },
  scopes: [{ name: 'openid' }, { name: 'profile' }, { name: 'email' }],
  claims: [],
  services: [],
  offlineAccess: false,
  redirectHost: 'photos.example',
  firstTime: true,
};

const deviceCode = { action: '/device', xsrf: 'xsrf-token' };

const deviceConfirm = {
  ...deviceCode,
  client: photos,
  code: 'BCDF-GHJK',
  device: {
    address: '192.0.2.7',
    sameNetwork: true,
    userAgent: 'LarkspurTV/3.2 (Linux; SmartTV)',
    secondsAgo: 40,
  },
  scopes: [{ name: 'openid' }, { name: 'profile' }],
  claims: [],
  services: [],
  offlineAccess: true,
};

/** Authorization details (RFC 9396), as a bank and an archive would describe them. */
const detailed = [
  {
    name: 'Acme Bank',
    host: 'api.bank.example',
    scopes: [],
    details: [
      {
        description: 'Pay once from your account',
        fields: [
          { label: 'Amount in euros', values: ['850'] },
          { label: 'Recipient', values: ['Acme Homes, rent for December'] },
        ],
      },
      { description: 'See that the payment has arrived', fields: [] },
    ],
  },
  {
    name: 'Photo archive',
    host: 'archive.example',
    scopes: [{ name: 'photos:read', description: 'View your photos' }],
    details: [
      {
        description: 'Use albums',
        fields: [
          { label: 'Albums', values: ['Summer 2026', 'Grandmother’s letters', 'Garden'] },
          { label: 'Which of them', values: ['A'.repeat(200)] },
        ],
      },
    ],
  },
];

const hostileDetails = [
  {
    name: '<u>service</u>',
    host: 'evil.example"',
    scopes: [],
    details: [
      {
        description: `<script>alert(1)</script>\u202E${'x'.repeat(500)}`,
        fields: [
          {
            label: '<i>label</i>',
            values: ['"><script>alert(1)</script>', '\u202Eoruen 1', 'W'.repeat(4000)],
          },
        ],
      },
    ],
  },
];

const request = {
  client: photos,
  account: consent.account,
  approveAction: '/account/requests/x7Qk/approve',
  denyAction: '/account/requests/x7Qk/deny',
  csrf: 'csrf-token',
  bindingMessage: 'Order 4711, € 20',
  address: '192.0.2.7',
  secondsAgo: 40,
  secondsLeft: 540,
  scopes: [{ name: 'openid' }, { name: 'profile' }],
  claims: [],
  services: [],
  offlineAccess: false,
};

const listed = {
  client: photos,
  bindingMessage: 'Order 4711, € 20',
  url: '/account/requests/x7Qk',
  secondsAgo: 40,
};

const firstAdministrator = {
  action: '/first-administrator',
  csrf: 'csrf-token',
  values: {},
  faults: [],
  minimumLength: 12,
};

const error = { reference: '01JD8Q4M2VX7', status: 400 };

function sample<P extends PageName>(name: string, page: P, data: PageData[P]): Sample {
  return { name, page, data };
}

export const samples: Sample[] = [
  sample('sign-in', 'interaction/sign-in', signIn),
  sample('sign-in-plain-client', 'interaction/sign-in', { ...signIn, client: plainClient }),
  sample('sign-in-hinted', 'interaction/sign-in', { ...signIn, login: 'ada@example.com' }),
  sample('sign-in-wrong', 'interaction/sign-in', {
    ...signIn,
    login: 'ada@example.com',
    problem: { code: 'wrong_credentials' },
  }),
  sample('sign-in-missing', 'interaction/sign-in', { ...signIn, problem: { code: 'missing_fields' } }),
  sample('sign-in-throttled', 'interaction/sign-in', {
    ...signIn,
    login: 'ada@example.com',
    problem: { code: 'throttled', seconds: 840 },
  }),
  sample('sign-in-overloaded', 'interaction/sign-in', {
    ...signIn,
    problem: { code: 'overloaded', seconds: 5 },
  }),
  sample('sign-in-again', 'interaction/sign-in', {
    ...signIn,
    login: 'ada@example.com',
    reauthenticate: { account: 'ada@example.com' },
  }),
  sample('sign-in-hostile', 'interaction/sign-in', {
    ...signIn,
    client: hostileClient,
    login: '"><script>alert(1)</script>',
  }),
  sample('consent', 'interaction/consent', consent),
  sample('sign-in-unregistered', 'interaction/sign-in', { ...signIn, client: unregistered }),
  sample('sign-in-account', 'interaction/sign-in', { ...signIn, client: account }),
  sample('sign-in-account-again', 'interaction/sign-in', {
    ...signIn,
    client: account,
    login: 'ada@example.com',
    reauthenticate: { account: 'ada@example.com' },
  }),
  sample('consent-unregistered', 'interaction/consent', {
    ...consent,
    client: unregistered,
    redirectHost: 'localhost:33418',
  }),
  sample('consent-registered-itself', 'interaction/consent', { ...consent, client: registeredItself }),
  sample('consent-everything', 'interaction/consent', {
    ...consent,
    scopes: [
      ...consent.scopes,
      { name: 'phone' },
      { name: 'address' },
      { name: 'offline_access' },
      { name: 'tides:read', description: 'Read tide tables' },
      { name: 'urn:example:opaque' },
    ],
    claims: ['birthdate', 'zoneinfo', 'locale', 'sub', 'employee_number'],
    services: [
      {
        name: 'Photo archive',
        host: 'archive.example',
        scopes: [
          { name: 'photos:read', description: 'View your photos' },
          { name: 'photos:write', description: 'Upload and change your photos' },
        ],
      },
    ],
    offlineAccess: true,
  }),
  sample('consent-details', 'interaction/consent', {
    ...consent,
    scopes: [{ name: 'openid' }],
    services: detailed,
  }),
  sample('consent-details-hostile', 'interaction/consent', { ...consent, services: hostileDetails }),
  sample('consent-device', 'interaction/consent', (({ redirectHost: _, ...rest }) => rest)(consent)),
  sample('device-code', 'device/code', deviceCode),
  sample('device-code-filled-in', 'device/code', { ...deviceCode, code: 'BCDF-GHJK' }),
  ...(['missing', 'unknown', 'expired', 'used', 'stale_form'] as const).map((code) =>
    sample(`device-code-${code}`, 'device/code', { ...deviceCode, code: 'BCDF-GHJK', problem: { code } }),
  ),
  sample('device-code-throttled', 'device/code', {
    ...deviceCode,
    problem: { code: 'throttled', seconds: 840 },
  }),
  sample('device-confirm', 'device/confirm', deviceConfirm),
  sample('device-confirm-elsewhere', 'device/confirm', {
    ...deviceConfirm,
    client: plainClient,
    device: {
      address: '2001:db8:1234:5678:9abc:def0:1234:5678',
      sameNetwork: false,
      userAgent: '',
      secondsAgo: 400,
    },
  }),
  sample('device-confirm-hostile', 'device/confirm', {
    ...deviceConfirm,
    client: hostileClient,
    device: {
      ...deviceConfirm.device,
      userAgent: `<script>alert(1)</script>\u202E${'W'.repeat(300)} Linux`,
    },
  }),
  sample('device-confirm-details', 'device/confirm', { ...deviceConfirm, services: detailed }),
  sample('device-done', 'device/done', { client: photos }),
  sample('device-refused', 'device/refused', { client: photos }),
  sample('device-refused-unknown', 'device/refused', {}),
  sample('requests', 'account/requests', {
    account: consent.account,
    requests: [
      listed,
      { client: plainClient, url: '/account/requests/y8', secondsAgo: 400 },
      { ...listed, client: hostileClient, bindingMessage: 'W'.repeat(64) },
    ],
  }),
  sample('requests-none', 'account/requests', { account: consent.account, requests: [] }),
  sample('request', 'account/request', request),
  sample('request-everything', 'account/request', {
    ...(({ bindingMessage: _, ...rest }) => rest)(request),
    client: plainClient,
    address: '2001:db8:1234:5678:9abc:def0:1234:5678',
    claims: ['birthdate', 'acr', 'employee_number'],
    services: [
      {
        name: 'Photo archive',
        host: 'archive.example',
        scopes: [{ name: 'photos:read', description: 'View your photos' }],
      },
    ],
    offlineAccess: true,
  }),
  sample('request-hostile', 'account/request', {
    ...request,
    client: hostileClient,
    bindingMessage: `<script>alert(1)</script>\u202E${'W'.repeat(300)}`,
  }),
  ...(['approved', 'denied', 'expired'] as const).map((state) =>
    sample(`request-${state}`, 'account/request-over', {
      client: photos,
      state,
      listUrl: '/account/requests',
    }),
  ),
  sample('consent-more', 'interaction/consent', {
    ...consent,
    client: plainClient,
    scopes: [{ name: 'email' }],
    redirectHost: 'com.example.tides',
    firstTime: false,
  }),
  sample('consent-hostile', 'interaction/consent', {
    ...consent,
    client: hostileClient,
    account: { name: hostileClient.name, login: hostileClient.name },
    scopes: [{ name: '<b>x</b>', description: `<script>alert(1)</script>${'x'.repeat(500)}` }],
    claims: ['<i>claim</i>'],
    services: [{ name: '<u>service</u>', host: 'evil.example"', scopes: [{ name: '"onload="' }] }],
    redirectHost: `${'a'.repeat(200)}.example`,
  }),
  sample('sign-out', 'interaction/sign-out', {
    action: '/session/end/confirm',
    xsrf: 'xsrf-token',
    account: consent.account,
  }),
  sample('sign-out-client', 'interaction/sign-out', {
    action: '/session/end/confirm',
    xsrf: 'xsrf-token',
    client: photos,
    account: consent.account,
  }),
  sample('signed-out', 'interaction/signed-out', { stillSignedIn: false }),
  sample('signed-out-client', 'interaction/signed-out', { stillSignedIn: true, client: photos }),
  sample('still-signed-in', 'interaction/signed-out', { stillSignedIn: true }),
  sample('signed-out-return', 'interaction/signed-out', {
    stillSignedIn: false,
    returnUrl: 'https://tides.example/',
  }),
  sample('continue', 'interaction/continue', {
    action: '/session/end/confirm',
    fields: { xsrf: 'xsrf-token', state: 'a"b<c>\u202Ed', submit: 'yes' },
  }),
  sample('error-redirect-uri', 'error', {
    ...error,
    code: 'invalid_redirect_uri',
    description: "redirect_uri did not match any of the client's registered redirect_uris",
    client: photos,
  }),
  sample('error-logout', 'error', {
    ...error,
    code: 'invalid_request',
    description: 'post_logout_redirect_uri not registered',
  }),
  sample('error-expired', 'error', {
    ...error,
    code: 'sign_in_expired',
    restartUrl: 'https://photos.example/login',
  }),
  sample('error-throttled', 'error', { ...error, code: 'throttled', status: 429, retryAfterSeconds: 60 }),
  sample('error-internal', 'error', { ...error, code: 'internal', status: 500 }),
  sample('error-unavailable', 'error', {
    ...error,
    code: 'store_unavailable',
    status: 503,
    retryAfterSeconds: 2,
    retryUrl: '/oidc/auth?client_id=photos',
  }),
  sample('error-wrong-host', 'error', {
    ...error,
    code: 'wrong_host',
    status: 421,
    homeUrl: 'https://id.example/oidc',
  }),
  sample('error-unknown', 'error', {
    ...error,
    code: '<script>alert(1)</script>',
    description: `<img src=x onerror=alert(1)>${'x'.repeat(400)}`,
    client: hostileClient,
    restartUrl: 'javascript:alert(1)',
  }),
  sample('first-administrator', 'first-administrator', firstAdministrator),
  sample('first-administrator-faults', 'first-administrator', {
    ...firstAdministrator,
    values: { login: 'ad\u0430', name: 'Ada' },
    faults: [
      { field: 'login', code: 'taken' },
      { field: 'password', code: 'too_short' },
    ],
  }),
  sample('error-link', 'error', { ...error, code: 'link_invalid', status: 410 }),
  sample('first-administrator-done', 'first-administrator-done', {}),
  sample('front-page', 'front-page', {}),
];
