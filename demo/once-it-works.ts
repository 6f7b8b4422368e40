/** Does something at its first use and remembers the result, but not a failure: the next use tries again. */
export function onceItWorks<T>(make: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= make().catch((error: unknown) => {
      result = undefined;
      throw error;
    });
    return result;
  };
}
