import t from 'tap';
import { z } from 'zod';
import { fixtureText, kubeProxyTexts, realObjects } from '../testing/fixtures.js';
import { ipvsNode, ipvsScript, ipvsSync } from './node.js';
import { type IpvsInput, schedulers } from './options.js';
import { ipvsIptablesText } from './rules.js';
import { ipvsState, serverKey } from './state.js';
import { ipvsadmText } from './texts.js';

/** What kube-proxy's own ipvs proxier made of the objects of `kubeProxyTexts`, under settings of each case's own. */
const answers = z
  .object({
    types: z.record(z.string(), z.string()),
    cases: z.array(
      z.object({
        name: z.string(),
        of: z.string(),
        addresses: z.array(z.string()),
        options: z.object({
          scheduler: z.enum(schedulers).exactOptional(),
          masqueradeAll: z.boolean().exactOptional(),
          nodePortAddresses: z.array(z.string()).exactOptional(),
        }),
        states: z.array(
          z.object({
            iptables: z.array(z.string()),
            sets: z.record(z.string(), z.array(z.string())),
            servers: z.record(z.string(), z.array(z.string())),
            bound: z.array(z.string()),
          }),
        ),
      }),
    ),
  })
  .parse(JSON.parse(fixtureText('kube-proxy-ipvs.json')));

t.test('kube-proxy v1.31.0 itself leaves the same, Service feature by Service feature', async (t) => {
  const objects = kubeProxyTexts();
  t.ok(answers.cases.length >= 45);
  for (const answer of answers.cases) {
    const base = objects.find(({ name }) => name === answer.of);
    if (base === undefined) throw new Error(`no objects ${answer.of}`);
    for (const [index, expected] of answer.states.entries()) {
      const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: base.node.name, labels: base.node.labels }, spec: {} };
      const input: IpvsInput = {
        ...base.options,
        ...answer.options,
        objects: [...(base.states[index] ?? []), node],
        node: { name: base.node.name, ip: base.node.ip, addresses: answer.addresses },
      };
      const state = ipvsState(input);
      const at = `${answer.name}, state ${index}`;
      t.same(Object.fromEntries(state.sets.map(({ name, type }) => [name, type])), answers.types, at);
      t.same(
        Object.fromEntries(state.sets.flatMap(({ name, entries }) => (entries.length > 0 ? [[name, entries]] : []))),
        expected.sets,
        at,
      );
      t.same([...state.bound].toSorted(), expected.bound, at);
      t.same(
        Object.fromEntries(state.servers.map((server) => [serverWords(server), server.realServers.map((real) => `${real} 1`)])),
        expected.servers,
        at,
      );
      t.equal(ipvsIptablesText(input), expected.iptables.map((line) => `${line}\n`).join(''), at);
    }
  }
});

/** As the fixture has it: the kernel's flags are 1 for persistence and 16 for a hash that takes in the source port. */
function serverWords(server: ReturnType<typeof ipvsState>['servers'][number]): string {
  const flags = (server.persistentSeconds === undefined ? 0 : 1) + (server.scheduler === 'mh' ? 16 : 0);
  return `${serverKey(server)} ${server.scheduler} ${flags} ${server.persistentSeconds ?? 0}`;
}

const input: IpvsInput = {
  objects: realObjects(),
  node: { name: 'myk8s-worker', ip: '172.18.0.3', addresses: ['172.18.0.3', '10.10.1.1'] },
  clusterCIDR: '10.10.0.0/16',
};

t.test('a ClusterIP and a node port, read by eye', async (t) => {
  const { ip, ipset, ipvsadm } = ipvsNode(input);
  t.match(ip, 'link add kube-ipvs0 type dummy\n');
  t.match(ip, 'address add 10.200.1.164/32 dev kube-ipvs0\n');
  t.match(ipset, 'add KUBE-CLUSTER-IP 10.200.1.164,tcp:9000 -exist\n');
  t.match(ipset, 'create KUBE-NODE-PORT-TCP bitmap:port range 0-65535 -exist\nadd KUBE-NODE-PORT-TCP 31812 -exist\n');
  t.match(ipvsadm, /^-A -t 10\.200\.1\.164:9000 -s rr\n(-a -t 10\.200\.1\.164:9000 -r 10\.10\.\d\.\d+:80 -m -w 1\n){3}/m);
  t.same(
    ipvsadm.match(/^-A .*:31812 .*$/gm),
    ['-A -t 172.18.0.3:31812 -s rr', '-A -t 10.10.1.1:31812 -s rr'],
    'on each of the node’s addresses',
  );
});

t.test('schedulers and affinity in the words of ipvsadm', async (t) => {
  const server = {
    address: '10.0.0.1',
    port: 53,
    protocol: 'UDP',
    scheduler: 'rr',
    persistentSeconds: undefined,
    realServers: [],
  } as const;
  t.equal(ipvsadmText([{ ...server, scheduler: 'sh', persistentSeconds: 10_800 }]), '-A -u 10.0.0.1:53 -s sh -p 10800\n');
  t.equal(ipvsadmText([{ ...server, protocol: 'SCTP', scheduler: 'mh' }]), '-A --sctp-service 10.0.0.1:53 -s mh -b mh-port\n');
});

t.test('a sync changes what is different, and nothing else', async (t) => {
  const before = ipvsState(input);
  const { iptables, ...same } = ipvsSync(input, before);
  t.same(same, { ip: '', ipset: '', ipvsadm: '' });
  t.equal(iptables, ipvsIptablesText(input));

  const changed = input.objects
    .filter(({ metadata }) => metadata.name !== 'svc-nodeport')
    .map((object) =>
      object.metadata.name === 'svc-clusterip'
        ? { ...object, spec: { ...(object['spec'] as object), sessionAffinity: 'ClientIP' } }
        : object,
    );
  const { ip, ipset, ipvsadm } = ipvsSync({ ...input, objects: changed }, before);
  t.equal(ip, 'address del 10.200.1.87/32 dev kube-ipvs0\n');
  t.same(
    ipset.split('\n').filter((line) => !line.includes('LOOP-BACK')),
    ['del KUBE-CLUSTER-IP 10.200.1.87,tcp:9000 -exist', 'del KUBE-NODE-PORT-TCP 31812 -exist', 'del KUBE-IPVS-IPS 10.200.1.87 -exist', ''],
  );
  t.same(ipvsadm.split('\n'), [
    '-D -t 10.200.1.87:9000',
    '-D -t 172.18.0.3:31812',
    '-D -t 10.10.1.1:31812',
    '-E -t 10.200.1.164:9000 -s rr -p 10800',
    '',
  ]);
});

t.test('one script for all the programs', async (t) => {
  const script = ipvsScript(ipvsNode(input));
  t.same(script.match(/^\S.* <<'END'$/gm), [
    "ip -batch - <<'END'",
    "ipset restore <<'END'",
    "iptables-restore --noflush <<'END'",
    "ipvsadm --restore <<'END'",
  ]);
});
