/** Addresses of the steps; each begins with the path that the interaction's cookie is bound to. */
export interface InteractionUrls {
  signIn(uid: string): string;
  consent(uid: string): string;
  switchAccount(uid: string): string;
  cancel(uid: string): string;
}

export function interactionUrls(prefix: string): InteractionUrls {
  const to = (step: string) => (uid: string) => `${prefix}/${uid}/${step}`;
  return {
    signIn: to('sign-in'),
    consent: to('consent'),
    switchAccount: to('switch-account'),
    cancel: to('cancel'),
  };
}
