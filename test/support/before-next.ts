/**
 * Lets something happen at the worst moment, when a request has read and is about to write: the next call of one of
 * these methods, by whomever, waits until it is over. True from then on.
 */
export function beforeNext<Port extends object>(
  port: Port,
  methods: (keyof Port & string)[],
  happen: () => Promise<unknown>,
): () => boolean {
  const own = { ...port };
  let happened = false;
  const restore = () => {
    for (const method of methods) port[method] = own[method];
  };
  for (const method of methods) {
    const interposed = async (...parameters: unknown[]) => {
      restore();
      await happen();
      happened = true;
      return (own[method] as (...given: unknown[]) => Promise<unknown>).apply(port, parameters);
    };
    port[method] = interposed as Port[typeof method];
  }
  return () => happened;
}
