// Shows a sign-out as soon as it happens: Gatehouse tells the application, not this page.
// The page works without this script; then the next click shows it.

const shown = document.querySelector('form[action="/sign-out"]') !== null;

let leaving = false;

async function look() {
  if (document.hidden || leaving) return;
  try {
    const { signedIn } = await (await fetch('/signed-in')).json();
    if (signedIn !== shown && !leaving) location.replace('/');
  } catch {
    // The application is stopping; nothing to show.
  }
}

const watch = setInterval(() => void look(), 1500);

// Whoever signs out here is on the way to Gatehouse: looking again would call them back.
document.addEventListener('submit', () => {
  leaving = true;
  clearInterval(watch);
});
