import type { Artifact, Program, Recipe } from './recipe.js';

const kubernetesVersion = 'v1.31.0';
const strip = ['-s', '-w'];

/** Set in the binary as Kubernetes' own build does (`hack/lib/version.sh`). */
const versionFlags = [
  ['k8s.io/component-base/version.gitVersion', kubernetesVersion],
  ['k8s.io/component-base/version.gitMajor', '1'],
  ['k8s.io/component-base/version.gitMinor', '31'],
  ['k8s.io/component-base/version.gitTreeState', 'clean'],
  ['k8s.io/client-go/pkg/version.gitVersion', kubernetesVersion],
].flatMap(([name, value]) => ['-X', `${name}=${value}`]);

/** What both roots hold: the shell tools, and the readers of the network's state. */
const common = [
  'bash',
  'ca-certificates',
  'conntrack',
  'curl',
  'ethtool',
  'iproute2',
  'ipset',
  'iptables',
  'iputils-ping',
  'jq',
  'nftables',
  'procps',
  'socat',
  'util-linux',
];

export const artifacts: Readonly<Record<string, Artifact>> = {
  kube: { kind: 'go', module: 'kubernetes', program: '.', ldflags: [...strip, ...versionFlags] },
  coredns: { kind: 'go', module: 'coredns', program: '.', ldflags: strip },
  kind: { kind: 'go', module: 'kind', program: '.', ldflags: strip },
  kubectl: { kind: 'go', module: 'kubectl', program: '.', ldflags: [...strip, ...versionFlags] },
  kindnetd: { kind: 'go', module: 'agents', program: './kindnetd', ldflags: strip },
  pause: { kind: 'go', module: 'agents', program: './pause', ldflags: strip },
  'oci-fit': { kind: 'go', module: 'agents', program: './oci-fit', ldflags: strip },
  'node-root': {
    kind: 'debian',
    suite: 'bookworm',
    packages: [
      ...common,
      'containerd',
      'containernetworking-plugins',
      'ebtables',
      'hostname',
      'kmod',
      'libseccomp2',
      'mount',
      'rsync',
      'runc',
      'systemd',
      'systemd-sysv',
    ].sort(),
  },
  'compiler-root': {
    kind: 'debian',
    suite: 'bookworm',
    packages: ['ca-certificates', 'dpkg-dev', 'gcc', 'libc6-dev', 'libpcap0.8-dev', 'make'],
  },
  /**
   * Debian's own tcpdump gives up root as soon as it runs, for which it needs the capabilities SETUID and SETGID, and whoever ends it KILL. The probes'
   * sidecars have NET_ADMIN and NET_RAW alone. Built without `--with-user`, as others publish it, it stays what it is; Debian's patch for `-w` reads
   * that user's name, and crashes where there is none.
   */
  tcpdump: {
    kind: 'source',
    from: 'compiler-root',
    suite: 'bookworm',
    patched: false,
    package: 'tcpdump',
    configure: ['--without-crypto'],
    program: 'tcpdump',
  },
  'netshoot-root': {
    kind: 'debian',
    suite: 'bookworm',
    packages: [...common, 'bind9-dnsutils', 'less', 'libcap2-bin', 'netcat-openbsd', 'ngrep', 'tcpdump', 'traceroute', 'zsh'].sort(),
  },
  'proxy-tools': {
    kind: 'programs',
    from: 'node-root',
    programs: ['usr/bin/ip', 'usr/sbin/conntrack', 'usr/sbin/ipset', 'usr/sbin/nft', 'usr/sbin/xtables-nft-multi'],
    plugins: 'xtables',
    extra: [
      ...['iptables', 'iptables-save', 'iptables-restore']
        .flatMap((name) => [name, name.replace('ip', 'ip6')])
        .flatMap((name) => [`usr/sbin/${name}`, `etc/alternatives/${name}`, `usr/sbin/${name.replace('tables', 'tables-nft')}`]),
      'etc/passwd',
      'etc/group',
    ],
  },
  'node-runtime': { kind: 'node' },
};

const control = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'];

const workloads: Pick<Recipe, 'folder' | 'parts'> = {
  folder: 'workloads',
  parts: [
    { to: 'node.tar', artifact: 'node-runtime' },
    { to: 'app/src', files: ['build/src/core/errors.js', 'build/src/clusters/netns/workloads'] },
  ],
};

/** What Kubernetes needs; and what the labs need, which else would be copied into every node of every new cluster. */
const nodeImages = ['kubernetes', 'coredns', 'pause', 'kindnet', 'netshoot', 'webpod', 'echo'];

/** kubectl by itself: `kube` is kubectl under that name too, but takes three times as long to start, and a run starts it often. */
export const programs: readonly Program[] = [
  { name: 'kind', artifact: 'kind', standsFor: 'sigs.k8s.io/kind v0.24.0' },
  { name: 'kubectl', artifact: 'kubectl', standsFor: `kubectl ${kubernetesVersion}` },
];

/** In the order in which they can be built. */
export const recipes: readonly Recipe[] = [
  {
    name: 'kubernetes',
    folder: 'kubernetes',
    tags: [...control.map((name) => `registry.k8s.io/${name}:${kubernetesVersion}`), 'registry.k8s.io/etcd:3.5.15-0'],
    parts: [
      { to: 'tools.tar', artifact: 'proxy-tools' },
      { to: 'bin/kube', artifact: 'kube', links: [...control, 'etcd'] },
    ],
  },
  {
    name: 'coredns',
    folder: 'coredns',
    tags: ['registry.k8s.io/coredns/coredns:v1.11.1'],
    parts: [{ to: 'coredns', artifact: 'coredns' }],
  },
  { name: 'pause', folder: 'pause', tags: ['registry.k8s.io/pause:3.10'], parts: [{ to: 'pause', artifact: 'pause' }] },
  {
    name: 'kindnet',
    folder: 'kindnet',
    tags: ['svclab/kindnet:v1'],
    standsFor: ['kindest/kindnetd:v20240813-c6f155d6'],
    parts: [
      { to: 'tools.tar', artifact: 'proxy-tools' },
      { to: 'kindnetd', artifact: 'kindnetd' },
    ],
  },
  {
    name: 'netshoot',
    folder: 'netshoot',
    tags: ['nicolaka/netshoot:v0.13', 'nicolaka/netshoot:latest'],
    parts: [
      { to: 'debian.tar', artifact: 'netshoot-root' },
      { to: 'tcpdump', artifact: 'tcpdump' },
    ],
  },
  { name: 'webpod', tags: ['traefik/whoami:v1.11.0', 'traefik/whoami:latest'], args: { IMAGE: 'traefik/whoami' }, ...workloads },
  {
    name: 'echo',
    tags: ['mendhak/http-https-echo:36', 'mendhak/http-https-echo:latest'],
    args: { IMAGE: 'mendhak/http-https-echo' },
    ...workloads,
  },
  {
    name: 'node',
    folder: 'node',
    tags: [`svclab/node:${kubernetesVersion}`],
    standsFor: [`kindest/node:${kubernetesVersion}`],
    parts: [
      { to: 'debian.tar', artifact: 'node-root' },
      { to: 'bin/kube', artifact: 'kube', links: ['kubeadm', 'kubectl', 'kubelet'] },
      { to: 'sbin/oci-fit', artifact: 'oci-fit' },
      { to: 'containerd.tar', images: nodeImages, stage: 'node' },
    ],
  },
];
