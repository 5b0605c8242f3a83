import t from 'tap';
import { counterDelta, theseRules } from './delta.js';
import { type Reading, readCounters } from './reading.js';
import { dnatDestination } from './rule-parts.js';

interface Counted {
  readonly handle: number;
  readonly packets: number;
  readonly spec?: string;
  readonly jump?: string;
}

const sepSpec = '-p tcp -m tcp -j DNAT --to-destination 10.10.1.2:80';

/** One reading of a nat table with a jump in KUBE-SVC-A and the DNAT rule of KUBE-SEP-A. */
function reading({ svc, sep, table = 3, extra = false }: { svc: Counted; sep: Counted; table?: number; extra?: boolean }): Reading {
  const rule = (chain: string, { handle, packets, jump }: Counted) => ({
    rule: {
      family: 'ip',
      table: 'nat',
      chain,
      handle,
      expr: [
        { counter: { packets, bytes: packets * 60 } },
        jump === undefined ? { xt: { type: 'target', name: 'DNAT' } } : { jump: { target: jump } },
      ],
    },
  });
  const save = [
    '*nat',
    ':KUBE-SEP-A - [0:0]',
    ':KUBE-SVC-A - [0:0]',
    // As it may be: these counters were read a moment earlier than nft's.
    `[0:0] -A KUBE-SEP-A ${sep.spec ?? sepSpec}`,
    `[0:0] -A KUBE-SVC-A -j ${svc.jump ?? 'KUBE-SEP-A'}`,
    ...(extra ? ['[0:0] -A KUBE-SVC-A -j RETURN'] : []),
    'COMMIT',
    '',
  ].join('\n');
  const nft = {
    nftables: [
      { metainfo: { version: '1.0.6' } },
      { table: { family: 'ip', name: 'nat', handle: table } },
      { table: { family: 'ip6', name: 'nat', handle: 9 } },
      { chain: { family: 'ip', table: 'nat', name: 'KUBE-SEP-A', handle: 1 } },
      rule('KUBE-SVC-A', { jump: 'KUBE-SEP-A', ...svc }),
      rule('KUBE-SEP-A', sep),
    ],
  };
  return readCounters(save, JSON.stringify(nft));
}

const isDnat = (rule: Parameters<typeof dnatDestination>[0]) => dnatDestination(rule) !== undefined;
const before = reading({ svc: { handle: 10, packets: 5 }, sep: { handle: 11, packets: 5 } });

t.test('handles and their counters join the rules of iptables-save', async (t) => {
  t.ok(before.sound);
  if (!before.sound) return;
  const rule = before.ruleset.tables[0]?.chains[0]?.rules[0];
  t.match(rule, { chain: 'KUBE-SEP-A', handle: 11, counters: { packets: 5, bytes: 300 }, spec: sepSpec });
});

t.test('the same rule in both readings', async (t) => {
  const after = reading({ svc: { handle: 10, packets: 12 }, sep: { handle: 11, packets: 12 } });
  t.match(counterDelta(before, after, 'nat', isDnat), {
    sound: true,
    packets: 7,
    bytes: 420,
    rules: [{ packets: 7, rule: { handle: 11 } }],
  });
  t.match(
    counterDelta(before, after, 'nat', () => true),
    { sound: true, packets: 14 },
  );
  t.same(
    counterDelta(before, after, 'nat', () => false),
    { sound: true, packets: 0, bytes: 0, rules: [] },
  );
  const rules = before.sound ? (before.ruleset.tables[0]?.chains[0]?.rules ?? []) : [];
  t.match(counterDelta(before, after, 'nat', theseRules(rules)), { sound: true, packets: 7 });
});

t.test('never a number for another object', async (t) => {
  const unsound = (name: string, after: Reading, en: RegExp) => {
    const delta = counterDelta(before, after, 'nat', isDnat);
    t.notOk(delta.sound, name);
    if (delta.sound) return;
    t.match(delta.why.en, en, name);
    t.match(delta.why.ko, /[가-힣]/, name);
    t.notOk('packets' in delta);
  };
  const svc = { handle: 10, packets: 9 };
  unsound('rewritten', reading({ svc, sep: { handle: 21, packets: 9 } }), /rewritten/);
  unsound('went back', reading({ svc, sep: { handle: 11, packets: 2 } }), /from 5 to 2/);
  unsound('other arguments', reading({ svc, sep: { handle: 11, packets: 9, spec: sepSpec.replace(':80', ':81') } }), /rewritten/);
  unsound('no longer there', reading({ svc, sep: { handle: 11, packets: 9, spec: '-j RETURN' } }), /rewritten/);
  unsound('another table', reading({ svc, sep: { handle: 11, packets: 9 }, table: 4 }), /made anew/);
  unsound('unsound reading', reading({ svc, sep: { handle: 11, packets: 9 }, extra: true }), /2 rules by iptables-save and 1 by nft/);
});

t.test('an unsound first reading is the reason', async (t) => {
  const first = reading({ svc: { handle: 10, packets: 5, jump: 'KUBE-SEP-B' }, sep: { handle: 11, packets: 5 }, extra: true });
  t.match(counterDelta(first, before, 'nat', isDnat), { sound: false, why: { en: /2 rules/ } });
});

t.test('readings that do not fit', async (t) => {
  const save = '*nat\n:A - [0:0]\n[0:0] -A A -j B\nCOMMIT\n';
  const nft = (expr: unknown) => JSON.stringify({ nftables: [{ rule: { family: 'ip', table: 'nat', chain: 'A', handle: 1, expr } }] });
  const counter = { counter: { packets: 0, bytes: 0 } };
  const why = (saveText: string, nftJson: string) => {
    const result = readCounters(saveText, nftJson);
    return result.sound ? 'sound' : result.why.en;
  };
  t.equal(why(save, nft([counter, { jump: { target: 'B' } }])), 'sound');
  t.match(why(save, nft([counter, { jump: { target: 'C' } }])), /not the same rule/);
  t.match(why(save, nft([{ jump: { target: 'B' } }])), /not the same rule/);
  t.match(why(save, '{"nftables": []}'), /1 rules by iptables-save and 0 by nft/);
  t.match(why(save, '{"nftables": 3}'), /nft cannot be read/);
  t.match(why(save, ''), /nft cannot be read/);
  t.match(why('*nat\n', nft([counter])), /iptables-save cannot be read: line 1/);
});
