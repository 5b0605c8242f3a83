import t from 'tap';
import { debianSoftware, goSoftware, packagesOf, softwareText } from './software.js';

t.test('packages as dpkg lists them', async (t) => {
  t.same(debianSoftware('bash 5.2.15-2+b7\n\nzsh 5.9-4+b2\n'), [
    { name: 'bash', version: '5.2.15-2+b7' },
    { name: 'zsh', version: '5.9-4+b2' },
  ]);
});

t.test('a Go program: its compiler, its modules, and what took the place of one', async (t) => {
  const text = [
    '/tmp/kube: go1.22.5',
    '\tpath\tsvclab/images/kubernetes',
    '\tmod\tsvclab/images/kubernetes\t(devel)\t',
    '\tdep\tgo.etcd.io/etcd/server/v3\tv3.5.15\th1:abc=',
    '\tdep\tk8s.io/api\tv0.0.0',
    '\t=>\tk8s.io/api\tv0.31.0\th1:def=',
    '\tbuild\t-compiler=gc',
  ].join('\n');
  t.same(goSoftware(text), [
    { name: 'go', version: '1.22.5' },
    { name: 'go.etcd.io/etcd/server/v3', version: 'v3.5.15' },
    { name: 'k8s.io/api', version: 'v0.31.0' },
  ]);
});

t.test('the list is sorted and names nothing twice', async (t) => {
  const twice = { name: 'b', version: '1' };
  t.equal(softwareText([twice, { name: 'a', version: '2' }, twice]), 'a 2\nb 1\n');
});

t.test('the packages of files', async (t) => {
  const text =
    'libc6:amd64: /lib/x86_64-linux-gnu/libc.so.6\niptables: /usr/sbin/iptables\na, b:arm64: /usr/x\ndiversion by c from: /d\n\n';
  t.strictSame([...packagesOf(text)], ['libc6', 'iptables', 'a', 'b']);
});
