/* Comfort only: every page does its work without this file. */
(function () {
  'use strict';

  /**
   * Where the keyboard is real, the first thing to fill in is at hand; on a touch screen its keys would cover the page.
   * Either way one sees first what the page is about, or what went wrong, however low the window.
   */
  const form = document.querySelector('form[data-focus]');
  const keyboard = window.matchMedia('(pointer: fine)').matches;
  const first = keyboard && form ? document.getElementById(form.dataset.focus) : null;
  (first ?? document.querySelector('[autofocus]'))?.focus({ preventScroll: true });
  (document.querySelector('.problem') ?? document.querySelector('h1'))?.scrollIntoView({ block: 'nearest' });

  for (const field of document.querySelectorAll('.password')) {
    const input = field.querySelector('input');
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'reveal';
    button.setAttribute('aria-controls', input.id);
    const reveal = (shown) => {
      input.type = shown ? 'text' : 'password';
      button.textContent = shown ? field.dataset.hide : field.dataset.show;
      button.setAttribute('aria-label', shown ? field.dataset.hideLabel : field.dataset.showLabel);
    };
    button.addEventListener('click', () => reveal(input.type === 'password'));
    // A password manager, and the browser's memory of form fields, know a password by its type.
    input.form.addEventListener('submit', () => reveal(false));
    reveal(false);
    field.append(button);
  }

  // A logo that doesn't load gives way to the initial behind it.
  for (const logo of document.querySelectorAll('.client-logo')) {
    const giveWay = () => logo.remove();
    if (logo.complete && logo.naturalWidth === 0) giveWay();
    else logo.addEventListener('error', giveWay);
  }

  /** A second press while the first is on its way would send everything twice. After some seconds it may be meant. */
  for (const guarded of document.querySelectorAll('form[data-once]')) {
    const status = document.createElement('p');
    status.className = 'hidden';
    status.setAttribute('role', 'status');
    guarded.append(status);
    const primary = guarded.querySelector('.primary');
    const label = primary.textContent;
    let timer;
    const renew = () => {
      clearTimeout(timer);
      timer = undefined;
      guarded.querySelector('[aria-busy]')?.removeAttribute('aria-busy');
      primary.textContent = label;
      status.textContent = '';
    };
    guarded.addEventListener('submit', (event) => {
      if (timer !== undefined) {
        event.preventDefault();
        return;
      }
      timer = setTimeout(renew, 8000);
      event.submitter?.setAttribute('aria-busy', 'true');
      if (event.submitter !== primary || !guarded.dataset.busy) return;
      primary.textContent = guarded.dataset.busy;
      status.textContent = guarded.dataset.busy;
    });
    // Back from the next page, the form is new again.
    window.addEventListener('pageshow', renew);
  }

  // By its button, because a field named "submit" would stand in the way of form.submit().
  document.querySelector('form[data-auto-submit] button')?.click();
})();
