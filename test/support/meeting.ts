/** A point where so many must have come before any goes on. */
export function createMeeting(count: number): () => Promise<void> {
  let missing = count;
  let open: () => void;
  const complete = new Promise<void>((resolve) => (open = resolve));
  return () => {
    missing -= 1;
    if (missing === 0) open();
    return complete;
  };
}
