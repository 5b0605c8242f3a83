import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { svclab, temporaryFolder } from './testing/svclab.js';

const wrong: readonly { readonly args: readonly string[]; readonly says: RegExp }[] = [
  { args: ['run'], says: /missing required argument 'lab'/ },
  { args: ['run', 'clusterpi'], says: /there is no lab 'clusterpi'[\s\S]*clusterip/ },
  { args: ['run', 'nowhere.yaml'], says: /there is no file nowhere\.yaml/ },
  { args: ['run', 'clusterip', '--cluster', 'minikube'], says: /there is no cluster 'minikube'[\s\S]*netns/ },
  { args: ['run', 'clusterip', '--sabotage', 'nothing'], says: /no break 'nothing'[\s\S]*masqueraded/ },
  { args: ['run', 'clusterip', '--requests', 'many'], says: /whole number/ },
  { args: ['run', 'clusterip', '--reporter', 'xml'], says: /console, tap, json/ },
  { args: ['run', 'clusterip', '--report', 'junit'], says: /KIND=FILE, where KIND is one of junit, markdown, tap, json, console/ },
  { args: ['run', 'clusterip', '--report', 'github=x'], says: /KIND=FILE/ },
  { args: ['run', 'clusterip', '--report', 'tap=x', '--report', 'json=./x'], says: /two reports cannot go to one file: \.\/x/ },
  { args: ['ci', 'clusterpi'], says: /there is no lab 'clusterpi'[\s\S]*clusterip/ },
  { args: ['ci', '--cluster', 'minikube'], says: /there is no cluster 'minikube'[\s\S]*netns, kind/ },
  { args: ['ci', 'clusterip', '--requests', '0'], says: /whole number/ },
  { args: ['up', 'clusterpi'], says: /there is no lab 'clusterpi'[\s\S]*clusterip/ },
  { args: ['up', '--cluster', 'minikube'], says: /there is no cluster 'minikube'[\s\S]*netns, kind/ },
  { args: ['up', '--publish'], says: /cannot publish ports[\s\S]*run --publish/ },
  { args: ['up', 'clusterip', 'another'], says: /too many arguments/ },
  { args: ['down', '--cluster', 'minikube'], says: /there is no cluster 'minikube'/ },
  { args: ['down', 'myk8s'], says: /too many arguments/ },
  { args: ['status', '--cluster', 'minikube'], says: /there is no cluster 'minikube'/ },
  { args: ['doctor', '--cluster', 'minikube'], says: /there is no cluster 'minikube'/ },
  { args: ['frobnicate'], says: /unknown command/ },
  { args: ['rejudge', '/'], says: /not the folder of a finished run/ },
  { args: ['rules', '--objects', 'none.yaml', '--node', 'a'], says: /there is no file none\.yaml/ },
  { args: ['rules', '--node', 'a'], says: /--objects/ },
  { args: ['parity', '--generated', '300'], says: /from 0 to 200/ },
  { args: ['parity', 'nowhere'], says: /there is no lab 'nowhere'/ },
  { args: ['completion', 'tcsh'], says: /bash, zsh, fish/ },
];

for (const { args, says } of wrong) {
  t.test(`svclab ${args.join(' ')} exits 2 and says why`, async (t) => {
    const end = await svclab(args, { cwd: await temporaryFolder(t) });
    t.equal(end.exitCode, 2, end.stderr);
    t.match(end.stderr, says);
    t.notMatch(end.stderr, /\n\s+at /, 'no stack trace');
    t.equal(end.stdout, '', 'nothing on standard output');
  });
}

t.test('every problem of a lab file is shown at once, with its place and a caret', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'lab.yaml'), 'apiVersion: svclab/v2\nkind: Lab\nmetdata: {}\nsteps: 3\n');
  const end = await svclab(['validate', join(folder, 'lab.yaml')]);
  t.equal(end.exitCode, 2);
  t.match(end.stderr, /lab\.yaml:1:13: /);
  t.match(end.stderr, /lab\.yaml:3:1: [\s\S]*\^{7}[\s\S]*metadata/);
  t.match(end.stderr, /lab\.yaml:4:8: /);
});

t.test('validate, list and schema', async (t) => {
  const validated = await svclab(['validate']);
  t.equal(validated.exitCode, 0, validated.stderr);
  t.match(validated.stdout, /clusterip\/lab\.yaml: ok/);
  const korean = await svclab(['--lang', 'ko', 'list']);
  t.match(korean.stdout, /clusterip {2,}ClusterIP가 파드에 닿는 길 \(15분/);
  const byLocale = await svclab(['list'], { env: { LC_ALL: 'ko_KR.UTF-8' } });
  t.equal(byLocale.stdout, korean.stdout);
  const schema = await svclab(['schema']);
  t.equal(JSON.parse(schema.stdout).title, 'svclab lab');
});

t.test('rules prints what kube-proxy would write, and nothing else', async (t) => {
  const folder = await temporaryFolder(t);
  const objects = {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'svc-clusterip', namespace: 'default' },
        spec: {
          type: 'ClusterIP',
          clusterIP: '10.200.1.164',
          clusterIPs: ['10.200.1.164'],
          ports: [{ name: 'svc-webport', port: 9000, targetPort: 80, protocol: 'TCP' }],
        },
      },
    ],
  };
  await writeFile(join(folder, 'objects.json'), JSON.stringify(objects));
  const end = await svclab(['rules', '--objects', join(folder, 'objects.json'), '--node', 'any', '--cluster-cidr', '10.10.0.0/16']);
  t.equal(end.exitCode, 0, end.stderr);
  t.equal(end.stderr, '');
  t.match(end.stdout, /^\*mangle\n/);
  t.match(end.stdout, /has no endpoints" .*-d 10\.200\.1\.164.* -j REJECT/);

  const common = ['rules', '--objects', join(folder, 'objects.json'), '--node', 'any'];
  const nftables = await svclab([...common, '--node-ip', '172.18.0.3', '--service-cidr', '10.200.1.0/24', '--proxy-mode', 'nftables']);
  t.equal(nftables.exitCode, 0, nftables.stderr);
  t.match(nftables.stdout, /^add table ip kube-proxy /);
  t.match(nftables.stdout, 'add element ip kube-proxy nodeport-ips { 172.18.0.3 }\n');
  t.match(nftables.stdout, 'ip daddr { 10.200.1.0/24 } drop');
  t.match(nftables.stdout, '{ 10.200.1.164 . tcp . 9000 comment "default/svc-clusterip:svc-webport" : goto reject-chain }\n');
  const unknown = await svclab([...common, '--proxy-mode', 'iptable']);
  t.equal(unknown.exitCode, 2);
  t.match(unknown.stderr, /there is no proxy mode 'iptable'[\s\S]*known: iptables, nftables/);
});

t.test('completion scripts, and what a shell is told', async (t) => {
  const script = await svclab(['completion', 'bash']);
  t.equal(script.exitCode, 0, script.stderr);
  t.match(script.stdout, /svclab/);
  const commands = await svclab(['complete', '--', '']);
  t.match(commands.stdout, /^run\t/m);
  const labs = await svclab(['complete', '--', 'run', '']);
  t.match(labs.stdout, /^clusterip/m);
  t.match((await svclab(['complete', '--', 'up', ''])).stdout, /^clusterip/m);
});
