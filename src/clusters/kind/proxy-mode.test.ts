import t from 'tap';
import { EnvironmentError } from '../../core/errors.js';
import type { CommandResult, Executor } from '../../core/executor.js';
import { changeMode, cleanUp, configuredMode, requireIpvs, rolledOut } from './proxy-mode.js';
import { showing } from './testing/fake-api.js';

/** As kubeadm writes it, shortened. */
const config = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nclusterCIDR: 10.10.0.0/16\niptables:\n  minSyncPeriod: 1s\nmode: iptables\n';
const never = new AbortController().signal;

/** An API server that knows one ConfigMap, and a kubectl that keeps what it is told. */
function kubectlOf(text: string | undefined) {
  const calls: (readonly string[])[] = [];
  const data: Record<string, string> = text === undefined ? {} : { 'config.conf': text, 'kubeconfig.conf': 'kept' };
  const kubectl = async (argv: readonly string[]): Promise<string> => {
    calls.push(argv);
    if (argv[0] === 'patch') Object.assign(data, JSON.parse(argv.at(-1) ?? '').data);
    return '';
  };
  return { tools: { kubectl, api: apiOf({ kind: 'ConfigMap', data }) }, calls, data };
}

const apiOf = (answer: unknown) => showing(async () => answer);

t.test('the mode that the ConfigMap has', async (t) => {
  t.equal(await configuredMode(kubectlOf(config).tools, never), 'iptables');
  t.equal(await configuredMode(kubectlOf(config.replace('mode: iptables', 'mode: ""')).tools, never), 'iptables', "kube-proxy's default");
  t.equal(await configuredMode(kubectlOf(config.replace('mode: iptables', 'mode: nftables')).tools, never), 'nftables');
  await t.rejects(configuredMode(kubectlOf(undefined).tools, never), { message: /has no config\.conf/ });
});

t.test('another mode: the ConfigMap first, then new pods, and nothing else in it changes', async (t) => {
  const { tools, calls, data } = kubectlOf(config);
  await changeMode(tools, 'nftables', never);
  await rolledOut(tools, never);
  t.same(
    calls.map(([verb, what]) => `${verb} ${what}`),
    ['patch configmap', 'delete pods', 'rollout status'],
    'it waits for the new pods where it is asked to',
  );
  t.same(data, { 'config.conf': config.replace('mode: iptables', 'mode: nftables'), 'kubeconfig.conf': 'kept' });
  t.ok(calls.every((argv) => argv.includes('kube-system')));
});

t.test('what kubectl says when it fails is not swallowed, and no pod is deleted for a change that was not made', async (t) => {
  const { calls } = kubectlOf(config);
  const refuses = {
    kubectl: async (argv: readonly string[]): Promise<string> => {
      calls.push(argv);
      if (argv[0] === 'patch') throw new Error('forbidden');
      return '';
    },
    api: apiOf({ data: { 'config.conf': config } }),
  };
  await t.rejects(changeMode(refuses, 'nftables', never), { message: 'forbidden' });
  t.notOk(calls.some(([verb]) => verb === 'delete'));
});

t.test('every kube-proxy takes its rules away; one that cannot stops nothing', async (t) => {
  const calls: (readonly string[])[] = [];
  const kubectl = async (argv: readonly string[]): Promise<string> => {
    calls.push(argv);
    if (argv[0] === 'get') return 'pod/kube-proxy-a\npod/kube-proxy-b\n';
    if (argv.includes('pod/kube-proxy-a')) throw new EnvironmentError('nothing to take away');
    return '';
  };
  await cleanUp({ kubectl }, never);
  t.same(
    calls.slice(1).map((argv) => [argv[1], ...argv.slice(-2)]),
    [
      ['pod/kube-proxy-a', 'kube-proxy', '--cleanup'],
      ['pod/kube-proxy-b', 'kube-proxy', '--cleanup'],
    ],
  );
});

t.test('whether a node has ip_vs: there already, as a module, or not at all', async (t) => {
  const machine = (able: readonly string[]): Executor => ({
    place: 'machine/n',
    run: async ([program = '']) => resultOf(able.includes(program) ? 0 : 1),
    start: () => Promise.reject(new Error('nothing starts here')),
  });
  await requireIpvs(machine(['cat']), never);
  await requireIpvs(machine(['modprobe']), never);
  await t.rejects(requireIpvs(machine([]), never), { message: /no ip_vs/, hint: /modprobe ip_vs/ });
});

function resultOf(exitCode: number): CommandResult {
  return { argv: [], place: 'machine/n', stdout: '', stderr: '', exitCode, ended: 'exit', durationMs: 1, signal: null };
}
