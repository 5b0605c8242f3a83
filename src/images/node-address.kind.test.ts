import { execFileSync } from 'node:child_process';
import t from 'tap';
import { waitFor } from '../core/wait.js';
import { recipes } from './recipes.js';

/*
 * Two containers of the node image, without systemd, change their addresses with each other at a restart. The API server and etcd are started by hand with
 * the arguments of kubeadm's manifests: before, and after, when etcd's data must still be there and the new certificate fit the new address.
 */
const image = recipes.find(({ name }) => name === 'node')?.tags[0] ?? '';
const id = `svclab-test-${process.pid}`;
const [control, worker] = [`${id}-control`, `${id}-worker`];
const patience = { intervalMs: 200, timeoutMs: 60_000 };

const docker = (...args: readonly string[]): string => execFileSync('docker', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
const inside = (name: string, script: string): string => docker('exec', name, 'sh', '-c', script);
const address = (name: string): string => docker('inspect', '--format', `{{ (index .NetworkSettings.Networks "${id}").IPAddress }}`, name);

function write(name: string, file: string, input: string): void {
  execFileSync('docker', ['exec', '--interactive', name, 'sh', '-c', `cat >${file}`], { input });
}

/** kubeadm's configuration, as kind writes it, for a control plane at this address. */
function config(own: string): string {
  const documents = [
    {
      apiVersion: 'kubeadm.k8s.io/v1beta3',
      kind: 'ClusterConfiguration',
      kubernetesVersion: 'v1.31.0',
      controlPlaneEndpoint: `${control}:6443`,
      networking: { podSubnet: '10.10.0.0/16', serviceSubnet: '10.200.1.0/24' },
    },
    {
      apiVersion: 'kubeadm.k8s.io/v1beta3',
      kind: 'InitConfiguration',
      localAPIEndpoint: { advertiseAddress: own, bindPort: 6443 },
      nodeRegistration: { criSocket: 'unix:///run/containerd/containerd.sock', name: control },
    },
  ];
  return documents.map((document) => JSON.stringify(document)).join('\n---\n');
}

/** Starts what a static pod's manifest runs. */
function start(program: string): void {
  inside(control, `ln -sf kube /usr/bin/${program}`);
  const args = `$(sed -n 's/^    - \\(--.*\\)/\\1/p' /etc/kubernetes/manifests/${program}.yaml)`;
  docker('exec', '--detach', control, 'sh', '-c', `exec ${program} ${args} >/tmp/${program}.log 2>&1`);
}

const kubectl = 'kubectl --kubeconfig /etc/kubernetes/super-admin.conf';

t.setTimeout(300_000);

t.before(() => {
  docker('network', 'create', id);
  for (const name of [control, worker]) {
    const volatile = ['--tmpfs', '/run', '--tmpfs', '/tmp', '--volume', '/var'];
    const run = ['run', '--detach', '--privileged', '--name', name, '--hostname', name, '--network', id, ...volatile];
    docker(...run, '--entrypoint', '/usr/local/bin/entrypoint', image, 'sleep', 'infinity');
  }
});

t.teardown(() => {
  docker('rm', '--force', '--volumes', control, worker);
  docker('network', 'rm', id);
});

t.test('nodes that change their addresses with each other', { timeout: 240_000 }, async (t) => {
  const before = { control: address(control), worker: address(worker) };
  write(control, '/kind/kubeadm.conf', config(before.control));
  for (const phase of ['certs all', 'kubeconfig all', 'control-plane all', 'etcd local']) {
    inside(control, `kubeadm init phase ${phase} --config /kind/kubeadm.conf`);
  }
  inside(
    control,
    `mkdir -p /var/lib/kubelet && echo 'KUBELET_KUBEADM_ARGS="--node-ip=${before.control}"' >/var/lib/kubelet/kubeadm-flags.env`,
  );
  for (const program of ['etcd', 'kube-apiserver']) start(program);
  await waitFor('the API server', () => inside(control, `${kubectl} create namespace before`), patience);
  const identity = inside(control, 'cat /etc/machine-id');

  docker('stop', '--time', '1', control, worker);
  docker('start', worker);
  docker('start', control);
  const after = { control: address(control), worker: address(worker) };
  t.strictSame(after, { control: before.worker, worker: before.control }, 'the addresses are changed round');
  // It names both while the files are written.
  await waitFor('the entrypoint', () => inside(control, `[ "$(cat /kind/address)" = '${after.control}' ] && echo done`), patience);

  const files = '/etc/kubernetes/*.conf /etc/kubernetes/manifests /kind/kubeadm.conf /var/lib/kubelet/kubeadm-flags.env';
  const naming = (own: string): string => inside(control, `grep -rlwF '${own}' ${files} || true`);
  t.equal(naming(before.control), '', 'nothing names the old address');
  t.match(naming(after.control), /etcd\.yaml.*kube-apiserver\.yaml.*kubeadm\.conf.*kubeadm-flags\.env/s);
  t.equal(inside(control, 'cat /etc/machine-id'), identity, 'and the node is the same one');
  t.match(inside(control, `getent hosts ${worker}`), new RegExp(`^${after.worker} `), 'names are still answered');
  t.match(inside(control, 'iptables-save -t nat'), /-A PREROUTING -d \S+ -j DOCKER_OUTPUT/, 'for pods, too');

  for (const program of ['etcd', 'kube-apiserver']) start(program);
  t.match(await waitFor('the API server again', () => inside(control, `${kubectl} get namespace before`), patience), /before +Active/);
  write(worker, '/tmp/ca.crt', inside(control, 'cat /etc/kubernetes/pki/ca.crt'));
  for (const host of [after.control, control]) {
    t.match(
      inside(worker, `curl -sS --cacert /tmp/ca.crt https://${host}:6443/version`),
      /"gitVersion": "v1\.31\.0"/,
      `${host} has the certificate for it`,
    );
  }
});
