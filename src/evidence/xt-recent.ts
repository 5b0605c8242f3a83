import { UnreadableError } from './unreadable.js';

/** What the kernel's `recent` match remembers of one address in one list. */
export interface RecentEntry {
  /** The list's name: kube-proxy has one for each endpoint, KUBE-SEP-... */
  readonly list: string;
  readonly address: string;
  /** When its last packet was noted, in the kernel's jiffies: larger is later, and nothing else is known of it. */
  readonly lastSeen: number;
  /** How many packets the list still holds the times of (at most `ip_pkt_list_tot`, 20). */
  readonly stamps: number;
}

/**
 * Reads `grep -r . /proc/net/xt_recent`: every line of every list, with the list's file before it. A line is the kernel's
 * (net/netfilter/xt_recent.c, recent_seq_show): `src=10.10.0.5 ttl: 63 last_seen: 4295001234 oldest_pkt: 2 4295001200, 4295001234`.
 * @throws UnreadableError with the line that is no such line.
 */
export function parseRecent(text: string): readonly RecentEntry[] {
  return text.split('\n').flatMap((line, index) => {
    if (line === '') return [];
    const match = /^\/proc\/net\/xt_recent\/([^:]+):src=(\S+) ttl: \d+ last_seen: (\d+) oldest_pkt: \d+ (\d+(?:, \d+)*)$/.exec(line);
    if (match === null) throw new UnreadableError(`line ${index + 1}`, `'${line}' is no entry of the recent match`);
    const [, list = '', address = '', lastSeen = '', stamps = ''] = match;
    return { list, address, lastSeen: Number(lastSeen), stamps: stamps.split(', ').length };
  });
}

/** The entries that were made or renewed from one reading to the other. */
export function renewedEntries(before: readonly RecentEntry[], after: readonly RecentEntry[]): readonly RecentEntry[] {
  const known = new Map(before.map((entry) => [`${entry.list} ${entry.address}`, entry]));
  return after.filter((entry) => {
    const earlier = known.get(`${entry.list} ${entry.address}`);
    // One with fewer stamps than 20 shows a packet of the same jiffy by its stamp alone.
    return earlier === undefined || entry.lastSeen !== earlier.lastSeen || entry.stamps !== earlier.stamps;
  });
}
