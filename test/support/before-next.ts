/**
 * Lets something happen at the worst moment: when a request has read and is about to write. The next call of a port's
 * method, by whomever, waits until that is over; it is made as it was meant then.
 */
export function beforeNext<Port extends object>(
  port: Port,
  method: keyof Port & string,
  happen: () => Promise<unknown>,
): { happened: Promise<void> } {
  const own = port[method] as (...parameters: unknown[]) => Promise<unknown>;
  let tell: () => void;
  const happened = new Promise<void>((resolve) => (tell = resolve));
  const interposed = async (...parameters: unknown[]) => {
    port[method] = own as Port[typeof method];
    await happen();
    tell();
    return own.apply(port, parameters);
  };
  port[method] = interposed as Port[typeof method];
  return { happened };
}
