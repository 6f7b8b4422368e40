// Shows a sign-out as soon as it happens: Gatehouse tells the application, not this page.
// The page works without this script; then the next click shows it.

const shown = document.querySelector('form[action="/sign-out"]') !== null;

async function look() {
  if (document.hidden) return;
  try {
    const { signedIn } = await (await fetch('/signed-in')).json();
    if (signedIn !== shown) location.replace('/');
  } catch {
    // The application is stopping; nothing to show.
  }
}

setInterval(() => void look(), 1500);
