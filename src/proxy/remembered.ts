/**
 * A pure function that remembers what it gave, for as long as the object is in use: a sync asks again for what the sync before has worked out, and that for
 * thousands of Services.
 * @param more what else the result depends on; `key` is a text that tells it apart.
 */
export function remembered<Of extends object, More, Result>(
  make: (of: Of, more: More) => Result,
  key: (more: More) => string,
): (of: Of, more: More) => Result {
  const known = new WeakMap<Of, Map<string, Result>>();
  return (of, more) => {
    const results = known.get(of) ?? new Map<string, Result>();
    known.set(of, results);
    const name = key(more);
    const result = results.get(name) ?? make(of, more);
    results.set(name, result);
    return result;
  };
}
