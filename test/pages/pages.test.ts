import { describe, expect, test } from '@jest/globals';
import { createPages } from '../../src/pages/pages.js';
import type { PageData } from '../../src/pages/page-data.js';
import { renderSample } from './browser.js';
import { brand, hostileClient, samples } from './samples.js';

const html = (name: string, language: 'en' | 'de' = 'en') =>
  renderSample(
    samples.find((sample) => sample.name === name)!,
    language,
  );

/** The start tags of an element, such as every `<button …>`. */
const tags = (page: string, element: string) => page.match(new RegExp(`<${element}\\b[^>]*>`, 'g')) ?? [];

const consentData = samples.find(({ name }) => name === 'consent')!.data as PageData['interaction/consent'];
const show = (data: PageData['interaction/consent']) =>
  createPages({ brand, defaultLanguage: 'en', assetsPath: '/a' }).html('interaction/consent', data, {
    nonce: 'n',
  });

describe('The sign-in page', () => {
  const page = html('sign-in-hinted');

  test('has the fields, buttons and words that scripts and password managers look for', () => {
    expect(page).toContain('<h1>Sign-in</h1>');
    expect(page).toMatch(
      /<input id="login" name="login" type="text" value="ada@example\.com" autocomplete="username"/,
    );
    expect(page).toMatch(
      /<input id="password" name="password" type="password" autocomplete="current-password"/,
    );
    expect(tags(page, 'button')).toEqual([
      '<button class="primary login-submit" type="submit" autofocus>',
      '<button class="secondary" type="submit" id="cancel" formaction="/interaction/x7Qk/cancel" formnovalidate>',
    ]);
    expect(page).toContain('<form method="post" action="/interaction/x7Qk/sign-in"');
    expect(page).toContain('<input type="hidden" name="csrf" value="csrf-token">');
  });

  test('says where it leads also to those who don’t see the arch', () => {
    const main = /<main>[^]*<\/main>/.exec(page)![0];
    expect(main).toContain(
      'continue to <strong><bdi>Larkspur Photos</bdi></strong> (<strong><bdi>photos.example</bdi></strong>).',
    );
  });

  test('shows the logo, the policy and the terms of the client', () => {
    expect(page).toMatch(/<img class="client-logo" src="https:\/\/photos\.example\/logo\.svg"/);
    expect(page).toContain('<a class="client-policy" href="https://photos.example/privacy"');
    expect(page).toContain('<a class="client-tos" href="https://photos.example/terms"');
    expect(html('sign-in-plain-client')).not.toMatch(/client-(logo|policy|tos)/);
  });

  test('never shows a password again', () => {
    expect(tags(html('sign-in-wrong'), 'input').find((tag) => tag.includes('name="password"'))).not.toContain(
      'value',
    );
  });

  test('says what went wrong, in words and to screen readers', () => {
    expect(html('sign-in-wrong')).toContain('That didn’t match.');
    expect(html('sign-in-wrong')).toMatch(/role="alert" id="problem"/);
    expect(html('sign-in-wrong')).toMatch(/id="login"[^>]* aria-describedby="problem" aria-invalid="true"/);
    expect(html('sign-in-wrong')).toContain('<title>Problem: Sign-in · Gatehouse</title>');
    expect(html('sign-in-throttled')).toContain('Try again in 14 minutes.');
    expect(html('sign-in-throttled', 'de')).toContain('Versuchen Sie es in 14 Minuten wieder.');
    expect(html('sign-in-overloaded')).toContain('Try again in 5 seconds.');
  });

  test('asks a person who is signed in for a new proof by name', () => {
    expect(html('sign-in-again')).toContain('sign in again as <strong><bdi>ada@example.com</bdi></strong>');
    expect(html('sign-in-again')).toContain('<h1>Sign-in</h1>');
  });
});

describe('The consent page', () => {
  test('goes on with the same button, and can be refused, or answered as somebody else', () => {
    const page = html('consent');
    expect(tags(page, 'button')).toEqual([
      '<button class="link" type="submit" aria-describedby="switch-note">',
      '<button class="primary login-submit" type="submit">',
      '<button class="secondary" type="submit" id="cancel" formaction="/interaction/x7Qk/cancel" formnovalidate>',
    ]);
    expect(page).toContain('<form class="who" method="post" action="/interaction/x7Qk/switch-account">');
    expect(page.match(/name="csrf" value="csrf-token"/g)).toHaveLength(2);
  });

  test('says in words what is asked for, for whom, and where it leads', () => {
    const page = html('consent-everything');
    for (const words of [
      'Know that it’s you',
      'See your email address',
      'Read tide tables',
      'urn:example:opaque',
      'date of birth, time zone, language, and employee_number',
      'Keep this access while you are away',
      'At Photo archive, it will be able to:',
      'Upload and change your photos',
      'Ada Lovelace',
    ]) {
      expect(page).toContain(words);
    }
    expect(page).toContain('<strong><bdi>photos.example</bdi></strong>');
    expect(page).not.toContain('>offline_access<');
    // The name of a scope says nothing beside its words.
    expect(page).not.toContain('photos:read');
  });

  test('warns only of an app that is new to the person', () => {
    expect(html('consent')).toContain('You haven’t used this app');
    expect(html('consent-more')).not.toContain('You haven’t used this app');
  });

  test('gives an app without a name no other app’s place', () => {
    expect(show({ ...consentData, client: { name: ' \u202E ', host: 'tides.example' } })).toContain(
      '<strong><bdi>tides.example</bdi></strong>',
    );
    expect(show({ ...consentData, client: { name: '' } })).toContain('<bdi>an unnamed app</bdi>');
  });
});

describe('The sign-out pages', () => {
  test('ask with exactly one button that has the focus', () => {
    const page = html('sign-out');
    expect(tags(page, 'button')).toEqual([
      '<button class="primary" type="submit" name="logout" value="yes" autofocus>',
      '<button class="secondary" type="submit">',
    ]);
    expect(page).toContain('<input type="hidden" name="xsrf" value="xsrf-token">');
  });

  test('say that it worked, and whether the session here goes on', () => {
    expect(html('signed-out')).toContain('<span>Sign-out Success</span>');
    expect(html('signed-out-client')).toContain('<h1>You’re still signed in to Gatehouse</h1>');
    expect(html('signed-out-client')).toContain('<strong><bdi>Larkspur Photos</bdi></strong>');
    expect(html('still-signed-in')).toContain('<title>Still signed in · Gatehouse</title>');
    expect(html('still-signed-in')).not.toMatch(/signed out|Sign-out Success/);
    expect(html('signed-out-return')).toContain('href="https://tides.example/"');
  });
});

describe('The error page', () => {
  test('says what happened and what to do, with the code, the details and the reference, all in main', () => {
    const page = html('error-redirect-uri');
    const main = /<main data-error>[^]*<\/main>/.exec(page)![0];
    expect(main).toContain('<h1>This didn’t work</h1>');
    expect(main).toContain('isn’t registered for it');
    expect(main).toContain('invalid_redirect_uri');
    expect(main).toContain('redirect_uri did not match any of the client&#39;s registered redirect_uris');
    expect(main).toContain('01JD8Q4M2VX7');
    expect(html('error-logout')).toContain('post_logout_redirect_uri not registered');
  });

  test('says when a new try makes sense', () => {
    expect(html('error-throttled')).toContain('You can try again in 60 seconds.');
    expect(html('error-unavailable')).toContain(
      '<a class="button primary" href="/oidc/auth?client_id=photos">Try again</a>',
    );
  });

  test('leads from a wrong address to the right one', () => {
    expect(html('error-wrong-host')).toContain('href="https://id.example/oidc">Go to Gatehouse</a>');
  });

  test('has words for a code that nobody thought of', () => {
    expect(html('error-unknown')).toContain('The request that brought you here can’t be read.');
    expect(html('error-unknown')).not.toContain('class="actions"');
  });
});

describe('The first administrator’s page', () => {
  test('leads from each fault to its field, and keeps what was typed but the password', () => {
    const page = html('first-administrator-faults');
    expect(page).toContain('<a href="#login">Somebody has this email address');
    expect(page).toContain(
      '<a href="#password">This password is too short: it needs at least 12 characters.</a>',
    );
    expect(page).toContain('id="login-fault"');
    expect(page).toMatch(/aria-describedby="password-hint password-fault"/);
    expect(page).toContain('autocomplete="new-password"');
    expect(page).toMatch(/name="name" type="text" value="Ada"/);
  });

  test('has a link whose failing says where a new one comes from', () => {
    expect(html('error-link')).toContain('A new one is printed at the next start');
  });
});

describe('Every page', () => {
  test.each(samples.map(({ name }) => name))('%s holds no markup, link or image of an attacker', (name) => {
    for (const language of ['en', 'de'] as const) {
      const page = html(name, language);
      expect(page).not.toMatch(/<script(?! src="\/assets\/)/);
      expect(page).not.toMatch(/<img src=x|<[biu]>/);
      expect(page).not.toMatch(/(?:href|src|action)="\s*(?:javascript|data|vbscript):/i);
      expect(page).not.toMatch(/ on\w+=(?!alert\(1\)&gt;)/);
      // What a hidden field sends back has to be exact, and nobody sees it.
      expect(page.replace(/<input type="hidden"[^>]*>/g, '')).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    }
  });

  test.each(samples.map(({ name }) => name))(
    '%s declares its language and needs no inline script or style attribute',
    (name) => {
      expect(html(name, 'de')).toMatch(/^<!doctype html>\s<html lang="de">/);
      expect(html(name)).not.toMatch(/ style="/);
      for (const tag of [...tags(html(name), 'script'), ...tags(html(name), 'style')]) {
        expect(tag).toContain('nonce="bm9uY2U"');
      }
    },
  );

  test('says the same of everything but names in the language of the house when none is asked for', () => {
    const pages = createPages({ brand, defaultLanguage: 'de', assetsPath: '/a' });
    expect(pages.html('interaction/signed-out', { stillSignedIn: false }, { nonce: 'n' })).toContain(
      'Abmeldung erfolgreich',
    );
  });

  test('wears the brand: its name, logo, colours and links', () => {
    const pages = createPages({
      brand: {
        name: 'Ministry of <Tides>',
        logoUrl: 'https://tides.example/logo.svg',
        accent: { light: '#ffe600', dark: '#ffe600' },
        links: { terms: 'https://tides.example/terms', privacy: 'javascript:alert(1)' },
      },
      defaultLanguage: 'en',
      assetsPath: '/a',
    });
    const page = pages.html('interaction/signed-out', { stillSignedIn: false }, { nonce: 'n' });
    expect(page).toContain(
      '<img class="brand-logo" src="https://tides.example/logo.svg" alt="Ministry of &lt;Tides&gt;">',
    );
    expect(page).toContain('--accent:#ffe600;--on-accent:#000000');
    expect(page).toContain('<a href="https://tides.example/terms">Terms</a>');
    expect(page).not.toContain('javascript:');
  });

  test('gives a name of 300 letters no more room than any other', () => {
    expect(html('sign-in-hostile')).toContain('WWW…');
    expect(html('sign-in-hostile')).not.toContain('W'.repeat(100));
  });

  test('takes no options for the template engine from data', () => {
    const poisoned = {
      ...consentData,
      settings: { 'view options': { escapeFunction: 'JSON.stringify; throw 1', client: true } },
      escapeFunction: 'throw 1',
      localsName: 'x',
      client: { ...hostileClient, delimiter: '?' },
    };
    expect(show(poisoned)).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });
});
